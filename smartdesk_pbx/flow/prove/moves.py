"""What can follow a position: the walker's own steps, each taken once however many states share it. Pure."""

from collections.abc import Hashable, Iterator
from typing import Generic, NamedTuple, NoReturn, TypeVar

from smartdesk_pbx.flow.position import Position
from smartdesk_pbx.flow.prove.change import Change, branches, change_of
from smartdesk_pbx.flow.prove.live import Gone, Live
from smartdesk_pbx.flow.prove.premises import Premises
from smartdesk_pbx.flow.prove.unknowns import Branch, Unknowns
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import START, Verb
from smartdesk_pbx.flow.walk import Step, begin, step

SAME = -1

T = TypeVar("T", bound=Hashable)


class Move(NamedTuple):
    """From a position: what came of its verb, and the numbers of where that leads and of what it changes.

    `gone`: the goto counters afterwards, SAME where the walker passed them on; `kept`: those that are still read."""

    branch: Branch
    position: int
    change: int
    kept: int
    gone: int = SAME


class Numbered(Generic[T]):
    """Values, each with a number of its own."""

    def __init__(self) -> None:
        self.values: list[T] = []
        self._numbers: dict[T, int] = {}

    def of(self, value: T) -> int:
        """The number of a value, old or new."""
        number = self._numbers.setdefault(value, len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number


class _Read(Exception):
    """The counters were looked at."""


class _Unread(tuple[tuple[str, int], ...]):
    """Counters at which nobody can look. Where the walker only passes them on, it would do so with any others: one
    step then speaks for all of them."""

    def _refuse(self, *_: object) -> NoReturn:
        raise _Read

    __iter__ = __len__ = __getitem__ = __contains__ = __eq__ = __ne__ = __hash__ = __add__ = _refuse


_UNREAD = _Unread()


def _with(at: Position, gone: Gone) -> Position:
    return Position(at.node, at.phase, at.tries, at.before, at.why, gone, at.language)


class Moves:
    """Positions (without their goto counters, which stand beside them), and the moves from each."""

    def __init__(self, tree: Tree, premises: Premises, unknowns: Unknowns, live: Live, *, forget: bool) -> None:
        self._tree, self._premises, self._unknowns, self._live, self._forget = tree, premises, unknowns, live, forget
        self.verbs: list[Verb] = []
        self.positions: Numbered[Position] = Numbered()
        self.gone: Numbered[Gone] = Numbered()
        self.changes: Numbered[Change] = Numbered()
        self.kept: Numbered[int] = Numbered()
        self._branches: list[tuple[tuple[Branch, Move | None], ...] | None] = []
        """By position: its moves; None in place of one that depends on the counters."""
        self._moves: dict[int, tuple[Move, ...]] = {}
        self._moves_with: dict[tuple[int, int], tuple[Move, ...]] = {}

    def first(self) -> tuple[Step, int, int]:
        """How a call begins, with the numbers of its position and counters."""
        here = step(self._tree, begin(self._tree), START)
        return here, self._number(here), self.gone.of(here.position.gone)

    def of(self, position: int, gone: int) -> tuple[Move, ...]:
        """The moves from a position with these counters; of those that lead to the same, the first."""
        moves = self._moves.get(position) or self._moves_with.get((position, gone))
        return self._found(position, gone) if moves is None else moves

    def _found(self, position: int, gone: int) -> tuple[Move, ...]:
        listed = self._branches[position]
        if listed is None:
            listed = self._branches[position] = tuple(self._without_counters(position))
        is_fixed = all(move is not None for _, move in listed)
        found: dict[tuple[object, ...], Move] = {}
        for branch, move in listed:
            move = move or self._with_counters(position, gone, branch)
            found.setdefault(move[1:], move)
        moves = tuple(found.values())
        if is_fixed:
            self._moves[position] = moves
        else:
            self._moves_with[position, gone] = moves
        return moves

    def _without_counters(self, number: int) -> Iterator[tuple[Branch, Move | None]]:
        position = _with(self.positions.values[number], _UNREAD)
        for branch in branches(self.verbs[number], self._unknowns, self._premises):
            yield branch, self._passed_on(number, position, branch)

    def _passed_on(self, number: int, position: Position, branch: Branch) -> Move | None:
        try:
            then = step(self._tree, position, branch.result)
        except _Read:
            return None
        return self._move(number, branch, then) if then.position.gone is _UNREAD else None

    def _with_counters(self, number: int, gone: int, branch: Branch) -> Move:
        position = _with(self.positions.values[number], self.gone.values[gone])
        then = step(self._tree, position, branch.result)
        return self._move(number, branch, then)._replace(gone=self.gone.of(then.position.gone))

    def _move(self, number: int, branch: Branch, then: Step) -> Move:
        node = then.position.node
        change = change_of(self.verbs[number], branch, then.facts, self._live.read_from(node))
        kept = self.kept.of(self._live.counters_from(node))
        return Move(branch, self._number(then), self.changes.of(change), kept)

    def _number(self, here: Step) -> int:
        position = here.position
        if self._forget:
            position = self._live.plain(position)
        number = self.positions.of(_with(position, ()))
        if number == len(self.verbs):
            self.verbs.append(here.verb)
            self._branches.append(None)
        return number
