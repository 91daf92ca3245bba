"""Which version has its turn at a number: what is in force follows from the turns alone."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.turns import Kind, Turn, Version, back_to, coming, in_force

AT = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
FLOWS = {version: uuid4() for version in range(1, 9)}


def at(hours: float) -> datetime:
    return AT + timedelta(hours=hours)


def turn(
    seq: int, version: int, hours: float, kind: Kind = "publish", *, withdrawn: bool = False, flow: str = "shop"
) -> Turn:
    gone = at(0) if withdrawn else None
    return Turn(
        uuid4(), "+81312345001", seq, FLOWS.get(version, UUID(int=version)), Version(flow, version), kind, at(hours),
        at(hours), "taro", withdrawn_at=gone, withdrawn_by="taro" if gone else None,
    )  # fmt: skip


def live(turns: list[Turn], hours: float) -> int | None:
    found = in_force(turns, at(hours))
    return found.what.version if found else None


def test_a_version_is_live_from_its_instant_on_until_the_next_one() -> None:
    turns = [turn(1, 1, 0), turn(2, 2, 5), turn(3, 3, 9, "schedule")]
    assert [live(turns, h) for h in (-1, 0, 4.9, 5, 8.999, 9, 99)] == [None, 1, 1, 2, 2, 3, 3]
    assert [one.what.version for one in coming(turns, at(5))] == [3]
    assert coming(turns, at(9)) == []


def test_of_two_at_one_instant_the_later_made_counts_and_a_withdrawn_one_never() -> None:
    turns = [turn(1, 1, 0), turn(2, 2, 5), turn(3, 3, 5), turn(4, 4, 6, withdrawn=True)]
    assert [live(turns, h) for h in (4, 5, 7)] == [1, 3, 3]
    assert [one.what.version for one in coming(turns, at(0))] == [3]


def test_a_schedule_made_earlier_comes_after_what_was_published_meanwhile() -> None:
    turns = [turn(1, 1, 0), turn(2, 2, 10, "schedule"), turn(3, 3, 5)]
    assert [live(turns, h) for h in (0, 5, 10)] == [1, 3, 2]


def test_going_back_twice_goes_back_two_versions() -> None:
    turns = [turn(1, 1, 0), turn(2, 2, 1), turn(3, 3, 2)]
    assert back_to(turns, at(3)).what.version == 2
    turns.append(turn(4, 2, 3, "rollback"))
    assert back_to(turns, at(4)).what.version == 1
    turns.append(turn(5, 1, 4, "rollback"))
    with pytest.raises(RuleBroken, match="shop@1 is the first version there; there is nothing to go back to"):
        back_to(turns, at(5))
    turns.append(turn(6, 3, 5, "publish"))
    assert back_to(turns, at(6)).what.version == 1


def test_back_to_a_version_that_it_had() -> None:
    turns = [turn(1, 1, 0), turn(2, 2, 1), turn(3, 4, 2), turn(4, 9, 3, flow="other"), turn(5, 4, 4)]
    assert back_to(turns, at(5), 1).flow_id == FLOWS[1]
    with pytest.raises(RuleBroken, match=r"shop@3 never answered there \(it had 1, 2, 4\); smartdesk flow schedule"):
        back_to(turns, at(5), 3)
    with pytest.raises(RuleBroken, match="shop@4 is what answers there now"):
        back_to(turns, at(5), 4)


def test_there_is_nothing_to_go_back_to_where_no_flow_answers() -> None:
    with pytest.raises(RuleBroken, match=r"no flow answers there yet \(smartdesk flow publish FILE --number NUMBER\)"):
        back_to([turn(1, 1, 9, "schedule")], at(0))


def test_publishing_the_same_version_again_is_no_step_of_its_own() -> None:
    turns = [turn(1, 1, 0), turn(2, 2, 1), turn(3, 2, 2)]
    assert back_to(turns, at(3)).what.version == 1


Step = tuple[int, int, Kind, bool]
KINDS: tuple[Kind, ...] = ("publish", "rollback", "schedule")
STEPS = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 20), st.sampled_from(KINDS), st.booleans()), max_size=12)


@given(STEPS)
def test_what_is_in_force_is_what_a_clerk_would_have_put_there_step_by_step(steps: list[Step]) -> None:
    """The clerk holds one version and a pile of notes for later; at each hour they take the notes that are due."""
    turns = [turn(seq, version, hour, kind, withdrawn=gone) for seq, (version, hour, kind, gone) in enumerate(steps, 1)]
    held: int | None = None
    for hour in range(22):
        for one in turns:  # in the order in which the notes were written
            if one.from_at == at(hour) and one.withdrawn_at is None:
                held = one.what.version
        assert live(turns, hour) == held
        assert all(one.from_at > at(hour) for one in coming(turns, at(hour)))
