"""What a sipp sent and received, read from its message trace."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

_TRACED = re.compile(
    rb"-{10,} ([0-9-]+ [0-9:.]+)\n\w+ message (sent|received) [\[(](\d+)(?:\]| bytes\))(?: bytes ?)?\s*:\n\n"
)


@dataclass(frozen=True)
class SipMessage:
    """One SIP message as sipp sent or received it. `at` is running time (monotonic seconds)."""

    at: float
    sent: bool
    text: str = field(repr=False)

    @cached_property
    def first_line(self) -> str:
        return self.text.split("\r\n", 1)[0]

    @property
    def method(self) -> str | None:
        """The request's method; None for an answer."""
        return None if self.first_line.startswith("SIP/2.0 ") else self.first_line.split(" ", 1)[0]

    @property
    def status(self) -> int:
        """The answer's status; 0 for a request."""
        return int(self.first_line.split(" ")[1]) if self.method is None else 0

    @property
    def body(self) -> str:
        return self.text.partition("\r\n\r\n")[2]

    def headers(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        lines = self.text.partition("\r\n\r\n")[0].split("\r\n")[1:]
        pairs = (line.partition(":") for line in lines)
        return [value.strip() for key, _, value in pairs if key.strip().lower() == name.lower()]

    def header(self, name: str) -> str:
        """The first value of a header, or the empty string."""
        return next(iter(self.headers(name)), "")

    @property
    def call_id(self) -> str:
        return self.header("Call-ID")

    @property
    def about(self) -> str:
        """The method that this request or answer is about."""
        return self.header("CSeq").partition(" ")[2].strip()


def read_trace(waiting: bytearray, shift_s: float) -> list[SipMessage]:
    """The whole messages at the head of sipp's trace; they are taken out of `waiting`.

    `shift_s` turns sipp's time of day (UTC) into running time.
    """
    messages = []
    while found := _TRACED.search(waiting):
        end = found.end() + int(found[3])
        if len(waiting) < end:
            break
        stamp = datetime.strptime(found[1].decode(), "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC).timestamp()
        text = bytes(waiting[found.end() : end]).decode("utf-8", "surrogateescape")
        messages.append(SipMessage(stamp + shift_s, found[2] == b"sent", text))
        del waiting[:end]
    return messages
