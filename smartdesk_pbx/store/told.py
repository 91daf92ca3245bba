"""Letters about a contract to its subscriber: queued in the transaction of what they tell, one per address."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from smartdesk_pbx.contract.letters import Text
from smartdesk_pbx.store import detail, outbox, subscriber
from smartdesk_pbx.store.contract import Contract
from smartdesk_pbx.store.seal import Sealer


def tell(
    connection: Connection, sealer: Sealer, one: Contract, what: str, at: datetime, write: Callable[[str], Text]
) -> int:
    """Queue a letter to each mail address of the subscriber; how many. `write`: from the name to the letter."""
    who = subscriber.by_id(connection, one.subscriber_id)
    assert who is not None
    text = write(who.name)
    to = detail.mail_addresses(connection, sealer, who.id)
    for address in to:
        key = f"contract:{one.id}:{what}:{at:%Y%m%dT%H%M%S%f}:{outbox.address_key(sealer, address)}"
        outbox.put(
            connection, sealer, key=key, to=address, subject=text.subject, body=text.body, at=at, subscriber_id=who.id
        )
    return len(to)
