"""A call through a flow on a virtual clock: `step` in a loop, with a caller who does what is said. Pure.

    call = Simulation(tree, World(at=...))
    call.do(Wait(3)); call.do(Press("2")); call.trace.steps

or all at once with `simulate`. The same tree, world and actions always give the same trace.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from smartdesk_pbx.flow.handset import Pause
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import LEAST_SPOKEN_S, Keep
from smartdesk_pbx.flow.visit import Visit
from smartdesk_pbx.flow.world import Ended, Left, Pressed, Spoke, Trace, World

INSTANT_S = 1e-6
"""What is due within this is due now: sums of seconds are not exact."""


@dataclass(frozen=True)
class Press:
    """Keys, one after the other without a pause."""

    keys: str


@dataclass(frozen=True)
class Wait:
    """Say and press nothing for so long."""

    seconds: float


@dataclass(frozen=True)
class Speak:
    """Speak for so long; before a recording the caller first waits for its tone."""

    seconds: float


@dataclass(frozen=True)
class HangUp:
    """The caller hangs up."""


@dataclass(frozen=True)
class OtherLeaves:
    """Whoever the caller talks with hangs up."""


Action = Press | Wait | Speak | HangUp | OtherLeaves


class Simulation(Visit):
    """One call. It has arrived and its first verb has begun; what the caller does moves it on.

    `pause`: what is waited for just now; None when the call has ended.
    """

    def __init__(self, tree: Tree, world: World) -> None:
        super().__init__(tree, world)
        self.pause: Pause | None = None
        self._call = self.converse()
        self._go(None)

    @property
    def trace(self) -> Trace:
        """What has happened so far."""
        return Trace(tuple(self.log))

    @property
    def ended(self) -> Ended | None:
        """How the call ended; None while it goes on."""
        last = self.log[-1]
        return last if isinstance(last, Ended) else None

    def do(self, action: Action) -> None:
        """What the caller does next; nothing happens any more once the call has ended."""
        match action:
            case Press():
                for key in action.keys:
                    self._press(key)
            case Wait():
                self._run_to(self.now_s + action.seconds)
            case Speak():
                self._speak(action.seconds)
            case HangUp():
                self._hang_up()
            case OtherLeaves():
                if self.pause and self.pause.doing == "talking":
                    self._go(False)
            case _:
                assert_never(action)

    def next_change(self) -> Wait | None:
        """The wait until something happens by itself; None when the call has ended."""
        return Wait(max(0.0, self.pause.until_s - self.now_s)) if self.pause else None

    def _press(self, key: str) -> None:
        if self.pause is None:
            return
        ends, kept = key in self.pause.ends, self.pause.kept
        self.log.append(Pressed(self.now_s, key, lost=not ends and not kept))
        if ends or kept:
            self.keys.append(key)
        if ends:
            self._go(True)

    def _speak(self, seconds: float) -> None:
        while isinstance(self.here.verb, Keep) and self.pause and self.pause.doing == "playing":
            self._run_to(self.pause.until_s)
        if self.pause:
            self.log.append(Spoke(self.now_s, seconds))
        if self.pause and self.pause.doing == "recording":
            self.voice_until_s = self.now_s + seconds
            self.spoken_s += seconds
        self._run_to(self.now_s + seconds)

    def _hang_up(self) -> None:
        if self.pause is None:
            return
        if self.pause.doing == "recording" and self.spoken_s >= LEAST_SPOKEN_S:
            self.log.append(Left(self.now_s, self.message_s(), partial=True))
        self._end(Ended(self.now_s, "caller"))

    # ---- the clock ----------------------------------------------------------------------------------------------

    def _run_to(self, at_s: float) -> None:
        while self.pause and self.pause.until_s <= at_s + INSTANT_S:
            self.now_s = max(self.now_s, self.pause.until_s)
            self._go(False)
        if self.pause:
            self.now_s = max(self.now_s, at_s)

    def _go(self, pressed: bool | None) -> None:
        try:
            self.pause = next(self._call) if pressed is None else self._call.send(pressed)
        except StopIteration:
            self._end(Ended(self.now_s, "us", getattr(self.here.verb, "reason", "")))

    def _end(self, how: Ended) -> None:
        self.pause = None
        self._call.close()
        self.log.append(how)


def simulate(tree: Tree, world: World, actions: Iterable[Action]) -> Trace:
    """A call in which the caller does all of this, one after the other."""
    call = Simulation(tree, world)
    for action in actions:
        call.do(action)
    return call.trace
