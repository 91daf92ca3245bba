"""Looking at what was stored."""

from uuid import UUID

from smartdesk_pbx.store import case
from smartdesk_pbx.store.facts import kind_of
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store


async def kinds(store: Store, sealer: Sealer, call: UUID) -> list[str]:
    """The kinds of a case's facts, in order."""
    stored = await store.read(lambda c: case.events_of(c, sealer, call))
    return [kind_of(s.fact) for s in stored]
