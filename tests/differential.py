"""Random small flows and random callers, for whoever carries them out: the simulation, a telephone in skipped time, a
real Asterisk. What a caller does depends on the step alone, so all of them can do the same."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from smartdesk_pbx.contract import events
from smartdesk_pbx.flow.link import Shared
from smartdesk_pbx.flow.load import load
from smartdesk_pbx.flow.simulate import HangUp, OtherLeaves, Press, Simulation, Speak, Wait
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import CallbackPromised, Choose, Fact, Keep, RefusalPlayed, Say, Tagged, Take, Verb
from smartdesk_pbx.flow.world import World

NAMES = tuple(f"n{i}" for i in range(8))
NEAR = 3
"""A way leads to one of so many next nodes: callers are to come far."""
LONGEST = 12
"""Whoever has come so far hangs up."""
ACT_S = 0.3
"""So long after a step has begun the caller acts."""
SPEAKS_S = 1.5
SYSTEM = ("vip", "gold")
"""What the subscriber's system answers, by path; gold is listed nowhere."""
ALWAYS, NEVER, FAIR = "always", "never", "fair"
CALENDARS = {
    ALWAYS: {"weekly": ["mon-sun 00:00-24:00"]},
    NEVER: {"weekly": ["mon-sun closed"]},
    FAIR: {"weekly": ["mon-sun closed"], "exceptions": [{"name": "fair", "days": "01-01..12-31"}]},
}
SHARED_FLOW = """
flow: differential-part
languages: [ja, en]
start: ask
nodes:
  ask: {kind: menu, prompts: [silence-1], wait_s: 1, no_key: [silence-1], wrong_key: [silence-1],
        keys: {"1": ok, "*": again}, tries: 2, on_silence: no, on_wrong_key: no}
  again: {kind: goto, to: ask, most: 1, then: no}
  ok: {kind: exit}
  no: {kind: exit, exit: other}
"""


@dataclass(frozen=True)
class Act:
    """What a caller does at a step: `type` keys, `speak` and end the message, or `leave`; nothing is no act at all."""

    kind: Literal["type", "speak", "leave"]
    keys: str = ""


@dataclass(frozen=True)
class Example:
    """`moves`: for each step whether the caller leaves, and which act of those that the verb allows. `outside`: whether
    the subscriber's telephone takes the call, each time in turn. `text` is the flow, `{crm}` and `{outside}` where
    addresses stand."""

    text: str
    moves: tuple[tuple[bool, int], ...]
    outside: tuple[bool, ...]

    def flow(self, crm: str, outside: str) -> str:
        """The flow's text for a world with its own addresses."""
        return self.text.replace("{crm}", crm).replace("{outside}", outside)

    def act(self, step: int, verb: Verb) -> Act | None:
        """What the caller does at the `step`-th step, counted from 0, whose verb this is."""
        if step >= LONGEST:
            return Act("leave")
        acts, (leaves, move) = _acts(verb), self.moves[step]
        if acts and leaves:
            return Act("leave")
        return acts[move % len(acts)] if acts else None

    def lookups(self, tree: Tree) -> Mapping[str, str]:
        """What the system answers, by address."""
        return {node.url: node.url.rpartition("/")[2] for node in tree.nodes.values() if node.kind == "lookup"}


def _acts(verb: Verb) -> Sequence[Act | None]:
    match verb:
        case Choose():
            return [*(Act("type", key) for key in (*verb.keys, *verb.keys, "7")), None]
        case Take():
            fits = "0312345678901234"[: verb.most] if not verb.patterns else verb.patterns[0].replace("x", "5")
            short = fits[: max(1, verb.least - 1)]
            typed = [digits + ("#" if len(digits) < verb.most else "") for digits in (fits, fits, short)]
            return [*(Act("type", one) for one in typed), None]
        case Keep():
            return [Act("speak"), Act("speak"), None]
        case Say(skippable=True):
            return [None, None, Act("type", "1")]
    return []


# ---- random flows ------------------------------------------------------------------------------------------------


@st.composite
def examples(draw: st.DrawFn) -> Example:
    """Sound flows of some nodes, ways lead to later ones, back only by a counted goto; and a caller."""
    nodes = {name: draw(_node(place)) for place, name in enumerate(NAMES[:-1])}
    nodes[NAMES[-1]] = {"kind": "hangup", "prompts": ["silence-1"]}
    nodes = _reachable(nodes)
    head = {"flow": "differential", "languages": ["ja", "en"], "start": NAMES[0], "calendars": CALENDARS}
    move = st.tuples(st.sampled_from((False,) * 19 + (True,)), st.integers(0, 59))
    moves = draw(st.lists(move, min_size=LONGEST, max_size=LONGEST))
    outside = draw(st.lists(st.booleans(), min_size=LONGEST, max_size=LONGEST))
    return Example(json.dumps({**head, "nodes": nodes}), tuple(moves), tuple(outside))


