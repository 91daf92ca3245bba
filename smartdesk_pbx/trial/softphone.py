"""An agent's softphone: registers with digest, rings, answers or not, talks, hangs up; several calls at once."""

import asyncio
import contextlib
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Literal, Self
from uuid import uuid4

from smartdesk_pbx.trial.ear import Ear
from smartdesk_pbx.trial.line import Line, NotSoFar, far_media
from smartdesk_pbx.trial.sipp import HOST, REFUSE, Sipp
from smartdesk_pbx.trial.trace import SipMessage

Mode = Literal["answer", "busy", "decline", "no_answer", "wait"]
"""What the phone does by itself when it is called. `wait`: rings until a test says answer, refuse or hang_up."""
REFUSALS: dict[Mode, int] = {"busy": 486, "decline": 603}


class NotRegistered(AssertionError):
    """The switchboard did not take the registration. Says what it answered."""


class Incoming(Line):
    """A call that came to the softphone."""

    def __init__(self, sipp: Sipp, invite: SipMessage, ear: Ear) -> None:
        super().__init__(invite.call_id)
        self.invite, self.ear, self._sipp = invite, ear, sipp

    @property
    def shown(self) -> str:
        """The display name of the INVITE: what the agent's screen shows."""
        before = self.invite.header("From").partition("<")[0].strip()
        return before.strip('"')

    @property
    def shown_number(self) -> str:
        """The user part of the INVITE's From."""
        return self.invite.header("From").partition("sip:")[2].partition("@")[0]

    @property
    def dialled(self) -> str:
        """The number in the request's address."""
        return self.invite.first_line.partition("sip:")[2].partition("@")[0]

    def ring(self) -> None:
        """Send 180."""
        self._sipp.steer("XRING", self.call_id)

    async def answer(self, timeout_s: float = 3.0) -> float:
        """Take the call; when the far end's ACK came. Raises `NotSoFar` when the caller had gone."""
        _, _, keys = far_media(self.invite.body) or ("", 0, 101)
        self._sipp.steer("XANSWER", self.call_id, {"X-Port": self.ear.port, "X-Keys": keys})
        opened = await self._until(lambda: self.open_at, timeout_s, "open")
        self._media(self.invite)
        return opened

    async def refuse(self, status: int = 486) -> None:
        """Answer no with one of `REFUSE`."""
        if status not in REFUSE:
            raise ValueError(f"{status}: the phone can refuse with {', '.join(map(str, REFUSE))}")
        self._sipp.steer(f"XREFUSE{status}", self.call_id)
        await self.ended()

    def _leave(self) -> None:
        self._sipp.steer("XBYE" if self.answered_at else "XREFUSE603", self.call_id)


class Softphone:
    """A registered phone; an async context manager that unregisters when it is left.

    `mode` may be changed at any time and holds for calls that come after. `answer_after_s`: ringing time in mode
    `answer`. `tone_hz`: what the agent's side says from the moment of answering, None: silence. With a `port` of its
    own it can be a telephone outside: calls come to it without a registration.
    """

    def __init__(
        self, sip: str, user: str, password: str, *, mode: Mode = "answer", answer_after_s: float = 0.2,
        tone_hz: float | None = None, expires_s: int = 300, port: int | None = None,
    ) -> None:  # fmt: skip
        self.sip, self.user, self.mode = sip, user, mode
        self.answer_after_s, self.tone_hz, self.expires_s = answer_after_s, tone_hz, expires_s
        self.calls: list[Incoming] = []
        """Every call that came, in order."""
        self.registered_until = 0.0
        """Running time at which the registration lapses; 0: not registered."""
        self._sipp = Sipp(sip, user, password, port=port)
        self._fresh: asyncio.Queue[Incoming] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._sipp)
            self._sipp.listen_invites(self._invited)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            with contextlib.suppress(NotSoFar, NotRegistered):  # a switchboard that has died cannot say goodbye
                for call in self.calls:
                    await call.hang_up()
                if self.registered_until:
                    await self.unregister()
        finally:
            await self._stack.aclose()

    async def register(self, timeout_s: float = 5.0) -> None:
        """REGISTER with digest, and again at half time for as long as the phone lives. Raises `NotRegistered`."""
        await self._register(self.expires_s, timeout_s)
        self._spawn(self._stay_registered())

    async def unregister(self, timeout_s: float = 3.0) -> None:
        """REGISTER with Expires 0. Raises `NotRegistered` when that was not accepted."""
        self.registered_until = 0.0
        await self._register(0, timeout_s)

    async def rings(self, timeout_s: float = 10.0) -> Incoming:
        """The next call that nobody has taken with `rings` yet. Raises `NotSoFar` when none comes."""
        try:
            return await asyncio.wait_for(self._fresh.get(), timeout_s)
        except TimeoutError:
            raise NotSoFar(f"{self.user}'s phone did not ring in {timeout_s:g} s {self._sipp.complaints()}") from None

    async def _register(self, expires_s: int, timeout_s: float) -> None:
        call_id, answer = f"reg-{uuid4()}", asyncio.get_running_loop().create_future()

        def took(message: SipMessage) -> None:
            final = message.status >= 200 and (message.status != 401 or message.header("CSeq").startswith("2"))
            if final and not answer.done():
                answer.set_result(message.status)

        self._sipp.listen(call_id, took)
        asks = {
            "X-From": f"<sip:{self.user}@{self.sip}>",
            "X-Contact": f"<sip:{self.user}@{HOST}:{self._sipp.port}>",
            "X-Expires": expires_s,
        }
        self._sipp.steer("XREGISTER", call_id, asks)
        try:
            status = await asyncio.wait_for(answer, timeout_s)
        except TimeoutError:
            raise NotRegistered(f"{self.user}: no answer in {timeout_s:g} s {self._sipp.complaints()}") from None
        finally:
            self._sipp.unlisten(call_id)
        if status != 200:
            raise NotRegistered(f"{self.user}: the switchboard answered {status}")
        self.registered_until = asyncio.get_running_loop().time() + expires_s if expires_s else 0.0

    async def _stay_registered(self) -> None:
        while self.registered_until:
            await asyncio.sleep(self.expires_s / 2)
            if self.registered_until:
                await self._register(self.expires_s, 5.0)

    def _invited(self, invite: SipMessage) -> None:
        self._spawn(self._take(invite, self.mode))

    async def _take(self, invite: SipMessage, mode: Mode) -> None:
        ear = await self._stack.enter_async_context(Ear())
        call = Incoming(self._sipp, invite, ear)
        self._sipp.listen(call.call_id, call.took, replay=True)
        if self.tone_hz:
            call.say_tone(self.tone_hz)
        self.calls.append(call)
        if mode in REFUSALS:
            await call.refuse(REFUSALS[mode])
        else:
            call.ring()
        self._fresh.put_nowait(call)
        if mode == "answer":
            await asyncio.sleep(self.answer_after_s)
            with contextlib.suppress(NotSoFar):  # the caller may leave at any moment; the call's ending says so
                await call.answer()

    def _spawn(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
