"""R16.2: late interest becomes a document of its own, month by month: numbered, untaxed, with a due date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, func, select

from smartdesk_pbx.billing.accounts import LATE_INTEREST, RECEIVABLE
from smartdesk_pbx.billing.books import INTEREST_CODE
from smartdesk_pbx.billing.interest import Charge, charges
from smartdesk_pbx.billing.invoice import Document, Head, Issuer, Line, due_on, sums
from smartdesk_pbx.billing.items import Item, due_after
from smartdesk_pbx.contract.month import Month, tokyo_date
from smartdesk_pbx.contract.settings import ServiceSettings
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import invoice, operator
from smartdesk_pbx.store.heads import head_of
from smartdesk_pbx.store.receivables import accelerated, items, perhaps_late, rate_of, settings_of
from smartdesk_pbx.store.recipient import recipients
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.signing import Signer
from smartdesk_pbx.store.tables import contract
from smartdesk_pbx.store.tables.money import invoice as documents
from smartdesk_pbx.store.tables.receivables import book_posting

_AT_ONCE = 200


@dataclass(frozen=True)
class Owed:
    """The late interest of one contract that no document has charged yet."""

    contract_id: UUID
    charges: tuple[Charge, ...]

    @property
    def yen(self) -> int:
        """All of it; negative: too much was charged."""
        return sum(one.yen for one in self.charges)


def owed(connection: Connection, month: Month) -> list[Owed]:
    """What is to be charged up to the last day of a month, by contract; nothing where it comes to 0 yen.

    Raises RuleBroken for a month before the last one charged: its interest would seem charged too much.
    """
    if (last := _last_month(connection)) is not None and str(month) < last:
        raise RuleBroken(f"late interest is charged to the end of {last} already; name that month or a later one")
    by_contract: dict[UUID, list[Item]] = {}
    for item in items(connection, numbers=perhaps_late()):
        by_contract.setdefault(item.contract_id, []).append(item)
    settings = settings_of(connection, by_contract)
    found = (
        Owed(of, tuple(charges(mine, month.last, rate_of(settings[of])))) for of, mine in sorted(by_contract.items())
    )
    return [one for one in found if one.yen]


def _last_month(connection: Connection) -> str | None:
    opened = book_posting.alias()
    query = (
        select(func.max(documents.c.month))
        .join(opened, (opened.c.number == documents.c.number) & (opened.c.account == RECEIVABLE))
        .join(book_posting, book_posting.c.entry == opened.c.entry)
        .where(book_posting.c.account == LATE_INTEREST)
    )
    return connection.execute(query).scalar()


def charge(
    connection: Connection, sealer: Sealer, signer: Signer | None, month: Month, now: datetime
) -> list[Document]:
    """Issue a document to each contract that owes late interest to the end of a month; a second run issues none.

    Raises RuleBroken before the month is over, and when nobody is known who issues invoices.
    """
    if now < month.ends_at:
        raise RuleBroken(f"{month} is not over: its late interest is known from {month.plus(1).first} on")
    details = operator.current(connection)
    if details is None:
        raise RuleBroken("who issues the invoices is not known: smartdesk operator set")
    number = invoice.next_number(connection)
    found = owed(connection, month)
    settings = settings_of(connection, [one.contract_id for one in found])
    made: list[Document] = []
    for start in range(0, len(found), _AT_ONCE):
        batch = found[start : start + _AT_ONCE]
        sheet = _Sheet(connection, sealer, signer, details.issuer, month, now)
        made += sheet.documents(batch, settings, number + len(made))
    invoice.put(connection, made, now)
    return made


@dataclass(frozen=True)
class _Sheet:
    """What the documents of one run share."""

    connection: Connection
    sealer: Sealer
    signer: Signer | None
    issuer: Issuer
    month: Month
    now: datetime

    def documents(self, batch: Sequence[Owed], settings: dict[UUID, ServiceSettings], number: int) -> list[Document]:
        """The documents of some contracts, numbered from `number`."""
        query = select(contract.c.id, contract.c.subscriber_id)
        query = query.where(contract.c.id.in_([one.contract_id for one in batch]))
        of = {id: subscriber for id, subscriber in self.connection.execute(query)}
        to = recipients(self.connection, self.sealer, of.values())
        made, hurried, issued_on = [], accelerated(self.connection), tokyo_date(self.now)
        for i, one in enumerate(batch):
            lines = tuple(_line(c, settings[one.contract_id].late_interest_permille) for c in one.charges)
            summed, subscriber = sums(lines), of[one.contract_id]
            made.append(
                Document(
                    number=number + i, kind="credit_note" if summed.total_yen < 0 else "invoice",
                    contract_id=one.contract_id, subscriber_id=subscriber, month=str(self.month),
                    issued_on=issued_on,
                    due_on=due_after(self._due_on(), issued_on, hurried.get(one.contract_id)), issuer=self.issuer,
                    recipient=to[subscriber], lines=lines, totals=summed.totals, untaxed_yen=summed.untaxed_yen,
                    total_yen=summed.total_yen, head=self._head(subscriber), note="遅延損害金（利用規約第16条第2項）",
                )
            )  # fmt: skip
        return made

    def _due_on(self) -> date:
        """R16.1, counted from the month before the issue when the charge comes late: never due before it is known."""
        return due_on(max(self.month, Month.of(tokyo_date(self.now)).plus(-1)))

    def _head(self, chain: UUID) -> Head:
        head = head_of(self.connection, chain, self.signer)
        return Head(head.chain, head.seq, head.hash, head.signature or "", head.key_id or "")


def _line(one: Charge, permille: int) -> Line:
    percent = f"{permille // 10}.{permille % 10}%"
    until = f"{one.until.year}年{one.until.month}月{one.until.day}日"
    text = f"遅延損害金 年{percent}（請求書番号 {one.number:06}、{until}まで{one.days}日分"
    rest = "、既請求分を除く）" if one.yen >= 0 else "の訂正）"
    sign = 1 if one.yen >= 0 else -1
    return Line(f"{INTEREST_CODE}/{one.number}", text + rest, sign, abs(one.yen), one.yen, "none")