@cache
def _node(place: int) -> st.SearchStrategy[dict[str, Any]]:
    """Any node that leads to later ones only. Made once: making a strategy takes longer than drawing from it."""
    later = st.sampled_from(NAMES[place + 1 : place + 1 + NEAR])
    quiet, tries = st.just(["silence-1"]), st.integers(1, 2)
    long = st.just(["silence-1", "silence-1"])
    kind, wait = st.just, st.just(1.5)
    keys = st.dictionaries(st.sampled_from("123*#"), later, min_size=1, max_size=3)
    cases: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
        [{"ranges": ["+8131"]}, {"countries": ["US"]}, {"anonymous": True}, {"repeat_hours": 9}]
    )
    case = st.tuples(cases, later).map(lambda both: both[0] | {"next": both[1]})
    fixed = st.fixed_dictionaries
    return st.one_of(
        fixed({"kind": kind("announce"), "prompts": long, "skippable": st.booleans(), "next": later}),
        fixed({"kind": kind("menu"), "prompts": quiet, "keys": keys, "tries": tries, "wait_s": wait, "no_key": quiet,
               "wrong_key": quiet, "on_silence": later, "on_wrong_key": later}),
        fixed({"kind": kind("collect"), "prompts": quiet, "least": kind(3), "most": kind(5), "tries": tries,
               "wait_s": wait, "gap_s": wait, "read_back": st.booleans(), "wrong": quiet, "confirm": quiet,
               "next": later, "on_silence": later},
              optional={"patterns": st.just(["05xx"])}),
        fixed({"kind": kind("record"), "prompts": quiet, "silence_s": kind(2), "review": st.booleans(),
               "reviewing": quiet, "tries": tries, "wait_s": wait, "next": later, "on_silence": later}),
        fixed({"kind": kind("hours"), "calendar": st.sampled_from(list(CALENDARS)), "open": later, "closed": later},
              optional={"exceptions": fixed({"fair": later}), "holiday": later}).map(_only_its_exceptions),
        fixed({"kind": kind("language"), "prompts": quiet, "keys": kind({"1": "ja", "2": "en"}), "tries": tries,
               "wait_s": wait, "next": later}),
        fixed({"kind": kind("caller"), "cases": st.lists(case, min_size=1, max_size=2), "otherwise": later}),
        fixed({"kind": kind("transfer_request"), "refused": quiet, "on_refused": later, "on_told": later}),
        fixed({"kind": kind("ring"), "to": kind(["{outside}"]), "prompts": quiet, "ring_s": kind(5),
               "next": later, "on_no_answer": later}),
        fixed({"kind": kind("escalate"), "prompts": quiet, "next": later, "on_nobody": later}),
        fixed({"kind": kind("callback"), "use_caller": st.booleans(), "same": quiet, "prompts": quiet,
               "least": kind(3), "most": kind(5), "tries": tries, "wait_s": wait, "gap_s": wait, "wrong": quiet,
               "confirm": quiet, "thanks": quiet, "next": later, "on_silence": later}),
        fixed({"kind": kind("lookup"), "url": st.sampled_from([f"{{crm}}/{word}" for word in SYSTEM]),
               "prompts": quiet, "answers": fixed({"vip": later}), "otherwise": later}),
        fixed({"kind": kind("goto"), "to": st.sampled_from(NAMES), "most": tries, "then": later}),
        fixed({"kind": kind("call"), "flow": kind("differential-part"),
               "exits": fixed({"done": later, "other": later})}),
        fixed({"kind": kind("tag"), "tags": st.sampled_from([["sales"], ["spring", "vip"]]), "next": later}),
    )  # fmt: skip


def _only_its_exceptions(node: dict[str, Any]) -> dict[str, Any]:
    return node if node["calendar"] == FAIR else {k: v for k, v in node.items() if k != "exceptions"}


def _reachable(nodes: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found, waiting = set[str](), [NAMES[0]]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [text for text in _texts(nodes[name]) if text in nodes]
    return {name: node for name, node in nodes.items() if name in found}


def _texts(content: Any) -> Iterator[str]:
    inner = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    if isinstance(content, str):
        yield content
    for one in inner:
        yield from _texts(one)


def drawn(count: int) -> list[Example]:
    """So many examples, always the same."""
    found: list[Example] = []

    @settings(max_examples=count, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(examples())
    def keep(one: Example) -> None:
        found.append(one)

    keep()
    return found


def read(text: str) -> Tree:
    """The tree of an example's flow."""
    return load(text, find=lambda _: Shared(SHARED_FLOW, "part.yaml"))


# ---- the simulation ------------------------------------------------------------------------------------------------

Steps = list[tuple[str, str, str]]
"""Node, verb, what was heard before."""
Facts = list[str]


def simulated(example: Example, tree: Tree, world: World) -> tuple[Steps, Facts]:
    """The call on a virtual clock."""
    call, acted = Simulation(tree, world), 0
    while call.pause:
        steps = len(call.trace.steps)
        if steps > acted:
            acted = steps
            call.do(Wait(ACT_S))
            if len(call.trace.steps) == steps and call.pause:
                _do(call, example.act(steps - 1, call.here.verb))
        elif call.pause.doing == "talking":
            call.do(OtherLeaves())
        elif wait := call.next_change():
            call.do(wait)
    trace = call.trace
    return [(s.node, s.verb, s.heard) for s in trace.steps], [_of_walker(fact) for fact in trace.facts]


def _do(call: Simulation, act: Act | None) -> None:
    if act and act.kind == "type":
        for key in act.keys:
            call.do(Press(key))
            call.do(Wait(0.1))
    elif act and act.kind == "speak":
        call.do(Speak(SPEAKS_S))
        call.do(Press("#"))
    elif act:
        call.do(HangUp())


def _of_walker(fact: Fact) -> str:
    match fact:
        case Tagged(tags):
            return f"tagged {' '.join(tags)}"
        case CallbackPromised(own):
            return f"promised {own}"
        case RefusalPlayed():
            return "answered"


# ---- a case --------------------------------------------------------------------------------------------------------


def noted(case: Sequence[Any]) -> tuple[Steps, Facts]:
    """The same from the events of a real call."""
    steps = [(e.node, e.verb, e.heard) for e in case if isinstance(e, events.FlowStep)]
    told: Mapping[type[Any], Callable[[Any], str]] = {
        events.CallTagged: lambda e: f"tagged {' '.join(e.tags)}",
        events.CallbackPromised: lambda e: f"promised {e.own}",
        events.TransferAnswered: lambda _: "answered",
    }
    return steps, [told[type(e)](e) for e in case if type(e) in told]
