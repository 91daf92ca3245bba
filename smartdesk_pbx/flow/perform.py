"""Conversations of a file carried out on the simulation. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from smartdesk_pbx.flow.script import Conversation, Line
from smartdesk_pbx.flow.simulate import HangUp, OtherLeaves, Press, Simulation, Speak, Wait
from smartdesk_pbx.flow.story import lines
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import CallbackPromised, Tagged
from smartdesk_pbx.flow.world import Ended, Entry, Heard, Left, Met, Noted, Seconds, Stepped, Told


@dataclass(frozen=True)
class Failure:
    """A line that did not come true: where, what was expected, and the conversation up to there."""

    where: str
    wrong: str
    so_far: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join((f"{self.where}: {self.wrong}", *self.so_far))


@dataclass(frozen=True)
class Performed:
    """A conversation that was carried out. `failure` None: all of it came true. `nodes`: where it went."""

    conversation: Conversation
    failure: Failure | None
    log: tuple[Entry, ...]


def perform(tree: Tree, conversation: Conversation, seconds: Seconds | None = None) -> Performed:
    """Carry out one conversation, to its end or to the first line that does not come true."""
    call = Simulation(tree, conversation.given.world(tree, seconds))
    performer = _Performer(call)
    for line in conversation.lines:
        wrong = performer.come_true(line)
        if wrong:
            return Performed(conversation, Failure(line.where, wrong, tuple(lines(call.log))), tuple(call.log))
    return Performed(conversation, None, tuple(call.log))


class _Performer:
    """`seen`: up to where the conversation has been looked at; what is expected next comes after it."""

    def __init__(self, call: Simulation) -> None:
        self.call, self.seen = call, 0

    def come_true(self, line: Line) -> str:
        """Do or expect what a line says; what is wrong, "" for nothing."""
        match line.word:
            case "presses" | "types" | "waits" | "speaks" | "hangs_up" | "they_hang_up":
                return self._do(line)
            case "hears_not":
                heard = any(isinstance(e, Heard) and e.prompt == line.text for e in self.call.log)
                return f"{line.text} has been played" if heard else ""
            case "hears":
                return self._comes(lambda e: isinstance(e, Heard) and e.whole and e.prompt == line.text,
                                   f"{line.text} was not heard")  # fmt: skip
            case "reaches":
                if self.call.here.position.node == line.text:
                    return ""
                return self._comes(lambda e: isinstance(e, Stepped) and e.node == line.text,
                                   f"the call does not come to {line.text}")  # fmt: skip
            case "meets" | "connected":
                whom = line.text or "outside"
                return self._comes(lambda e: isinstance(e, Met) and e.whom == whom, f"expected to meet: {whom}")
            case "ends":
                return self._ends(line.text)
        return self._becomes(line)

    def _do(self, line: Line) -> str:
        call = self.call
        if call.ended:
            return f"{line.word}: the call is over already"
        match line.word:
            case "presses" | "types":
                call.do(Press(line.text))
            case "waits":
                call.do(Wait(line.seconds))
            case "speaks":
                call.do(Speak(line.seconds))
            case "hangs_up":
                call.do(HangUp())
            case "they_hang_up":
                call.do(OtherLeaves())
        return ""

    def _comes(self, wanted: Callable[[Entry], bool], wrong: str) -> str:
        """Stay silent until it comes, after what was seen before."""
        while True:
            for i in range(self.seen, len(self.call.log)):
                if wanted(self.call.log[i]):
                    self.seen = i + 1
                    return ""
            wait = self.call.next_change()
            if wait is None:
                return f"{wrong}; {_how(self.call.ended)}"
            self.call.do(wait)

    def _becomes(self, line: Line) -> str:
        """A fact of the call, whenever it became true."""
        seen, self.seen = self.seen, 0
        wrong = self._comes(lambda e: _is(line, e), f"{line.word} {line.text}: that did not happen")
        self.seen = seen
        return wrong

    def _ends(self, reason: str) -> str:
        while wait := self.call.next_change():
            self.call.do(wait)
        ended = self.call.ended
        assert ended
        if ended.by == "caller":
            return "the caller has hung up: the flow did not end the call"
        return f"expected the goodbye {reason!r}; {_how(ended)}" if reason not in ("", ended.reason) else ""


def _is(line: Line, entry: Entry) -> bool:
    match line.word:
        case "told":
            return isinstance(entry, Told)
        case "leaves":
            return isinstance(entry, Left)
        case "promised":
            return isinstance(entry, Noted) and isinstance(entry.fact, CallbackPromised)
        case "tagged":
            return isinstance(entry, Noted) and isinstance(entry.fact, Tagged) and line.text in entry.fact.tags
    raise AssertionError(f"{line.word} is no fact")


def _how(ended: Ended | None) -> str:
    if ended is None:
        return "the call goes on"
    return "the caller hung up" if ended.by == "caller" else f"the call ended: {ended.reason}"
