"""A real call walked through a draft: the caller's inputs and what the world answered, fed to `step` again. Pure.

Inputs are fed by kind and in order: a menu takes the caller's next key (or silence), a collect the next digits, judged
again. Once they are used up the caller hung up there. Announcements are heard as long as the caller stayed. Agents,
lookups and transfer requests come out as they did; hours and the class of the caller are asked anew for the instant of
the arrival, unless the draft asks just what was asked then. What nobody can know is assumed, and said so.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from smartdesk_pbx.flow import answers
from smartdesk_pbx.flow.answers import CallerFacts
from smartdesk_pbx.flow.calendar import Calendar, Closure
from smartdesk_pbx.flow.position import Position
from smartdesk_pbx.flow.recorded import Done, Recorded
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import (
    DONE,
    HUMAN,
    NO_ANSWER,
    OTHERWISE,
    START,
    Ask,
    Bye,
    Choose,
    Fact,
    Fetch,
    Hand,
    Keep,
    Reach,
    Result,
    Say,
    Take,
    Tell,
    Verb,
)
from smartdesk_pbx.flow.walk import Step, begin, step

SAY_S = 5.0
"""How long an announcement lasts that the caller did not hear in the real call."""

INPUTS = ("choose", "take", "keep")
"""What a caller does; without it the caller has hung up."""


@dataclass(frozen=True)
class Circumstances:
    """What was true outside of the call when it arrived. `asked`: the flow that the call walked then."""

    caller: CallerFacts
    asked: Tree
    closures: Sequence[Closure] = ()


@dataclass(frozen=True)
class Redone:
    """A verb of the draft and what came of it; `result` None: the caller left during it, or the call ended there.
    `like`: the verb of the real call that it was fed from; None when nothing in the call was like it."""

    step: Step
    heard: Result
    facts: tuple[Fact, ...]
    result: Result | None
    took_s: float
    like: Done | None = None


@dataclass
class Replayed:
    """A walk through a draft. `assumed`: what nobody could know."""

    done: list[Redone] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)

    @property
    def node(self) -> str:
        """Where the call ended."""
        return self.done[-1].step.position.node

    @property
    def left(self) -> bool:
        """The caller left; False when the flow said goodbye."""
        return not isinstance(self.done[-1].step.verb, Bye)


def replay(draft: Tree, call: Recorded, known: Circumstances) -> Replayed:
    """The call as it would have gone."""
    return _Replay(draft, call, known).walk()


class _Replay:
    """`left`: what the caller and the world still have to give, by kind of verb."""

    def __init__(self, draft: Tree, call: Recorded, known: Circumstances) -> None:
        self.draft, self.call, self.known = draft, call, known
        self.left: defaultdict[str, deque[Done]] = defaultdict(deque)
        self.asked = _asked(known.asked, call.done)
        for one in call.done:
            if one.began.verb == "ask" and isinstance(verb := _verb(known.asked, one), Ask):
                if verb.question == "transfer_request":
                    self.left["request"].append(one)
            else:
                self.left[one.began.verb].append(one)
        self.patience = _announcements_since_input(call.done)
        self.heard = 0
        """Announcements since the caller's last input."""
        self.found = Replayed()

    def walk(self) -> Replayed:
        heard, here = START, step(self.draft, begin(self.draft), START)
        while True:
            result, took_s, like = self._of(here)
            self.found.done.append(Redone(here, heard, here.facts, result, took_s, like))
            if result is None:
                return self.found
            heard, here = result, step(self.draft, here.position, result)

    def _of(self, here: Step) -> tuple[Result | None, float, Done | None]:
        """What comes of a verb, how long it takes, and what that was taken from."""
        verb = here.verb
        match verb:
            case Say():
                return self._say(here)
            case Ask():
                return self._answer(here.position.node, verb)
            case Choose() | Keep() | Tell():
                return self._next(_kind(verb), DONE if isinstance(verb, Tell) else None)
            case Take():
                result, took_s, like = self._next("take", None)
                judged = verb.judged(like.digits) if like and like.digits and result else result
                return judged, took_s, like
            case Hand():
                return self._next("hand", HUMAN, f"an agent was free at {here.position.node}")
            case Reach():
                return self._next("reach", NO_ANSWER, f"no telephone answered at {here.position.node}")
            case Fetch():
                return self._fetch(here.position.node, verb)
            case Bye():
                bye = self.left["bye"]
                return None, (bye[0].took_s if bye else SAY_S), bye[0] if bye else None
        assert_never(verb)

    def _next(self, kind: str, otherwise: Result | None, assumed: str = "") -> tuple[Result | None, float, Done | None]:
        """The next one of its kind; without one the caller hung up there, or `otherwise`, which is assumed."""
        if kind != "request":
            self.heard = 0
        if self.left[kind]:
            one = self.left[kind].popleft()
            return one.result, one.took_s, one
        if otherwise is not None and assumed:
            self.found.assumed.append(assumed)
        return otherwise, 0.0, None

    def _say(self, here: Step) -> tuple[Result | None, float, Done | None]:
        self.heard += 1
        same = next((one for one in self.left["say"] if one.began.node == here.position.node), None)
        if same:
            self.left["say"].remove(same)
        took_s = same.took_s if same else SAY_S
        used_up = not any(self.left[kind] for kind in (*INPUTS, "hand", "reach", "tell"))
        leaves = used_up and self.patience is not None and self.heard >= self.patience
        return (None if leaves else DONE), took_s, same

    def _fetch(self, node: str, verb: Fetch) -> tuple[Result | None, float, Done | None]:
        for one in self.left["fetch"]:
            asked = _verb(self.known.asked, one)
            if isinstance(asked, Fetch) and asked.url == verb.url:
                self.left["fetch"].remove(one)
                if one.result is None or one.result.value in (*verb.answers, OTHERWISE):
                    return one.result, one.took_s, one
                return Result("answer", OTHERWISE), one.took_s, one
        self.found.assumed.append(f"the subscriber's system did not answer at {node}")
        return Result("answer", OTHERWISE), 0.0, None

    def _answer(self, node: str, ask: Ask) -> tuple[Result | None, float, Done | None]:
        if ask.question == "transfer_request":
            otherwise = Result("answer", "refused")
            return self._next("request", otherwise, f"the request was below the threshold at {node}")
        question = (ask, self.draft.calendars.get(ask.about))
        return (self.asked[question] if question in self.asked else self._anew(ask)), 0.0, None

    def _anew(self, ask: Ask) -> Result:
        arrived = self.call.arrived
        match ask.question:
            case "hours":
                return answers.hours(self.draft, ask, arrived.at, self.known.closures)
            case "caller":
                return answers.caller_case(ask.cases, self.known.caller)
            case "number_called":
                return answers.number_called(ask, arrived.number)
            case "caller_number":
                return answers.caller_number(self.known.caller)
        raise AssertionError(f"{ask.question} is not asked anew")


def _kind(verb: Verb) -> str:
    return type(verb).__name__.lower()


def _verb(tree: Tree, one: Done) -> Verb | None:
    """The verb of a real step; None when its flow is not at hand."""
    position = Position.decode(one.began.position)
    return step(tree, position, START).verb if position.node in tree.nodes else None


def _asked(tree: Tree, done: Sequence[Done]) -> Mapping[tuple[Ask, Calendar | None], Result | None]:
    """What the real call was answered, by the very question, and for hours the very calendar; None: it ended there."""
    found: dict[tuple[Ask, Calendar | None], Result | None] = {}
    for one in done:
        verb = _verb(tree, one) if one.began.verb == "ask" else None
        if isinstance(verb, Ask):
            found[verb, tree.calendars.get(verb.about)] = one.result
    return found


def _announcements_since_input(done: Sequence[Done]) -> int | None:
    """In the how-manieth announcement after the last input the caller left; None for who left elsewhere."""
    if done[-1].began.verb != "say" or done[-1].result is not None:
        return None
    count = 0
    for one in reversed(done):
        if one.began.verb == "say":
            count += 1
        elif one.began.verb not in ("ask", "fetch"):
            break
    return count
