"""An invented bureau with prices, and months of judged cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.billing.invoice import Issuer
from smartdesk_pbx.billing.price_file import prices_from_yaml
from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.store import contract, ledger, operator, prices, reach, subscriber
from smartdesk_pbx.store.facts import Group, encode
from smartdesk_pbx.store.seal import CaseKey, Sealer
from smartdesk_pbx.store.session import Store
from tests.store.facts import arrived, ended

MONTH = Month(2026, 10)
AFTER = datetime(2026, 11, 2, 3, tzinfo=MONTH.ends_at.tzinfo)
"""When the month is closed: noon of 2 November in Tokyo."""
SEALER = b"m" * 32

PRICES = """\
plan: standard
from: 2026-04
tax: 10
cases:
  included: 3
  beyond:
    - {units: 2, yen: 205}
    - {yen: 155}
fees:
  - {code: basic, text: 基本料金, yen: 9805}
  - {code: pbx, text: IP-PBX利用料, yen: 3000, part: ip_pbx}
  - {code: setup, text: 初期費用, yen: 20000, once: true}
allowances:
  - {code: free-wrong, text: 間違い電話（無料分）, units: 1, classes: wrong_number}
surcharges:
  - {code: long, text: 長時間対応加算, yen: 105}
options:
  - {code: extra-number, text: 追加番号, yen: 500}
"""

ISSUER = Issuer(
    "株式会社テスト代行", "東京都千代田区1-1", "T7000012050002", "03-0000-0000", "テスト銀行 本店 普通 1234567"
)


def set_up(connection: Connection, price_text: str = PRICES) -> None:
    """The standard plan, its prices, the operator's details; node n1 read past every month."""
    plan = standard_plan()
    contract.put_plan(connection, id=plan.plan, name=plan.name, settings=plan.settings, rules=plan.rules)
    prices.add(connection, prices_from_yaml(price_text, "p.yaml"), price_text, id=UUID(int=1), at=MONTH.starts_at)
    operator.put(connection, ISSUER, MONTH.starts_at)
    far = datetime(2030, 1, 1, tzinfo=AFTER.tzinfo)
    reach.note(connection, "n1", journal_at=far, cdr_at=far)


def subscriber_row(id: UUID) -> dict[str, Any]:
    n = id.int % (1 << 64)
    name = f"契約者{n}"
    return {
        "id": id, "slug": f"s{n}", "name": name, "announced_name": name, "announced_reading": "ケイヤク",
        "announced_version": 1, "emergency_version": 0, "language": "ja", "created_at": MONTH.starts_at,
    }  # fmt: skip


def contract_row(id: UUID, subscriber_id: UUID) -> dict[str, Any]:
    return {
        "id": id, "subscriber_id": subscriber_id, "plan": "standard", "state": "active", "settings": {},
        "started_on": date(2026, 10, 1),
    }  # fmt: skip


def sign_up(
    connection: Connection, n: int, *, started_on: date = date(2026, 10, 1), settings: Mapping[str, Any] | None = None
) -> tuple[UUID, UUID]:
    """Subscriber number n with one contract: (subscriber, contract)."""
    who, of = UUID(int=100 + n), UUID(int=200 + n)
    subscriber.add(
        connection, id=who, slug=f"s{n}", name=f"契約者{n}", announced_name=f"契約者{n}", announced_reading="ケイヤク",
        at=MONTH.starts_at,
    )  # fmt: skip
    contract.add(connection, id=of, subscriber_id=who, plan="standard", started_on=started_on, settings=settings)
    return who, of


@dataclass(frozen=True)
class Told:
    """A case to be stored. `day` of the month, `units` 0: not billable."""

    n: int
    day: float
    units: int = 1
    case_class: str = "human"
    surcharges: tuple[str, ...] = ()

    @property
    def call(self) -> UUID:
        return UUID(int=(9 << 64) + self.n)


def case_at(month: Month, told: Told) -> datetime:
    return month.starts_at + timedelta(days=told.day)


def _no_key(call_id: UUID) -> CaseKey:
    return Sealer(SEALER, SEALER).new_case_key(call_id, call_id)


def tell(
    connection: Connection, who: UUID, of: UUID, cases: Sequence[Told], *, month: Month = MONTH, closed: bool = True
) -> None:
    """Store these cases of a contract as the daemon does; `closed` False leaves them without judgement."""
    for told in cases:
        at = case_at(month, told)
        facts: list[Any] = [arrived(told.call, subscriber=who, contract=of, at=at), ended(told.call, at=at)]
        if closed:
            facts += [events.CaseClosed(call_id=told.call, at=at, response="none"), judgement(told, of, at)]
        rows = [encode(fact, f"{told.call}/{fact.__struct_config__.tag}", Sealer(SEALER, SEALER), _no_key)
                for fact in facts]  # fmt: skip
        ledger.commit(connection, [Group(tuple(rows), who)], at)


def judgement(told: Told, of: UUID, at: datetime) -> events.Judged:
    return events.Judged(
        call_id=told.call, at=at, billable=told.units > 0, rule="r", rules_version="1", rule_text="r",
        case_class=told.case_class, units=told.units, surcharges=list(told.surcharges), contract_id=of, arrived_at=at,
    )  # fmt: skip


def open_at(url: str, now: datetime = AFTER) -> Store:
    return Store.open(url, now=lambda: now)
