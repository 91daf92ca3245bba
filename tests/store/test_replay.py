"""R8.2, R8.3, R8.4: a replay of the events alone gives the same counters as the store's queries."""

import random
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, select

from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.counters import Counters, replay
from smartdesk_pbx.contract.direct_transfer import window_start
from smartdesk_pbx.contract.marks import FORBIDDEN_USE, Mark
from smartdesk_pbx.store import case as cases
from smartdesk_pbx.store import complaint, contract, facts
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables import case_event
from tests.store.house import AT, House
from tests.store.office import Office

CALLERS = ("+819011110001", "+819011110002")
MARKS: tuple[Mark, ...] = ("complaint", "sales", *sorted(FORBIDDEN_USE)[:2])


def replayed(connection: Connection) -> Counters:
    """From the chains' rows, in order; sealed parts are not opened."""
    query = select(case_event).order_by(case_event.c.chain, case_event.c.chain_seq)
    rows = connection.execute(query).all()
    decoded = ((row.key, facts.decode(row.kind, row.call_id, row.at, row.open, None)) for row in rows)
    return replay((key, fact) for key, fact in decoded if isinstance(fact, events.CaseEvent))


@pytest.mark.parametrize("seed", range(3))
async def test_r8_2_r8_3_r8_4_counters_are_made_again_from_the_events(
    store: Store, tmp_path: Path, office: Office, seed: int
) -> None:
    chance = random.Random(seed)
    house = House(store, tmp_path / "home", office)
    await store.run(lambda c: contract.set_settings(c, office.contract, {"complaint_threshold": 2}))
    ids: list[UUID] = []
    for n in range(10):
        at = AT + timedelta(days=3 * n)
        asked = [
            events.TransferRequested(call_id=UUID(int=0), at=at + timedelta(seconds=5 + i), by="ivr", counted=i == 0)
            for i in range(chance.randrange(3))
        ]
        ids.append(await house.call(at, *asked, caller=chance.choice(CALLERS), human=chance.random() < 0.8))
    in_force: set[tuple[UUID, Mark]] = set()
    for _ in range(24):
        one = (chance.choice(ids), chance.choice(MARKS))
        if in_force and chance.random() < 0.4:
            one = chance.choice(sorted(in_force))
        await house.ask("case.mark", case=str(one[0]), marks=[one[1]], remove=one in in_force)
        in_force ^= {one}
    await store.read(lambda c: _compare(c, house, office))


def _compare(connection: Connection, house: House, office: Office) -> None:
    counters, last = replayed(connection), AT + timedelta(days=30)
    assert counters.cases
    assert counters.complaints(office.subscriber) == complaint.all_of(connection, office.subscriber)
    for since, until in ((AT, last), (AT + timedelta(days=7), AT + timedelta(days=20))):
        stored = complaint.use_of_all(connection, since, until)
        assert counters.use(office.subscriber, since, until) == stored[office.subscriber]
    for caller in CALLERS:
        key = house.sealer.caller_key(caller)
        for now in (AT, AT + timedelta(days=14), last):
            _compare_requests(connection, counters, office.contract, key, window_start(now, 30))


def _compare_requests(connection: Connection, counters: Counters, of: UUID, key: str, since: datetime) -> None:
    assert counters.counted_requests(of, key, since) == cases.counted_requests(connection, of, key, since)
