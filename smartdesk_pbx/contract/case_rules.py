"""R7.2: is a case billable, and as how many units? Rules are data of a plan; the first that fits decides. Pure.

A judgement names its rule and the version of the list, so that it can be made again from the case's facts.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from smartdesk_pbx.contract.events import CallerClass, EndedBy
from smartdesk_pbx.errors import Mistake, Mistakes

Answer = Literal["accepted", "suspended", "ended", "maintenance", "outage"]
Outcome = Literal[
    "abandoned", "self_service", "human", "message", "emergency", "refused", "cut", "failed", "met_by_outage"
]


@dataclass(frozen=True, kw_only=True)
class CaseFacts:
    """What the rules may speak of. Built from the case's events by `contract/case_facts.py`. Times in seconds."""

    decision: Answer = "accepted"
    """What the contract said at arrival."""
    outcome: str = ""
    """How the call came out, an `Outcome`."""
    ended_by: EndedBy = "caller"
    caller_class: CallerClass = "number"
    answered: bool = False
    human: bool = False
    """A caller and an agent heard each other."""
    message: bool = False
    """The caller left a message, a partial one included."""
    emergency_told: bool = False
    transfer_requests: int = 0
    """Direct-transfer requests in this call, counted or not."""
    ivr_s: float = 0.0
    """From answer to the first talk, or to the end without one."""
    talk_s: float = 0.0
    out_of_hours: bool = False


class Band(BaseModel):
    """A range of seconds or of a count; `at_least` is inside, `under` outside."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_least: float = Field(0, ge=0, allow_inf_nan=False)
    under: float | None = Field(None, gt=0, allow_inf_nan=False)

    def holds(self, value: float) -> bool:
        """Is `value` inside?"""
        return value >= self.at_least and (self.under is None or value < self.under)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


W = TypeVar("W")
Words = Annotated[tuple[W, ...], BeforeValidator(_listed), Field(min_length=1)]
"""One word or a list of them; any of them fits."""


class When(BaseModel):
    """The condition of a rule: everything written must hold; what is not written is not looked at."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    decision: Words[Answer] | None = None
    outcome: Words[Outcome] | None = None
    ended_by: Words[EndedBy] | None = None
    caller_class: Words[CallerClass] | None = None
    answered: bool | None = None
    human: bool | None = None
    message: bool | None = None
    emergency_told: bool | None = None
    out_of_hours: bool | None = None
    transfer_requests: Band | None = None
    ivr_s: Band | None = None
    talk_s: Band | None = None

    def holds(self, facts: CaseFacts) -> bool:
        """Do all written conditions fit `facts`?"""
        return all(
            _fits(wanted, getattr(facts, name))
            for name in type(self).model_fields
            if (wanted := getattr(self, name)) is not None
        )

    @property
    def always(self) -> bool:
        """True when nothing is written: every case fits."""
        return not self.model_dump(exclude_none=True)


def _fits(wanted: object, value: Any) -> bool:
    if isinstance(wanted, Band):
        return wanted.holds(value)
    return value in wanted if isinstance(wanted, tuple) else value == wanted


class Rule(BaseModel):
    """One rule. `units` is what a billable case weighs against the plan's quota; 0 for one that is not billable."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    text: str = Field(min_length=1, max_length=200)
    when: When = When()
    case_class: str = Field(alias="class", pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
    billable: bool
    units: int = Field(0, ge=0, le=100)

    @model_validator(mode="after")
    def _units_fit(self) -> Self:
        if self.billable != (self.units > 0):
            raise PydanticCustomError("units", "a billable rule has 1 unit or more, one that is not billable has 0")
        return self


class Rules(BaseModel):
    """An ordered list of rules under one version; the last one holds for every case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")
    rules: tuple[Rule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if found := list_mistakes([(rule.id, rule.when.always) for rule in self.rules]):
            raise PydanticCustomError("order", "{first}", {"first": found[0][1]})
        return self


@dataclass(frozen=True)
class Judgement:
    """R7.2: what a case is, and the rule that said so."""

    rule: str
    version: str
    text: str
    case_class: str
    units: int
    billable: bool


def judge(rules: Rules, facts: CaseFacts) -> Judgement:
    """The judgement of the first rule whose condition holds; the last rule always does."""
    rule = next(r for r in rules.rules if r.when.holds(facts))
    return Judgement(rule.id, rules.version, rule.text, rule.case_class, rule.units, rule.billable)


def list_mistakes(rules: list[tuple[str, bool]]) -> list[tuple[int, str, str]]:
    """Mistakes in the order of (rule id, has no condition): position, what is wrong, what would be right."""
    found = []
    names = [name for name, _ in rules]
    for i, (name, always) in enumerate(rules):
        last = i == len(rules) - 1
        if name in names[:i]:
            found.append((i, f"rule {name!r} is written twice", "give each rule an id of its own"))
        if always and not last:
            found.append((i, f"rule {name!r} has no condition: no rule after it is ever reached", "move it to the end"))
        if last and not always:
            found.append(
                (i, "the last rule has a condition: some cases would have no rule", "end with one without `when`")
            )
    return found


def rules_to_json(rules: Rules) -> str:
    """As stored with a plan; `rules_from_json` gives the same rules back."""
    return rules.model_dump_json(by_alias=True, exclude_defaults=True)


def rules_from_json(text: str) -> Rules:
    """Rules from `rules_to_json`. Raises `Mistakes` for anything else."""
    try:
        return Rules.model_validate_json(text)
    except ValidationError as error:
        raise Mistakes([Mistake("stored rules", e["msg"]) for e in error.errors(include_url=False)]) from None
