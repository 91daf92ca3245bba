"""R2.2: who forwarded a call, from the SIP headers Diversion (RFC 5806) and History-Info (RFC 7044).
Pure; reads any text a stranger may send without raising, in linear time.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from urllib.parse import unquote

from smartdesk_pbx.contract.numbers import e164

LONGEST_HEADER = 4096
"""Characters of one header value that are read; what follows is left out."""
MOST_HEADERS = 40
MOST_ENTRIES = 50
"""More forwards than this happen in no network; the rest is not read."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_SCHEME = re.compile(r"(sips?|tel):", re.IGNORECASE)
_INDEX = re.compile(r";\s*index\s*=\s*([0-9]{1,4}(?:\.[0-9]{1,4}){0,30})", re.IGNORECASE | re.ASCII)
_CONTEXT = re.compile(r";phone-context=(\+[0-9]{1,7})(?:;|$)", re.IGNORECASE | re.ASCII)


def sources(headers: Iterable[tuple[str, str]], country: str = "JP", assigned: str | None = None) -> tuple[str, ...]:
    """Who forwarded, E.164: the last forwarder first, the number first dialled last, none twice.

    `headers`: (name, value) in the order of the message; others than Diversion and History-Info are passed over.
    `assigned`: the number that was reached (E.164), which is no forwarder; without it History-Info's last entry is
    taken for it.
    """
    diversion: list[str] = []
    history: list[str] = []
    for name, value in islice(headers, MOST_HEADERS):
        kind = name.strip().lower()
        if kind in ("diversion", "history-info"):
            (diversion if kind == "diversion" else history).extend(_entries(value))
    found = [entry_number(entry, country) for entry in (*diversion, *_retargeted(history, assigned is None))]
    return tuple(dict.fromkeys(number for number in found if number and number != assigned))


def source_known(sources: Collection[str], registered: Collection[str]) -> bool | None:
    """R2.2: True when one of `sources` is a registered forward source, False when none is, None when none was named."""
    return any(source in registered for source in sources) if sources else None


def entry_number(entry: str, country: str = "JP") -> str | None:
    """The E.164 number of one entry, `"Name" <sip:…>;…` or a bare URI; None when it names none."""
    uri = _uri(entry)
    scheme = _SCHEME.match(uri)
    if not scheme:
        return None
    rest = uri[scheme.end() :]
    user, at, _ = rest.partition("@")
    if scheme[1].lower() != "tel" and not at:
        return None
    named = unquote(user, errors="replace")
    digits = re.split(r"[;:?]", named, maxsplit=1)[0]
    context = _CONTEXT.search(named)
    if context and not digits.startswith(("+", "0")):
        digits = context[1] + digits
    return e164(digits, country)


def _retargeted(entries: list[str], drop_last: bool) -> list[str]:
    """RFC 7044: the lowest index was dialled first, the highest is the present target. Latest forwarder first."""
    ordered = sorted(entries, key=_index)
    return ordered[: len(ordered) - drop_last][::-1]


def _index(entry: str) -> tuple[int, ...]:
    found = _INDEX.search(entry[entry.rfind(">") + 1 :])
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def _uri(entry: str) -> str:
    """What stands in the angle brackets after any quoted name; the whole entry when there are none."""
    bare = _unquoted(entry)
    start = bare.find("<")
    if start < 0:
        return entry.strip()
    end = bare.find(">", start)
    return entry[start + 1 : end if end >= 0 else len(entry)].strip()


def _unquoted(text: str) -> str:
    """The same text with everything inside quotes blanked, so that positions stay."""
    out, quoted, escaped = [], False, False
    for char in text:
        inside = quoted and (char != '"' or escaped)
        if char == '"' and not escaped:
            quoted = not quoted
        escaped = inside and char == "\\" and not escaped
        out.append(" " if inside else char)
    return "".join(out)


def _entries(value: str) -> Iterator[str]:
    """The comma-separated entries of a header value; commas in quotes or angle brackets do not part."""
    text = _clean(value)
    start = depth = count = 0
    for i, char in enumerate(_unquoted(text)):
        if char in "<>":
            depth = 1 if char == "<" else 0
        elif char == "," and not depth:
            yield text[start:i]
            start, count = i + 1, count + 1
            if count >= MOST_ENTRIES:
                return
    yield text[start:]


def _clean(value: str) -> str:
    return _CONTROL.sub("\ufffd", value[:LONGEST_HEADER])
