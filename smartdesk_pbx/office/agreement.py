"""What a subscriber asks of a contract (R12, R18), and when it takes effect; its whole history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract import letters, requests
from smartdesk_pbx.contract.agreement_events import Doc
from smartdesk_pbx.contract.month import Month, tokyo_date
from smartdesk_pbx.contract.when import What, When, when
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.contract import Which, find, find_any
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params, Slug
from smartdesk_pbx.store import agreement, told
from smartdesk_pbx.store import contract as contracts
from smartdesk_pbx.store.agreement import Agreed
from smartdesk_pbx.store.due import due

Reason = Annotated[str, Field(min_length=1, max_length=500)]
Who = Annotated[str, Field(min_length=1, max_length=80)]


class Asked(Which):
    """`by`: who asked, or who entered it; `on`: the day on which it was received, None for today."""

    by: Who = "operations"
    on: date | None = None


class ChangePlan(Asked):
    plan: Slug


class Withdraw(Which):
    by: Who = "operations"
    reason: Reason


class AskWhen(Which):
    """`on`: as if asked on that day, None for today."""

    what: What
    on: date | None = None


@dataclass(frozen=True)
class Requested:
    """What was stored. `effective_on`: from when; of an end its last day. `told`: letters queued."""

    contract: str
    effective_on: date
    plan: str | None
    fee_yen: int | None
    told: int


@dataclass(frozen=True)
class Step:
    """One event of a contract's history."""

    at: datetime
    kind: str
    effective_on: date
    by: str
    reason_code: str | None
    reason: str | None
    doc: Mapping[str, Any]


@dataclass(frozen=True)
class Due:
    """What took effect by itself."""

    contract: UUID
    kind: str
    effective_on: date
    doc: Mapping[str, Any]


async def ask_when(office: Office, params: AskWhen) -> When:
    """R12, R18: from when a request takes effect and what it costs, now and after the deadline; changes nothing."""

    def look(connection: Connection) -> When:
        one = agreement.agreed(connection, find(connection, params.contract).id)
        return when(params.what, one.life, one.settings, params.on or tokyo_date(office.store.now(connection)))

    return await office.store.read(look)


async def change_plan(office: Office, params: ChangePlan) -> Requested:
    """R12: another plan, from the 1st of the month that the day of the request gives."""

    def store(connection: Connection) -> Requested:
        one, at = _agreed(connection, params), office.store.now(connection)
        plan = contracts.plan(connection, params.plan)
        day = received_on(one, params.on, at)
        step = requests.plan_change(one.life, one.settings, plan.id, day)
        _refuse_long_past(step.on, at)
        doc = Doc(plan=step.plan, plan_before=one.life.plan_on(day))
        agreement.append(
            connection, one.contract.id, "plan_change_requested", at=at, effective_on=step.on, by=params.by, doc=doc
        )
        queued = told.tell(
            connection, office.sealer, one.contract, "plan", at, lambda n: letters.plan_change(n, plan.name, step.on)
        )
        return Requested(str(one.contract.id), step.on, step.plan, None, queued)

    return await office.store.run(store)


async def cancel(office: Office, params: Asked) -> Requested:
    """R18: the contract ends with a month; the fee is told now and stays what it is."""

    def store(connection: Connection) -> Requested:
        one, at = _agreed(connection, params), office.store.now(connection)
        end = requests.cancellation(one.life, one.settings, received_on(one, params.on, at))
        _refuse_long_past(end.ends_on, at)
        agreement.append(
            connection, one.contract.id, "cancellation_requested", at=at, effective_on=end.ends_on, by=params.by,
            doc=Doc(fee_yen=end.fee_yen),
        )  # fmt: skip
        queued = told.tell(
            connection, office.sealer, one.contract, "cancel", at,
            lambda n: letters.cancellation(n, end.ends_on, end.fee_yen),
        )  # fmt: skip
        return Requested(str(one.contract.id), end.ends_on, None, end.fee_yen, queued)

    return await office.store.run(store)


