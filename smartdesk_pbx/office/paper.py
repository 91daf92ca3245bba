"""Invoices as papers: PDF, HTML, and by mail (R16.1)."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.billing.invoice import Document
from smartdesk_pbx.billing.letters import invoice_letter
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.report.invoice_html import invoice_html
from smartdesk_pbx.report.invoice_pdf import invoice_pdf
from smartdesk_pbx.store import detail, invoice, outbox


class Print(Params):
    invoice: Annotated[int, Field(ge=1)]
    format: Literal["pdf", "html"] = "pdf"


class Mail(Params):
    """`to`: instead of the subscriber's own addresses."""

    invoice: Annotated[int, Field(ge=1)]
    to: Annotated[str, Field(pattern=r"^[^\s@]+@[^\s@]+$")] | None = None


class MailMonth(Params):
    """All documents closed for a month, to each subscriber."""

    month: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$")]


@dataclass(frozen=True)
class Printed:
    """`content`: base64."""

    number: int
    file: str
    content: str


@dataclass(frozen=True)
class Mailed:
    """`letters`: how many were queued now; 0 with `addresses` above 0: they were queued before."""

    number: int
    addresses: int
    letters: int


async def printed(office: Office, params: Print) -> Printed:
    """A document as PDF or HTML; the same bytes each time."""
    document = (await office.store.read(lambda c: invoice.get(c, params.invoice))).document
    content = invoice_html(document).encode() if params.format == "html" else _pdf(office, document)
    return Printed(params.invoice, f"{file_stem(document)}.{params.format}", b64encode(content).decode())


def file_stem(document: Document) -> str:
    """The name of a document's file, without its ending."""
    return f"{'credit-note' if document.kind == 'credit_note' else 'invoice'}-{document.number:06}"


def _pdf(office: Office, document: Document) -> bytes:
    return invoice_pdf(document, office.settings.invoice_font)


async def mail(office: Office, params: Mail) -> Mailed:
    """The document goes to its subscriber, which freezes it: what is told is owed (R16.1). Each address once."""
    document = (await office.store.read(lambda c: invoice.get(c, params.invoice))).document
    pdf = _pdf(office, document)
    return await office.store.run(lambda c: _mail(office, c, document, pdf, params.to))


async def mail_month(office: Office, params: MailMonth) -> list[Mailed]:
    """Every document of a month to its subscriber; what was sent before is not sent again. Those that have no mail
    address on file come back with 0 addresses."""
    found = await office.store.read(lambda c: invoice.listing(c, month=params.month, limit=1_000_000))
    sent = []
    for one in reversed(found):
        if await office.store.read(lambda c, o=one: detail.mail_addresses(c, office.sealer, o.subscriber_id)):  # type: ignore[misc]
            sent.append(await mail(office, Mail(invoice=one.number)))
        else:
            sent.append(Mailed(one.number, 0, 0))
    return sent


def _mail(office: Office, connection: Connection, document: Document, pdf: bytes, to: str | None) -> Mailed:
    at = office.store.now(connection)
    addresses = [to] if to else detail.mail_addresses(connection, office.sealer, document.subscriber_id)
    if not addresses:
        raise RuleBroken(f"invoice {document.number}: its subscriber has no mail address on file; name one with --to")
    invoice.show_frozen(connection, document.number, at)
    text = invoice_letter(document)
    attached = outbox.Attachment(f"{file_stem(document)}.pdf", "application/pdf", pdf)
    queued = 0
    for address in addresses:
        key = f"invoice:{document.number}:{outbox.address_key(office.sealer, address)}"
        queued += outbox.put(
            connection, office.sealer, key=key, to=address, subject=text.subject, body=text.body, at=at,
            attachments=[attached], subscriber_id=document.subscriber_id,
        )  # fmt: skip
    return Mailed(document.number, len(addresses), queued)
