"""What step 1 of the inbound context gathered, read back: `NAME:BASE64|NAME:BASE64|…`."""

import base64
import binascii

from smartdesk_pbx.call.phone import Signalled
from smartdesk_pbx.contract.forwarding import sources

LONGEST_CALL_ID = 200
LONGEST_CHARS = 7900
"""Asterisk cuts a variable near 8 KB; a gathering that long may have lost its end."""


def read_signalled(text: str, assigned: str, country: str) -> Signalled:
    """Headers as signalled, and the forward sources among them (R2.2). Never raises: a caller wrote this."""
    headers: list[tuple[str, str]] = []
    for part in text.split("|"):
        name, _, coded = part.partition(":")
        try:
            value = base64.b64decode(coded, validate=True).decode(errors="replace")
        except (binascii.Error, ValueError):
            continue
        if name and value:
            headers.append((name, value))
    call_id = next((value for name, value in headers if name == "Call-ID"), "")
    raw = tuple(f"{name}: {value}" for name, value in headers if name != "Call-ID")
    return Signalled(
        sources(headers, country, assigned), raw, call_id[:LONGEST_CALL_ID], truncated=len(text) > LONGEST_CHARS
    )
