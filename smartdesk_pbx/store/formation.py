"""How a contract begins (R4.3, R9, R11): formed by a notice and then set up, or opened by operations at once."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.contract.agreement_events import Doc
from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.contract.settings import effective
from smartdesk_pbx.store import agreement, contract

_OF_THE_TERM = ("term_months", "term_counts_from", "renewal_months")
OPENED = "opened by operations"


def form(
    connection: Connection,
    *,
    id: UUID,
    subscriber_id: UUID,
    plan: str,
    starts_on: date,
    at: datetime,
    by: str,
    settings: Mapping[str, Any] | None = None,
    application: UUID | None = None,
    terms: str | None = None,
) -> contract.Contract:
    """A new contract that is being set up. Its term is written into its own settings: what is agreed does not move
    when the plan's default does (R11). Raises RuleBroken when the plan is unknown."""
    own = dict(settings or {})
    in_force = effective(contract.plan(connection, plan).settings, own)
    own |= {name: getattr(in_force, name) for name in _OF_THE_TERM}
    contract.add(
        connection, id=id, subscriber_id=subscriber_id, plan=plan, started_on=starts_on, settings=own,
        state="onboarding",
    )  # fmt: skip
    doc = Doc(plan=plan, application=application, terms=terms)
    agreement.append(connection, id, "formed", at=at, effective_on=starts_on, by=by, doc=doc)
    return contract.get(connection, id)


def open_at_once(
    connection: Connection,
    *,
    id: UUID,
    subscriber_id: UUID,
    plan: str,
    at: datetime,
    by: str = "operations",
    settings: Mapping[str, Any] | None = None,
) -> contract.Contract:
    """A contract that is active from today (Tokyo), without application and checklist; both events say so (R9)."""
    today = tokyo_date(at)
    form(connection, id=id, subscriber_id=subscriber_id, plan=plan, starts_on=today, at=at, by=by, settings=settings)
    agreement.append(connection, id, "went_live", at=at, effective_on=today, by=by, reason=OPENED)
    return contract.get(connection, id)
