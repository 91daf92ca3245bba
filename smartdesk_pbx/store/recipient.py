"""Who a document is addressed to: the subscriber's name, and the address as registered (R14)."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Connection, select

from smartdesk_pbx.billing.invoice import Recipient
from smartdesk_pbx.store import detail
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.tables import subscriber


def recipients(connection: Connection, sealer: Sealer, subscribers: Iterable[UUID]) -> dict[UUID, Recipient]:
    """The recipient of each subscriber's documents. At most some hundred at once."""
    asked = sorted(set(subscribers))
    addresses = detail.current_of_all(connection, sealer, asked, "address")
    rows = connection.execute(select(subscriber.c.id, subscriber.c.name).where(subscriber.c.id.in_(asked)))
    return {id: Recipient(name, " ".join(addresses.get(id, ()))) for id, name in rows}
