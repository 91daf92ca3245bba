"""What a proof says, and how it is made: search every state, then look at each property. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.check import endless
from smartdesk_pbx.flow.nodes import Goto, Jump, Tag
from smartdesk_pbx.flow.prove import properties
from smartdesk_pbx.flow.prove.graph import Graph
from smartdesk_pbx.flow.prove.judged import Ending, endings, not_looked_at
from smartdesk_pbx.flow.prove.lasting import Lasting
from smartdesk_pbx.flow.prove.paths import in_order
from smartdesk_pbx.flow.prove.premises import MOST_STATES, Premises
from smartdesk_pbx.flow.prove.properties import Longest, Property
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import Hand, Reach, Tell


@dataclass(frozen=True)
class Proof:
    """`reached`: nodes at which a call can stand; `unreached`: those to which none can come, though a way leads
    there."""

    flow: str
    properties: tuple[Property, ...]
    longest: Longest | None
    states: int
    exits: tuple[Ending, ...]
    not_checked: tuple[str, ...]
    reached: frozenset[str]
    unreached: tuple[str, ...]

    @property
    def proved(self) -> bool:
        """Do all properties hold?"""
        return all(one.holds for one in self.properties)


def prove(tree: Tree, premises: Premises, most_states: int = MOST_STATES, *, forget: bool = True) -> Proof:
    """Search the whole flow with the walker itself. Past `most_states` the search stops, and nothing is proved.

    `forget` False keeps what no later node reads: slower, and the same in the end. Raises `RuleBroken` for a shared
    flow: it has no end of its own.
    """
    if tree.is_shared:
        raise RuleBroken(f"{tree.flow} has exits: it is proved as a part of the flows that call it")
    has_gotos = any(isinstance(node, Goto) for node in tree.nodes.values())
    if has_gotos and (loop := next(endless(tree.nodes, tree.start), None)):
        return _never_walked(tree, loop.wrong)
    graph = Graph(tree, premises, most_states, forget=forget)
    found = endings(graph) if graph.whole else []
    longest, shown = None, properties.unproved(f"not proved: more than {most_states:,} states, the search was stopped")
    if graph.whole:
        longest, shown = _looked_at(graph, found)
    reached = frozenset(graph.positions[number].node for number in set(graph.position_of))
    passed = Goto | Jump | Tag  # a call never stands there
    unreached = [n for n, node in tree.nodes.items() if n not in reached and not isinstance(node, passed)]
    return Proof(
        flow=tree.flow,
        properties=shown,
        longest=longest,
        states=len(graph),
        exits=tuple(found),
        not_checked=tuple(_not_checked(graph)),
        reached=reached,
        unreached=tuple(unreached) if graph.whole else (),
    )


def _never_walked(tree: Tree, loop: str) -> Proof:
    """Of a flow that no `load` would take: the walker counts gotos in an order that a loop does not have."""
    ends = Property("ends", False, loop)
    rest = properties.unproved("not proved: no call can be walked through such a flow")[1:]
    return Proof(tree.flow, (ends, *rest), None, 0, (), (), frozenset(), ())


def _looked_at(graph: Graph, found: list[Ending]) -> tuple[Longest | None, tuple[Property, ...]]:
    order = in_order(graph)
    lasting = Lasting(graph.tree, graph.premises)
    ends, longest = properties.ends(graph, order, lasting)
    return longest, (
        ends,
        properties.silence(graph, order, lasting),
        properties.exits(graph, found),
        properties.emergency(graph),
        properties.human(graph, order),
    )


def _not_checked(graph: Graph) -> Iterator[str]:
    """What this flow says and the search does not look at."""
    hands = [verb for verb in graph.verbs if isinstance(verb, Hand)]
    if skills := sorted({skill for verb in hands for skill in verb.skills}):
        yield f"skills that agents must have ({', '.join(skills)}): an agent is free, or none is"
    if any(verb.priority != Hand((), None, "flow").priority for verb in hands):
        yield "priority in the queue: how long a caller waits is bounded, not who waits longer"
    if hands and graph.premises.humans:
        yield "how long people talk, and phones that ring in vain before another agent answers"
    if any(isinstance(verb, Reach) for verb in graph.verbs):
        yield "how long the subscriber's own telephones talk"
    if any(isinstance(verb, Tell) for verb in graph.verbs):
        yield "requests that an agent marks by hand: they count towards the threshold too"
    yield from not_looked_at(graph)
