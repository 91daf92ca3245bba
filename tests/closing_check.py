"""What must hold after every story, whatever happened in it."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Connection, select

from smartdesk_pbx.call.house import House
from smartdesk_pbx.rehearsal.people import RehearsedAgent
from smartdesk_pbx.rehearsal.phone import RehearsedLeg
from smartdesk_pbx.store import case
from smartdesk_pbx.store.tables import case_event, ledger_entry

ONE_OF_EACH = ("call.arrived", "call.ended", "case.closed", "judgement")


async def check_story(house: House, legs: Mapping[UUID, RehearsedLeg], agents: Mapping[str, RehearsedAgent]) -> None:
    """One case for each call, closed once and judged once; chains unbroken; nobody left on a line or in a state;
    no telephone number of a caller and no emergency number in an open part."""
    await house.store.read(lambda c: _check_ledger(c, house, legs))
    for leg in legs.values():
        assert leg.closed, "a leg was not closed"
        assert leg.line.over.done(), "a caller is still on the line"
    for agent in agents.values():
        assert not any(leg.live for leg in agent.legs), f"{agent.name} was left on the line"
    for state in await house.desk.agents():
        assert state.state not in ("offered", "talking", "wrap_up"), f"{state.name} is still {state.state}"
        assert state.call_id is None, f"{state.name} still belongs to a call"


def _check_ledger(connection: Connection, house: House, legs: Mapping[UUID, RehearsedLeg]) -> None:
    assert case.verify_all(connection) == []
    expected = {call_id for call_id, leg in legs.items() if leg.line.refused is None}
    files = {f.call_id: f for f in case.listing(connection, limit=1000)}
    assert expected <= files.keys(), "a call without a case"
    assert not {c for c, leg in legs.items() if leg.line.refused is not None} & files.keys(), "a case for a refusal"
    for call_id, file in files.items():
        facts = [s.fact for s in case.events_of(connection, house.sealer, call_id)]
        kinds = [str(f.__struct_config__.tag) for f in facts]
        count = Counter(kinds)
        assert {kind: count[kind] for kind in ONE_OF_EACH} == dict.fromkeys(ONE_OF_EACH, 1), f"{kinds}"
        assert kinds[0] == "call.arrived" and kinds.index("call.ended") < kinds.index("case.closed")
        assert kinds.index("case.closed") + 1 == kinds.index("judgement"), "closed and judged in one unit of work"
        assert count["talk.started"] == count["talk.ended"]
        assert count["outside.talked"] == count["outside.ended"]
        assert file.rule and file.closed_at and file.ended_at
    hidden = {leg.arrival.caller.removeprefix("+81") for leg in legs.values() if leg.arrival.caller} | {"9012345678"}
    for table in (case_event, ledger_entry):
        for row in connection.execute(select(table.c.kind, table.c.open)):
            assert not any(number in str(row.open) for number in hidden), f"{row.kind} holds a number in clear"
