"""Which version of a flow has its turn at a number: now, at any instant, and before a rollback. Pure.

The turns are all that is known; what is in force is derived from them, so that history and present cannot disagree.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from smartdesk_pbx.errors import RuleBroken

Kind = Literal["assign", "publish", "rollback", "schedule"]


@dataclass(frozen=True)
class Version:
    """A published version of a flow, by name and number; written NAME@NUMBER."""

    flow: str
    version: int

    def __str__(self) -> str:
        return f"{self.flow}@{self.version}"


@dataclass(frozen=True)
class Turn:
    """From `from_at` on the callers of a number meet a version, unless it was withdrawn. `seq` counts the turns of one
    assignment. `broken`: what was wrong with it for this number when `reason` made it live all the same."""

    id: UUID
    number: str
    seq: int
    flow_id: UUID
    what: Version
    kind: Kind
    from_at: datetime
    made_at: datetime
    by: str
    reason: str = ""
    broken: tuple[str, ...] = ()
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None


def in_order(turns: Iterable[Turn]) -> list[Turn]:
    """Those that were not withdrawn, in the order in which they take effect."""
    return sorted((one for one in turns if one.withdrawn_at is None), key=lambda one: (one.from_at, one.seq))


def in_force(turns: Iterable[Turn], at: datetime) -> Turn | None:
    """The turn whose version callers meet at an instant; None: no flow answers."""
    return next((one for one in reversed(in_order(turns)) if one.from_at <= at), None)


def coming(turns: Iterable[Turn], after: datetime) -> list[Turn]:
    """The turns that lie ahead of an instant; of several at one instant only the one that counts."""
    last = {one.from_at: one for one in in_order(turns) if one.from_at > after}
    return list(last.values())


def back_to(turns: Sequence[Turn], at: datetime, version: int | None = None) -> Turn:
    """The turn to whose version a rollback at an instant leads: the one before, or a `version` that this number had.

    Going back twice goes back two versions. Raises `RuleBroken` when there is nothing to go back to.
    """
    past = [one for one in in_order(turns) if one.from_at <= at]
    if not past:
        raise RuleBroken("no flow answers there yet (smartdesk flow publish FILE --number NUMBER)")
    if version is None:
        line = _line(past)
        if len(line) < 2:
            raise RuleBroken(f"{past[-1].what} is the first version there; there is nothing to go back to")
        return line[-2]
    name = past[-1].what.flow
    wanted = [one for one in past if one.what == Version(name, version)]
    if not wanted:
        had = ", ".join(str(number) for number in sorted({one.what.version for one in past if one.what.flow == name}))
        raise RuleBroken(f"{name}@{version} never answered there (it had {had}); smartdesk flow schedule can bring it")
    if past[-1].what == wanted[-1].what:
        raise RuleBroken(f"{past[-1].what} is what answers there now")
    return wanted[-1]


def _line(past: Sequence[Turn]) -> list[Turn]:
    """The versions that led to the present one, without those that were taken back."""
    line: list[Turn] = []
    for one in past:
        known = next((i for i, earlier in enumerate(line) if earlier.what == one.what), None)
        if one.kind == "rollback" and known is not None:
            del line[known + 1 :]
        elif not line or line[-1].what != one.what:
            line.append(one)
    return line
