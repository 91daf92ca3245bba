"""Facts of invented calls, as a switchboard at work writes them."""

from datetime import UTC, datetime
from uuid import UUID

from smartdesk_pbx.contract.events import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CaseClosed,
    FlowStep,
    Judged,
)

NUMBER, CALLER = "+81312345001", "+819012345678"
POSITION = '{"asked":1,"keys":"","node":"main-menu","tries":0}'
STEPS = ("welcome", "main-menu", "company-info")


def arrived(call: UUID, subscriber: UUID) -> CallArrived:
    """The first fact of a case; the caller's number is sealed."""
    return CallArrived(
        call_id=call, at=_now(), number=NUMBER, subscriber_id=subscriber, contract_id=subscriber, plan="standard",
        flow="demo-reception", flow_version=1, decision="accepted", node="n1", channel=f"1767225600.{call.int % 10**6}",
        caller_class="number", caller_key=f"{call.int:064x}", caller=CALLER,
    )  # fmt: skip


def step(call: UUID, number: int, digits: str | None = None) -> FlowStep:
    """One step of the flow; collected digits are sealed."""
    return FlowStep(
        call_id=call, at=_now(), step=number, node=STEPS[number % len(STEPS)], verb="menu", position=POSITION,
        heard="key 1", digits=digits,
    )  # fmt: skip


def answered(call: UUID) -> CallAnswered:
    """Audio opened."""
    return CallAnswered(call_id=call, at=_now())


def ended(call: UUID) -> CallEnded:
    """The caller was served and hung up."""
    return CallEnded(call_id=call, at=_now(), by="caller", outcome="self_service")


def closed(call: UUID) -> tuple[CaseClosed, Judged]:
    """What closes a case; one group."""
    at = _now()
    judged = Judged(
        call_id=call, at=at, billable=False, rule="hung-up-in-ivr", rules_version="2026-04-01", units=0,
        rule_text="The caller hung up in the IVR: nobody was served", case_class="ivr",
    )  # fmt: skip
    return CaseClosed(call_id=call, at=at, response="none"), judged


def _now() -> datetime:
    return datetime.now(UTC)
