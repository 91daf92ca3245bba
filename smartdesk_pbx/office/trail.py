"""The audit trail as an auditor reads it (R23, R25)."""

from datetime import date
from typing import Annotated

from pydantic import Field

from smartdesk_pbx.contract.month import midnight
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import trail


class Listing(Params):
    since: date | None = None
    who: str | None = None
    did: trail.Did | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] = 200


async def listing(office: Office, params: Listing) -> list[trail.Trace]:
    """The latest traces, newest first."""
    since = midnight(params.since) if params.since else None
    return await office.store.read(
        lambda c: trail.listing(c, since=since, who=params.who, did=params.did, limit=params.limit)
    )
