"""One suite of conversations for both telephones: the phone of skipped time, and Asterisk with real SIP phones.

Each conversation sees nothing but a `Bench`. With real phones `hears` returns when the beginning of a prompt was
recognised, so nothing here relies on a prompt's end, on how long something took, or on what was not heard. As real
prompts take real time, callers know the menu: they press while they are greeted, and hang up when they heard enough.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from smartdesk_pbx.contract import events
from smartdesk_pbx.store.case import CaseFile

E = TypeVar("E", bound=events.CaseEvent)

OUTSIDE = "+819011110001"
"""The number of the subscriber's own telephone."""


class Caller(Protocol):
    """Somebody who dialled. Every wait has a limit of the bench's own and then fails the test."""

    async def hears(self, *prompts: str) -> str:
        """Wait for the first of `prompts` (catalogue ids, "beep", `bench.name`, `bench.emergency`) after the last one
        that was waited for; which it was."""
        ...

    async def presses(self, keys: str) -> None: ...

    async def speaks(self, seconds: float) -> None:
        """Say something for as long, then be silent."""
        ...

    async def hangs_up(self) -> None: ...

    async def ends(self) -> None:
        """Wait until the switchboard ends the call."""
        ...


class Agent(Protocol):
    """An agent at a phone. `will`: what the phone does at the next call: answer, busy, decline, no_answer."""

    name: str
    will: str

    async def hears(self, prompt: str) -> None:
        """Wait for a whisper."""
        ...

    async def answers(self) -> None:
        """Wait until caller and agent hear each other."""
        ...

    async def hangs_up(self) -> None: ...

    async def pauses(self) -> None:
        """Tell the desk that this agent is away."""
        ...


class Outside(Protocol):
    """A telephone of the subscriber's own, and whoever is beside it."""

    async def takes_the_call(self) -> None:
        """Wait until it rings and asks, press 1, and wait until caller and callee hear each other."""
        ...

    async def hangs_up(self) -> None: ...


class Bench(Protocol):
    """A switchboard with the demo flow on its numbers. Fresh for each conversation, or put back to this state."""

    agents: Sequence[Agent]
    """Two of the contract's team, ready, reachable, willing to answer; the longest idle one first."""
    threshold: int
    """R8.2: the request that releases the emergency number."""
    name: str
    """The prompt id of the announced name."""
    emergency: str
    """The prompt id of the emergency number."""
    outside: Outside
    """Reached at `OUTSIDE`, to which the contract's calls may go."""

    async def meets(self, flow: str) -> int:
        """Let one of the subscriber's numbers be answered by another flow; which."""
        ...

    async def call(self, *, number: int = 0, from_: str | None = "0311110000") -> Caller:
        """Somebody dials the subscriber's n-th number; `from_` None: the number is withheld."""
        ...

    async def case(self, caller: Caller) -> CaseFile:
        """The case of a caller's call, after the end of the call is in the ledger."""
        ...

    async def events(self, caller: Caller) -> Sequence[events.CaseEvent | events.Judged | events.Reclassified]:
        """The facts of the same, in order."""
        ...

    async def state(self, agent: Agent) -> str:
        """What the desk says that an agent is doing."""
        ...


async def normal_call_to_a_human(bench: Bench) -> None:
    """R2.1, R2.3: a key for a human, the announced name in the agent's ear, a talk, the caller hangs up."""
    me = await bench.call(from_="0311110001")
    await me.hears("welcome-generic")
    await me.hears("main-menu")
    await me.presses("2")
    await me.hears("please-hold")
    await bench.agents[0].hears("whisper-call")
    await bench.agents[0].hears(bench.name)
    await bench.agents[0].answers()
    await me.hangs_up()
    file = await bench.case(me)
    assert (file.outcome, file.ended_by, file.agent) == ("human", "caller", bench.agents[0].name)
    assert file.invited_at <= file.answered_at <= file.human_at <= file.ended_at  # type: ignore[operator]
    assert file.closed_at is None, "closed before the primary response"
    assert [e.reason for e in await _all(bench, me, events.Escalated)] == ["caller_asked"]
    assert [e.by for e in await _all(bench, me, events.TalkEnded)] == ["caller"]
    assert await bench.state(bench.agents[0]) == "wrap_up"


