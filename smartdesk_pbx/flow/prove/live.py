"""What the nodes after a node can still read; the rest is forgotten, so that the search stays small. Pure.

Forgetting is sound, and exact: two calls at one node that differ only in what no later node reads go on alike, for any
answers of the caller and the world, so one of them speaks for both. This is found on the graph of the nodes, as
compilers find the variables that are live: a node reads something if it, or a node that it leads to, reads it before
it is written anew.
"""

from dataclasses import replace
from graphlib import CycleError

from smartdesk_pbx.flow.nodes import Callback, Collect, Escalate, Goto, Menu, Node
from smartdesk_pbx.flow.position import Position
from smartdesk_pbx.flow.prove.unknowns import BEFORE, Known, Unknowns
from smartdesk_pbx.flow.tree import Tree, targets
from smartdesk_pbx.flow.verbs import START, Ask
from smartdesk_pbx.flow.walk import step

Gone = tuple[tuple[str, int], ...]
"""The counters of the gotos, as a position has them."""

REQUESTS = 1
"""The bit of how often this call asked to be put through."""
WHY = 2
"""The bit of `Position.why`."""

_OVERWRITES_WHY = {Menu: None, Collect: "on_silence", Callback: "on_silence", Goto: "then"}
"""By kind: the way on which `why` is written anew; None: on every way."""


class Live:
    """What is read from each node on, as bits of a number. `reasons`: do the rules read why a call was escalated?"""

    def __init__(self, tree: Tree, unknowns: Unknowns, *, reasons: bool) -> None:
        self._tree, self._unknowns, self._reasons = tree, unknowns, reasons
        self._questions: list[tuple[int, int]] = []
        """Dimension and mask of each question that is one bit."""
        self._bits: dict[tuple[int, int] | str, int] = {}
        self._counters = self._counter_bits()
        self._at = self._found()
        self._of_world = ~sum(self._counters.values()) & ~WHY
        self._closures: dict[tuple[Known, int], Known] = {}

    def read_from(self, node: str) -> int:
        """The bits of what is read at a node or after it, without the counters of gotos."""
        return self._at[node] & self._of_world

    def plain(self, position: Position) -> Position:
        """The same position without a reason that no later node reads, and without the language, which none reads."""
        why = position.why if self._at[position.node] & WHY else "flow"
        same = why == position.why and not position.language
        return position if same else replace(position, why=why, language="")

    def counters_from(self, node: str) -> int:
        """The bits of the goto counters that are read at a node or after it."""
        return self._at[node] & ~self._of_world

    def counted(self, gone: Gone, read: int) -> Gone:
        """Counters without those that no later node reads.

        A counter is read by the gotos to its target. It is dead where every way to one leads over a goto further back,
        for that one forgets it (`walk._back`). Where the gotos have no order, nothing is known of this.
        """
        if not self._counters:
            return gone
        # In order of names: the walker reads the counters as a dict, their order means nothing to it.
        return tuple(sorted((to, n) for to, n in gone if self._counters[to] & read))

    def remembered(self, known: Known, read: int) -> Known:
        """What is known, as far as the questions in `read` can tell: all values that no question tells apart from a
        possible one are possible again."""
        key = (known, read)
        if key not in self._closures:
            masks = [self._closure(i, mask, read) for i, mask in enumerate(known)]
            self._closures[key] = self._unknowns.settled(masks) or known
        return self._closures[key]

    def _closure(self, dimension: int, mask: int, read: int) -> int:
        asked = [m for i, (d, m) in enumerate(self._questions) if d == dimension and read >> (i + 2) & 1]
        classes = [self._unknowns.dimensions[dimension].whole]
        for question in asked:
            classes = [part for one in classes for part in (one & question, one & ~question) if part]
        return sum(one for one in classes if one & mask)

    # ---- which bits there are ------------------------------------------------------------------------------------

    def _counter_bits(self) -> dict[str, int]:
        """The bit of each goto's target; none where the gotos have no order, which is a flow without an end."""
        try:
            _ = self._tree.order
        except CycleError:
            return {}
        gotos = (node.to for node in self._tree.nodes.values() if isinstance(node, Goto))
        return {to: self._bit(to) for to in dict.fromkeys(gotos)}

    def _bit(self, read: tuple[int, int] | str) -> int:
        if read not in self._bits:
            self._bits[read] = 4 << len(self._bits)
            self._questions.append(read if isinstance(read, tuple) else (-1, 0))
        return self._bits[read]

    def _reads(self, name: str, node: Node) -> int:
        """The bits that a node reads itself."""
        if isinstance(node, Goto):
            return self._counters.get(node.to, 0)
        if isinstance(node, Escalate):
            return WHY if self._reasons and node.reason is None else 0
        if node.kind in ("hours", "caller", "language", "callback", "transfer_request"):
            verb = step(self._tree, Position(name), START).verb
            return self._of_question(verb) if isinstance(verb, Ask) else 0
        return 0

    def _of_question(self, ask: Ask) -> int:
        read = 0
        if ask.question == "transfer_request":
            read = REQUESTS
            for least in range(1, self._unknowns.threshold + 1):
                read |= self._bit((BEFORE, self._unknowns.before(least)))
        for branch in self._unknowns.branches(ask):
            for dimension, mask in branch.narrowing:
                read |= self._bit((dimension, mask))
        return read

    # ---- what is read from where ---------------------------------------------------------------------------------

    def _found(self) -> dict[str, int]:
        """To the fixed point, backwards along all ways."""
        nodes = self._tree.nodes
        at = {name: self._reads(name, node) for name, node in nodes.items()}
        ways = {name: self._ways(node) for name, node in nodes.items()}
        order = _backwards(ways, self._tree.start)
        changed = True
        while changed:
            changed = False
            for name in order:
                read = at[name]
                for target, written in ways[name]:
                    read |= at[target] & ~written
                if read != at[name]:
                    at[name], changed = read, True
        return at

    def _ways(self, node: Node) -> list[tuple[str, int]]:
        """Each node that may come next, and the bits that are written anew on the way there."""
        never = object()
        anew = _OVERWRITES_WHY.get(type(node), never)
        found = []
        for way, target in targets(node):
            written = WHY if anew is None or anew == way else 0
            if isinstance(node, Goto) and way == "to":
                written |= self._forgotten_by(node.to)
            if target in self._tree.nodes:
                found.append((target, written))
        return found

    def _forgotten_by(self, to: str) -> int:
        """The counters that a goto back to `to` writes anew: its own, and those of later nodes."""
        return sum(bit for one, bit in self._counters.items() if self._tree.order[one] >= self._tree.order[to])


def _backwards(ways: dict[str, list[tuple[str, int]]], start: str) -> list[str]:
    """All nodes, those that come late in a call first. Without recursion: flows may be long."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    for root in (start, *ways):
        waiting = [(root, False)]
        while waiting:
            name, is_done = waiting.pop()
            if is_done:
                found[name] = None
            elif name not in seen:
                seen.add(name)
                waiting.append((name, True))
                waiting += [(target, False) for target, _ in ways[name] if target not in seen]
    return list(found)
