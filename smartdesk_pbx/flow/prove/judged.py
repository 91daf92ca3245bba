"""R7.2: by which rules of the plan the calls of a flow are judged, whichever way they end. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from smartdesk_pbx.contract.case_facts import CaseFacts
from smartdesk_pbx.contract.case_rules import Rule
from smartdesk_pbx.contract.settings import ServiceSettings
from smartdesk_pbx.flow.prove.graph import Graph
from smartdesk_pbx.flow.prove.history import Exit, exits, written

TIMES = ("ivr_s", "wait_s", "talk_s", "connected_s", "call_s")
"""Conditions on seconds: the search keeps none."""

_OPEN = {*TIMES, "caller_class"}
"""Conditions of which the search does not know whether they hold: the rules after such a one are tried too."""
_OPEN_KINDS = {"repeat", "anonymous", "unreadable"}
_BY_PEOPLE = "what people mark a case as"


@dataclass(frozen=True)
class Ending:
    """Calls that end alike, and the rules that may judge them, in the plan's order. `state`: one such call."""

    outcome: str
    ended_by: str
    ended_in: str
    rules: tuple[str, ...]
    complete: bool
    """One of the rules holds for each of these calls."""
    state: int

    @property
    def name(self) -> str:
        """As one says it."""
        return f"{self.outcome}, ended by {self.ended_by} in {self.ended_in}"


def endings(graph: Graph) -> list[Ending]:
    """All kinds of ends, in the order of the plan's rules; `complete` False where a call may have no rule."""
    found: dict[tuple[str, str, str], Ending] = {}
    judged: dict[Exit, tuple[tuple[str, ...], bool]] = {}
    for state, one in _exits(graph):
        if one not in judged:
            judged[one] = _judged(graph, one.facts)
        rules, complete = judged[one]
        key = (one.outcome, one.by, one.place)
        had = found.get(key)
        if had is None or not set(rules) <= set(had.rules) or (had.complete and not complete):
            both = {*rules, *(had.rules if had else ())}
            ordered = tuple(r.id for r in graph.premises.rules.rules if r.id in both)
            shown = had.state if had and (complete or not had.complete) else state
            found[key] = Ending(*key, ordered, complete and (had is None or had.complete), shown)
    return list(found.values())


def _exits(graph: Graph) -> Iterator[tuple[int, Exit]]:
    seen: set[tuple[int, int]] = set()
    kinds: dict[object, int] = {}
    kind_of = [kinds.setdefault(_kind(verb), len(kinds)) for verb in graph.verbs]
    histories: dict[object, int] = {}
    history_of = [histories.setdefault(one.history, len(histories)) for one in graph.circumstances]
    for state in range(len(graph)):
        key = (kind_of[graph.position_of[state]], history_of[graph.circumstances_of[state]])
        if key not in seen:
            seen.add(key)
            for one in exits(graph.verb(state), graph.met_in(state).history, graph.premises.humans):
                yield state, Exit(one.by, one.place, graph.reads.seen(one.history))


def _kind(verb: object) -> object:
    """What of a verb matters to the ends that a call can find in it."""
    parts = ("reason", "instead")
    return type(verb), bool(getattr(verb, "prompts", ())), *(getattr(verb, part, "") for part in parts)


def _judged(graph: Graph, facts: CaseFacts) -> tuple[tuple[str, ...], bool]:
    """The rules that may be the first to hold, and whether there always is one."""
    found = []
    for rule in graph.premises.rules.rules:
        holds = _holds(rule, facts, graph.premises.settings)
        if holds is not False:
            found.append(rule.id)
        if holds:
            return tuple(found), True
    return tuple(found), False


def _holds(rule: Rule, facts: CaseFacts, settings: ServiceSettings) -> bool | None:
    """Does a rule's condition hold? None: perhaps, for it asks what the search does not know."""
    unknown = {name for name in written(rule.when) if _is_open(rule, name, settings)}
    known = rule.when.model_copy(update=dict.fromkeys(unknown))
    if not known.holds(facts):
        return False
    return None if unknown else True


def _is_open(rule: Rule, name: str, settings: ServiceSettings) -> bool:
    if name in ("is_", "is_not"):
        return bool(_OPEN_KINDS & set(getattr(rule.when, name)))
    if name == "out_of_hours":  # asked at the time of the talk
        return bool(settings.answering_hours or settings.closed_days)
    return name in _OPEN


def not_looked_at(graph: Graph) -> list[str]:
    """What the rules read and the search takes no account of."""
    read = set(graph.reads.conditions)
    found = [f"the rules' {name}: the search keeps no times of a path" for name in TIMES if name in read]
    kinds = {k for rule in graph.premises.rules.rules for k in (*(rule.when.is_ or ()), *(rule.when.is_not or ()))}
    marks = sorted(kinds - _OPEN_KINDS - {"silent"})
    if marks or "out_of_language" in read:
        named = ", ".join([*marks, *(["out_of_language"] if "out_of_language" in read else [])])
        found.append(f"{_BY_PEOPLE}, or a list of test callers makes it ({named}): taken as none of these")
    if read & {"decision", "outcome"}:
        found.append("calls that never reach the flow, and faults of ours: the rules judge them too")
    extra = graph.premises.rules.surcharges or any(rule.more_units for rule in graph.premises.rules.rules)
    return found + ["surcharges and further units of the plan"] * bool(extra)