async def keep(office: Office, params: Withdraw) -> Requested:
    """R18: a cancellation is withdrawn before its day; the contract goes on."""

    def store(connection: Connection) -> Requested:
        one, at = _agreed(connection, params), office.store.now(connection)
        ends_on = requests.withdrawn_end(one.life, one.settings, tokyo_date(at))
        agreement.append(
            connection, one.contract.id, "cancellation_withdrawn", at=at, effective_on=tokyo_date(at), by=params.by,
            reason=params.reason,
        )  # fmt: skip
        queued = told.tell(connection, office.sealer, one.contract, "keep", at, letters.cancellation_withdrawn)
        return Requested(str(one.contract.id), ends_on, None, None, queued)

    return await office.store.run(store)


async def keep_plan(office: Office, params: Withdraw) -> Requested:
    """R12: a plan change is withdrawn before its day."""

    def store(connection: Connection) -> Requested:
        one, at = _agreed(connection, params), office.store.now(connection)
        step = requests.withdrawn_plan(one.life, one.settings, tokyo_date(at))
        agreement.append(
            connection, one.contract.id, "plan_change_withdrawn", at=at, effective_on=tokyo_date(at), by=params.by,
            reason=params.reason,
        )  # fmt: skip
        queued = told.tell(connection, office.sealer, one.contract, "keep-plan", at, letters.plan_change_withdrawn)
        return Requested(str(one.contract.id), step.on, step.plan, None, queued)

    return await office.store.run(store)


async def waive(office: Office, params: Withdraw) -> Requested:
    """R18: the early-termination fee is not charged, for a reason; once."""

    def store(connection: Connection) -> Requested:
        one = agreement.agreed(connection, find_any(connection, params.contract).id)
        at = office.store.now(connection)
        fee = requests.waiver(one.life)
        agreement.append(
            connection, one.contract.id, "fee_waived", at=at, effective_on=tokyo_date(at), by=params.by,
            reason=params.reason,
        )  # fmt: skip
        queued = told.tell(
            connection, office.sealer, one.contract, "waive", at, lambda n: letters.fee_waived(n, fee.yen)
        )
        return Requested(str(one.contract.id), fee.month.last, None, fee.yen, queued)

    return await office.store.run(store)


async def history(office: Office, params: Which) -> list[Step]:
    """Every event of a contract, oldest first; reasons are for the inside."""

    def look(connection: Connection) -> list[Step]:
        return [
            Step(e.at, e.kind, e.effective_on, e.by, e.reason_code, e.reason, msgspec.to_builtins(e.doc))
            for e in agreement.history(connection, find_any(connection, params.contract).id)
        ]

    return await office.store.read(look)


async def take_due(office: Office, _: Params) -> list[Due]:
    """Let take effect whatever is due today; what did. The daemon does this too, a repeat changes nothing."""
    found = await office.store.run(lambda c: due(c, office.sealer, office.store.now(c)))
    return [Due(one.contract_id, one.kind, one.effective_on, msgspec.to_builtins(one.doc)) for one in found]


def received_on(one: Agreed, on: date | None, at: datetime) -> date:
    """The day on which a request counts as received. Raises `RuleBroken` for one ahead, or before the contract."""
    today = tokyo_date(at)
    if on is None:
        return today
    if on > today:
        raise RuleBroken(f"received on {on}: that day lies ahead")
    if on < one.life.started_on and on < today:
        raise RuleBroken(f"received on {on}: the contract starts on {one.life.started_on}")
    return on


def _refuse_long_past(effective_on: date, at: datetime) -> None:
    """What was received last month may be entered now; what reaches further back was charged and paid."""
    if effective_on < Month.of(tokyo_date(at)).plus(-1).last:
        raise RuleBroken(f"this would take effect on {effective_on}, before the end of last month; enter it from today")


def _agreed(connection: Connection, params: Which) -> Agreed:
    return agreement.agreed(connection, find(connection, params.contract).id)
