"""Ready-made flows as templates: the marks in their comments say what is asked, and what an answer changes. Pure.

    weekly: [mon-fri 09:00-18:00]  # ask: opening-hours without lunch-break
    language:  # only with languages.keys, else next
    at: 2026-07-01 10:00  # when: office open

`ask` writes the answer in the place of the value; where there is no such thing, the line goes. `only with` keeps a
node, an item of a list or a conversation only if there is such a thing; with `else` whoever came to the node goes on
that way. `when` in a conversation file stands for an instant at which a calendar gives that answer; without one, the
conversation goes. What then leads nowhere and what nobody can reach any more goes too. The template is a flow itself.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from smartdesk_pbx.contract.document import Loc
from smartdesk_pbx.flow.calendar import HORIZON, Calendar, segments
from smartdesk_pbx.flow.check import written_targets
from smartdesk_pbx.flow.questions import QUESTIONS
from smartdesk_pbx.flow.sheet import Sheet
from smartdesk_pbx.flow.typed import NONE, Answers, is_there, without

_ASK = re.compile(r"  # ask: (?P<what>[a-z.-]+)(?: without (?P<less>[a-z-]+))?$", re.MULTILINE)
_ONLY = re.compile(r"  # only with (?P<what>[a-z.-]+)(?:, else (?P<way>[a-z_]+))?$", re.MULTILINE)
_WHEN = re.compile(r"  # when: (?P<calendar>[a-z0-9-]+) (?P<value>[a-z0-9 -]+)$", re.MULTILINE)
_HEAD = re.compile(r"^# Template: .*$", re.MULTILINE)


@dataclass(frozen=True)
class Template:
    """A ready-made flow: its text, that of its conversations, and what it is for in English and in Japanese."""

    name: str
    text: str
    tests: str

    @property
    def en(self) -> str:
        """One line in English."""
        return self._title("en")

    @property
    def ja(self) -> str:
        """One line in Japanese."""
        return self._title("ja")

    def _title(self, language: str) -> str:
        found = re.search(rf"^# {language}: (.*)$", self.text, re.MULTILINE)
        return found[1] if found else self.name

    @property
    def questions(self) -> tuple[str, ...]:
        """The names of what is asked, in the order of the text."""
        asked = [(one["what"].partition(".")[0], one["less"]) for one in _ASK.finditer(self.text)]
        return tuple(dict.fromkeys(name for both in asked for name in both if name))

    @property
    def is_template(self) -> bool:
        """Does it ask anything, and answer calls itself?"""
        return bool(self.questions and _HEAD.search(self.text))

    def usual(self, name: str) -> str:
        """What an empty answer stands for, as one would type it; "" when the question must be answered."""
        if (usual := QUESTIONS[name].usual) is not None:
            return usual
        value = _present(Sheet(self.text), name)
        if name == "holidays":
            return "no" if value == NONE else "yes"
        return ", ".join(value) if isinstance(value, list) else str(value)


def _present(sheet: Sheet, name: str) -> Any:
    for i, line in enumerate(sheet.lines):
        mark = _ASK.search(line)
        if mark and mark["what"] == name:
            return _at(sheet.content, sheet.at_line(i))
    raise KeyError(name)


def _at(content: Any, loc: Loc) -> Any:
    for part in loc:
        content = content[part]
    return content


# ---- filled in -------------------------------------------------------------------------------------------------------


def fill(template: Template, answers: Answers, name: str, since: datetime) -> Template:
    """The flow `name` and its conversations, as these answers make them; examples of time lie after `since`, aware."""
    made = f"# Made with `smartdesk flow new --from {template.name}`; it is yours to change."
    sheet = Sheet(_HEAD.sub(made, template.text))
    sheet.replace(("flow",), name)
    _answer(sheet, answers)
    _lead_past(sheet, dict(_keep(sheet, answers)))
    flow = Sheet(sheet.edited())
    _tidy(flow)
    tests = _conversations(template.tests, flow.content, answers, name, since) if template.tests else ""
    return replace(template, name=name, text=flow.edited(), tests=tests)


def _marked(sheet: Sheet, mark: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str]]]:
    for i, line in enumerate(sheet.lines):
        if found := mark.search(line):
            yield i, found


def _answer(sheet: Sheet, answers: Answers) -> None:
    """Write what was answered, with a word of what it is in the place of the mark."""
    for line, mark in _marked(sheet, _ASK):
        loc, value = sheet.at_line(line), answers.get(mark["what"])
        pause = answers.get(mark["less"] or "")
        if isinstance(value, list) and isinstance(pause, str):
            value = without(value, pause)
        known = QUESTIONS.get(mark["what"])
        sheet.end_line(line, mark.start(), f"  # {known.label}" if known else "")
        if is_there(value) or value == NONE:
            sheet.replace(loc, value)
        else:
            sheet.remove(loc)


def _keep(sheet: Sheet, answers: Answers) -> Iterator[tuple[str, str]]:
    """Take out what is not wanted; of each node with a way past it: the node, and where that way leads."""
    for line, mark in _marked(sheet, _ONLY):
        sheet.end_line(line, mark.start(), "")
        if not is_there(answers.get(mark["what"])):
            loc = sheet.at_line(line)
            sheet.remove(loc)
            if mark["way"]:
                yield str(loc[-1]), str(sheet.content["nodes"][loc[-1]][mark["way"]])


def _lead_past(sheet: Sheet, past: Mapping[str, str]) -> None:
    """Whoever came to a node that is gone goes on past it."""
    starts = [(("start",), sheet.content["start"])]
    for loc, to in [*starts, *_ways(sheet.content)]:
        target = to
        while target in past:
            target = past[target]
        if target != to:
            sheet.replace(loc, target)


def _ways(content: Any) -> Iterator[tuple[Loc, str]]:
    for name, node in content["nodes"].items():
        for way, target in written_targets(node):
            parts = way.split(".")
            yield ("nodes", name, *(int(p) if p.isdigit() and parts[0] == "cases" else p for p in parts)), target


def _tidy(sheet: Sheet) -> None:
    """Take out the ways that no calendar takes, and then the nodes to which none is left."""
    calendars, nodes = _calendars(sheet.content), sheet.content["nodes"]
    for name, node in nodes.items():
        if node["kind"] == "hours":
            values = calendars[node["calendar"]].values
            if "holiday" in node and "holiday" not in values:
                sheet.remove(("nodes", name, "holiday"))
                del node["holiday"]
            for one in [one for one in node.get("exceptions", {}) if f"exception {one}" not in values]:
                sheet.remove(("nodes", name, "exceptions", one))
                del node["exceptions"][one]
    reached = _reached(nodes, sheet.content["start"])
    for name in nodes:
        if name not in reached:
            sheet.remove(("nodes", name))


def _reached(nodes: Mapping[str, Any], start: str) -> set[str]:
    waiting, found = [start], set[str]()
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting += [target for _, target in written_targets(nodes[here])]
    return found


def _calendars(content: Any) -> dict[str, Calendar]:
    return {name: Calendar.model_validate(one) for name, one in content.get("calendars", {}).items()}


# ---- conversations ---------------------------------------------------------------------------------------------------


def _conversations(text: str, flow: Any, answers: Answers, name: str, since: datetime) -> str:
    sheet = Sheet(text)
    file = sheet.content["flow"]
    sheet = Sheet(text.replace(f"with {file},", f"with {name}.yaml,", 1))
    sheet.replace(("flow",), f"{name}.yaml")
    for _ in _keep(sheet, answers):
        raise AssertionError("no way leads past a conversation")
    _place(sheet, _instants(_calendars(flow), since))
    return sheet.edited()


def _instants(calendars: Mapping[str, Calendar], since: datetime) -> dict[tuple[str, str], str]:
    """For each answer of each calendar the first instant at which it is given, as it is written in a conversation."""
    found: dict[tuple[str, str], str] = {}
    for name, calendar in calendars.items():
        for one in segments({name: calendar}, since.astimezone(UTC), since.astimezone(UTC) + HORIZON):
            at = one.example.astimezone(ZoneInfo(calendar.zone))
            found[one.answers[0]] = f"{at:%Y-%m-%d %H:%M}"
    return found


def _place(sheet: Sheet, instants: Mapping[tuple[str, str], str]) -> None:
    """Write the instants; where there is none, take out the conversations that are about it."""
    for line, mark in _marked(sheet, _WHEN):
        loc, at = sheet.at_line(line), instants.get((mark["calendar"], mark["value"]))
        sheet.end_line(line, mark.start(), "")
        if at is not None:
            sheet.replace(loc, at)
        elif loc[0] == "conversations":
            sheet.remove(loc[:2])
        else:
            sheet.remove(loc)
            for title, one in sheet.content["conversations"].items():
                if "at" not in one.get("given", {}):
                    sheet.remove(("conversations", title))
