"""A letter as the mail that is sent, and one connection to the mail server that sends several."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.errors import EdgeDown
from smartdesk_pbx.report.post import Post
from smartdesk_pbx.store.outbox import Letter, Queued

CONNECTS = 3
"""How often a connection is tried before the mail server counts as away."""
CONNECT_WAIT_MOST_S = 2.0
PERMANENT = 500
"""SMTP replies from here on will be the same at the next try."""


class Refused(Exception):
    """The mail server will never take this letter."""


class NotNow(Exception):
    """The mail server does not take this letter now, and may later."""


def message(post: Post, row: Queued, letter: Letter) -> EmailMessage:
    """The mail. Its Message-ID follows from the letter's id, so that a mail that came twice is seen to be one.

    Raises ValueError for an address or subject that no mail can carry."""
    mail = EmailMessage()
    mail["Message-ID"] = f"<{row.id}@{post.sender.domain}>"
    mail["Date"] = format_datetime(row.created_at.astimezone(TOKYO))
    mail["From"] = post.sender
    mail["To"] = letter.to
    mail["Subject"] = letter.subject
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.body, charset="utf-8", cte="base64")
    for one in letter.attachments:
        main, _, sub = one.media.partition("/")
        charset = {"charset": "utf-8"} if main == "text" else {}
        # As bytes, texts too: what arrives has the very hash of what was said.
        mail.add_attachment(one.content, maintype=main, subtype=sub, filename=one.name, params=charset)
    return mail


@asynccontextmanager
async def connected(post: Post) -> AsyncIterator[aiosmtplib.SMTP]:
    """A connection that is signed in. Raises `EdgeDown` when the mail server is away or does not let us in."""
    smtp = aiosmtplib.SMTP(
        hostname=post.host, port=post.port, timeout=post.timeout_s, use_tls=post.security == "tls",
        start_tls=post.security == "starttls", username=post.user, password=post.password,
    )  # fmt: skip
    policy = AsyncRetrying(
        stop=stop_after_attempt(CONNECTS), wait=wait_random_exponential(max=CONNECT_WAIT_MOST_S),
        retry=retry_if_exception_type((aiosmtplib.SMTPConnectError, aiosmtplib.SMTPTimeoutError)), reraise=True,
    )  # fmt: skip
    try:
        await policy(smtp.connect)
    except (aiosmtplib.SMTPException, OSError) as error:
        raise EdgeDown(f"mail server {post.host}:{post.port}: {_line(error)}") from None
    try:
        yield smtp
    finally:
        smtp.close()


async def send(smtp: aiosmtplib.SMTP, mail: EmailMessage) -> None:
    """Hand one mail over. Raises `Refused` when it will never be taken, `NotNow` when it may be later, `EdgeDown`
    when the connection is gone."""
    try:
        await smtp.send_message(mail)
    except aiosmtplib.SMTPRecipientsRefused as error:
        codes = [one.code for one in error.recipients]
        raise (Refused if min(codes) >= PERMANENT else NotNow)(_line(error.recipients[0])) from None
    except aiosmtplib.SMTPResponseException as error:
        raise (Refused if error.code >= PERMANENT else NotNow)(_line(error)) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise EdgeDown(_line(error)) from None
    except ValueError as error:
        raise Refused(_line(error)) from None


def _line(error: Exception) -> str:
    """What went wrong, in one line without the address: this is stored beside the letter, and logged."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} ({type(error).__name__})"
    return type(error).__name__
