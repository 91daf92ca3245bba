"""R4.1-R4.3: what is checked before an application is approved, and what still stands in its way. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from smartdesk_pbx.errors import Mistake, Mistakes, RuleBroken

State = Literal["applied", "screening", "refused", "approved"]
Kind = Literal["applied", "flagged", "identified", "screened", "refused", "approved"]
IdentityDocument = Literal[
    "company-register", "seal-certificate", "driving-licence", "my-number-card", "passport", "residence-card", "other"
]
Method = Literal["in-person", "by-post", "online"]
Result = Literal["clear", "hit", "unclear"]


class Doc(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What an event of an application says beyond its columns. No personal data."""

    parties: tuple[UUID, ...] = ()
    """R4.2 ③: the entries of the list that fit."""
    by: tuple[str, ...] = ()
    """By what they fit."""
    document: IdentityDocument | None = None
    checked_on: date | None = None
    method: str | None = None
    result: Result | None = None
    despite: str | None = None
    """Why it was approved although a formerly revoked party was found."""


NOTHING = Doc()


@dataclass(frozen=True)
class ApplicationEvent:
    """One step of an application."""

    kind: Kind
    at: datetime
    by: str
    reason_code: str | None = None
    reason: str | None = None
    doc: Doc = NOTHING


def refuse_decided(state: State) -> None:
    """Raises `RuleBroken` when the application has been decided."""
    if state in ("refused", "approved"):
        raise RuleBroken(f"this application is {state} already")


def decide_identity(document: IdentityDocument, number: str | None, checked_on: date, today: date) -> None:
    """May the check be recorded like this? Raises `RuleBroken`."""
    if checked_on > today:
        raise RuleBroken(f"checked on {checked_on}: that day lies ahead")
    if document == "my-number-card" and number:
        # The My Number act forbids to take it down.
        raise RuleBroken("number: the number of a My Number card must not be noted")


def latest_check(events: Sequence[ApplicationEvent]) -> ApplicationEvent | None:
    """The latest check for antisocial forces."""
    return next((e for e in reversed(events) if e.kind == "screened"), None)


def approve(state: State, events: Sequence[ApplicationEvent], found: int, despite: str | None) -> None:
    """R4.3: may the application be approved? Raises `Mistakes` with everything that is open. `found`: how many
    formerly revoked parties fit now; `despite`: why it is approved all the same."""
    refuse_decided(state)
    open_points = []
    if not any(e.kind == "identified" for e in events):
        open_points.append(Mistake("identity", "not verified", "smartdesk application identify"))
    check = latest_check(events)
    if check is None:
        open_points.append(Mistake("antisocial forces", "not checked", "smartdesk application screen"))
    elif check.doc.result != "clear":
        open_points.append(Mistake("antisocial forces", f"the check of {check.doc.checked_on} says {check.doc.result}",
                                   "check again, or refuse with 4.2-4"))  # fmt: skip
    if found and not despite:
        open_points.append(Mistake("formerly revoked", f"{found} fit", "refuse with 4.2-3, or --despite REASON"))
    if open_points:
        raise Mistakes(open_points)
