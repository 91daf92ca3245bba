"""A call that is not real, from its first word to its last: the loop of `call/walk.py` on a virtual clock. Pure."""

from collections.abc import Generator
from typing import assert_never

from smartdesk_pbx.flow import answers
from smartdesk_pbx.flow.handset import Course, Handset, Pause
from smartdesk_pbx.flow.transfer import Requests
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import (
    DONE,
    HUMAN,
    NO_ANSWER,
    NOBODY,
    OTHERWISE,
    START,
    TALKED,
    Ask,
    Bye,
    Choose,
    Fetch,
    Hand,
    Keep,
    Reach,
    RefusalPlayed,
    Result,
    Say,
    Take,
    Tell,
    Verb,
)
from smartdesk_pbx.flow.walk import Step, begin, step
from smartdesk_pbx.flow.world import Met, Noted, Stepped, Told, Whom, World

EMERGENCY = "@emergency"
"""Stands for the emergency number wherever it is told; its digits are nowhere."""
TELLINGS_MOST = 5
AGAIN_S = 4.0
"""How often the emergency number can be heard, and how long the caller has to ask for it (as in call/emergency.py)."""


class Visit(Handset):
    """What happens in the call, from the flow's start to its last word."""

    def __init__(self, tree: Tree, world: World) -> None:
        super().__init__(tree, world)
        self._requests = Requests()
        self._handed = self._rung = 0

    def converse(self) -> Generator[Pause, bool, None]:
        """From the flow's start to its last word."""
        result = START
        self._note(step(self.tree, begin(self.tree), result), result)
        while not isinstance(self.here.verb, Bye):
            result = yield from self._carry_out(self.here.verb)
            self._note(step(self.tree, self.here.position, result), result)
        yield from self.play(self.here.verb.prompts)

    def _note(self, here: Step, result: Result) -> None:
        self.here = here
        for fact in here.facts:
            self.log.append(Noted(self.now_s, fact))
            if isinstance(fact, RefusalPlayed):
                self._requests.answered()
        verb = type(here.verb).__name__.lower()
        self.log.append(Stepped(self.now_s, here.position.node, verb, str(result)))

    def _carry_out(self, verb: Verb) -> Course:
        match verb:
            case Say():
                yield from self.play(verb.prompts, skippable=verb.skippable)
                return DONE
            case Choose():
                return (yield from self.choose(verb.prompts, verb.wait_s))
            case Take():
                return (yield from self.take(verb))
            case Keep():
                return (yield from self.keep(verb))
            case Hand():
                return (yield from self._hand(verb))
            case Reach():
                return (yield from self._reach(verb))
            case Ask():
                return self._answer(verb)
            case Fetch():
                return (yield from self._fetch(verb))
            case Tell():
                return (yield from self._tell(verb))
            case Bye():
                raise AssertionError("the walk ends before its last word")
        assert_never(verb)

    # ---- people -------------------------------------------------------------------------------------------------

    def _hand(self, verb: Hand) -> Course:
        if not self.world.answering:
            return self._met("nobody", NOBODY)
        outcome, since_s = self.world.agent(self._handed), self.now_s
        self._handed += 1
        yield from self.play(verb.prompts)
        self.keys.clear()
        if outcome == "human":
            yield Pause(max(self.now_s, since_s + self.world.answer_s), "holding")
            return (yield from self._talk("human", HUMAN))
        if outcome == "busy":
            yield Pause(max(self.now_s, since_s + (verb.wait_s or self.world.queue_s)), "holding")
        return self._met("nobody", NOBODY)

    def _reach(self, verb: Reach) -> Course:
        talked, since_s = self.world.answers_outside(self._rung), self.now_s
        self._rung += 1
        yield from self.play(verb.prompts)
        self.keys.clear()
        rings_s = min(self.world.answer_s, verb.ring_s)
        if not talked:
            rings_s = verb.ring_s * (1 if verb.together else len(verb.numbers))
        yield Pause(max(self.now_s, since_s + rings_s), "holding")  # it rings while the prompts are played
        if talked:
            return (yield from self._talk("outside", TALKED))
        return self._met("no_answer", NO_ANSWER)

    def _talk(self, whom: Whom, result: Result) -> Course:
        self._met(whom, result)
        yield Pause(self.now_s + self.world.talk_s, "talking")
        self.keys.clear()
        return self._met("left", result)

    def _met(self, whom: Whom, result: Result) -> Result:
        self.log.append(Met(self.now_s, whom))
        return result

    # ---- what is asked ------------------------------------------------------------------------------------------

    def _fetch(self, verb: Fetch) -> Course:
        since_s, lookups = self.now_s, self.world.lookups
        found = (lookups[name] for name in (self.here.position.node, verb.url, "*") if name in lookups)
        answer = next(found, OTHERWISE)
        yield from self.play(verb.prompts)
        yield Pause(max(self.now_s, since_s + min(self.world.lookup_s, verb.limit_s)), "asking")
        return Result("answer", answer if answer in verb.answers else OTHERWISE)

    def _tell(self, verb: Tell) -> Course:
        yield from self.play((*verb.intro, EMERGENCY))
        self.log.append(Told(self.now_s))
        times = 1
        while times < TELLINGS_MOST and (yield from self.choose(verb.again, AGAIN_S)).value == "1":
            yield from self.play((EMERGENCY,))
            self.log.append(Told(self.now_s))
            times += 1
        self._requests.answered()
        return DONE

    def _answer(self, ask: Ask) -> Result:
        world = self.world
        match ask.question:
            case "transfer_request":
                return Result("answer", self._requests.ask(world))
            case "hours":
                return answers.hours(self.tree, ask, world.at, world.closures)
            case "caller":
                return answers.caller_case(ask.cases, world.caller)
            case "number_called":
                return answers.number_called(ask, world.number)
            case "caller_number":
                return answers.caller_number(world.caller)
        assert_never(ask.question)
