"""The three families of errors: a call ended, a rule was broken, an edge is down.

Everything raised on purpose belongs to one of them; anything else is a defect and is logged as such.
"""

from dataclasses import dataclass


class CallEnded(Exception):
    """Normal endings of a call; caught once, in `call/reception.py`."""


class CallerHungUp(CallEnded):
    """The far end left. Raised out of every telephone verb and out of `leg.until`."""


class CutByLimit(CallEnded):
    """Asterisk's absolute time limit of the leg fired (the dead man's switch)."""


class RuleBroken(Exception):
    """Somebody's mistake, told as one line that says what to do. Shown as text, exit status 2."""


@dataclass(frozen=True)
class Mistake:
    """One mistake in something a person wrote: where it stands, what is wrong, what would be right."""

    where: str
    wrong: str
    right: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.wrong}" + (f" ({self.right})" if self.right else "")


class Mistakes(RuleBroken):
    """All mistakes of one document at once, so that they can be mended in one go."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(str(m) for m in mistakes))
        self.mistakes = mistakes


class NotAllowed(RuleBroken):
    """The role of whoever asked does not reach that far (R23)."""


class EdgeDown(Exception):
    """Asterisk, the database or the disk is away. Retried, or loudly fatal."""
