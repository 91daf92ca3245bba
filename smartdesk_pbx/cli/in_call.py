"""A call by hand: each line that is typed is something the caller does, or a change of the world."""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartdesk_pbx.cli.call_screen import CallScreen
from smartdesk_pbx.cli.prompt_texts import PromptTexts
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.given import Given, given_of
from smartdesk_pbx.flow.perform import perform
from smartdesk_pbx.flow.script import read_script
from smartdesk_pbx.flow.simulate import Action, HangUp, OtherLeaves, Press, Simulation, Speak, Wait
from smartdesk_pbx.flow.story import script_of
from smartdesk_pbx.flow.tree import Tree

if TYPE_CHECKING:
    from smartdesk_pbx.settings import Settings

_KEYS = re.compile(r"[0-9*#A-D]+")
_TITLE = re.compile(r'^  "call ([0-9]{1,9})":', re.MULTILINE)
_JUMP = re.compile(r"\+([0-9]+(?:\.[0-9]+)?)")

COMMANDS: Mapping[str, str] = {
    "1, 0312345678#": "press keys",
    "Enter": "stay silent until something happens",
    "+30": "let 30 seconds pass; stops in the middle of a prompt too",
    "say 5": "speak for 5 seconds, into a recording after its tone",
    "hang": "hang up",
    "they": "whoever the caller talks with hangs up",
    "back": "undo the last line",
    "again": "the same call from its beginning",
    "slow, fast": "stop at every prompt, so that it can be cut short; or where the caller has to do something",
    "at 2026-12-31 10:00": "a call that arrives then",
    "caller 09012345678": "a call from this number; anonymous",
    "agents 2": "so many agents are free; none, busy, or one after the other: nobody human",
    "outside answers": "do the subscriber's telephones answer: answers, silent, or one after the other",
    "lookup vip": "the subscriber's system answers so; NODE=ANSWER for one node",
    "lists vip known": "the contract's lists that hold the caller",
    "requests 2": "direct-transfer requests that were counted before",
    "closed storm": "the number is closed, for this reason; closed no",
    "lang en": "the number's language",
    "save FILE": "keep this call as a conversation, a test of the flow",
    "quit": "leave",
}


