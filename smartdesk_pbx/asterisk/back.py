"""How a verb's end is told: with the arguments with which the channel enters Stasis."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Back:
    """A verb that has ended: its status in Asterisk's words, and the keys."""

    verb: str
    status: str = ""
    keys: str = ""


def back_of(args: tuple[str, ...]) -> Back:
    """Stasis arguments of a verb's end: verb, status, keys."""
    verb, status, keys = (*args, "", "", "")[:3]
    return Back(verb, status, keys)


def waiting(channel: dict[str, Any]) -> Back | None:
    """What a channel that stands in Stasis came back with, from Asterisk's description of it; None outside Stasis."""
    args = stasis_args(channel)
    return None if args is None else back_of(args)


def stasis_args(channel: dict[str, Any]) -> tuple[str, ...] | None:
    """The arguments with which a channel entered Stasis; None outside."""
    dialplan = channel.get("dialplan") or {}
    if dialplan.get("app_name") != "Stasis":
        return None
    return tuple(str(dialplan.get("app_data", "")).split(",")[1:])
