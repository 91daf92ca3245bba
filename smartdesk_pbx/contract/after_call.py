"""What is said of a call when it is over: the primary response, marks, the closing, and the judgement with its
corrections. The last two are ledger entries, everything else is a case event."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from msgspec import Struct

from smartdesk_pbx.contract.fact import CaseEvent, Decided
from smartdesk_pbx.contract.marks import Mark


class ResponseTaken(CaseEvent, frozen=True, kw_only=True, tag="response.taken"):
    """R2.3: the primary response as it stands now; every edit is a further event."""

    SEALED = frozenset({"name", "phone", "purpose"})

    by: str
    name_is: Decided | None = None
    phone_is: Decided | None = None
    callback_is: Decided | None = None
    purpose_is: Decided | None = None
    callback: bool | None = None
    name: str | None = None
    phone: str | None = None
    purpose: str | None = None

    @property
    def undecided(self) -> list[str]:
        """The items that are still open; with none the response is complete."""
        return [item for item in ("name", "phone", "callback", "purpose") if getattr(self, f"{item}_is") is None]

    @property
    def complete(self) -> bool:
        """True when no item is undecided."""
        return not self.undecided


class CaseMarked(CaseEvent, frozen=True, kw_only=True, tag="case.marked"):
    """Somebody said what the call was: one mark or one tag, given or (`removed`) taken back."""

    SEALED = frozenset({"note"})

    by: str
    mark: Mark | None = None
    tag: str | None = None
    """A short word of the bureau's own, without meaning to the software but in case rules."""
    removed: bool = False
    note: str | None = None


class CaseContext(CaseEvent, frozen=True, kw_only=True, tag="case.context"):
    """What the rules had to know from outside of the call, as it was when the case was judged (R7.2, R7.4)."""

    ONCE = True

    out_of_hours: bool
    """The human part, else the arrival, lay outside the hours of human answering."""
    repeat_of: UUID | None
    """The caller's last case with the same contract within `repeat_hours`."""
    repeat_hours: int


class CaseClosed(CaseEvent, frozen=True, kw_only=True, tag="case.closed"):
    """Exactly one: at once when no human took part, else when the primary response is complete or time is up."""

    ONCE = True

    response: Literal["none", "complete", "partial"]


class CaseErased(CaseEvent, frozen=True, kw_only=True, tag="case.erased"):
    """R23, R25: personal data of the case was erased: its keys, so that no sealed part opens again, or recordings."""

    by: str
    because: Literal["retention", "request", "decision"]
    keys: int
    files: list[str]
    """Object keys of the recordings that were removed."""


class Judged(Struct, frozen=True, kw_only=True, tag="judgement", tag_field="kind"):
    """The ledger entry of a case: a judgement, not yen (R7.2). Written with `case.closed`, in one transaction."""

    SEALED: ClassVar[frozenset[str]] = frozenset()
    ONCE: ClassVar[bool] = True

    call_id: UUID
    at: datetime
    billable: bool
    rule: str
    rules_version: str
    rule_text: str
    case_class: str
    units: int
    article: str = "7.2"
    surcharges: list[str] = []
    """Codes of the plan's price table; one stands as often as it is charged."""
    contract_id: UUID | None = None
    arrived_at: datetime | None = None
    """The arrival of the call: it decides the month (Articles 15, 16)."""


class Reclassified(Struct, frozen=True, kw_only=True, tag="reclassification", tag_field="kind"):
    """A person's correction of a judgement: a further ledger entry that takes the place of the one it names."""

    SEALED: ClassVar[frozenset[str]] = frozenset({"reason"})
    ONCE: ClassVar[bool] = False

    call_id: UUID
    at: datetime
    by: str
    replaces: str
    """Key of the entry that was in force: the judgement, or an earlier correction."""
    billable: bool
    rule: str
    """The rule that decided, or `by-hand`."""
    rules_version: str
    rule_text: str
    case_class: str
    units: int
    article: str = "7.2"
    surcharges: list[str] = []
    contract_id: UUID | None = None
    arrived_at: datetime | None = None
    reason: str = ""


LedgerFact = Judged | Reclassified
"""What the ledger says of one case; the last one is in force."""
