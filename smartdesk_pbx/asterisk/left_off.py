"""Where an earlier daemon left a call, from the call's events: what the leg that takes it up has to know."""

from collections.abc import Mapping
from dataclasses import dataclass

from smartdesk_pbx.call.case import Case
from smartdesk_pbx.contract.events import CallAnswered, Escalated, FlowStep

VERBS: Mapping[str, tuple[str, ...]] = {
    "say": ("say", "skip"), "choose": ("menu",), "take": ("collect",), "keep": ("record",), "hand": ("hold",),
    "reach": ("wait",), "fetch": ("say",), "tell": ("say",), "ask": (), "bye": ("bye",),
}  # fmt: skip
"""The dialplan verbs that a step's verb runs as."""


@dataclass(frozen=True)
class LeftOff:
    """As which verbs of the dialplan the call's step may run (none: it asks something), whether it was answered and is
    being recorded, and how far its messages were numbered."""

    verbs: tuple[str, ...]
    answered: bool
    held: bool
    messages: int


def left_off(case: Case) -> LeftOff:
    """Its n-th recording is that of its n-th step that keeps a message, whether something was said or not."""
    last = case.last(FlowStep)
    kept = len([step for step in case.all(FlowStep) if step.verb == "keep"])
    return LeftOff(
        verbs=VERBS.get(last.verb, ()) if last else ("say",),
        answered=bool(case.all(CallAnswered)),
        held=bool(case.all(Escalated)),
        messages=kept - 1 if last and last.verb == "keep" else kept,
    )
