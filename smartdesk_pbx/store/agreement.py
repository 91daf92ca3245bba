"""What happened to contracts: events are appended here, and the row `contract` is brought up to date with them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from smartdesk_pbx.contract.agreement_events import NOTHING, AgreementEvent, Doc, Kind
from smartdesk_pbx.contract.lifecycle import Fee, Life, Span, begun, span, tell
from smartdesk_pbx.contract.month import Month, tokyo_date
from smartdesk_pbx.contract.settings import ServiceSettings, effective
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.contract import Contract
from smartdesk_pbx.store.routing_version import bump
from smartdesk_pbx.store.tables import contract, plan
from smartdesk_pbx.store.tables.lifecycle import contract_event as table


@dataclass(frozen=True)
class Agreed:
    """A contract with all that its events tell, and the settings in force (R3)."""

    contract: Contract
    settings: ServiceSettings
    life: Life


def append(
    connection: Connection,
    contract_id: UUID,
    kind: Kind,
    *,
    at: datetime,
    effective_on: date,
    by: str,
    reason_code: str | None = None,
    reason: str | None = None,
    doc: Doc = NOTHING,
) -> AgreementEvent:
    """Store one event and project it on the contract's row, as it stands at `at`. Raises RuleBroken for an unknown
    contract. The row is locked: two writers follow each other."""
    if connection.execute(select(contract.c.id).where(contract.c.id == contract_id).with_for_update()).first() is None:
        raise RuleBroken(f"no contract {contract_id}")
    event = AgreementEvent(uuid4(), contract_id, kind, at, effective_on, by, reason_code, reason, doc)
    last = select(func.coalesce(func.max(table.c.seq), 0)).where(table.c.contract_id == contract_id)
    seq = connection.execute(last).scalar_one() + 1
    columns = vars(event) | {"seq": seq, "doc": msgspec.json.encode(doc).decode()}
    connection.execute(insert(table).values(columns))
    project(connection, contract_id, tokyo_date(at))
    return event


def project(connection: Connection, contract_id: UUID, day: date) -> None:
    """Bring the row of a contract to what its events say on a day; routing follows when something changed."""
    row = connection.execute(select(contract).where(contract.c.id == contract_id)).one()
    life = _life(row, history(connection, contract_id))
    state = life.state_on(day)
    columns = {
        "state": state, "plan": life.plan_on(day), "started_on": life.started_on,
        "ended_on": life.ends_on if state == "ended" else None,
    }  # fmt: skip
    if any(getattr(row, name) != value for name, value in columns.items()):
        connection.execute(update(contract).where(contract.c.id == contract_id).values(columns))
        bump(connection)


def history(connection: Connection, contract_id: UUID) -> list[AgreementEvent]:
    """Everything that happened to a contract, oldest first."""
    query = select(table).where(table.c.contract_id == contract_id).order_by(table.c.seq)
    return [_event(row) for row in connection.execute(query)]


def agreed(connection: Connection, contract_id: UUID) -> Agreed:
    """One contract with its life. Raises RuleBroken when there is none of that id."""
    found = list(_agreed(connection, contract_id))
    if not found:
        raise RuleBroken(f"no contract {contract_id}")
    return found[0]


def all_agreed(connection: Connection) -> list[Agreed]:
    """All contracts, oldest first; three queries however many they are."""
    return list(_agreed(connection, None))


def spans(connection: Connection, month: Month) -> list[Span]:
    """R15, R16.3: the contracts that are charged for a month, oldest first."""
    found = (_span(one) for one in _agreed(connection, None))
    return [one for one in found if one is not None and one.runs_in(month)]


def span_of(connection: Connection, contract_id: UUID) -> Span | None:
    """The span of one contract; None while nothing is charged yet. Raises RuleBroken for an unknown one."""
    return _span(agreed(connection, contract_id))


def fees(connection: Connection, month: Month) -> list[tuple[UUID, Fee]]:
    """R18.3: the fees of a month with their contracts, waived ones too; at most one per contract, ever."""
    found = ((one.contract.id, one.life.fee()) for one in _agreed(connection, None))
    return [(contract_id, fee) for contract_id, fee in found if fee is not None and fee.month == month]


def fee_of(connection: Connection, contract_id: UUID, month: Month) -> Fee | None:
    """R18.3: the fee of one contract in a month, waived or not."""
    fee = agreed(connection, contract_id).life.fee()
    return fee if fee is not None and fee.month == month else None


def _span(one: Agreed) -> Span | None:
    return span(one.life, one.settings, one.contract.id, one.contract.subscriber_id, one.contract.ended_on)


def _agreed(connection: Connection, contract_id: UUID | None) -> Iterable[Agreed]:
    rows = select(contract).order_by(contract.c.started_on, contract.c.id)
    events = select(table).order_by(table.c.contract_id, table.c.seq)
    if contract_id is not None:
        rows, events = rows.where(contract.c.id == contract_id), events.where(table.c.contract_id == contract_id)
    told: defaultdict[UUID, list[AgreementEvent]] = defaultdict(list)
    for row in connection.execute(events):
        told[row.contract_id].append(_event(row))
    read = _Layers(connection)
    for row in connection.execute(rows).all():
        one = Contract(**row._mapping)
        yield Agreed(one, read.settings(one.plan, one.settings), _life(row, told[one.id]))


def _life(row: Row[Any], events: list[AgreementEvent]) -> Life:
    return tell(begun(row.started_on, row.plan, row.state, row.ended_on), events)


class _Layers:
    """Reads each plan's settings once, and those in force once for all contracts that set nothing themselves."""

    def __init__(self, connection: Connection) -> None:
        self._plans: dict[str, Mapping[str, Any]] = {
            row.id: row.settings for row in connection.execute(select(plan.c.id, plan.c.settings))
        }
        self._plain: dict[str, ServiceSettings] = {}

    def settings(self, plan: str, own: Mapping[str, Any]) -> ServiceSettings:
        if own:
            return effective(self._plans[plan], own)
        if plan not in self._plain:
            self._plain[plan] = effective(self._plans[plan], {})
        return self._plain[plan]


def _event(row: Row[Any]) -> AgreementEvent:
    return AgreementEvent(
        row.id, row.contract_id, row.kind, row.at, row.effective_on, row.by, row.reason_code, row.reason,
        msgspec.json.decode(row.doc, type=Doc),
    )  # fmt: skip
