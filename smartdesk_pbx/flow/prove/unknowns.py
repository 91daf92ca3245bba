"""What stands when a call arrives, and what the flow learns only by asking: its hour, its caller, its number. Pure.

Each such thing is a dimension, a finite list of values of which a call has exactly one. What a path has learned is the
set of values that are still possible, one set (a mask of bits) for each dimension. All answers of the world are told by
narrowing these sets, so a question that was asked before gets the answer that fits.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from smartdesk_pbx.flow.nodes import Caller, CallerIs, Hours
from smartdesk_pbx.flow.prove.numbers import NumberClass, number_classes
from smartdesk_pbx.flow.prove.premises import Premises
from smartdesk_pbx.flow.prove.segments import HourSegment, hour_segments
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import OTHERWISE, Ask, Result

HOURS, CALLED, NUMBER, REPEAT, BEFORE = range(5)
"""Places of dimensions; those of the caller lists follow."""

WITHHELD = 1
"""The mask of the callers whose number nobody sees."""

Known = tuple[int, ...]
"""By dimension: the values that are possible, one bit for each."""
Narrowing = tuple[tuple[int, int], ...]
"""Dimensions, and the values that remain possible of each."""


@dataclass(frozen=True)
class Dimension:
    """`withheld`: the values that a caller without a number can have."""

    name: str
    values: int
    withheld: int = -1

    @property
    def whole(self) -> int:
        """All values."""
        return (1 << self.values) - 1


@dataclass(frozen=True)
class Branch:
    """One answer of the world. `shut`: a calendar says something else than open."""

    result: Result
    narrowing: Narrowing = ()
    shut: bool = False


class Unknowns:
    """All dimensions of one flow, and what each question learns of them."""

    def __init__(self, tree: Tree, premises: Premises) -> None:
        self._tree, self._premises = tree, premises
        self._asked: dict[Ask, tuple[Branch, ...]] = {}
        cases = [case for node in tree.nodes.values() if isinstance(node, Caller) for case in node.cases]
        self.classes: tuple[NumberClass, ...] = number_classes(cases)
        self.spans_h = sorted({case.repeat_hours for case in cases if case.repeat_hours})
        self.lists = sorted({case.list for case in cases if case.list})
        self.threshold = premises.settings.direct_transfer_threshold

    @cached_property
    def segments(self) -> tuple[HourSegment, ...]:
        """Combinations of what the calendars say that the flow asks."""
        asked = {node.calendar for node in self._tree.nodes.values() if isinstance(node, Hours)}
        return hour_segments({n: c for n, c in self._tree.calendars.items() if n in asked}, self._premises.since)

    @cached_property
    def called(self) -> tuple[str, ...]:
        """The numbers that may have been called; OTHERWISE stands for any that the flow does not name."""
        named = {n for node in self._tree.nodes.values() for n in getattr(node, "numbers", ())}
        return self._premises.numbers or (*sorted(named), OTHERWISE)

    @cached_property
    def dimensions(self) -> tuple[Dimension, ...]:
        last_span = 1 << len(self.spans_h)
        return (
            Dimension("hours", len(self.segments)),
            Dimension("number called", len(self.called)),
            Dimension("caller's number", len(self.classes), WITHHELD),
            Dimension("last call", len(self.spans_h) + 1, last_span),
            Dimension("requests before", self.threshold + 1, 1),
            *(Dimension(f"list {name}", 2, 1) for name in self.lists),
        )

    @cached_property
    def nothing_known(self) -> Known:
        """Every value is possible."""
        return tuple(one.whole for one in self.dimensions)

    def narrowed(self, known: Known, narrowing: Iterable[tuple[int, int]]) -> Known | None:
        """What is known after an answer; None when no call could give it."""
        masks = list(known)
        for dimension, mask in narrowing:
            masks[dimension] &= mask
        return self.settled(masks)

    def settled(self, masks: list[int]) -> Known | None:
        """A caller without a number is on no list, has never called before, and has no request counted before."""
        if not all(masks):
            return None
        rest = [(i, one.withheld) for i, one in enumerate(self.dimensions) if i > NUMBER]
        if any(not masks[i] & withheld for i, withheld in rest):
            masks[NUMBER] &= ~WITHHELD
        if masks[NUMBER] == WITHHELD:
            for i, withheld in rest:
                masks[i] &= withheld
        return tuple(masks) if all(masks) else None

    def branches(self, ask: Ask) -> tuple[Branch, ...]:
        """Every answer to a question, but for transfer requests (`circumstances.py` counts them)."""
        if ask not in self._asked:
            self._asked[ask] = tuple(self._branches(ask))
        return self._asked[ask]

    def _branches(self, ask: Ask) -> Iterator[Branch]:
        match ask.question:
            case "hours":
                yield from self._hours(ask.about)
            case "caller":
                yield from self._caller(ask.cases)
            case "caller_number":
                whole = self.dimensions[NUMBER].whole
                yield Branch(Result("answer", "known"), ((NUMBER, whole & ~WITHHELD),))
                yield Branch(Result("answer", "withheld"), ((NUMBER, WITHHELD),))
            case "number_called":
                for value in ask.answers:
                    is_it = [one == value or (value == OTHERWISE and one not in ask.answers) for one in self.called]
                    if any(is_it):
                        yield Branch(Result("answer", value), ((CALLED, _mask(is_it)),))

    def _hours(self, calendar: str) -> Iterator[Branch]:
        said = [segment.said(calendar) for segment in self.segments]
        for value in dict.fromkeys(said):
            mask = _mask(one == value for one in said)
            yield Branch(Result("answer", value), ((HOURS, mask),), shut=value != "open")

    def _caller(self, cases: tuple[CallerIs, ...]) -> Iterator[Branch]:
        """Case by case: it is this one, and none of those before."""
        left = dict(enumerate(self.nothing_known))
        for i, case in enumerate(cases):
            dimension, holds = self._holds(case)
            here = left | {dimension: left[dimension] & holds}
            yield Branch(Result("answer", str(i)), self._told(here, surely=dimension == REPEAT))
            left[dimension] &= ~holds
        yield Branch(Result("answer", OTHERWISE), self._told(left))

    def _told(self, left: Mapping[int, int], *, surely: bool = False) -> Narrowing:
        """What an answer tells. That somebody has not called lately it does not: it is also said of everybody while the
        store is away."""
        whole = self.nothing_known
        return tuple((i, mask) for i, mask in left.items() if mask != whole[i] and (surely or i != REPEAT))

    def _holds(self, case: CallerIs) -> tuple[int, int]:
        """Of which dimension a case speaks, and for which values it holds."""
        if case.list:
            return BEFORE + 1 + self.lists.index(case.list), 2
        if case.repeat_hours:
            return REPEAT, (1 << (self.spans_h.index(case.repeat_hours) + 1)) - 1
        return NUMBER, _mask(one.fits(case) for one in self.classes)

    def before(self, least: int) -> int:
        """The mask of those of whom at least so many requests were counted before the call."""
        return _mask(n >= least for n in range(self.threshold + 1))


def _mask(bits: Iterable[bool]) -> int:
    return sum(1 << i for i, bit in enumerate(bits) if bit)
