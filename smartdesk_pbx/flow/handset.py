"""Playing, keys and messages of a call that is not real: courses of pauses on a virtual clock. Pure.

They behave as the verbs of the real telephone (`asterisk/leg.py`); only time passes by itself.
"""

from collections import deque
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Literal

from smartdesk_pbx.flow.spoken import value_of
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import LEAST_SPOKEN_S, RECORDED, SILENCE, Keep, Result, Take
from smartdesk_pbx.flow.walk import Step
from smartdesk_pbx.flow.world import Entry, Heard, Left, Plays, World

ALL_KEYS = "0123456789*#ABCD"

Doing = Literal["playing", "waiting", "recording", "holding", "talking", "asking"]


@dataclass(frozen=True)
class Pause:
    """Until then nothing happens by itself, but a key of `ends` goes on at once; `kept`: other keys are for later."""

    until_s: float
    doing: Doing
    ends: str = ""
    kept: bool = True


Course = Generator[Pause, bool, Result]
"""A verb: its pauses, each answered by whether a key ended it, then its result."""


class Handset:
    """The caller's telephone. `now_s`: seconds since the call arrived. `here`: where it stands in the flow."""

    here: Step

    def __init__(self, tree: Tree, world: World) -> None:
        self.tree, self.world = tree, world
        self.now_s = 0.0
        self.log: list[Entry] = []
        self.keys: deque[str] = deque()
        """Keys that were pressed and that nothing has taken yet."""
        self.voice_until_s = 0.0
        self.spoken_s = 0.0
        self._recording_since_s = 0.0
        self._digits = ""

    @property
    def language(self) -> str:
        """The one that is spoken now."""
        return self.here.position.language or self.world.language or self.tree.languages[0]

    def play(self, prompts: Iterable[str], *, skippable: bool = False) -> Generator[Pause, bool, None]:
        """Each prompt; a key ends them all where `skippable`, and is left for what follows."""
        for prompt in prompts:
            if skippable and self.keys:
                return
            value = value_of(prompt, self.tree, self.world, self.now_s, self._digits)
            if value is None:
                continue
            self.log.append(Plays(self.now_s, prompt, self.language, value))
            until_s = self.now_s + self.world.seconds(self.language, prompt)
            ends = ALL_KEYS if skippable else ""
            cut = yield Pause(until_s, "playing", ends, kept=not self.world.telephone.deaf)
            self.log.append(Heard(self.now_s, prompt, whole=not cut))

    def _key(self, limit_s: float) -> Generator[Pause, bool, str]:
        """The next key, "" when none comes within the limit."""
        if not self.keys:
            yield Pause(self.now_s + limit_s, "waiting", ALL_KEYS)
        return self.keys.popleft() if self.keys else ""

    def choose(self, prompts: Iterable[str], wait_s: float) -> Course:
        """One key."""
        yield from self.play(prompts, skippable=True)
        key = yield from self._key(wait_s)
        return Result("key", key) if key else SILENCE

    def take(self, verb: Take) -> Course:
        """Digits, ended by `#` or a gap."""
        yield from self.play(verb.prompts, skippable=True)
        digits, limit_s = "", verb.wait_s
        while len(digits) < verb.most:
            key = yield from self._key(limit_s)
            if key in ("", "#"):
                break
            digits, limit_s = digits + key, verb.gap_s
        self._digits = digits or self._digits
        return verb.judged(digits)

    # ---- a message ----------------------------------------------------------------------------------------------

    def keep(self, verb: Keep) -> Course:
        """A message, ended by a key or by silence."""
        yield from self.play((*verb.prompts, "beep"))
        self._recording_since_s = self.voice_until_s = self.now_s
        self.spoken_s = 0.0
        phone, most_until_s = self.world.telephone, self.now_s + verb.most_s
        pressed = not phone.deaf and bool(self.keys)
        while not pressed and self.now_s < (until_s := min(most_until_s, self.voice_until_s + verb.silence_s)):
            pressed = yield Pause(until_s, "recording", phone.ends_recording, kept=False)
        if pressed and phone.deaf:
            self.keys.pop()  # the one that ended it; those typed ahead stay
        elif pressed:
            self.keys.clear()
        if self.spoken_s < LEAST_SPOKEN_S:
            return SILENCE
        length_s = self.message_s(by_silence=not pressed and self.now_s < most_until_s)
        self.log.append(Left(self.now_s, length_s, partial=False))
        return RECORDED

    def message_s(self, *, by_silence: bool = False) -> float:
        """Asterisk keeps all but the silence at which it stopped; the telephone of skipped time the voice alone."""
        if not self.world.telephone.deaf:
            return self.spoken_s
        return (min(self.voice_until_s, self.now_s) if by_silence else self.now_s) - self._recording_since_s
