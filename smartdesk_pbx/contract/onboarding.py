"""R9: what must be ready before a contract goes live: what the store shows by itself, what a person ticked. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from smartdesk_pbx.contract.agreement_events import AgreementEvent
from smartdesk_pbx.contract.lifecycle import Life
from smartdesk_pbx.contract.settings import OnboardingItem
from smartdesk_pbx.errors import Mistake, Mistakes, RuleBroken

BY_FACT_ONLY: tuple[OnboardingItem, ...] = ("number", "flow", "test-call")
"""Nobody can tick these: there is a number, a flow, a test call, or there is none."""


@dataclass(frozen=True)
class Seen:
    """What the store shows of a contract that is being set up."""

    numbers: tuple[str, ...]
    without_flow: tuple[str, ...]
    """Those of the numbers that no flow answers."""
    missing_prompts: tuple[str, ...]
    """Prompts of its flows that are not built in one of its languages."""
    announced_prompt: bool
    emergency_on_file: bool
    targets: int
    own_hours: bool
    """Hours of human answering stand in its plan or in the contract itself."""
    test_callers: int
    test_call_at: datetime | None


@dataclass(frozen=True)
class Tick:
    """What a person said of an item."""

    by: str
    at: datetime
    reason: str | None


@dataclass(frozen=True)
class Item:
    """One line of the checklist. `by`: "store" where it shows by itself, else the person who ticked it."""

    item: OnboardingItem
    ready: bool
    by: str | None
    detail: str
    at: datetime | None = None


def ticks(events: Sequence[AgreementEvent]) -> dict[str, Tick]:
    """What is ticked now, by item."""
    found: dict[str, Tick] = {}
    for event in events:
        item = event.doc.item or ""
        if event.kind == "item_ticked":
            found[item] = Tick(event.by, event.at, event.reason)
        elif event.kind == "item_unticked":
            found.pop(item, None)
    return found


def checklist(wanted: Sequence[OnboardingItem], seen: Seen, ticked: Mapping[str, Tick]) -> tuple[Item, ...]:
    """R9: the items that a contract needs (⚙), in their order, each with its state."""
    return tuple(_item(item, seen, ticked.get(item)) for item in get_args(OnboardingItem) if item in wanted)


def may_tick(item: str, wanted: Sequence[OnboardingItem]) -> OnboardingItem:
    """The item that a person may tick. Raises `RuleBroken` for one that only facts decide, or that is not asked."""
    for one in wanted:
        if one == item:
            if one in BY_FACT_ONLY:
                raise RuleBroken(f"{item}: cannot be ticked, it shows by itself (or: contract live --override)")
            return one
    raise RuleBroken(f"{item}: not on this contract's checklist ({', '.join(wanted)})")


def go_live(life: Life, items: Sequence[Item], override: str | None) -> None:
    """R9: may the contract go live? Raises `Mistakes` with every item that is open, unless operations say so."""
    if life.live_on is not None:
        raise RuleBroken(f"this contract is live since {life.live_on}")
    still = [Mistake(item.item, "not ready", item.detail) for item in items if not item.ready]
    if still and not override:
        raise Mistakes([*still, Mistake("contract live", "not before these are ready", "or with --override REASON")])


def _item(item: OnboardingItem, seen: Seen, tick: Tick | None) -> Item:
    ready, detail = _LOOK[item](seen)
    if ready or tick is None:
        at = seen.test_call_at if item == "test-call" else None
        return Item(item, ready, "store" if ready else None, detail, at)
    return Item(item, True, tick.by, tick.reason or "ticked", tick.at)


def _number(seen: Seen) -> tuple[bool, str]:
    return bool(seen.numbers), ", ".join(seen.numbers) or "smartdesk number add NUMBER --contract …"


def _flow(seen: Seen) -> tuple[bool, str]:
    if not seen.numbers:
        return False, "needs a number first"
    if seen.without_flow:
        return False, f"no flow answers {', '.join(seen.without_flow)}: smartdesk flow publish FILE --number …"
    return True, "every number has one"


def _prompts(seen: Seen) -> tuple[bool, str]:
    if not seen.numbers or seen.without_flow:
        return False, "needs a flow first"
    if seen.missing_prompts:
        return False, f"not built: {', '.join(seen.missing_prompts)}: smartdesk prompt build"
    return True, "all built"


def _announced(seen: Seen) -> tuple[bool, str]:
    return seen.announced_prompt, "spoken" if seen.announced_prompt else "smartdesk subscriber change … --reading …"


def _hours(seen: Seen) -> tuple[bool, str]:
    return seen.own_hours, "agreed" if seen.own_hours else "set them, or tick: the built-in ones were agreed"


def _emergency(seen: Seen) -> tuple[bool, str]:
    if seen.emergency_on_file:
        return True, "on file"
    return False, "smartdesk subscriber change … --emergency NUMBER, or tick: none is wanted"


def _targets(seen: Seen) -> tuple[bool, str]:
    return seen.targets > 0, f"{seen.targets} on file" if seen.targets else "where are reports sent to?"


def _test_call(seen: Seen) -> tuple[bool, str]:
    if seen.test_call_at is not None:
        return True, "a test call was answered"
    if not seen.test_callers:
        return False, "set test_callers=NUMBER, then call from there"
    return False, "call from one of the test_callers and let it be answered"


_LOOK: Mapping[OnboardingItem, Callable[[Seen], tuple[bool, str]]] = {
    "number": _number,
    "flow": _flow,
    "prompts": _prompts,
    "announced-name": _announced,
    "hours": _hours,
    "emergency-number": _emergency,
    "notification-targets": _targets,
    "test-call": _test_call,
}
