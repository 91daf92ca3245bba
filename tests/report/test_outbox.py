"""R13.2: letters reach a real mail server once, later where it is away, and are told where they cannot."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.report import mail
from smartdesk_pbx.report.outbox import Postman, wait_s
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import outbox
from smartdesk_pbx.store.outbox import Attachment, Queued
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from tests.furniture import empty_database
from tests.store.facts import AT


class Inbox:
    """A mail server that keeps what it gets. `answers`: what it says to an address instead of taking it."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answers: dict[str, str] = {}

    async def handle_RCPT(self, _: object, __: object, envelope: Any, address: str, ___: object) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: object, __: object, envelope: Any) -> str:
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 taken"


class Office:
    """A store, a postman, and the time, which this test moves."""

    def __init__(self, home: Path, smtp: str | None, **more: Any) -> None:
        self.now = AT
        self.settings = Settings(
            home=home, smtp=smtp, smtp_security="none", mail_from="desk@example.jp", mail_from_name="受付", **more
        )
        self.settings.database_file.write_bytes(empty_database())
        self.store = Store.open(self.settings, inline=True, now=lambda: self.now)
        self.sealer = Sealer(b"m" * 32, b"i" * 32)
        self.alarms: list[str] = []
        self.postman = Postman(self.settings, self.store, self.sealer, lambda name, **_: self.alarms.append(name))

    def put(self, to: str, key: str = "k") -> None:
        files = [Attachment("請求書.pdf", "application/pdf", b"%PDF"), Attachment("a.txt", "text/plain", "あ".encode())]
        self.store.run_now(
            lambda c: outbox.put(
                c, self.sealer, key=key, to=to, subject="お知らせ", body="本文です。\n", at=self.now, attachments=files
            )
        )

    def rows(self) -> list[Queued]:
        return self.store.read_now(outbox.listing)

    def at(self, **passed: float) -> datetime:
        self.now = AT + timedelta(**passed)
        return self.now


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
async def office(tmp_path: Path, inbox: Inbox) -> AsyncIterator[Office]:
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(inbox), "127.0.0.1", 0)
    made = Office(tmp_path, f"127.0.0.1:{server.sockets[0].getsockname()[1]}", mail_attempts=3)
    yield made
    await made.store.close()
    server.close()


async def test_r13_a_letter_arrives_once_with_its_files_in_japanese(office: Office, inbox: Inbox) -> None:
    office.put("kaoru@example.jp")
    assert (await office.postman.drain(), await office.postman.drain()) == (1, 0)
    (got,) = inbox.mails
    (row,) = office.rows()
    assert (row.state, row.sent_at, row.attempts) == ("sent", AT, 1)
    assert (got["Subject"], got["To"], got["From"]) == ("お知らせ", "kaoru@example.jp", "受付 <desk@example.jp>")
    assert got["Message-ID"] == f"<{row.id}@example.jp>"
    body = got.get_body(("plain",))
    assert body is not None and body.get_content() == "本文です。\n"
    files = {part.get_filename(): part.get_content() for part in got.iter_attachments()}
    assert files == {"請求書.pdf": b"%PDF", "a.txt": "あ"}


async def test_an_address_that_is_refused_fails_at_once_and_the_others_go_out(office: Office, inbox: Inbox) -> None:
    inbox.answers["gone@example.jp"] = "550 no such user"
    office.put("gone@example.jp", "a")
    office.put("kaoru@example.jp", "b")
    assert await office.postman.drain() == 1
    assert [(r.key, r.state) for r in office.rows()] == [("a", "failed"), ("b", "sent")]
    assert "550" in office.rows()[0].last_error and "gone" not in office.rows()[0].last_error
    assert office.alarms == ["letter_failed"]


async def test_an_address_that_is_busy_is_tried_again_later_and_given_up_at_last(office: Office, inbox: Inbox) -> None:
    inbox.answers["busy@example.jp"] = "450 greylisted"
    office.put("busy@example.jp")
    assert await office.postman.drain() == 0
    (row,) = office.rows()
    assert (row.state, row.attempts, row.next_at) == ("queued", 1, AT + timedelta(seconds=60))
    office.at(seconds=59)
    assert await office.postman.drain() == 0 and office.rows()[0].attempts == 1
    office.at(seconds=60)
    assert await office.postman.drain() == 0 and office.rows()[0].next_at == office.now + timedelta(seconds=120)
    office.at(hours=1)
    await office.postman.drain()
    assert (office.rows()[0].state, office.alarms) == ("failed", ["letter_failed"])
    inbox.answers.clear()
    office.store.run_now(lambda c: outbox.retry(c, row.id, office.now))
    assert await office.postman.drain() == 1


async def test_a_mail_server_that_is_away_is_no_letters_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "CONNECT_WAIT_MOST_S", 0.0)
    office = Office(tmp_path, "127.0.0.1:1", mail_attempts=1)
    office.put("kaoru@example.jp")
    for hour in range(3):
        office.at(hours=hour)
        assert await office.postman.drain() == 0
    (row,) = office.rows()
    assert (row.state, row.attempts, office.alarms) == ("queued", 0, [])
    assert row.next_at > office.now and "mail server 127.0.0.1:1" in row.last_error
    await office.store.close()


async def test_without_a_mail_server_letters_wait_and_half_a_one_is_told(tmp_path: Path) -> None:
    office = Office(tmp_path, None)
    office.put("kaoru@example.jp")
    assert await office.postman.drain() == 0
    assert [(r.state, r.attempts) for r in office.rows()] == [("queued", 0)]
    half = Settings(home=tmp_path, smtp="127.0.0.1:25")
    with pytest.raises(RuleBroken, match="mail_from is not"):
        await Postman(half, office.store, office.sealer, lambda *_, **__: None).drain()
    with pytest.raises(RuleBroken, match="secrets/smtp_password"):
        await Postman(
            Settings(home=tmp_path, smtp="127.0.0.1:25", mail_from="a@example.jp", smtp_user="desk"),
            office.store, office.sealer, lambda *_, **__: None,
        ).drain()  # fmt: skip
    await office.store.close()


async def test_a_letter_that_cannot_be_opened_keeps_no_other_from_going_out(office: Office, inbox: Inbox) -> None:
    office.sealer = Sealer(b"x" * 32, b"i" * 32)
    office.put("first@example.jp", "a")
    office.sealer = Sealer(b"m" * 32, b"i" * 32)
    office.put("second@example.jp", "b")
    assert await office.postman.drain() == 1
    assert [r.state for r in office.rows()] == ["failed", "sent"]


def test_the_waits_double_up_to_six_hours() -> None:
    assert [wait_s(n) for n in (1, 2, 3, 9, 10, 99)] == [60, 120, 240, 15_360, 21_600, 21_600]
