"""R3: what a plan and a contract set, on top of the built-in defaults. Pure.

A contract's terms override the plan's, the plan's override the defaults written here. Every number that
the terms of service leave to their appendix is a field of `ServiceSettings`, never a constant elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from smartdesk_pbx.errors import Mistake, Mistakes, RuleBroken

Source = Literal["built-in", "plan", "contract"]
Layer = Mapping[str, Any]
"""Setting names and values as a plan or a contract stores them (JSON)."""


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticCustomError("number", "write a number, not true or false")
    return value


Count = Annotated[int, BeforeValidator(_no_bool)]
"""A whole number; `true` is not read as 1, which would release an emergency number at the first request."""


class ServiceSettings(BaseModel):
    """Every setting that a plan or a contract may carry, with its built-in default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    team: str = Field(
        "front",
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$",
        description="R2.1: the agents' team that answers for this contract",
    )
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2}$")], ...] = Field(
        ("ja",), min_length=1, description="R7.4: languages of human answering, the first one being the usual one"
    )
    direct_transfer_threshold: Count = Field(
        3, ge=1, le=99, description="R8.2: the N-th direct-transfer request of a caller releases the emergency number"
    )
    direct_transfer_window_days: Count = Field(
        30, ge=1, le=366, description="R8.2: how many days a direct-transfer request stays counted"
    )
    ivr_transfer_requests_per_call: Count = Field(
        1, ge=1, le=9, description="R8.2: how many requests by key may count in one call; an agent's mark always counts"
    )


@dataclass(frozen=True)
class Effective:
    """The value in force of one setting, and who set it."""

    name: str
    value: object
    source: Source
    description: str


@dataclass(frozen=True)
class Fault:
    """One mistake in a layer: where in it, what is wrong, what would be right."""

    loc: tuple[str | int, ...]
    wrong: str
    right: str


def faults(layer: Layer) -> list[Fault]:
    """Every unknown name and unfit value of one layer; empty when it is right."""
    try:
        ServiceSettings.model_validate(dict(layer))
    except ValidationError as error:
        return [_fault(e["type"], e["loc"], e["msg"]) for e in error.errors(include_url=False)]
    return []


def _fault(kind: str, loc: tuple[str | int, ...], message: str) -> Fault:
    if kind == "extra_forbidden":
        return Fault(loc, f"unknown setting {loc[0]!r}", "one of " + ", ".join(ServiceSettings.model_fields))
    name = ".".join(str(part) for part in loc)
    return Fault(loc, f"{name}: {message}", ServiceSettings.model_fields[str(loc[0])].description or "")


def check(layer: Layer, where: str) -> None:
    """Raise `Mistakes` with every fault of one layer; `where` names it ("plan standard")."""
    if found := faults(layer):
        raise Mistakes([Mistake(where, fault.wrong, fault.right) for fault in found])


def effective(plan: Layer, contract: Layer) -> ServiceSettings:
    """The settings in force for a contract (R3). Raises `Mistakes` naming the layer and the field."""
    check(plan, "plan")
    check(contract, "contract")
    return ServiceSettings.model_validate({**plan, **contract})


def explain(name: str, plan: Layer, contract: Layer) -> Effective:
    """The value in force of one setting and where it came from (R3). Raises `RuleBroken` for an unknown name."""
    if name not in ServiceSettings.model_fields:
        raise RuleBroken(f"unknown setting {name!r} (one of {', '.join(ServiceSettings.model_fields)})")
    source: Source = "contract" if name in contract else "plan" if name in plan else "built-in"
    description = ServiceSettings.model_fields[name].description or ""
    return Effective(name, getattr(effective(plan, contract), name), source, description)


def explain_all(plan: Layer, contract: Layer) -> tuple[Effective, ...]:
    """Every setting in force with its source, in the order of `ServiceSettings`."""
    return tuple(explain(name, plan, contract) for name in ServiceSettings.model_fields)
