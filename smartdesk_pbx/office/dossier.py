"""R8.4: what follows from a complaint: at the threshold a breach of Article 8.1 is deemed, stored in the ledger, and a
dossier opened; the contract is suspended by decision, or at once where the settings say so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.contract import letters
from smartdesk_pbx.contract.complaint import Breach, weigh
from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.store import agreement, ledger, told
from smartdesk_pbx.store import complaint as table
from smartdesk_pbx.store.case import CaseFile
from smartdesk_pbx.store.chain import canonical
from smartdesk_pbx.store.contract import get as contract_of
from smartdesk_pbx.store.contract import settings_of
from smartdesk_pbx.store.facts import Group, Row

SUSPENSION_CODE = "8.4"
AUTOMATIC_BY = "smartdesk"
AUTOMATIC_REASON = "Article 8.4: the threshold is reached, and the setting complaint_suspension is automatic."


@dataclass(frozen=True)
class Standing:
    """How a subscriber stands after a complaint. `count`: complaints that count together with this one."""

    count: int
    threshold: int
    window_days: int
    dossier: UUID | None
    opened_now: bool = False
    suspended_now: bool = False


def consider(office: Office, connection: Connection, file: CaseFile, now: datetime) -> Standing | None:
    """Weigh a case that was just marked as a complaint; None for a case of no contract. The chain is locked."""
    if file.subscriber_id is None or file.contract_id is None:
        return None
    settings = settings_of(connection, file.contract_id)
    threshold, days = settings.complaint_threshold, settings.complaint_window_days
    complaints = table.counted(connection, file.subscriber_id)
    weighed = weigh(complaints, file.call_id, threshold, days)
    count = len(weighed.cases) if isinstance(weighed, Breach) else weighed.count
    before = table.open_of(connection, file.subscriber_id)
    if before is not None:
        table.add_cases(connection, before.id, [file.call_id], now)
        return Standing(count, threshold, days, before.id)
    if not isinstance(weighed, Breach):
        return Standing(count, threshold, days, None)
    opened = table.Dossier(
        office.ids.new(), file.subscriber_id, file.contract_id, now, threshold, days, "open", None, None, None
    )
    table.add(connection, opened, weighed.cases)
    _deem(connection, opened, weighed, now)
    automatic = settings.complaint_suspension == "automatic"
    if automatic:
        settle(office, connection, opened.id, "suspended", by=AUTOMATIC_BY, reason=AUTOMATIC_REASON, now=now)
    return Standing(count, threshold, days, opened.id, True, automatic)


def settle(
    office: Office, connection: Connection, id: UUID, state: Literal["kept", "suspended"], *, by: str, reason: str,
    now: datetime,
) -> table.Dossier:  # fmt: skip
    """Write the decision on a dossier down, in the ledger too; `suspended` suspends the contract if it still runs."""
    decided = table.decide(connection, id, state, at=now, by=by, reason=reason)
    _enter(connection, decided.subscriber_id, "breach.decided", id, now, {"state": state, "by": by})
    one = contract_of(connection, decided.contract_id)
    if state == "suspended" and one.state == "active":
        today = tokyo_date(now)
        agreement.append(
            connection, one.id, "suspended", at=now, effective_on=today, by=by, reason_code=SUSPENSION_CODE,
            reason=reason,
        )  # fmt: skip
        told.tell(connection, office.sealer, one, "suspend", now, lambda name: letters.suspended(name, today))
    return decided


def _deem(connection: Connection, opened: table.Dossier, breach: Breach, now: datetime) -> None:
    said = {
        "article": "8.1",
        "contract_id": str(opened.contract_id),
        "cases": [str(call) for call in breach.cases],
        "threshold": breach.threshold,
        "window_days": breach.window_days,
    }
    _enter(connection, opened.subscriber_id, "breach.deemed", opened.id, now, said)


def _enter(
    connection: Connection, chain: UUID, kind: str, dossier: UUID, now: datetime, said: dict[str, object]
) -> None:
    content = canonical({"dossier": str(dossier), **said})
    row = Row("ledger", f"{kind}:{dossier}", None, kind, now, True, content, None)
    ledger.commit(connection, [Group((row,), chain)], now)
