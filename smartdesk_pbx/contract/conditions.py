"""The conditions of case rules: what a `when` may say of a case's facts, and amounts that grow with them. Pure."""

import math
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from smartdesk_pbx.contract.case_facts import Answer, CaseFacts, Kind, Outcome, Place
from smartdesk_pbx.contract.count import Count
from smartdesk_pbx.contract.fact import CallerClass, EndedBy, EscalationReason

Measure = Literal["ivr_s", "wait_s", "talk_s", "connected_s", "call_s", "transfer_requests", "inputs"]
"""What can be measured of a case: seconds, or a count."""

MOST = 1000
"""Nothing is charged more often than this for one case, whatever a plan says."""

MILLI = 1000


class Band(BaseModel):
    """A range of seconds or of a count; `at_least` is inside, `under` outside."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_least: float = Field(0, ge=0, allow_inf_nan=False)
    under: float | None = Field(None, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if self.under is not None and self.under <= self.at_least:
            both = {"a": self.at_least, "b": self.under}
            raise PydanticCustomError("band", "nothing is at least {a} and under {b}", both)
        return self

    def holds(self, value: float) -> bool:
        """Is `value` inside?"""
        return value >= self.at_least and (self.under is None or value < self.under)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


W = TypeVar("W")
Words = Annotated[tuple[W, ...], BeforeValidator(_listed), Field(min_length=1)]
"""One word or a list of them; any of them fits."""

Tag = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]

_ASKS_OF = {"is_": "kinds", "is_not": "kinds", "tag": "tags", "no_tag": "tags"}
_NONE_OF = ("is_not", "no_tag")


class When(BaseModel):
    """The condition of a rule: everything written must hold; what is not written is not looked at."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    decision: Words[Answer] | None = None
    outcome: Words[Outcome] | None = None
    ended_by: Words[EndedBy] | None = None
    ended_in: Words[Place] | None = None
    caller_class: Words[CallerClass] | None = None
    is_: Words[Kind] | None = Field(None, alias="is")
    is_not: Words[Kind] | None = None
    tag: Words[Tag] | None = None
    no_tag: Words[Tag] | None = None
    answered: bool | None = None
    human: bool | None = None
    connected: bool | None = None
    message: bool | None = None
    emergency_told: bool | None = None
    escalated: Words[EscalationReason] | None = None
    out_of_hours: bool | None = None
    out_of_language: bool | None = None
    transfer_requests: Band | None = None
    inputs: Band | None = None
    ivr_s: Band | None = None
    wait_s: Band | None = None
    talk_s: Band | None = None
    connected_s: Band | None = None
    call_s: Band | None = None

    def holds(self, facts: CaseFacts) -> bool:
        """Do all written conditions fit `facts`?"""
        return self.missed(facts) is None

    def missed(self, facts: CaseFacts) -> str | None:
        """The first written condition that does not fit `facts`, as it is written; None when all fit."""
        for name, field in type(self).model_fields.items():
            wanted = getattr(self, name)
            if wanted is not None and not _fits(name, wanted, getattr(facts, _ASKS_OF.get(name, name))):
                return field.alias or name
        return None

    @property
    def always(self) -> bool:
        """True when nothing is written: every case fits."""
        return not self.model_dump(exclude_none=True)


def _fits(name: str, wanted: object, value: Any) -> bool:
    if isinstance(wanted, Band):
        return wanted.holds(value)
    if isinstance(value, frozenset):
        assert isinstance(wanted, tuple)
        return value.isdisjoint(wanted) if name in _NONE_OF else not value.isdisjoint(wanted)
    return value in wanted if isinstance(wanted, tuple) else value == wanted


class More(BaseModel):
    """What a measure adds beyond a limit: `times` once, or for `each` so many that have begun, at most `at_most`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: Measure
    above: float = Field(0, ge=0, allow_inf_nan=False)
    each: float | None = Field(None, gt=0, allow_inf_nan=False)
    times: Count = Field(1, ge=1, le=100)
    at_most: Count = Field(MOST, ge=1, le=MOST)

    def count(self, facts: CaseFacts) -> int:
        """How many it adds for this case."""
        # Whole thousandths: 240.1 s above 180.1 s are one begun minute, not two.
        beyond = round(getattr(facts, self.of) * MILLI) - round(self.above * MILLI)
        if beyond <= 0:
            return 0
        begun = 1 if self.each is None else math.ceil(beyond / (self.each * MILLI))
        return min(begun * self.times, self.at_most)