async def wrong_key_then_the_right_one(bench: Bench) -> None:
    """The wrong key is told, the right one counts; the agent hangs up first and the caller hears goodbye."""
    me = await bench.call(from_="0311110002")
    await me.hears("welcome-generic")
    await me.presses("5")
    await me.hears("wrong-key")
    await me.presses("2")
    await bench.agents[0].answers()
    await bench.agents[0].hangs_up()
    await me.hears("bye")
    await me.ends()
    assert (await bench.case(me)).ended_by == "agent"
    assert [e.reason for e in await _all(bench, me, events.Escalated)] == ["caller_asked"]
    heard = [e.heard for e in await _all(bench, me, events.FlowStep)]
    assert heard.index("key 5") < heard.index("key 2")


async def no_key(bench: Bench) -> None:
    """R2.1: silence, and silence again, leads to a human."""
    me = await bench.call(from_="0311110003")
    await me.hears("no-key")
    await bench.agents[0].answers()
    await me.hangs_up()
    assert (await bench.case(me)).outcome == "human"
    assert [e.reason for e in await _all(bench, me, events.Escalated)] == ["no_input"]


async def a_message_when_nobody_is_free(bench: Bench) -> None:
    """R2.1, R7.2: a message and a number to call back, read back and confirmed."""
    for agent in bench.agents:
        await agent.pauses()
    me = await bench.call(from_="0311110004")
    await me.hears("welcome-generic")
    await me.presses("2")
    await me.hears("nobody-free")
    await me.hears("beep")
    await me.speaks(3)
    await me.hears("message-thanks")
    await me.hears("callback-ask")
    await me.presses("0312345678#")
    await me.hears("callback-readback")
    await me.presses("1")
    await me.hears("callback-thanks")
    await me.hangs_up()
    file = await bench.case(me)
    assert (file.outcome, file.rule, file.units, file.response) == ("message", "message", 1, "none")
    (message,) = await _all(bench, me, events.MessageRecorded)
    assert message.seconds >= 2 and not message.partial
    assert [e.digits for e in await _all(bench, me, events.FlowStep) if e.digits] == ["0312345678"]


async def direct_transfer_refused_then_released_at_the_threshold(bench: Bench) -> None:
    """R8.2: counted over calls; at the threshold the number is told, and again on request."""
    for _ in range(bench.threshold - 1):
        me = await bench.call(from_="0311110005")
        await me.hears("welcome-generic")
        await me.presses("3")
        await me.hears("transfer-refused")
        await me.hangs_up()
        assert (await bench.case(me)).rule == "hung-up-in-ivr"
        assert not await _all(bench, me, events.EmergencyReleased)
    me = await bench.call(from_="0311110005")
    await me.hears("welcome-generic")
    await me.presses("3")
    await me.hears("emergency-intro")
    await me.hears(bench.emergency)
    await me.hears("emergency-repeat")
    await me.presses("1")
    await me.hears(bench.emergency)
    await me.hears("emergency-repeat")
    await me.hangs_up()
    file = await bench.case(me)
    assert (file.outcome, file.rule, file.ended_by) == ("emergency", "emergency-told", "caller")
    (released,) = await _all(bench, me, events.EmergencyReleased)
    assert (len(released.requests), released.threshold) == (bench.threshold, bench.threshold)
    assert [e.times for e in await _all(bench, me, events.EmergencyTold)] == [2]


async def hang_up_in_the_menu(bench: Bench) -> None:
    """R7.2: nobody was served, nothing is billed."""
    me = await bench.call(from_="0311110006")
    await me.hears("main-menu")
    await me.hangs_up()
    file = await bench.case(me)
    assert (file.outcome, file.ended_by) == ("self_service", "caller")
    assert (file.rule, file.billable, file.response) == ("hung-up-in-ivr", False, "none")


