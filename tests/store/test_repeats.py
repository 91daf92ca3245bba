"""Any order of appends, repeats and retries ends as a simple model says (property)."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartdesk_pbx.ids import Ids
from smartdesk_pbx.store import ledger
from smartdesk_pbx.store.audit import verify_all
from smartdesk_pbx.store.case import events_of
from smartdesk_pbx.store.facts import Fact, Group, encode, keys_for
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from tests.store.facts import arrived, closed, ended, judged, step

CALLS = [UUID(int=n) for n in (1, 2)]
MADE: dict[str, Callable[[UUID], Fact]] = {
    "arrived": arrived,
    "ended": ended,
    "closed": closed,
    "judged": judged,
    "step": lambda call: step(call, 1),
}


@dataclass(frozen=True)
class Append:
    """What one caller of the writer does; `times`: a retry carries the same group again."""

    call: int
    kinds: tuple[str, ...]
    times: int


appends = st.builds(
    Append,
    call=st.integers(0, 1),
    kinds=st.lists(st.sampled_from(sorted(MADE)), min_size=1, max_size=3).map(tuple),
    times=st.integers(1, 2),
)


def group_of(append: Append, sealer: Sealer) -> Group:
    call = CALLS[append.call]
    key = sealer.new_case_key(call, Ids().new())
    facts: list[Fact] = [MADE[kind](call) for kind in append.kinds]
    keys = keys_for(facts, Ids().new)
    return Group(tuple(encode(f, k, sealer, lambda _: key) for f, k in zip(facts, keys, strict=True)), CALLS[0])


@pytest.fixture
def file(ready_file: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(ready_file, tmp_path / "repeats.db"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(appends, min_size=1, max_size=4), min_size=1, max_size=4))
def test_each_key_once_first_wins_and_groups_whole(
    batches: list[list[Append]], file: Path, ready_file: Path, sealer: Sealer
) -> None:
    shutil.copy(ready_file, file)
    store = Store.open(f"sqlite:///{file}", inline=True)
    expected: dict[UUID, list[str]] = {call: [] for call in CALLS}
    for batch in batches:
        groups = [group for append in batch for group in [group_of(append, sealer)] * append.times]
        store.run_now(lambda c, g=groups: ledger.commit(c, g, store.now(c)))  # type: ignore[misc]
        for group in groups:
            call = group.rows[0].call_id
            assert call is not None
            seen = expected[call]
            if group.rows[0].key not in seen:
                seen.extend(key for key in dict.fromkeys(r.key for r in group.rows) if key not in seen)
    for call in CALLS:
        assert [s.key for s in store.read_now(lambda c, x=call: events_of(c, sealer, x))] == expected[call]  # type: ignore[misc]
    assert store.read_now(verify_all) == []
    store.close_now()
    for left in file.parent.glob("repeats.db-*"):
        left.unlink()
