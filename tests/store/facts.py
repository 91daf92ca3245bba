"""Facts of invented calls."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from smartdesk_pbx.contract import events

AT = datetime(2026, 4, 1, 9, 30, 0, 123456, tzinfo=UTC)
NUMBER = "+81312345001"
CALLER = "+819012345678"


def later(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def arrived(
    call_id: UUID,
    *,
    subscriber: UUID | None = None,
    contract: UUID | None = None,
    caller_key: str | None = None,
    caller: str | None = CALLER,
    at: datetime = AT,
    node: str = "n1",
) -> events.CallArrived:
    return events.CallArrived(
        call_id=call_id, at=at, number=NUMBER, subscriber_id=subscriber, contract_id=contract, plan="standard",
        flow="demo", flow_version=1, decision="accepted", node=node, channel="PJSIP/demo-1", caller_class="number",
        caller_key=caller_key, caller=caller,
    )  # fmt: skip


def step(call_id: UUID, number: int, *, digits: str | None = None) -> events.FlowStep:
    return events.FlowStep(
        call_id=call_id, at=later(number), step=number, node="main", verb="menu",
        position='{"node":"main"}', heard="key 1", digits=digits,
    )  # fmt: skip


def requested(call_id: UUID, at: datetime = AT, *, counted: bool = True) -> events.TransferRequested:
    return events.TransferRequested(call_id=call_id, at=at, by="ivr", counted=counted)


def ended(call_id: UUID, outcome: str = "self_service", *, at: datetime = AT) -> events.CallEnded:
    return events.CallEnded(call_id=call_id, at=at, by="caller", outcome=outcome)


def closed(call_id: UUID) -> events.CaseClosed:
    return events.CaseClosed(call_id=call_id, at=later(60), response="none")


def judged(call_id: UUID, rule: str = "ivr-only") -> events.Judged:
    return events.Judged(
        call_id=call_id, at=later(60), billable=False, rule=rule, rules_version="1", rule_text="IVR only",
        case_class="ivr", units=0,
    )  # fmt: skip
