"""The registered details of a subscriber as staff see them: every version (R14)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from smartdesk_pbx.contract.change import HIDDEN, field_of
from smartdesk_pbx.contract.settings import ChangeField
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import detail, subscriber
from smartdesk_pbx.store.detail import Parts

HIDDEN_TEXT = "(sealed)"
ERASED_TEXT = "(erased)"


class History(Params):
    subscriber: str
    field: str | None = None


@dataclass(frozen=True)
class Version:
    """One version of a detail. `by` "": as it was before its first change."""

    field: str
    number: str
    version: int
    value: tuple[str, ...]
    at: datetime
    by: str
    request: str | None


async def history(office: Office, params: History) -> list[Version]:
    """Every version of a subscriber's registered details, or of one of them."""
    field = field_of(params.field) if params.field else None

    def look(connection: Connection) -> list[Version]:
        who = subscriber.get(connection, params.subscriber)
        return [
            Version(
                one.field, one.target, one.version, visible(one.field, one.parts), one.at, one.by,
                str(one.request_id) if one.request_id else None,
            )
            for one in detail.history(connection, office.sealer, who.id, field)
        ]  # fmt: skip

    return await office.store.read(look)


def visible(field: ChangeField, parts: Parts | None) -> tuple[str, ...]:
    """A value as it may be shown: that of an emergency number to nobody (R8.2)."""
    if parts is None:
        return (ERASED_TEXT,)
    return (HIDDEN_TEXT,) if field in HIDDEN and parts else parts
