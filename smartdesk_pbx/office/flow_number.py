"""A number as it is stored: whose it is, which versions of flows it has, when it is closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.contract.parts import working
from smartdesk_pbx.contract.settings import ServiceSettings
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.builtin import ANSWERING_ONLY, answering_only
from smartdesk_pbx.flow.calendar import Closure
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.turns import Turn
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.store import agreement, closure, flow, subscriber, turn
from smartdesk_pbx.store import number as numbers
from smartdesk_pbx.store.subscriber import Subscriber


@dataclass(frozen=True)
class Known:
    """All that decides what its callers meet, but for the time and who they are."""

    number: str
    who: Subscriber
    of: agreement.Agreed
    turns: Sequence[Turn]
    closures: tuple[Closure, ...]
    assigned_at: datetime

    @property
    def settings(self) -> ServiceSettings:
        """Those in force."""
        return self.of.settings

    @property
    def is_flowless(self) -> bool:
        """R2.1: without voice guidance callers meet a human at once, whatever was published."""
        return working(self.settings) & {"voice_guidance", "answering"} == {"answering"}


def known(office: Office, connection: Connection, text: str) -> Known:
    """What is stored of a number. Raises `RuleBroken` when it is not assigned."""
    number = checked(text, office.settings.country)
    found = next((one for one in numbers.listing(connection) if one.number == number), None)
    if found is None:
        raise RuleBroken(f"{number} is not assigned")
    of = agreement.agreed(connection, found.contract_id)
    who = subscriber.by_id(connection, of.contract.subscriber_id)
    assert who is not None
    closures = tuple(one.told for one in closure.listing(connection, number=number))
    return Known(number, who, of, turn.of_number(connection, number), closures, numbers.assigned_at(connection, number))


def live(connection: Connection, one: Known, turn: Turn | None) -> tuple[str | None, Tree | None]:
    """What callers meet in a turn: FLOW@VERSION with its tree."""
    if one.is_flowless:
        return ANSWERING_ONLY, answering_only()
    if turn is None:
        return None, None
    return str(turn.what), flow.get(connection, turn.what.flow, turn.what.version).tree


def local(zone: ZoneInfo, at: datetime) -> str:
    """An instant on the clock of a zone, with its weekday."""
    local = at.astimezone(zone)
    return f"{local:%a %Y-%m-%d %H:%M:%S}" if local.second else f"{local:%a %Y-%m-%d %H:%M}"
