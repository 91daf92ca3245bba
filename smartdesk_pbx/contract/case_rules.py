"""R7.2: is a case billable, and as how many units? Rules are data of a plan; the first that fits decides. Pure.

A judgement names its rule and the version of the list, so that it can be made again from the case's facts.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from smartdesk_pbx.contract.case_facts import CaseFacts
from smartdesk_pbx.contract.conditions import MOST, More, When
from smartdesk_pbx.contract.count import Count
from smartdesk_pbx.errors import Mistake, Mistakes

CaseClass = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
"""Of a surcharge: the plan's price table says what it costs."""

BY_HAND = "by-hand"
"""Stands where a rule would, when a person decided."""


class Rule(BaseModel):
    """One rule. `units` is what a billable case weighs against the plan's quota; 0 for one that is not billable."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    text: str = Field(min_length=1, max_length=200)
    article: str = Field("7.2", pattern=r"^[0-9]{1,2}(\.[0-9]{1,2})?$")
    when: When = When()
    case_class: CaseClass = Field(alias="class")
    billable: bool
    units: Count = Field(0, ge=0, le=100)
    more_units: tuple[More, ...] = ()
    """Units beyond the first ones, such as one for each three minutes of talk."""
    surcharges: tuple[Code, ...] = ()

    @model_validator(mode="after")
    def _units_fit(self) -> Self:
        if self.id == BY_HAND:
            raise PydanticCustomError("id", "the id {id} is kept for what people decide", {"id": BY_HAND})
        if self.billable != (self.units > 0):
            raise PydanticCustomError("units", "a billable rule has 1 unit or more, one that is not billable has 0")
        if not self.billable and (self.more_units or self.surcharges):
            raise PydanticCustomError("units", "a rule that is not billable adds neither units nor surcharges")
        return self


class Surcharge(BaseModel):
    """A code that is added to every billable case of this condition, whichever rule decided: once, or as often as
    `every` counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Code
    text: str = Field(min_length=1, max_length=200)
    when: When = When()
    every: More | None = None

    def count(self, facts: CaseFacts) -> int:
        """How often it is charged for this case."""
        if not self.when.holds(facts):
            return 0
        return 1 if self.every is None else self.every.count(facts)


class Rules(BaseModel):
    """An ordered list of rules under one version; the last one holds for every case. Surcharges come on top."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")
    rules: tuple[Rule, ...] = Field(min_length=1)
    surcharges: tuple[Surcharge, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        plain = [{"id": rule.id, "when": rule.when.model_dump(exclude_none=True)} for rule in self.rules]
        if found := list_mistakes(plain):
            raise PydanticCustomError("order", "{first}", {"first": found[0][1]})
        return self


@dataclass(frozen=True)
class Judgement:
    """R7.2: what a case is, and the rule that said so. A surcharge's code stands as often as it is charged."""

    rule: str
    version: str
    text: str
    case_class: str
    units: int
    billable: bool
    article: str = "7.2"
    surcharges: tuple[str, ...] = ()


def judge(rules: Rules, facts: CaseFacts) -> Judgement:
    """The judgement of the first rule whose condition holds; the last rule always does."""
    rule = next(r for r in rules.rules if r.when.holds(facts))
    units, codes = rule.units, list(rule.surcharges)
    if rule.billable:
        units = min(MOST, units + sum(more.count(facts) for more in rule.more_units))
        codes += [s.code for s in rules.surcharges for _ in range(s.count(facts))]
    return Judgement(
        rule.id, rules.version, rule.text, rule.case_class, units, rule.billable, rule.article, tuple(codes)
    )


def passed_over(rules: Rules, facts: CaseFacts) -> list[tuple[str, str]]:
    """The rules before the one that decided: id, and the first condition that did not fit."""
    found = []
    for rule in rules.rules:
        missed = rule.when.missed(facts)
        if missed is None:
            break
        found.append((rule.id, missed))
    return found


def list_mistakes(rules: Sequence[Mapping[str, Any]]) -> list[tuple[int, str, str]]:
    """Mistakes in the order of plain rules (`id`, `when`): position, what is wrong, what would be right."""
    found = []
    names = [str(rule.get("id", f"number {i + 1}")) for i, rule in enumerate(rules)]
    asked = [json.dumps(rule.get("when"), sort_keys=True, default=str) if rule.get("when") else "" for rule in rules]
    for i, name in enumerate(names):
        last = i == len(rules) - 1
        if name in names[:i]:
            found.append((i, f"rule {name!r} is written twice", "give each rule an id of its own"))
        if not asked[i] and not last:
            found.append((i, f"rule {name!r} has no condition: no rule after it is ever reached", "move it to the end"))
        if last and asked[i]:
            found.append(
                (i, "the last rule has a condition: some cases would have no rule", "end with one without `when`")
            )
        if asked[i] and asked[i] in asked[:i]:
            same = names[asked.index(asked[i])]
            found.append((i, f"rule {name!r} is never reached: rule {same!r} asks the same", "take one away"))
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
