"""Every state that a call through a flow can be in, found with the walker itself. Pure.

A state is a position, the counters of its gotos, and circumstances. All three are numbered, and what follows from each
is worked out once; states and ways are plain arrays of numbers, so that millions fit into memory.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from smartdesk_pbx.flow.position import Position
from smartdesk_pbx.flow.prove.change import Change
from smartdesk_pbx.flow.prove.circumstances import Circumstances, Turn
from smartdesk_pbx.flow.prove.history import Reads
from smartdesk_pbx.flow.prove.live import Live
from smartdesk_pbx.flow.prove.moves import SAME, Moves, Numbered
from smartdesk_pbx.flow.prove.premises import MOST_STATES, Premises
from smartdesk_pbx.flow.prove.unknowns import Branch, Unknowns
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import Verb

ROOT = 0
_IMPOSSIBLE = -1
_SHIFT = 24
"""More of any one part of a state than this many bits can number do not fit into memory anyway."""


@dataclass(frozen=True)
class Way:
    """One step of a path: what came of the verb of a state, and what that changed. None: the path ends here."""

    state: int
    branch: Branch | None = None
    change: Change | None = None


class Graph:
    """All states, by number, in the order of the shortest way to each. State 0 is the start of every call.

    `whole`: none was left out for want of room.
    """

    def __init__(self, tree: Tree, premises: Premises, most_states: int = MOST_STATES, *, forget: bool = True) -> None:
        self.tree, self.premises, self._forget = tree, premises, forget
        self.reads = Reads(premises.rules, tree)
        self.unknowns = Unknowns(tree, premises)
        self.live = Live(tree, self.unknowns, reasons=self.reads.reasons)
        self.turn = Turn(premises, self.unknowns, self.live, self.reads, forget=forget)
        self.moves = Moves(tree, premises, self.unknowns, self.live, forget=forget)
        self.positions, self.verbs = self.moves.positions.values, self.moves.verbs
        self._circumstances: Numbered[Circumstances] = Numbered()
        self.circumstances = self._circumstances.values
        self.position_of, self.circumstances_of, self._gone_of = array("i"), array("i"), array("i")
        self.came_from = array("i")
        """By state: the one before it on a shortest way."""
        self.first_way, self.ways = array("q"), array("i")
        """The ways out of state `s` are `ways[first_way[s]:first_way[s + 1]]`, in the order of its moves."""
        self._numbers: dict[int, int] = {}
        self._changed: dict[int, int] = {}
        self._counted: dict[int, int] = {}
        """What a change makes of circumstances, and what is kept of counters, by number."""
        self.whole = self._search(most_states)
        self._numbers = {}

    def __len__(self) -> int:
        return len(self.position_of)

    def position(self, state: int) -> Position:
        return self.positions[self.position_of[state]]

    def verb(self, state: int) -> Verb:
        return self.verbs[self.position_of[state]]

    def met_in(self, state: int) -> Circumstances:
        """The circumstances of a state."""
        return self.circumstances[self.circumstances_of[state]]

    def after(self, state: int) -> "array[int]":
        """The states that may come next."""
        return self.ways[self.first_way[state] : self.first_way[state + 1]]

    def ways_from(self, state: int) -> Iterator[tuple[Way, int]]:
        """Each result of a state's verb, with the state that it leads to."""
        left, now = iter(self.after(state)), self.circumstances_of[state]
        for move in self.moves.of(self.position_of[state], self._gone_of[state]):
            if self._changed[move.change << _SHIFT | now] != _IMPOSSIBLE:
                yield Way(state, move.branch, self.moves.changes.values[move.change]), next(left)

    def path_to(self, state: int) -> list[int]:
        """The states of a shortest way from the start, both ends included."""
        path = [state]
        while path[-1] != ROOT:
            path.append(self.came_from[path[-1]])
        return path[::-1]

    def walked(self, path: list[int]) -> list[Way]:
        """A path of states with the results that lead from each to the next."""
        found = [next(way for way, to in self.ways_from(s) if to == t) for s, t in pairwise(path)]
        return [*found, Way(path[-1])]

    # ---- the search ----------------------------------------------------------------------------------------------

    def _search(self, most: int) -> bool:
        """Breadth first; False when there are more than `most` states."""
        first, position, gone = self.moves.first()
        start = self.turn.first(self.live.read_from(first.position.node), first.facts)
        self._state(position, gone, self._circumstances.of(start), ROOT)
        here = 0
        while here < len(self.position_of):
            if len(self.position_of) > most:
                return False
            self.first_way.append(len(self.ways))
            self._go_on(here)
            here += 1
        self.first_way.append(len(self.ways))
        return True

    def _go_on(self, here: int) -> None:
        gone, now = self._gone_of[here], self.circumstances_of[here]
        changed, counted, numbers, ways = self._changed, self._counted, self._numbers, self.ways
        for move in self.moves.of(self.position_of[here], gone):
            _, position, change, kept, then_gone = move
            then = changed.get(change << _SHIFT | now)
            if then is None:
                then = self._change(change, now)
            if then == _IMPOSSIBLE:
                continue
            left = gone if then_gone == SAME else then_gone
            counters = counted.get(kept << _SHIFT | left)
            if counters is None:
                counters = self._count(kept, left)
            state = numbers.get((position << _SHIFT | counters) << _SHIFT | then)
            ways.append(self._state(position, counters, then, here) if state is None else state)

    def _state(self, position: int, gone: int, circumstances: int, before: int) -> int:
        number = self._numbers[(position << _SHIFT | gone) << _SHIFT | circumstances] = len(self.position_of)
        self.position_of.append(position)
        self._gone_of.append(gone)
        self.circumstances_of.append(circumstances)
        self.came_from.append(before)
        return number

    def _change(self, change: int, now: int) -> int:
        then = self.turn.after(self.circumstances[now], self.moves.changes.values[change])
        number = _IMPOSSIBLE if then is None else self._circumstances.of(then)
        self._changed[change << _SHIFT | now] = number
        return number

    def _count(self, kept: int, gone: int) -> int:
        counters = self.moves.gone.values[gone]
        if self._forget:
            counters = self.live.counted(counters, self.moves.kept.values[kept])
        number = self._counted[kept << _SHIFT | gone] = self.moves.gone.of(counters)
        return number
