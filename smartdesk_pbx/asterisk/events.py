"""What Asterisk sends, as typed values. Unknown kinds and unknown fields are ignored, never fatal."""

from msgspec import Struct


class CallerId(Struct, frozen=True):
    number: str = ""
    name: str = ""


class Channel(Struct, frozen=True):
    """`id` is Asterisk's unique id; ours where we chose it."""

    id: str
    name: str = ""
    state: str = ""
    caller: CallerId = CallerId()
    creationtime: str = ""
    language: str = ""


class Playback(Struct, frozen=True):
    id: str
    state: str = ""


class Endpoint(Struct, frozen=True):
    technology: str = ""
    resource: str = ""
    state: str = ""
    channel_ids: tuple[str, ...] = ()


class ContactInfo(Struct, frozen=True):
    aor: str = ""
    uri: str = ""
    contact_status: str = ""


class Event(Struct, frozen=True):
    """Any event; the fields that its kind does not have stay at their defaults."""

    type: str
    timestamp: str = ""
    application: str = ""
    args: tuple[str, ...] = ()
    channel: Channel | None = None
    digit: str = ""
    cause: int = 0
    playback: Playback | None = None
    endpoint: Endpoint | None = None
    contact_info: ContactInfo | None = None
    request_id: str = ""
    status_code: int = 0
    message_body: str = ""


WANTED = (
    "RESTResponse",  # without it every request would hang
    "StasisStart",
    "StasisEnd",
    "ChannelDestroyed",
    "ChannelDtmfReceived",
    "PlaybackFinished",
    "ContactStatusChange",
    "PeerStatusChange",
    "ApplicationReplaced",
)
"""The event filter: everything else is never sent, which cuts a call from 14 events to a handful."""
