"""One call that goes a path of the search: who calls, when, and whom it meets. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smartdesk_pbx.contract.numbers import e164
from smartdesk_pbx.flow.answers import country_of
from smartdesk_pbx.flow.given import ANONYMOUS, Given, written
from smartdesk_pbx.flow.prove.circumstances import Circumstances, Turn
from smartdesk_pbx.flow.prove.graph import Graph, Way
from smartdesk_pbx.flow.prove.numbers import NumberClass
from smartdesk_pbx.flow.prove.unknowns import BEFORE, CALLED, HOURS, NUMBER, REPEAT, Known, Unknowns
from smartdesk_pbx.flow.verbs import OTHERWISE, Ask, Fetch, Hand, Reach

_DIGITS = "12345678901234"


def given_of(graph: Graph, path: Sequence[Way]) -> Mapping[str, Any]:
    """What a conversation file would say is given, without what is usual."""
    asked = {verb.question for way in path if isinstance(verb := graph.verb(way.state), Ask)}
    known, unknowns, found = _known(graph, path), graph.unknowns, _met(graph, path)
    if "hours" in asked:
        found |= _arrival(graph, known)
    if asked & {"caller", "caller_number", "transfer_request"}:
        found |= _caller(unknowns, known)
    if "number_called" in asked and (called := _first(known[CALLED], unknowns.called)) not in (None, OTHERWISE):
        found["number"] = called
    if "transfer_request" in asked:
        found |= _requests(graph, path, known)
    return Given(**found).as_written()


def _known(graph: Graph, path: Sequence[Way]) -> Known:
    """What the whole path tells of the call, nothing forgotten. Where no single call fits all of it, its beginning."""
    turn = Turn(graph.premises, graph.unknowns, graph.live, graph.reads, forget=False)
    now = Circumstances(graph.unknowns.nothing_known)
    for way in path:
        if way.change is not None:
            now = turn.after(now, way.change) or now
    return now.known


def _first(mask: int, values: Sequence[str]) -> str | None:
    return next((value for i, value in enumerate(values) if mask >> i & 1), None)


def _met(graph: Graph, path: Sequence[Way]) -> dict[str, Any]:
    """Agents, telephones and the subscriber's system, in the order in which they are asked."""
    found: dict[str, Any] = {}
    agents: list[str] = []
    outside: list[str] = []
    lookup: dict[str, str] = {}
    for way in path:
        verb = graph.verb(way.state)
        if way.branch is None:
            continue
        result = way.branch.result
        if isinstance(verb, Hand):
            agents.append(result.kind)
        elif isinstance(verb, Reach):
            outside.append("answers" if result.kind == "talked" else "silent")
        elif isinstance(verb, Fetch) and result.value != OTHERWISE:
            lookup[graph.position(way.state).node] = result.value
    if agents and graph.premises.humans:
        found["agents"] = agents
    if outside:
        found["outside"] = outside
    if lookup:
        found["lookup"] = lookup
    if not graph.premises.humans:
        found["answering"] = False
    return found


def _arrival(graph: Graph, known: Known) -> dict[str, Any]:
    possible = [segment for i, segment in enumerate(graph.unknowns.segments) if known[HOURS] >> i & 1]
    example = next((segment.example for segment in possible if segment.example), None)
    return {"at": written(example, graph.tree)} if example else {"closed": True}


def _caller(unknowns: Unknowns, known: Known) -> dict[str, Any]:
    found: dict[str, Any] = {}
    possible = [one for i, one in enumerate(unknowns.classes) if known[NUMBER] >> i & 1]
    number = next((number for one in possible if (number := example_number(unknowns, one))), None)
    if number != Given().caller:
        found["caller"] = number or ANONYMOUS
    if lists := [name for i, name in enumerate(unknowns.lists) if known[BEFORE + 1 + i] == 2]:
        found["lists"] = lists
    if not known[REPEAT] >> len(unknowns.spans_h) & 1:
        found["last_call_hours"] = _first(known[REPEAT], [str(hours) for hours in unknowns.spans_h])
    return found


def _requests(graph: Graph, path: Sequence[Way], known: Known) -> dict[str, Any]:
    settings = graph.premises.settings
    found: dict[str, Any] = {}
    if before := (known[BEFORE] & -known[BEFORE]).bit_length() - 1:
        found["transfer_requests"] = before
    if settings.direct_transfer_threshold != Given().threshold:
        found["threshold"] = settings.direct_transfer_threshold
    if settings.ivr_transfer_requests_per_call != Given().requests_per_call:
        found["requests_per_call"] = settings.ivr_transfer_requests_per_call
    if any(way.branch and way.branch.result.value == "missing" for way in path):
        found["emergency"] = False
    return found


def example_number(unknowns: Unknowns, wanted: NumberClass) -> str | None:
    """A number of a class, E.164; None for the withheld number, and where none is found."""
    if wanted.prefix is None:
        return None
    return next((one for one in _numbers(wanted) if e164(one) == one and _class_of(unknowns, one) == wanted), None)


def _numbers(wanted: NumberClass) -> Iterator[str]:
    yield Given().caller
    if wanted.country:
        import phonenumbers  # its metadata is slow to load

        for kind in phonenumbers.PhoneNumberType.values():
            if number := phonenumbers.example_number_for_type(wanted.country, kind):
                yield phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    prefix = wanted.prefix or "+"
    for first in ("", *"9871234560"):
        for digits in range(7, 14):
            yield (prefix + first + _DIGITS)[:digits]
    yield from ("+12025550123", "+442079460018", "+33123456789", "+4930123456", "+862112345678", "+551123456789")


def _class_of(unknowns: Unknowns, number: str) -> NumberClass:
    prefixes = {one.prefix for one in unknowns.classes if one.prefix is not None and number.startswith(one.prefix)}
    country = country_of(number)
    named = any(one.country == country for one in unknowns.classes)
    return NumberClass(max(prefixes, key=len), country if named and country else None)
