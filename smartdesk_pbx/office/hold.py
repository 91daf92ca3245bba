"""Legal holds (R23): what must not be erased while a dispute or an inquiry lasts."""

from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.contract.retention import HoldScope
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import contract
from smartdesk_pbx.office.case import read_id
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import case, subscriber
from smartdesk_pbx.store import hold as table
from smartdesk_pbx.store.hold import StoredHold

Reason = Annotated[str, Field(min_length=1, max_length=1000)]


class Add(Params):
    """Exactly one of what is to be kept."""

    case: str | None = None
    caller: str | None = None
    contract: str | None = None
    subscriber: str | None = None
    everything: bool = False
    reason: Reason


class Release(Params):
    hold: str
    reason: Reason


class Listing(Params):
    released: bool = False


async def add(office: Office, params: Add) -> StoredHold:
    """A new hold. Raises `RuleBroken` for a thing that is not there."""

    def store(connection: Connection) -> StoredHold:
        scope, subject = _subject(office, connection, params)
        return table.add(
            connection, id=office.ids.new(), scope=scope, subject=subject, reason=params.reason,
            at=office.store.now(connection),
        )  # fmt: skip

    return await office.store.run(store)


async def release(office: Office, params: Release) -> None:
    """End a hold, with the reason."""
    try:
        id_ = UUID(params.hold)
    except ValueError:
        raise RuleBroken(f"{params.hold!r} is no hold (smartdesk hold list shows them)") from None
    await office.store.run(lambda c: table.release(c, id_, reason=params.reason, at=office.store.now(c)))


async def listing(office: Office, params: Listing) -> list[StoredHold]:
    """The holds in force, oldest first."""
    return await office.store.read(lambda c: table.listing(c, released=params.released))


def _subject(office: Office, connection: Connection, params: Add) -> tuple[HoldScope, str]:
    given = [name for name in ("case", "caller", "contract", "subscriber", "everything") if getattr(params, name)]
    if len(given) != 1:
        raise RuleBroken("name exactly one: --case, --caller, --contract, --subscriber or --everything")
    if params.case is not None:
        call_id = read_id(params.case)
        if case.file_of(connection, call_id) is None:
            raise RuleBroken(f"no case {call_id}")
        return "case", str(call_id)
    if params.caller is not None:
        return "caller", office.sealer.caller_key(checked(params.caller, office.settings.country))
    if params.contract is not None:
        return "contract", str(contract.find(connection, params.contract).id)
    if params.subscriber is not None:
        return "subscriber", str(subscriber.get(connection, params.subscriber).id)
    return "everything", ""
