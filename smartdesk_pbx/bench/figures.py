"""What was measured: figures, some with a bar, and the percentiles they are made of. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured value. `bar` None: nothing is asked of it; `at_most` False: the bar is the least allowed.

    `rough`: too little was measured to hold the value to its bar; both are shown.
    """

    name: str
    value: float
    unit: str
    bar: float | None = None
    at_most: bool = True
    rough: bool = False

    @property
    def beyond(self) -> bool:
        """True when there is a bar and the value is on the wrong side of it; a value that is no number meets none."""
        if self.bar is None:
            return False
        return not (self.value <= self.bar if self.at_most else self.value >= self.bar)

    @property
    def missed(self) -> bool:
        """True when the value is beyond its bar and counts."""
        return self.beyond and not self.rough

    def __str__(self) -> str:
        return f"{self.name}: {self.value:.4g} {self.unit}".rstrip()


@dataclass(frozen=True)
class Part:
    """What one part of the bench gave: its figures, and what they were computed from as JSON values."""

    name: str
    figures: Sequence[Figure]
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Sheet:
    """All parts of one run, in the order in which they were measured."""

    machine: Mapping[str, object]
    quick: bool
    parts: list[Part] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    """Parts that could not be measured, and why: one line each."""

    @property
    def figures(self) -> list[Figure]:
        return [figure for part in self.parts for figure in part.figures]

    @property
    def missed(self) -> list[Figure]:
        return [figure for figure in self.figures if figure.missed]

    @property
    def good(self) -> bool:
        """True when everything was measured and no bar was missed."""
        return not self.missed and not self.failed

    def as_json(self) -> dict[str, Any]:
        """As `bench.json` holds it."""
        return {
            "machine": dict(self.machine),
            "quick": self.quick,
            "parts": {
                part.name: {"figures": [_shown(f) for f in part.figures], "raw": dict(part.raw)} for part in self.parts
            },
            "failed": dict(self.failed),
            "missed": [f.name for f in self.missed],
        }


def _shown(figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.name, "value": figure.value, "unit": figure.unit, "bar": figure.bar,
        "at_most": figure.at_most, "rough": figure.rough, "missed": figure.missed,
    }  # fmt: skip


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of all values do not exceed. Raises ValueError for none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values: no percentile")
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
