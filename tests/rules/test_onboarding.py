"""R9: the checklist: what shows by itself, what a person ticks, and when a contract may go live."""

from dataclasses import replace
from typing import get_args

import pytest

from smartdesk_pbx.contract.agreement_events import Doc
from smartdesk_pbx.contract.onboarding import Seen, checklist, go_live, may_tick, ticks
from smartdesk_pbx.contract.settings import OnboardingItem
from smartdesk_pbx.errors import Mistakes, RuleBroken
from tests.rules.agreements import event, life, noon

ALL: tuple[OnboardingItem, ...] = get_args(OnboardingItem)
READY = Seen(("+81312340001",), (), (), True, True, 1, True, 1, noon("2026-04-02"))
NOTHING = Seen((), (), (), False, False, 0, False, 0, None)


def open_items(seen: Seen, *ticked: str) -> list[str]:
    marks = ticks([event("item_ticked", "2026-04-01", doc=Doc(item=one)) for one in ticked])
    return [item.item for item in checklist(ALL, seen, marks) if not item.ready]


def test_r9_everything_shows_by_itself() -> None:
    assert open_items(READY) == [] and {i.by for i in checklist(ALL, READY, {})} == {"store"}
    assert open_items(NOTHING) == list(ALL)


@pytest.mark.parametrize(
    ("seen", "still"),
    [
        (replace(READY, numbers=()), ["number", "flow", "prompts"]),
        (replace(READY, without_flow=("+81312340001",)), ["flow", "prompts"]),
        (replace(READY, missing_prompts=("welcome",)), ["prompts"]),
        (replace(READY, announced_prompt=False), ["announced-name"]),
        (replace(READY, own_hours=False), ["hours"]),
        (replace(READY, emergency_on_file=False), ["emergency-number"]),
        (replace(READY, targets=0), ["notification-targets"]),
        (replace(READY, test_call_at=None), ["test-call"]),
    ],
)
def test_r9_each_item_is_derived_from_the_store(seen: Seen, still: list[str]) -> None:
    assert open_items(seen) == still


def test_r9_a_person_ticks_what_does_not_show_and_takes_it_back() -> None:
    seen = replace(READY, emergency_on_file=False, own_hours=False)
    assert open_items(seen, "emergency-number", "hours") == []
    marks = ticks([
        event("item_ticked", "2026-04-01", doc=Doc(item="hours"), reason="round the clock"),
        event("item_ticked", "2026-04-01", doc=Doc(item="emergency-number")),
        event("item_unticked", "2026-04-02", doc=Doc(item="emergency-number")),
    ])  # fmt: skip
    found = {item.item: item for item in checklist(ALL, seen, marks)}
    assert (found["hours"].by, found["hours"].detail) == ("test", "round the clock")
    assert not found["emergency-number"].ready


def test_r9_facts_cannot_be_ticked_nor_what_is_not_asked() -> None:
    assert may_tick("hours", ALL) == "hours"
    for item, wanted, says in (
        ("number", ALL, "shows by itself"),
        ("test-call", ALL, "shows by itself"),
        ("hours", ("number",), "not on this contract's checklist"),
        ("nonsense", ALL, "not on"),
    ):
        with pytest.raises(RuleBroken, match=says):
            may_tick(item, wanted)


def test_r9_only_the_items_that_the_contract_needs_are_asked() -> None:
    assert [i.item for i in checklist(("flow", "number"), NOTHING, {})] == ["number", "flow"]


def test_r9_not_live_before_the_checklist_passes_unless_operations_say_so() -> None:
    fresh = life(live=False)
    go_live(fresh, checklist(ALL, READY, {}), None)
    with pytest.raises(Mistakes) as raised:
        go_live(fresh, checklist(ALL, replace(READY, targets=0, own_hours=False), {}), None)
    assert [m.where for m in raised.value.mistakes] == ["hours", "notification-targets", "contract live"]
    go_live(fresh, checklist(ALL, NOTHING, {}), "pilot")
    with pytest.raises(RuleBroken, match="live since 2026-04-01"):
        go_live(life(), checklist(ALL, READY, {}), "again")
