"""R14: putting a change of a registered detail into force, wherever that detail is used."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.contract.settings import ChangeField
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import voice
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.store import contract, detail, number, subscriber
from smartdesk_pbx.store.detail import Parts
from smartdesk_pbx.store.subscriber import Subscriber


@dataclass(frozen=True)
class Sounds:
    """What had to be spoken for a change, before it is stored. `old`: to be forgotten after it."""

    new: str | None = None
    old: str | None = None


async def prepare(office: Office, who: Subscriber, field: ChangeField, parts: Parts) -> Sounds:
    """The sounds of an announced name or an emergency number, built; nothing for other details."""
    if field == "announced_name":
        return Sounds(await voice.speak(office, parts[0], parts[1] if len(parts) > 1 else ""))
    if field == "emergency_number":
        # Better an apology than a number that is no longer to be told.
        return Sounds(await voice.read_out(office, parts[0]) if parts else None, who.emergency_prompt)
    return Sounds()


def put_in_force(
    office: Office, connection: Connection, who: Subscriber, field: ChangeField, target: str, parts: Parts,
    sounds: Sounds, *, at: datetime, by: str, request_id: UUID | None,
) -> int:  # fmt: skip
    """The new version of a detail, in the running transaction; calls meet it at once. Raises `RuleBroken` when it was
    changed meanwhile or is somebody else's."""
    remember(office, connection, who, field, target)
    if field == "name":
        subscriber.set_name(connection, who.id, parts[0])
    elif field == "announced_name":
        reading = parts[1] if len(parts) > 1 else ""
        subscriber.set_announced(
            connection, who.id, name=parts[0], reading=reading, prompt=sounds.new, at_version=who.announced_version
        )
    elif field == "emergency_number":
        subscriber.set_emergency(
            connection, office.sealer, who.id, number=parts[0] if parts else None, prompt=sounds.new
        )
    elif field == "forward_sources":
        number.set_sources(connection, target, parts)
    return detail.put(
        connection, office.sealer, who.id, field, parts, at=at, by=by, target=target, request_id=request_id
    )


def remember(office: Office, connection: Connection, who: Subscriber, field: ChangeField, target: str = "") -> None:
    """Keep as version 1 what stands there before the first change of a detail. Does nothing at later ones."""
    before = _now(office, connection, who, field, target)
    if before is not None and not detail.history(connection, office.sealer, who.id, field, target):
        detail.put(connection, office.sealer, who.id, field, before, at=who.created_at, by="", target=target)


def check_target(connection: Connection, who: Subscriber, target: str) -> None:
    """Raises `RuleBroken` unless that number is assigned to a contract of this subscriber."""
    own = [n.number for c in contract.listing(connection, who.id) for n in number.listing(connection, contract_id=c.id)]
    if target not in own:
        raise RuleBroken(f"{target} is no number of {who.slug} (smartdesk subscriber show {who.slug} lists them)")


def _now(office: Office, connection: Connection, who: Subscriber, field: ChangeField, target: str) -> Parts | None:
    """What is in force without any version of its own; None for details that nothing else keeps."""
    if field == "name":
        return (who.name,)
    if field == "announced_name":
        return (who.announced_name, who.announced_reading) if who.announced_reading else (who.announced_name,)
    if field == "emergency_number":
        known = subscriber.emergency_of(office.sealer, who)
        return (known,) if known else None
    if field == "forward_sources":
        check_target(connection, who, target)
        return tuple(number.sources(connection, target))
    return None
