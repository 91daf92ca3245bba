"""Credit notes by hand: an invoice, or lines of it, taken back with a reason (R16.1). The invoice itself stays."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Connection, select

from smartdesk_pbx.billing.correction import difference, reversed_lines
from smartdesk_pbx.billing.invoice import Document, Line, Sums, change
from smartdesk_pbx.billing.rate import Rating
from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import invoice, ledger
from smartdesk_pbx.store.facts import Group, Row
from smartdesk_pbx.store.issue import head
from smartdesk_pbx.store.signing import Signer
from smartdesk_pbx.store.tables import ledger_entry

KIND = "credit"


class CreditEntry(msgspec.Struct, frozen=True):
    """The ledger entry of a credit note: which document it takes back what of, and why."""

    contract_id: UUID
    number: int
    refers_to: int
    lines: tuple[Line, ...]
    reason: str


def credit(
    connection: Connection, number: int, reason: str, *, codes: Collection[str] = (), signer: Signer | None,
    now: datetime,
) -> Document:  # fmt: skip
    """Take back what is left of an invoice, or of the lines with these codes; the credit note, booked.

    Raises RuleBroken for a credit note, for an unknown code, and when nothing is left to take back.
    """
    mine = invoice.next_number(connection)
    original = invoice.get(connection, number).document
    if original.kind != "invoice":
        raise RuleBroken(f"{number} is a credit note; only an invoice can be credited")
    left = _left(original, invoice.referring_to(connection, number))
    lines = _wanted(original, left, codes)
    entry = CreditEntry(original.contract_id, mine, number, reversed_lines(lines), reason)
    summed = change(left, [line for line in left if line not in lines])
    document = _document(connection, original, entry, summed, signer, now)
    invoice.put(connection, [document], now)
    return document


def _left(original: Document, later: Sequence[Document]) -> tuple[Line, ...]:
    """What of an invoice was not taken back yet."""
    notes = [one for one in later if one.kind == "credit_note"]  # a further charge is an invoice, credited by itself
    taken = [Rating(reversed_lines(one.lines), ()) for one in notes]
    return difference(Rating(original.lines, ()), taken).lines


def _wanted(original: Document, left: Sequence[Line], codes: Collection[str]) -> tuple[Line, ...]:
    known = {line.code for line in original.lines}
    if unknown := sorted(set(codes) - known):
        raise RuleBroken(f"invoice {original.number} has no line {', '.join(unknown)} (one of {', '.join(known)})")
    wanted = tuple(line for line in left if line.amount_yen > 0 and (not codes or line.code in codes))
    if not wanted:
        raise RuleBroken(f"nothing is left to credit of invoice {original.number}")
    return wanted


def _document(
    connection: Connection, original: Document, entry: CreditEntry, summed: Sums, signer: Signer | None, now: datetime
) -> Document:
    key = f"credit:{entry.number}"
    text = msgspec.json.encode(entry, order="sorted").decode()
    row = Row("ledger", key, None, KIND, now, True, text, None)
    ledger.commit(connection, [Group((row,), original.subscriber_id)], now)
    query = select(ledger_entry.c.chain, ledger_entry.c.chain_seq, ledger_entry.c.hash)
    chain, seq, hash = connection.execute(query.where(ledger_entry.c.key == key)).one()
    today = tokyo_date(now)
    return msgspec.structs.replace(
        original, number=entry.number, kind="credit_note", issued_on=today, due_on=today, lines=entry.lines,
        totals=summed.totals, untaxed_yen=summed.untaxed_yen, total_yen=summed.total_yen,
        head=head(chain, seq, hash, signer), refers_to=original.number, note=f"返還の理由：{entry.reason}",
    )  # fmt: skip
