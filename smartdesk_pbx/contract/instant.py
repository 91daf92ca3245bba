"""An instant as operations type it: Tokyo's civil time, unless an offset is given. Pure."""

from datetime import UTC, date, datetime, time, timedelta

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.errors import RuleBroken

NOW = "now"
FURTHER_NOTICE = "further notice"

RIGHT = "write 2026-12-01 09:00 (Tokyo), 2026-12-01T09:00:00+09:00, 09:00 for today"


def read_instant(text: str, now: datetime) -> datetime:
    """`now`, a time of today, or a date with a time, to the second; as aware UTC. Raises `RuleBroken`."""
    text = text.strip()
    if text == NOW:
        return now
    try:
        if ":" in text and len(text) <= len("09:00:00"):
            return datetime.combine(now.astimezone(TOKYO).date(), time.fromisoformat(text), TOKYO).astimezone(UTC)
        if len(text) <= len("2026-12-01"):
            raise ValueError("a date alone is no instant")
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise RuleBroken(f"{text!r} is no time: {RIGHT}") from None
    return (found if found.tzinfo else found.replace(tzinfo=TOKYO)).astimezone(UTC)


def read_until(text: str | None, now: datetime) -> datetime | None:
    """Until when, exclusive: as `read_instant`, or a date, whose whole day is meant; None: until further notice.

    Nothing said means the end of today. Raises `RuleBroken` for what cannot be read or is over already.
    """
    if text is None:
        return _end_of(now.astimezone(TOKYO).date())
    text = text.strip()
    if text == FURTHER_NOTICE:
        return None
    try:
        until = _end_of(date.fromisoformat(text))
    except ValueError:
        try:
            until = read_instant(text, now)
        except RuleBroken:
            raise RuleBroken(
                f"{text!r} is no time: {RIGHT}, 2026-12-01 for all of that day, or {FURTHER_NOTICE!r}"
            ) from None
    if until <= now:
        raise RuleBroken(f"{shown(until)} has passed; it is {shown(now)}")
    return until


def shown(at: datetime) -> str:
    """An instant for people in Tokyo, to the second where there are seconds."""
    local = at.astimezone(TOKYO)
    return f"{local:%a %Y-%m-%d %H:%M:%S}" if local.second else f"{local:%a %Y-%m-%d %H:%M}"


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), TOKYO).astimezone(UTC)
