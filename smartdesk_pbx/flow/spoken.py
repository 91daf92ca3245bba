"""What a placeholder of a flow says in a call that is not real. Pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.flow.after import MESSAGE
from smartdesk_pbx.flow.calendar import next_open
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.world import World


def zone_of(tree: Tree) -> ZoneInfo:
    """The zone in which people read the times of a flow: that of its first calendar, else Tokyo's."""
    first = next(iter(tree.calendars.values()), None)
    return ZoneInfo(first.zone) if first else TOKYO


def value_of(prompt: str, tree: Tree, world: World, now_s: float, digits: str) -> str | None:
    """What is heard for a placeholder, "" for a prompt of the catalogue; None when there is nothing to be said."""
    if not prompt.startswith("@"):
        return ""
    first = next(iter(tree.calendars.values()), None)
    zone = zone_of(tree)
    now = (world.at + timedelta(seconds=now_s)).astimezone(zone)
    match prompt:
        case "@number":
            return digits or None
        case "@caller":
            return world.caller.number
        case "@time":
            return f"{now:%H:%M}"
        case "@day":
            return _day(now)
        case "@opens":
            opens = next_open(first, now, world.closures) if first else None
            return f"{_day(opens.astimezone(zone))} {opens.astimezone(zone):%H:%M}" if opens else None
        case "@name":
            return world.name
        case _ if prompt == MESSAGE:
            return "the message"
    return ""


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"
