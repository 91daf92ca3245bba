"""How many callers went which way through a flow, and where they gave up, counted from real calls. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from smartdesk_pbx.flow.after import after
from smartdesk_pbx.flow.nodes import Goto, Jump, Tag
from smartdesk_pbx.flow.position import Position
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import Result
from smartdesk_pbx.flow.walk import step

Way = tuple[str, str]
"""From one node to another."""


@dataclass(frozen=True)
class Walked:
    """One step of a real call: its node, its position as it was written, and the result that led there."""

    node: str
    position: str
    heard: str


@dataclass(frozen=True)
class Call:
    """A real call: its steps in order; did the caller hang up in the flow's hands, and not after a talk?"""

    steps: Sequence[Walked]
    gave_up: bool


@dataclass
class Traffic:
    """`ways` and `visits` count callers, each once however often they came by; `strange`: those whose walk is not one
    of this flow's."""

    calls: int = 0
    strange: int = 0
    ways: Counter[Way] = field(default_factory=Counter)
    visits: Counter[str] = field(default_factory=Counter)
    gave_up: Counter[str] = field(default_factory=Counter)


def result_of(text: str) -> Result:
    """A result as `str` of it was written down."""
    kind, _, value = text.partition(" ")
    return Result(kind, value)  # type: ignore[arg-type]


def count(tree: Tree, calls: Iterable[Call]) -> Traffic:
    """The traffic of these calls on a flow."""
    traffic, known = Traffic(), _Ways(tree)
    for call in calls:
        if not call.steps:
            continue
        traffic.calls += 1
        try:
            ways = {way for here, there in pairwise(call.steps) for way in known.between(here, there)}
            ways |= set(known.to_first())
        except (LookupError, ValueError, AssertionError):  # another version's walk: its nodes are not these
            traffic.strange += 1
            continue
        traffic.ways.update(ways)
        traffic.visits.update({one.node for one in call.steps} | {node for way in ways for node in way})
        if call.gave_up:
            traffic.gave_up[call.steps[-1].node] += 1
    return traffic


class _Ways:
    """The ways between two steps; equal steps are looked at once."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._found: dict[tuple[str, str], tuple[tuple[Way, ...], str]] = {}

    def between(self, here: Walked, there: Walked) -> tuple[Way, ...]:
        """Raises KeyError or ValueError when no such step is possible in this flow."""
        key = (here.position, there.heard)
        if key not in self._found:
            self._found[key] = self._look(Position.decode(here.position), result_of(there.heard))
        ways, end = self._found[key]
        if end != there.node:
            raise ValueError("the call went elsewhere")
        return ways

    def to_first(self) -> tuple[Way, ...]:
        """Those on which a call comes to its first step."""
        return self._along("", self._tree.start, {})

    def _look(self, at: Position, result: Result) -> tuple[tuple[Way, ...], str]:
        moved = after(self._tree.nodes[at.node], at, result)
        end = step(self._tree, at, result).position.node
        if moved.node == at.node:
            return (), end  # another try at the same node
        return self._along(at.node, moved.node, dict(at.gone)), end

    def _along(self, here: str, name: str, gone: dict[str, int]) -> tuple[Way, ...]:
        """The ways from `here` over nodes at which nothing is heard, the first of them `name`."""
        node = self._tree.nodes[name]
        if isinstance(node, Jump):
            return self._along(here, node.next, gone)
        way = ((here, name),) if here else ()
        if not isinstance(node, Goto | Tag):
            return way
        following = node.next if isinstance(node, Tag) else node.to
        if isinstance(node, Goto):
            if gone.get(node.to, 0) >= node.most:
                following = node.then
            else:  # as in walk.py: counts of what comes later are forgotten
                order = self._tree.order
                gone = {one: times for one, times in gone.items() if order[one] < order[node.to]} | {
                    node.to: gone.get(node.to, 0) + 1
                }
        return way + self._along(name, following, gone)
