"""Events of one contract, written down shortly."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from smartdesk_pbx.contract.agreement_events import NOTHING, AgreementEvent, Doc, Kind
from smartdesk_pbx.contract.lifecycle import Life, begun, tell
from smartdesk_pbx.contract.month import midnight

CONTRACT = UUID(int=1)
SUBSCRIBER = UUID(int=2)


def day(text: str) -> date:
    return date.fromisoformat(text)


def noon(text: str) -> datetime:
    """Noon in Tokyo."""
    return midnight(day(text)) + timedelta(hours=12)


def event(
    kind: Kind, at: str, effective: str | None = None, *, doc: Doc = NOTHING, reason: str | None = None
) -> AgreementEvent:
    return AgreementEvent(uuid4(), CONTRACT, kind, noon(at), day(effective or at), "test", None, reason, doc)


def life(*events: AgreementEvent, started: str = "2026-04-01", live: bool = True) -> Life:
    """The life of a contract formed that day on plan `basic`, at once live unless said otherwise."""
    first = [event("formed", started, doc=Doc(plan="basic"))]
    if live:
        first.append(event("went_live", started))
    return tell(begun(day(started), "basic", "active", None), [*first, *events])
