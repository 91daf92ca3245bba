"""The operator's own details, as invoices name them (適格請求書)."""

from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.billing.invoice import Issuer
from smartdesk_pbx.billing.registration import registration_number
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import operator as table
from smartdesk_pbx.store.operator import Details

Text = Annotated[str, Field(min_length=1, max_length=200)]


class Set(Params):
    """What is not given stays. `registration`: T and 13 digits; `bank`: where to pay, as it is printed."""

    name: Text | None = None
    address: Text | None = None
    registration: Text | None = None
    phone: str | None = None
    bank: str | None = None


async def set_details(office: Office, params: Set) -> Details:
    """The details in force from now on; documents issued before keep theirs. Raises `RuleBroken` for a registration
    number that cannot be one, and while name, address or number is missing."""
    given = {name: value for name, value in params.model_dump().items() if value is not None}
    if "registration" in given:
        given["registration"] = registration_number(given["registration"])

    def store(connection: Connection) -> Details:
        now = table.current(connection)
        old = {name: getattr(now.issuer, name) for name in Issuer.__struct_fields__} if now else {}
        merged = old | given
        if missing := [name for name in ("name", "address", "registration") if not merged.get(name)]:
            raise RuleBroken(f"an invoice needs them too: {', '.join('--' + name for name in missing)}")
        return table.put(connection, Issuer(**merged), office.store.now(connection))

    return await office.store.run(store)


async def show(office: Office, _: Params) -> Details:
    """The details in force. Raises `RuleBroken` before they were set."""
    found = await office.store.read(table.current)
    if found is None:
        raise RuleBroken("not set yet: smartdesk operator set --name NAME --address ADDRESS --registration T…")
    return found
