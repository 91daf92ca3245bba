"""An office on either database with three contracts, a clock that tests move, and documents issued at will."""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection

from smartdesk_pbx.billing.invoice import Document, Line
from smartdesk_pbx.clock import TOKYO, Clock
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.ids import Ids
from smartdesk_pbx.keys import load_keys
from smartdesk_pbx.office import books, payment, registry
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import contract, detail, invoice, operator, subscriber
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from tests.rules.documents import ISSUER, document, line

both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)

READINGS = {"sakura": "サクラ", "aozora": "アオゾラ", "kaede": "カエデ"}


@dataclass
class Bureau:
    """`of`: subscriber → contract. `today`: noon in Tokyo of that day is now."""

    office: Office
    of: dict[str, UUID]
    subscribers: dict[str, UUID]
    today: list[date] = field(default_factory=lambda: [date(2026, 12, 1)])

    def bill(self, who: str, *lines: Line, month: str = "2026-11", refers_to: int | None = None) -> Document:
        """Issue a document as the close does: numbered, stored, booked."""

        def store(c: Connection) -> Document:
            made = document(
                invoice.next_number(c), *lines, month=month, refers_to=refers_to, contract=self.of[who],
                subscriber=self.subscribers[who], issued_on=self.today[0] if refers_to else None,
            )  # fmt: skip
            invoice.put(c, [made], self.office.store.now(c))
            return made

        return self.office.store.run_now(store)

    def fees(self, who: str, yen: int = 10_000, month: str = "2026-11") -> int:
        """The number of an invoice of `yen` without tax."""
        return self.bill(who, line(yen), month=month).number

    async def do(self, operation: str, **said: Any) -> Any:
        """The answer of an operation as JSON values; the books hold after it."""
        answer = registry.as_json(await registry.perform(self.office, operation, said))
        checked = await books.check(self.office, registry.Params())
        assert checked.problems == ()
        return answer

    async def bank(self, *rows: str, file: str = "bank.csv", **more: Any) -> Any:
        """Take in a bank's file of rows `day,yen,payer,reference`."""
        content = "\n".join(["day,yen,payer,reference", *rows])
        return await self.do("payment.import", file=file, content=b64encode(content.encode()).decode(), **more)

    async def unmatched(self) -> list[payment.Shown]:
        return await payment.listing(self.office, payment.Listing(unmatched=True))

    async def states(self, who: str) -> dict[int, tuple[int, str]]:
        """Number → (open yen, state) of all documents of a subscriber."""
        found = await self.do("receivable.list", contract=who, paid=True)
        return {one["number"]: (one["open_yen"], one["state"]) for one in found}

    def later(self, days: int) -> None:
        self.today[0] += timedelta(days=days)


def make_bureau(url: str, home: Path) -> Bureau:
    """Three subscribers with a contract each; `sakura` has a mail address."""
    today = [date(2026, 12, 1)]

    def now() -> datetime:
        return datetime.combine(today[0], time(12), TOKYO).astimezone(UTC)

    settings = Settings(
        home=home,
        collection_code="1234567890",
        collection_name="スマートデスク",
        collection_account="0001-234-1-7654321",
    )
    keys, store = load_keys(home), Store.open(url, now=now)
    office = Office(settings, keys, store, Sealer(keys.master, keys.installation), Clock(now), Ids())
    made = Bureau(office, {name: uuid4() for name in READINGS}, {name: uuid4() for name in READINGS}, today)
    store.run_now(lambda c: _seed(c, office, made))
    return made


def _seed(c: Connection, office: Office, made: Bureau) -> None:
    plan, at = standard_plan(), office.store.now(c)
    contract.put_plan(c, id=plan.plan, name=plan.name, settings=plan.settings, rules=plan.rules)
    operator.put(c, ISSUER, at)
    for name, reading in READINGS.items():
        subscriber.add(
            c, id=made.subscribers[name], slug=name, name=f"株式会社{reading}", announced_name=reading,
            announced_reading=reading, at=at,
        )  # fmt: skip
        contract.add(
            c, id=made.of[name], subscriber_id=made.subscribers[name], plan=plan.plan, started_on=Month(2026, 4).first
        )
    detail.put(c, office.sealer, made.subscribers["sakura"], "mail", ["keiri@example.jp"], at=at, by="test")
