"""A caller: a real SIP phone outside, whose calls come in through a trunk."""

from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Self
from uuid import uuid4

from smartdesk_pbx.trial.ear import Ear
from smartdesk_pbx.trial.line import Ending, Line, NotSoFar
from smartdesk_pbx.trial.sipp import HOST, Sipp


class Caller(Line):
    """One call from outside to `number`; an async context manager that leaves nothing behind.

    `diversion`: numbers or whole Diversion values, the last forwarder first (RFC 5806). `privacy`: presentation
    prohibited; the number then stands only in `pai` (P-Asserted-Identity), if that is given. `headers`: further lines,
    such as "History-Info: ...". `sipp`: share one sipp between several callers instead of starting one for each.
    """

    def __init__(
        self, sip: str, number: str, *, from_number: str = "0312349876", display: str | None = None,
        diversion: Sequence[str] = (), privacy: bool = False, pai: str | None = None, headers: Sequence[str] = (),
        sipp: Sipp | None = None,
    ) -> None:  # fmt: skip
        super().__init__(f"trial-{uuid4()}")
        self.sip, self.number = sip, number
        shown = ("Anonymous", "anonymous@anonymous.invalid") if privacy else (display, f"{from_number}@{HOST}")
        self._from = (f'"{shown[0]}" ' if shown[0] else "") + f"<sip:{shown[1]}>"
        self._extra = [
            *(f"Diversion: {_name_addr(d)}" for d in diversion),
            *([f"P-Asserted-Identity: {_name_addr(pai)}"] if pai else []),
            *(["Privacy: id"] if privacy else []),
            *headers,
        ]
        self._shared = sipp
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self.ear = await stack.enter_async_context(Ear())
            if self._shared is None:
                self._sipp = await stack.enter_async_context(Sipp(self.sip))
            else:
                self._sipp = self._shared
            self._sipp.listen(self.call_id, self.took)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with suppress(NotSoFar):  # a switchboard that has died cannot say goodbye
                if self.invited_at:
                    await self.hang_up()
        finally:
            self._sipp.unlisten(self.call_id)
            await self._stack.aclose()

    async def dial(self, timeout_s: float = 3.0) -> float:
        """Send the INVITE; when it was sent."""
        asks = {
            "X-Uri": f"sip:{self.number}@{self.sip}",
            "X-From": self._from,
            "X-To": f"<sip:{self.number}@{self.sip}>",
            "X-Port": self.ear.port,
        }
        self._sipp.steer("XDIAL", self.call_id, asks, "".join(f"{line}\r\n" for line in self._extra))
        return await self._until(lambda: self.invited_at, timeout_s, "begin")

    async def ringing(self, timeout_s: float = 5.0) -> float:
        """Wait for 180 or 183; when it came."""
        return await self._until(lambda: self.ringing_at, timeout_s, "ring")

    async def answered(self, timeout_s: float = 10.0) -> float:
        """Wait for the 200 and our ACK; when the 200 came."""
        await self._until(lambda: self.open_at, timeout_s, "get an answer")
        assert self.answered_at is not None
        return self.answered_at

    async def refused(self, timeout_s: float = 10.0) -> Ending:
        """Wait for the end of a call that must not be answered. Raises `NotSoFar` when it was."""
        ending = await self.ended(timeout_s)
        if self.answered_at:
            raise NotSoFar(f"the call was answered: {self.story()}")
        return ending


def _name_addr(value: str) -> str:
    return value if "<" in value else f"<sip:{value}@{HOST}>"
