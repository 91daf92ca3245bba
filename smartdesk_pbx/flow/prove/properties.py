"""The five properties of a flow, each shown to hold or broken by a conversation. Pure."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smartdesk_pbx.flow.prove.conversation import Conversation, conversation, hung_up, lines_of
from smartdesk_pbx.flow.prove.graph import Graph
from smartdesk_pbx.flow.prove.human import to_the_end, without_anybody
from smartdesk_pbx.flow.prove.judged import Ending
from smartdesk_pbx.flow.prove.lasting import Lasting
from smartdesk_pbx.flow.prove.paths import endless, longest, quietest
from smartdesk_pbx.flow.verbs import Tell

SILENCE_MOST_S = 2.0
"""How long a caller may hear nothing."""
ROUND_OFF_S = 1e-6
"""Sums of seconds are not exact."""


@dataclass(frozen=True)
class Property:
    """One property. `holds` None: not proved. `counter_example`: a shortest conversation that breaks it."""

    name: str
    holds: bool | None
    says: str
    counter_example: Conversation | None = None


@dataclass(frozen=True)
class Longest:
    """The longest call, talk not counted: its seconds and its steps, each with the second at which it begins at the
    latest."""

    seconds: float
    steps: tuple[tuple[float, str], ...]


def ends(graph: Graph, order: "array[int]", lasting: Lasting) -> tuple[Property, Longest | None]:
    """Every path ends, and within which time."""
    name = "ends"
    if len(order) < len(graph) and (found := endless(graph, order)):
        path, again = found
        lines = conversation(graph, graph.walked([*path, *again[1:]]), "# and so on, for ever")
        return Property(name, False, "a call can go round for ever", lines), None
    most_s, path = longest(graph, order, lasting)
    slowest = ", each prompt in its slowest language" if len(lasting.languages) > 1 else ""
    says = f"every path ends, after {duration(most_s)} at most (talk not counted{slowest})"
    return Property(name, True, says), Longest(round(most_s, 1), tuple(_timed(graph, path, lasting)))


def _timed(graph: Graph, path: list[int], lasting: Lasting) -> Iterator[tuple[float, str]]:
    at_s = 0.0
    for way in graph.walked(path):
        for line in lines_of(graph, way):
            yield round(at_s, 1), line
        at_s += lasting.most_s(graph.position(way.state), graph.verb(way.state))


def silence(graph: Graph, order: "array[int]", lasting: Lasting) -> Property:
    """No caller hears nothing for too long."""
    name = "silence"
    if len(order) < len(graph):
        return Property(name, None, "not proved: paths without an end are not measured")
    found = quietest(graph, order, lasting, SILENCE_MOST_S + ROUND_OFF_S)
    if found is None:
        return Property(name, True, f"no caller hears nothing for more than {SILENCE_MOST_S:g} s")
    quiet_s, path = found
    verb = graph.verb(path[-1])
    where = f", in {lasting.most_silent(graph.position(path[-1]), verb.prompts)}" if hasattr(verb, "prompts") else ""
    lines = conversation(graph, graph.walked(path), f"# has heard nothing for {quiet_s:.3g} s{where}")
    return Property(name, False, f"a caller can hear nothing for more than {SILENCE_MOST_S:g} s", lines)


def exits(graph: Graph, found: Sequence[Ending]) -> Property:
    """Every end of a call is judged by a rule of the plan."""
    name, version = "exits", graph.premises.rules.version
    for one in found:
        if not one.complete:
            path = graph.walked(graph.path_to(one.state))
            by_caller = one.ended_by == "caller"
            lines = hung_up(graph, path, one.ended_in) if by_caller else conversation(graph, path)
            return Property(name, False, f"no rule of {version} judges a call that ends so: {one.name}", lines)
    return Property(name, True, f"every way to end is judged by a rule of {version}")


def emergency(graph: Graph) -> Property:
    """R8.2: the emergency number is told at the threshold, and never below it."""
    name, threshold = "emergency number", graph.unknowns.threshold
    telling = bytearray(isinstance(verb, Tell) for verb in graph.verbs)
    for state, number in enumerate(graph.position_of):
        if telling[number] and (count := graph.turn.least_count(graph.met_in(state))) < threshold:
            lines = conversation(graph, graph.walked(graph.path_to(state)))
            says = f"the emergency number is told at request {count}, below the threshold of {threshold}"
            return Property(name, False, says, lines)
    if any(telling):
        return Property(name, True, f"the emergency number is never told below the threshold of {threshold} requests")
    why = ": none is on file" if graph.premises.emergency is False else " in this flow"
    return Property(name, True, f"the emergency number is never told{why}")


def human(graph: Graph, order: "array[int]") -> Property:
    """A human can be reached or a message left, from every node during opening hours."""
    name, without = "human", graph.tree.without_human
    if without is not None:
        return Property(name, True, f"the flow wants neither a human nor a message: {without}")
    if len(order) < len(graph):
        return Property(name, None, "not proved: paths without an end are not looked at")
    path = without_anybody(graph, order)
    if path is None:
        return Property(name, True, "during opening hours a human can be reached or a message left, from every node")
    says = (
        f"at node {graph.position(path[-1]).node!r} a caller can reach no human and leave no message any more, "
        "though every calendar on the way says open"
    )
    whole = [*path, *to_the_end(graph, path[-1])]
    return Property(name, False, says, conversation(graph, graph.walked(whole)))


def unproved(reason: str) -> tuple[Property, ...]:
    """All properties, none of which is proved."""
    return tuple(Property(name, None, reason) for name in ("ends", "silence", "exits", "emergency number", "human"))


def duration(seconds: float) -> str:
    """`1 h 02 min 03 s`, from whole seconds, rounded up."""
    whole = int(seconds) + (seconds > int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min {rest:02} s"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
