"""A path of the search as a conversation, in the words of the conversation files (`flow/script.py`). Pure.

`smartdesk flow simulate FILE --script` plays it. What the world answers and no line can say stands behind a #.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from smartdesk_pbx.flow.prove.example import given_of
from smartdesk_pbx.flow.prove.graph import Graph, Way
from smartdesk_pbx.flow.prove.human import PROMISED
from smartdesk_pbx.flow.verbs import FITS, Ask, Bye, Choose, Fetch, Hand, Keep, Reach, Result, Take, Tell, Verb
from smartdesk_pbx.flow.visit import AGAIN_S

SPEAKS_S = 3
"""How long a message of an example is."""

_PLAIN = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9-]+)*")


@dataclass(frozen=True)
class Conversation:
    """`given`: the call's circumstances, where they are not the usual ones. `lines`: what happens in it."""

    given: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = ()

    def script(self, title: str) -> str:
        """A part of a conversation file."""
        given = [f"      {name}: {_text(value)}" for name, value in self.given.items()]
        # A remark that stands alone would be no line of a list.
        lines = [f"      {line}" if line.startswith("#") else f"      - {line}" for line in self.lines]
        head = [f"  {_text(title)}:", *(["    given:", *given] if given else []), "    lines:"]
        return "\n".join([*head, *lines]) + "\n"


def conversation(graph: Graph, path: Sequence[Way], *after: str) -> Conversation:
    """A path from the start of a call, and what comes `after` it."""
    lines = [line for way in path for line in lines_of(graph, way)]
    return Conversation(given_of(graph, path), (*lines, *after))


def hung_up(graph: Graph, path: Sequence[Way], place: str = "ivr") -> Conversation:
    """The same of a caller who hangs up at the path's last state, `place` as `contract/case_facts.py` says it."""
    verb, node = graph.verb(path[-1].state), graph.position(path[-1].state).node
    meanwhile: tuple[str, ...] = ()
    if place == "talk":
        meanwhile = ("meets: human",) if isinstance(verb, Hand) else ("meets: outside",)
    elif place == "message":
        meanwhile = (f"speaks: {SPEAKS_S}",)
    lines = [line for way in path[:-1] for line in lines_of(graph, way)]
    given = dict(given_of(graph, path))
    if place == "talk":
        which, whom = ("agents", "human") if isinstance(verb, Hand) else ("outside", "answers")
        given[which] = [*given.get(which, ()), whom]
    return Conversation(given, (*lines, f"reaches: {_text(node)}", *meanwhile, "hangs_up"))


def lines_of(graph: Graph, way: Way) -> Iterator[str]:
    """What happens at one state."""
    verb = graph.verb(way.state)
    if graph.position(way.state).phase == PROMISED:
        yield "promised: callback"
    yield from _heard(verb)
    if way.branch is not None:
        yield from _answered(verb, way.branch.result)


def _heard(verb: Verb) -> Iterator[str]:
    match verb:
        case Ask():
            return
        case Tell():
            yield from (_hears(verb.intro), "told: emergency number", _hears(verb.again))
        case Bye():
            if verb.prompts:
                yield _hears(verb.prompts)
            yield f"ends: {_text(verb.reason)}"
        case _:
            if verb.prompts:
                yield _hears(verb.prompts)


def _hears(prompts: Sequence[str]) -> str:
    return f"hears: {_text(prompts[0] if len(prompts) == 1 else list(prompts))}"


def _answered(verb: Verb, result: Result) -> Iterator[str]:
    match verb:
        case Choose():
            yield f'presses: "{result.value}"' if result.kind == "key" else f"waits: {verb.wait_s:g}"
        case Take():
            yield _typed(verb, result) if result.kind == "digits" else f"waits: {verb.wait_s:g}"
        case Keep():
            wait = f"waits: {verb.silence_s}"
            kept = (f"speaks: {SPEAKS_S}", wait, "leaves: message")
            yield from kept if result.kind == "recorded" else ("hears: beep", wait)
        case Hand() | Reach():
            whom = {"talked": "outside"}.get(result.kind, result.kind)
            yield f"meets: {whom}"
            if whom in ("human", "outside"):
                yield "they_hang_up"
        case Tell():
            yield f"waits: {AGAIN_S:g}"
        case Fetch():
            yield f"# the subscriber's system: {result.value}"
        case Ask():
            yield f"# {_told(verb, result.value)}"


def _told(ask: Ask, value: str) -> str:
    match ask.question:
        case "hours":
            return f"{ask.about}: {value}"
        case "caller":
            return f"caller: {_case(ask, value)}"
        case "number_called":
            return f"number called: {value}"
        case "caller_number":
            return f"the caller's number is {value}"
        case "transfer_request":
            return f"asks to be put through: {value}"


def _case(ask: Ask, value: str) -> str:
    if not value.isdigit():
        return "none of these"
    case = ask.cases[int(value)]
    if case.repeat_hours:
        return f"called within {case.repeat_hours} h"
    if case.list:
        return f"on list {case.list}"
    return "anonymous" if case.anonymous else " or ".join(case.ranges + case.countries)


def _typed(verb: Take, result: Result) -> str:
    """Digits that fit or not; # ends them where more could come."""
    if result != FITS:
        typed = next((n for n in ("9" * i for i in range(1, verb.most + 1)) if verb.judged(n) == result), "")
    elif verb.patterns:
        typed = verb.patterns[0].replace("x", "1")
    else:
        typed = ("0312345678" * 2)[: min(max(verb.least, 10), verb.most)]
    return f'types: "{typed}{"#" if len(typed) < verb.most else ""}"'


def _text(value: object) -> str:
    """As YAML: names stand alone, all else as JSON writes it."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value not in ("true", "false", "null"):
        return value
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_text, value))}]"
    return json.dumps(value, ensure_ascii=False)
