"""R4.2 ③: the list of parties whose use was revoked, ours and our affiliates'."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.contract.reasons import TERMINATION, known
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.agreement import Reason, Who
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import party as table


class Add(Params):
    """A party that an affiliate revoked, or that was revoked before there was this software."""

    name: Reason
    phone: str | None = None
    address: Reason | None = None
    code: str
    reason: Reason
    by: Who = "operations"


class Remove(Params):
    party: UUID
    reason: Reason


@dataclass(frozen=True)
class Shown:
    """One entry. `name` "": erased."""

    party: UUID
    name: str
    phone: str | None
    address: str | None
    reason_code: str
    reason: str
    listed_at: datetime
    by: str
    contract: UUID | None
    removed_at: datetime | None
    removed_because: str | None


async def add(office: Office, params: Add) -> Shown:
    """Put a party on the list by hand; termination puts its subscriber there by itself."""
    code = known(params.code, TERMINATION, "code")
    phone = checked(params.phone, office.settings.country, what="phone") if params.phone else None
    who = table.Who(params.name, phone, params.address)

    def store(connection: Connection) -> Shown:
        return _shown(
            table.add(
                connection, office.sealer, who, id=office.ids.new(), at=office.store.now(connection), by=params.by,
                reason_code=code, reason=params.reason,
            )
        )  # fmt: skip

    return await office.store.run(store)


async def listing(office: Office, _: Params) -> list[Shown]:
    """All entries, oldest first."""
    return await office.store.read(lambda c: [_shown(one) for one in table.listing(c, office.sealer)])


async def remove(office: Office, params: Remove) -> Shown:
    """Take a party off the list, for a reason; it flags nobody any more."""

    def store(connection: Connection) -> Shown:
        table.remove(connection, params.party, at=office.store.now(connection), because=params.reason)
        for one in table.listing(connection, office.sealer):
            if one.id == params.party:
                return _shown(one)
        raise RuleBroken(f"no party {params.party}")

    return await office.store.run(store)


def _shown(one: table.Party) -> Shown:
    who = one.who or table.Who("")
    return Shown(
        one.id, who.name, who.phone, who.address, one.reason_code, one.reason, one.listed_at, one.by, one.contract_id,
        one.removed_at, one.removed_because,
    )  # fmt: skip
