"""What happens to a contract, one immutable event after the other (R4.3, R9-R12, R18-R20, R27). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

Kind = Literal[
    "formed", "item_ticked", "item_unticked", "went_live",
    "plan_change_requested", "plan_change_withdrawn", "plan_changed",
    "cancellation_requested", "cancellation_withdrawn", "fee_waived",
    "suspended", "resumed", "terminated", "ended", "renewed",
    "settings_changed", "third_party_consent", "third_party_withdrawn",
]  # fmt: skip

Cause = Literal["cancellation", "termination", "term", "agreement"]
"""Why a contract ended: the subscriber's cancellation (R18), ours (R19, R27), the term's end (R11), by agreement."""


class Doc(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What an event says beyond its columns; each kind uses the fields that it needs. No personal data."""

    plan: str | None = None
    plan_before: str | None = None
    fee_yen: int | None = None
    """Told with the cancellation (R18.3): what it costs, untaxed."""
    cause: Cause | None = None
    item: str | None = None
    """R9: of the checklist."""
    act: str | None = None
    """R20: the prohibited act behind a breach."""
    document: str | None = None
    """R10: where the written consent lies."""
    application: UUID | None = None
    terms: str | None = None
    term_from: date | None = None
    term_to: date | None = None
    settings: Mapping[str, Any] | None = None
    """The contract's own layer after the change (R3)."""
    settings_before: Mapping[str, Any] | None = None


NOTHING = Doc()


@dataclass(frozen=True)
class AgreementEvent:
    """One fact. `at`: when it was recorded; `effective_on`: from when it counts (of an end: the last day)."""

    id: UUID
    contract_id: UUID
    kind: Kind
    at: datetime
    effective_on: date
    by: str
    reason_code: str | None = None
    reason: str | None = None
    doc: Doc = NOTHING