class InCall:
    """The session: a flow, a world, and what was done in the call so far, line by line."""

    def __init__(self, file: Path, tree: Tree, settings: "Settings", given: Given, *, by_text: bool) -> None:
        self.file, self.tree, self.given = file, tree, given
        self.texts = PromptTexts(settings)
        self.screen = CallScreen(tree, self.texts, by_text=by_text)
        self.slow = False
        self.lines: list[list[Action]] = []
        self.call: Simulation
        self.words: Mapping[str, Callable[[str], None]] = {
            "": lambda _: self._silent(),
            "?": lambda _: self._help(),
            "help": lambda _: self._help(),
            "say": lambda rest: self._do(Speak(_seconds(rest))),
            "hang": lambda _: self._do(HangUp()),
            "they": lambda _: self._do(OtherLeaves()),
            "back": lambda _: self._back(),
            "again": lambda _: self._begin(),
            "slow": lambda _: self._pace(slow=True),
            "fast": lambda _: self._pace(slow=False),
            "save": self._save,
            **{name: lambda rest, name=name: self._change(name, rest) for name in CHANGES},  # type: ignore[misc]
        }

    def run(self) -> None:
        """Until `quit` or the end of what is typed."""
        if sys.stdin.isatty():
            import readline  # noqa: F401 (arrow keys bring back what was typed)
        self._begin()
        while True:
            try:
                line = self.screen.asks(self.call).strip()
            except EOFError:
                return self.screen.console.print()
            if not sys.stdin.isatty():
                self.screen.console.print(line, style="bold")
            if line in ("quit", "exit", "q"):
                return
            try:
                self._obey(line)
            except RuleBroken as error:
                self.screen.wrong(str(error))

    def _obey(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if jump := _JUMP.fullmatch(line):
            self._do(Wait(float(jump[1])), run_on=False)
        elif _KEYS.fullmatch(line):
            self._do(Press(line))
        elif word in self.words:
            self.words[word](rest.strip())
        else:
            raise RuleBroken(f"{line!r}: press keys, or ? for what else can be done")

    # ---- in the call --------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.lines = []
        self.call = Simulation(self.tree, self.given.world(self.tree, self.texts.seconds))
        self.screen.begins(str(self.file), self.given, self.call)
        self.screen.happens(self.call.log)
        self._do()

    def _do(self, *actions: Action, run_on: bool = True) -> None:
        seen, line = len(self.call.log), list(actions)
        for action in actions:
            self.call.do(action)
        while run_on and not self.slow and not self._callers_turn and (wait := self.call.next_change()):
            self.call.do(wait)
            line.append(wait)
        self.lines.append(line)
        self.screen.happens(self.call.log[seen:])
        self.screen.turn(self.call)

    @property
    def _callers_turn(self) -> bool:
        return self.call.pause is None or self.call.pause.doing in ("waiting", "recording", "talking")

    def _silent(self) -> None:
        wait = self.call.next_change()
        self._do(*([wait] if wait else []))

    def _back(self) -> None:
        if len(self.lines) < 2:
            raise RuleBroken("this is where the call begins")
        self.lines.pop()
        self.call = Simulation(self.tree, self.given.world(self.tree, self.texts.seconds))
        for action in (action for line in self.lines for action in line):
            self.call.do(action)
        self.screen.note(f"back to {self.screen.clock(self.call.now_s)}")
        begun = max(i for i, entry in enumerate(self.call.log) if entry in self.call.trace.steps)
        self.screen.happens(self.call.log[begun:])
        self.screen.turn(self.call)

    def _pace(self, *, slow: bool) -> None:
        self.slow = slow
        self.screen.note("stops at every prompt" if slow else "stops where the caller has to do something")
        if not slow:
            self._do()

    def _help(self) -> None:
        for command, what in COMMANDS.items():
            self.screen.console.print(f"  {command:<22}{what}")

    # ---- the world ----------------------------------------------------------------------------------------------

    def _change(self, word: str, rest: str) -> None:
        name, read = CHANGES[word]
        if not rest:
            raise RuleBroken(f"{word}: to what? (? shows how)")
        self.given = given_of({**self.given.as_written(), name: read(rest)})
        self._begin()

    def _save(self, rest: str) -> None:
        if not rest:
            raise RuleBroken("save: into which file?")
        file = Path(rest)
        before = _text(file)
        text, title = self._as_script(before)
        (saved,) = [one for one in read_script(text, file.name, self.tree) if one.name == title]
        try:
            file.write_text(text, "utf-8")
        except OSError as error:
            raise RuleBroken(f"{file}: {error.strerror}") from None
        self.screen.note(f"saved as {title!r} in {file}")
        if failure := perform(self.tree, saved).failure:
            self.screen.wrong(f"in a test every prompt lasts 2 s, so mend its waits: {failure.where}: {failure.wrong}")

    def _as_script(self, before: str) -> tuple[str, str]:
        """The file's text with this call, after those that it holds already; and the call's title."""
        title = f"call {max(map(int, _TITLE.findall(before)), default=0) + 1}"
        new = script_of(title, self.file.name, self.given, self.call.log)
        if not before:
            return new, title
        _, _, conversation = new.partition("conversations:\n")
        return before.rstrip("\n") + "\n" + conversation, title


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8") if file.exists() else ""
    except (OSError, UnicodeDecodeError):
        raise RuleBroken(f"{file}: cannot be read") from None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 3600:
        raise RuleBroken("say: for how many seconds?")
    return seconds


def _listed(text: str) -> Any:
    words = text.replace(",", " ").split()
    return words if len(words) > 1 else words[0]


def _agents(text: str) -> Any:
    return int(text) if text.isascii() and text.isdigit() else _listed(text)


def _lookup(text: str) -> Any:
    named = dict(part.split("=", 1) for part in text.split() if "=" in part)
    return named or text


CHANGES: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "at": ("at", str),
    "caller": ("caller", str),
    "agents": ("agents", _agents),
    "outside": ("outside", _listed),
    "lookup": ("lookup", _lookup),
    "lists": ("lists", lambda text: tuple(text.replace(",", " ").split())),
    "requests": ("transfer_requests", lambda text: int(text) if text.isdigit() else text),
    "closed": ("closed", lambda text: False if text == "no" else text),
    "lang": ("language", str),
}
"""Commands that change the world: the name that is given, and how its text is read."""
