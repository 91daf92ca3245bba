"""A simulated call on the screen: the clock, where it stands, what the caller hears, and what can be pressed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from smartdesk_pbx.cli.prompt_texts import PromptTexts
from smartdesk_pbx.flow.choices import choices
from smartdesk_pbx.flow.given import ANONYMOUS, Given
from smartdesk_pbx.flow.simulate import Simulation
from smartdesk_pbx.flow.spoken import zone_of
from smartdesk_pbx.flow.story import told
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.world import Ended, Entry, Heard, Met, Noted, Plays, Pressed, Spoke, Stepped, Told

if TYPE_CHECKING:
    from smartdesk_pbx.flow.handset import Doing

PIPED_WIDTH = 120
INDENT = 11

DOING: dict["Doing", str] = {
    "waiting": "a key is waited for",
    "recording": "the message is recorded: say SECONDS, # ends it",
    "talking": "they talk; Enter: the other side hangs up in the end; hang: the caller does",
    "playing": "a prompt is played",
    "holding": "the caller waits",
    "asking": "the subscriber's system is asked",
}

QUIET = {"silence": "(silence)", "digits unfit": "(digits that do not fit)"}
"""Results that nobody would see otherwise."""


class CallScreen:
    """Prints what is new in a call. `by_text` False: names of prompts instead of what they say."""

    def __init__(self, tree: Tree, texts: PromptTexts, *, by_text: bool) -> None:
        self.tree, self.texts, self.by_text = tree, texts, by_text
        terminal = Console(highlight=False, markup=False)
        self.console = terminal if terminal.is_terminal else Console(highlight=False, markup=False, width=PIPED_WIDTH)
        self._node = ""
        self._at = datetime.min

    def begins(self, title: str, given: Given, call: Simulation) -> None:
        """A new call: its time, who calls, and what the world is like."""
        self._node, self._at = "", call.world.at.astimezone(zone_of(self.tree))
        agents = {0: "no agent at work", 1: "1 agent free", "busy": "all agents talk"}
        free = agents.get(given.agents, f"agents {given.agents}") if not isinstance(given.agents, tuple) else (
            f"agents: {', '.join(given.agents)}")  # fmt: skip
        caller = ANONYMOUS if given.caller == ANONYMOUS else f"caller {given.caller}"
        parts = [f"{self._at:%a %Y-%m-%d %H:%M}", caller, free, call.language]
        more = {k: v for k, v in given.as_written().items() if k not in ("at", "caller", "agents", "language")}
        parts += [f"{name.replace('_', ' ')}: {value}" for name, value in more.items() if value not in ("", None)]
        self.console.rule(Text(title, "bold"), style="dim")
        self.console.print(Text(" · ".join(parts), "dim"))

    def happens(self, entries: Sequence[Entry]) -> None:
        """Print these, one after the other; keys that come together in one line."""
        for entry in _together(entries):
            self._one(entry)

    def _one(self, entry: Entry) -> None:
        match entry:
            case Stepped():
                if entry.heard in QUIET or entry.heard.startswith("answer "):
                    said = QUIET.get(entry.heard) or f"-> {entry.heard.removeprefix('answer ')}"
                    self._line(entry.at_s, Text(said, "dim"))
                if entry.node != self._node:
                    self._node = entry.node
                    self._line(entry.at_s, Text(entry.node, "dim cyan"), clock=True)
            case Plays():
                self._line(entry.at_s, self._said(entry))
            case Heard():
                if not entry.whole:
                    self._line(entry.at_s, Text("(cut short)", "dim"))
            case Pressed():
                lost = " nobody listens just now: the key is lost" if entry.lost else ""
                self._line(entry.at_s, Text(f"[{entry.key}]{lost}", "yellow" if lost else "bold cyan"))
            case Spoke():
                self._line(entry.at_s, Text(told(entry), "green"))
            case Ended():
                self._line(entry.at_s, Text(told(entry), "bold"), clock=True)
            case _:
                style = {Met: "green", Told: "bold red", Noted: "yellow"}.get(type(entry), "magenta")
                if what := told(entry):
                    self._line(entry.at_s, Text(what, style))

    def _said(self, entry: Plays) -> Text:
        text = self.texts.said(entry.language, entry.prompt, entry.value) if self.by_text else ""
        if entry.prompt == "beep":
            return Text("(tone)", "dim")
        if not text:
            return Text(f"({entry.prompt})", "" if not self.by_text or entry.prompt.startswith("@") else "red")
        return Text.assemble(text, (f"  {entry.prompt}", "dim"))

    def _line(self, at_s: float, what: Text, *, clock: bool = False) -> None:
        if clock:
            self.console.print(Text.assemble((f"{self.clock(at_s)}  ", "dim"), what))
        else:
            self.console.print(Padding(what, (0, 0, 0, INDENT), expand=False))

    def clock(self, at_s: float) -> str:
        """The time of day in the call."""
        return f"{self._at + timedelta(seconds=at_s):%H:%M:%S}"

    def turn(self, call: Simulation) -> None:
        """What the caller can do now, and where it leads."""
        if call.pause is None:
            return self.note("the call is over: again, at, caller, agents … begin a new one; save FILE keeps it; quit")
        possible = choices(self.tree, call.here.position) if call.pause.doing in ("waiting", "playing") else ()
        line = Text()
        for one in possible:
            line.append(f"{one.key} ", "bold cyan" if len(one.key) == 1 else "cyan").append(f"{one.leads}   ")
        if not possible:
            line.append(DOING[call.pause.doing], "dim")
        self.console.print(Padding(line, (0, 0, 0, INDENT), expand=False))

    def note(self, text: str) -> None:
        """A word of the program itself."""
        self.console.print(Text(text, "italic dim"))

    def wrong(self, text: str) -> None:
        """Somebody's mistake."""
        self.console.print(Text(text, "red"))

    def asks(self, call: Simulation) -> str:
        """The next line that is typed; raises EOFError when there is none."""
        return self.console.input(
            Text.assemble((f"{self.clock(call.now_s)} ", "dim"), (self._node, "cyan"), (" > ", "bold"))
        )


def _together(entries: Sequence[Entry]) -> list[Entry]:
    found: list[Entry] = []
    for entry in entries:
        last = found[-1] if found else None
        if (
            isinstance(entry, Pressed)
            and isinstance(last, Pressed)
            and (last.at_s, last.lost) == (entry.at_s, entry.lost)
        ):
            found[-1] = Pressed(entry.at_s, last.key + entry.key, entry.lost)
        else:
            found.append(entry)
    return found