async def an_agent_declines_and_the_second_answers(bench: Bench) -> None:
    """P7: the one who declined is paused, the next one gets the call."""
    first, second = bench.agents
    first.will = "decline"
    me = await bench.call(from_="0311110007")
    await me.hears("welcome-generic")
    await me.presses("2")
    await second.answers()
    await me.hangs_up()
    assert (await bench.case(me)).agent == second.name
    assert [(e.agent, e.reason) for e in await _all(bench, me, events.AgentMissed)] == [(first.name, "declined")]
    assert await bench.state(first) == "paused"


async def an_anonymous_caller(bench: Bench) -> None:
    """R2.2: a class of callers of its own, served like any other."""
    me = await bench.call(from_=None)
    await me.hears("welcome-generic")
    await me.presses("1")
    await me.hears("company-info")
    await me.hangs_up()
    file = await bench.case(me)
    assert (file.caller_class, file.caller_key, file.outcome) == ("anonymous", None, "self_service")
    assert [e.caller for e in await _all(bench, me, events.CallArrived)] == [None]


RING = f"""
flow: suite-ring
languages: [ja]
start: noted
nodes:
  noted: {{kind: tag, tags: [urgent], next: ring}}
  ring: {{kind: ring, to: ["{OUTSIDE}"], next: thanks, on_no_answer: thanks}}
  thanks: {{kind: hangup, prompts: [message-thanks]}}
"""


async def a_telephone_of_the_subscribers_own(bench: Bench) -> None:
    """It rings, is asked to press 1, and talks with the caller; when it hangs up the flow goes on. Nothing of that is
    charged by the standard plan, and the tags of the flow stand with the case."""
    me = await bench.call(number=await bench.meets(RING), from_="0311110009")
    await me.hears("outside-trying")
    await bench.outside.takes_the_call()
    await bench.outside.hangs_up()
    await me.hears("message-thanks")
    await me.hangs_up()
    file = await bench.case(me)
    assert (file.outcome, file.rule, file.billable, file.human_at) == ("connected", "connected", False, None)
    assert [e.number for e in await _all(bench, me, events.OutsideTalked)] == [OUTSIDE]
    assert [e.by for e in await _all(bench, me, events.OutsideEnded)] == ["callee"]
    assert [e.tags for e in await _all(bench, me, events.CallTagged)] == [["urgent"]]
    assert {e.flow for e in await _all(bench, me, events.FlowStep)} == {"suite-ring"}


REVIEW = """
flow: suite-review
languages: [ja]
start: message
nodes:
  message: {kind: record, prompts: [moment], review: true, wait_s: 20, next: back, on_silence: thanks}
  back: {kind: callback, wait_s: 20, next: thanks, on_silence: thanks}
  thanks: {kind: hangup, prompts: [message-thanks]}
"""


async def a_message_recorded_anew_and_a_call_back(bench: Bench) -> None:
    """R7.2: the second message alone counts; the number called from is read out and confirmed."""
    me = await bench.call(number=await bench.meets(REVIEW), from_="0311110010")
    for key in ("3", "1"):
        await me.hears("beep")
        await me.speaks(2)
        await me.hears("message-review")
        await me.presses(key)
    await me.hears("callback-same")
    await me.presses("1")
    await me.hears("callback-thanks")
    await me.hangs_up()
    file = await bench.case(me)
    assert (file.outcome, file.rule, file.units) == ("message", "message", 1)
    thrown = [e.file for e in await _all(bench, me, events.MessageDiscarded)]
    assert [e.file in thrown for e in await _all(bench, me, events.MessageRecorded)] == [True, False]
    assert [(e.own, e.number) for e in await _all(bench, me, events.CallbackPromised)] == [(True, "+81311110010")]


async def _all(bench: Bench, caller: Caller, kind: type[E]) -> list[E]:
    return [e for e in await bench.events(caller) if isinstance(e, kind)]


CONVERSATIONS: tuple[Callable[[Bench], Awaitable[None]], ...] = (
    normal_call_to_a_human,
    wrong_key_then_the_right_one,
    no_key,
    a_message_when_nobody_is_free,
    direct_transfer_refused_then_released_at_the_threshold,
    hang_up_in_the_menu,
    an_agent_declines_and_the_second_answers,
    an_anonymous_caller,
    a_telephone_of_the_subscribers_own,
    a_message_recorded_anew_and_a_call_back,
)
