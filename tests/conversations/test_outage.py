"""Calls that no daemon saw become cases "met by outage", from what the switch wrote down."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from smartdesk_pbx.call.outage import SeenCall, note_outages
from smartdesk_pbx.call.phone import Arrival, Message
from smartdesk_pbx.contract import events
from smartdesk_pbx.store import number
from tests.skipped import EPOCH, in_skipped_time
from tests.world import NUMBER, World, world


def seen(*, at_s: float = 60, answered: bool = True, to: str = NUMBER, caller: str | None = "+81312349876") -> SeenCall:
    began = EPOCH + timedelta(seconds=at_s)
    return SeenCall(
        uuid4(),
        to,
        caller,
        began,
        began + timedelta(seconds=2) if answered else None,
        began + timedelta(seconds=40),
        16,
    )


async def note(w: World, calls: Sequence[SeenCall], *, message: bool = False, up: Sequence[UUID] = ()) -> int:
    async def message_of(arrival: Arrival) -> Message | None:
        return Message(f"{arrival.call_id}-away.wav", 9.0, False) if message else None

    return await note_outages(w.house, calls, frozenset(up), message_of)


@in_skipped_time
async def test_r13_a_call_that_no_daemon_saw_becomes_a_closed_case_that_is_not_billed(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        call = seen()
        assert await note(w, [call]) == 1
        file = await w.file(call.call_id)
        assert (file.outcome, file.decision, file.ended_by) == ("met_by_outage", "outage", "unseen")
        assert (file.rule, file.billable, file.response) == ("outage", False, "none")
        assert (file.invited_at, file.answered_at, file.ended_at) == (call.started_at, call.answered_at, call.ended_at)
        arrived = (await w.all(call.call_id, events.CallArrived))[0]
        assert arrived.caller == "+81312349876" and arrived.caller_key == w.house.sealer.caller_key("+81312349876")
        assert [e.cause for e in await w.all(call.call_id, events.CallEnded)] == [16]
        assert w.alarmed("call_met_by_outage")


@in_skipped_time
async def test_r13_read_twice_it_is_one_case(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        call = seen()
        assert [await note(w, [call]), await note(w, [call])] == [1, 0]
        assert w.alarmed("call_met_by_outage")


@in_skipped_time
async def test_r13_the_message_left_with_no_daemon_belongs_to_it(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        call = seen()
        await note(w, [call], message=True)
        assert [m.seconds for m in await w.all(call.call_id, events.MessageRecorded)] == [9.0]
        assert (await w.file(call.call_id)).rule == "outage"
        assert w.alarmed("call_met_by_outage")


@in_skipped_time
async def test_r2_2_an_anonymous_and_unanswered_one(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        call = seen(answered=False, caller=None)
        await note(w, [call])
        file = await w.file(call.call_id)
        assert (file.caller_class, file.caller_key, file.answered_at) == ("anonymous", None, None)
        assert file.ended_at == call.ended_at
        assert w.alarmed("call_met_by_outage")


@in_skipped_time
async def test_r13_what_we_saw_ourselves_is_left_alone(tmp_path: Path) -> None:
    """A call with a case, a call that is still up, a number that was nobody's at that time."""
    async with world(tmp_path) as w:
        me, case = await w.call()
        await me.hears("main-menu")
        known = SeenCall(case, NUMBER, None, EPOCH, EPOCH, EPOCH, 16)
        still_up = seen()
        nobodys = [seen(to="+81312349999"), seen(at_s=-60)]
        await w.house.writer.drained()
        assert await note(w, [known, still_up, *nobodys], up=[still_up.call_id]) == 0
        await me.hangs_up()


@in_skipped_time
async def test_r7_1_the_case_belongs_to_whom_the_number_was_assigned_to_then(tmp_path: Path) -> None:
    """Taken back since: still a case of that contract, by that contract's plan."""
    async with world(tmp_path) as w:
        of = w.house.routing().routes[NUMBER].contract_id
        at = EPOCH + timedelta(hours=1)
        await w.change(lambda c: number.release(c, NUMBER, at=at))
        before, after = seen(), seen(at_s=3601)
        assert await note(w, [before, after]) == 1
        assert (await w.file(before.call_id)).contract_id == of
        assert w.alarmed("call_met_by_outage")
