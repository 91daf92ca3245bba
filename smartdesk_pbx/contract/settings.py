"""R3: what a plan and a contract set, on top of the built-in defaults. Pure.

A contract's terms override the plan's, the plan's override the defaults written here. Every number that
the terms of service leave to their appendix is a field of `ServiceSettings`, never a constant elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field, StrictBool, ValidationError

from smartdesk_pbx.contract.case_settings import CaseSettings
from smartdesk_pbx.contract.count import Count
from smartdesk_pbx.errors import Mistake, Mistakes, RuleBroken

Source = Literal["built-in", "plan", "contract"]
Layer = Mapping[str, Any]
"""Setting names and values as a plan or a contract stores them (JSON)."""

E164 = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{5,14}$")]
"""A telephone number as +81312345678."""

OnboardingItem = Literal[
    "number", "flow", "prompts", "announced-name", "hours", "emergency-number", "notification-targets", "test-call"
]
Part = Literal["voice_guidance", "answering", "ip_pbx"]
Option = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}(:[1-9][0-9]{0,3})?$")]
"""A code of the price table, with a count after a colon."""
Prefix = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{0,14}$")]
"""The beginning of a number, E.164: +81, +8190."""
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[1-9][0-9]{0,4})?$")]
ChangeField = Literal[
    "name", "address", "phone", "mail", "announced_name", "emergency_number", "forward_sources", "notification_targets"
]


class ServiceSettings(CaseSettings):
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
    voice_guidance: StrictBool = Field(True, description="R2.1: the part voice guidance (IVR) is agreed")
    answering: StrictBool = Field(True, description="R2.1: the part answering (humans) is agreed")
    ip_pbx: StrictBool = Field(False, description="R2.1: the part IP-PBX (the subscriber's own extensions) is agreed")
    suspended_parts: tuple[Part, ...] = Field((), description="R2.1: agreed parts that do not work just now")
    suspension_covers: Literal["answering", "everything"] = Field(
        "answering", description="R8.5: what a suspension stops: the answering part, or the whole service"
    )
    term_months: Count = Field(12, ge=1, le=120, description="R11: how many months the contract's term has")
    term_counts_from: Literal["day", "month"] = Field(
        "day", description="R11: the term runs from the very day it starts, or from the 1st of that month"
    )
    renewal_months: Count = Field(
        12, ge=0, le=120, description="R11: by how many months a term is renewed; 0: the contract ends with its term"
    )
    charges_begin: Literal["start", "live"] = Field(
        "start", description="R15: fees run from the day the contract starts, or from the day it goes live"
    )
    request_deadline_day: Count = Field(
        25, ge=1, le=31, description="R12, R18: up to this day of a month a request counts for that month"
    )
    pending_plan_change: Literal["replace", "refuse"] = Field(
        "replace", description="R12: a later request for a plan change replaces the one that waits, or is refused"
    )
    late_cancellation_months: Count = Field(
        1, ge=1, le=12, description="R18: a cancellation after the deadline ends the contract so many months later"
    )
    cancellation_fee_yen: Count = Field(
        10_000, ge=0, le=100_000_000, description="R18: for an end outside of the term's last month; untaxed"
    )
    penalty_times: Count = Field(3, ge=1, le=99, description="R22: the penalty, in times of the fees paid or scheduled")
    damages_cap_months: Count = Field(3, ge=1, le=120, description="R28: damages are capped at so many months' fees")
    damages_cap_basis: Literal["latest", "highest"] = Field(
        "latest", description="R28: which months' paid fees the cap is made of"
    )
    onboarding_items: tuple[OnboardingItem, ...] = Field(
        get_args(OnboardingItem), description="R9: what must be ready before the contract goes live"
    )
    test_callers: tuple[E164, ...] = Field(
        (), description="R9: numbers from which test calls come, also before the contract is live"
    )
    allowed_destinations: tuple[Prefix, ...] = Field(
        (), description="R3: beginnings of the numbers outside that a flow may ring, as +8190; none: it rings nobody"
    )
    lookup_hosts: tuple[Host, ...] = Field(
        (), description="R3: the subscriber's systems, HOST or HOST:PORT, a flow may ask over https; none: nobody's"
    )
    number_quarantine_days: Count = Field(
        90, ge=0, le=3650, description="R7.1: how long a released number is kept from other subscribers"
    )
    payment_method: Literal["transfer", "debit"] = Field(
        "transfer", description="R16.1, R16.4: the subscriber transfers, or the collection company debits the account"
    )
    bank_fee_most_yen: Count = Field(
        990, ge=0, le=100_000, description="R16.1: a payment short by at most so much is short by a bank's fee"
    )
    late_interest_permille: Count = Field(
        146, ge=0, le=1000, description="R16.2: late interest a year, in thousandths of the unpaid amount"
    )
    interest_day_base: Count = Field(365, ge=360, le=366, description="R16.2: days of a year of late interest")
    dunning_days: tuple[Annotated[Count, Field(ge=1, le=3650)], ...] = Field(
        (7, 21, 35), description="R16.2: a reminder, a second, … the last, so many days after the due date"
    )
    dunning_least_yen: Count = Field(
        1000, ge=0, le=100_000_000, description="R16.2: smaller open amounts are not dunned; they stay owed"
    )
    calls_count_as_use: StrictBool = Field(
        False, description="R31: an accepted call, too, is a use that counts as consent to a new version of the terms"
    )
    changes_at_once: tuple[ChangeField, ...] = Field(
        ("emergency_number",),
        description="R14: details whose change needs nobody's approval; the emergency number's never does (R8.2)",
    )
    recordings_kept_days: Count = Field(
        365, ge=1, le=3660, description="R23, R25: recordings are erased so many days after the call"
    )
    personal_kept_days: Count = Field(
        1095, ge=1, le=3660, description="R23, R25: names, numbers and free text of a case are erased so many days on"
    )
    identity_kept_years: Count = Field(
        7, ge=7, le=30, description="R4.1: identity records are kept so many years from the contract's end, then erased"
    )
    options: tuple[Option, ...] = Field(
        (), description="R15: what the contract has of its plan's options, each as CODE or CODE:COUNT"
    )
    price_overrides: Mapping[str, Annotated[Count, Field(ge=0, le=100_000_000)]] = Field(
        {}, description="R15: own prices by code of the price table; `included`: own number of included cases"
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
