"""The line to one caller on Asterisk: what the exchange tells it, waiting, and sending the channel into a verb.

A verb is one `continue` into `dialplans/verbs.conf` and one return through Stasis; between the two Asterisk
needs nobody. A hang-up is learned from a hint (AMI, StasisEnd, a passed deadline) that is always checked by
asking Asterisk for the channel.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from smartdesk_pbx import metrics
from smartdesk_pbx.asterisk.ari import AriError
from smartdesk_pbx.asterisk.back import Back
from smartdesk_pbx.asterisk.left_off import LeftOff
from smartdesk_pbx.asterisk.own_sounds import OwnSounds
from smartdesk_pbx.call.phone import Arrival
from smartdesk_pbx.errors import CallEnded, CallerHungUp, CutByLimit

if TYPE_CHECKING:
    from smartdesk_pbx.asterisk.exchange import Exchange

T = TypeVar("T")

EXTENSION_MOST = 79
"""Characters Asterisk holds in an extension."""

GRACE_S = 10.0
"""After a verb's own length we ask whether the channel is still there, and again each time this passes."""

GONE = frozenset({400, 404, 409, 422})
"""What Asterisk answers for a channel that has left, or is on its way out."""

DEFAULT = ("moment",)
"""Played instead of a prompt that is missing."""

KEY_VERBS = frozenset({"skip", "menu", "collect"})
WAITING_VERBS = frozenset({"hold", "wait"})
AWAY = "away"
"""Of an earlier daemon's call that stood between two verbs: the channel waits in the dialplan for the next daemon."""
LANGUAGE = "CHANNEL(language)"


async def first_of(*futures: "asyncio.Future[Any]", limit_s: float | None = None) -> None:
    """Returns when one of the futures is done, or at the limit. As `asyncio.wait`, without its sets and checks:
    every verb waits here."""
    if any(future.done() for future in futures):
        return
    loop = asyncio.get_running_loop()
    waiter = loop.create_future()

    def wake(_: object = None) -> None:
        if not waiter.done():
            waiter.set_result(None)

    for future in futures:
        future.add_done_callback(wake)
    timer = loop.call_later(limit_s, wake) if limit_s is not None else None
    try:
        await waiter
    finally:
        if timer:
            timer.cancel()
        for future in futures:
            future.remove_done_callback(wake)


class Line:
    """One caller. Events come in by `returned`, `pressed`, `left`; the conversation calls the verbs."""

    def __init__(self, exchange: "Exchange", arrival: Arrival, channel_name: str, language: str) -> None:
        self.arrival = arrival
        self.language = language
        self.when_answered: Callable[[], None] = lambda: None
        self.gathered = ""
        """What step 1 gathered of the signalling, where it came along with the arrival."""
        self.channel = arrival.channel
        self._name = channel_name
        self._exchange, self._ari = exchange, exchange.ari
        self._loop = asyncio.get_running_loop()
        self._back: asyncio.Future[Back] = self._loop.create_future()
        self._over: asyncio.Future[type[CallEnded]] = self._loop.create_future()
        self._keys: deque[str] = deque()
        self._verb = ""
        """The verb that runs in the dialplan; empty while the channel is in Stasis."""
        self._returned_s = 0.0
        """When the last verb ended, for the metrics only: the loop's own clock is too coarse. 0: a verb runs."""
        self._adopted = False
        self._resumes: tuple[str, ...] = ()
        self._answered = False
        self._messages = 0
        self._agents = 0
        self._unsaved: str | None = None
        self._holding = False
        self._waits_s = 0.0
        self.speaks = ""
        """The language that the channel plays prompts in."""
        self._sounds = OwnSounds(arrival.call_id)

    # ---- what the exchange tells us -------------------------------------------------------------

    def returned(self, back: Back) -> None:
        """A verb's end came in through Stasis."""
        self._verb, self._returned_s = "", time.perf_counter()
        if back.verb == "cut":
            self._finish(CutByLimit)
        elif not self._back.done():
            self._back.set_result(back)

    def pressed(self, key: str) -> None:
        """A key in Stasis, or in the few milliseconds between two verbs: the next menu or collect gets it first."""
        if self._verb in KEY_VERBS and self._exchange.press(self._name, key):
            return  # handed on to the reader that has just started
        self._keys.append(key)

    def left(self) -> None:
        """The channel is gone: checked, not guessed."""
        self._finish(CallerHungUp)

    @property
    def in_stasis(self) -> bool:
        """True while no verb runs, so that a StasisEnd means that the channel leaves us."""
        return not self._verb

    def adopt(self, back: Back | None, left: LeftOff) -> None:
        """Take over from an earlier daemon: in a verb that runs in the dialplan, or in Stasis with `back`."""
        self._adopted = True
        self._answered, self._holding = left.answered, left.held
        self._messages = left.messages
        # Whom the earlier daemon rang may not be known, and may be ringing still: ids that it cannot have given.
        self._agents = int(self._exchange.clock.now().timestamp())
        self._sounds.others_too()
        self._resumes = left.verbs
        self._verb = "" if back else next(iter(left.verbs), AWAY)
        if "record" in left.verbs:
            self._unsaved = f"{self.arrival.call_id}-{left.messages + 1}.ulaw"
        if back:
            self._back.set_result(back)

    def _finish(self, why: type[CallEnded]) -> None:
        if not self._over.done():
            self._over.set_result(why)

    # ---- waiting ------------------------------------------------------------------------------

    def _ended(self) -> CallEnded:
        why = self._over.result()
        if why is CutByLimit:  # the channel is in Stasis once more: a last word is possible
            self._over = self._loop.create_future()
        return why()

    async def _wait(self, wanted: "asyncio.Future[T]", limit_s: float | None = None) -> T:
        """`wanted`, or the end of the call. At `limit_s` Asterisk is asked whether the channel is still there."""
        while True:
            await first_of(wanted, self._over, limit_s=limit_s)
            if wanted.done():
                return wanted.result()
            if self._over.done():
                raise self._ended()
            await self._exchange.check(self.channel)
            limit_s = GRACE_S

    async def until(self, awaitable: Awaitable[T]) -> T:
        wanted = asyncio.ensure_future(awaitable)
        try:
            return await self._wait(wanted)
        except BaseException:
            wanted.cancel()
            await asyncio.gather(wanted, return_exceptions=True)
            raise

    # ---- one verb ------------------------------------------------------------------------------

    async def _run(
        self, verb: str, prompts: Sequence[str], *, extra_s: float = 0, middle: Sequence[object] = ()
    ) -> Back:
        """Send the channel into a verb and wait for its return; `middle` are its parameters before the prompts."""
        if self._adopted:
            self._adopted = False
            back = await self._take_back(GRACE_S)
            if back.verb == verb and verb in self._resumes:
                return back
            if back.verb == "skip":  # typed ahead; what any other verb came back with has been looked at already
                self._keys.extend(back.keys)
        length_s = sum(self._exchange.sounds.seconds(self.language, p) for p in prompts) + extra_s
        await self._send(verb, length_s, prompts, middle)
        back = await self._take_back(length_s + GRACE_S)
        if back.status in ("ERROR", "FAILED") and prompts:
            self._exchange.alarm("prompt_missing", call_id=str(self.arrival.call_id), verb=verb, prompts=list(prompts))
            if tuple(prompts) != DEFAULT:  # never silence, and never counted as the caller's silence
                return await self._run(verb, DEFAULT, extra_s=extra_s, middle=middle)
        return back

    async def _take_back(self, limit_s: float) -> Back:
        back = await self._wait(self._back, limit_s)
        self._back = self._loop.create_future()
        return back

    async def _speak(self) -> None:
        """The channel in the language of the leg; one request, and only where it changes."""
        if self.language and self.language != self.speaks:
            language = self.language
            set_it = self._ari.channels.setChannelVar(channelId=self.channel, variable=LANGUAGE, value=language)
            await self._stasis(set_it)
            self.speaks = language

    async def _send(self, verb: str, length_s: float, prompts: Sequence[str], middle: Sequence[object]) -> None:
        await self._speak()
        settings = self._exchange.settings
        # After these the caller goes on waiting in Stasis under the same limit.
        waits_s = self._waits_s + settings.wait_limit_s
        limit = round(waits_s if verb in WAITING_VERBS else length_s + settings.lead_s)
        files = "&".join(self._exchange.sounds.file(p) for p in self._whole(verb, prompts))
        extension = "~" + "~".join(str(part) for part in (limit, *middle, files))
        if len(extension) > EXTENSION_MOST:
            raise ValueError(f"{verb}: {len(prompts)} prompts do not fit into one extension")
        if self._over.done():
            raise self._ended()
        if self._returned_s:
            metrics.decided(time.perf_counter() - self._returned_s)
        self._verb, self._returned_s = verb, 0.0
        try:
            await self._ari.channels.continueInDialplan(channelId=self.channel, context=verb, extension=extension)
        except AriError as error:
            self._verb = ""
            await self._gone(error)
        if not self._answered:
            self._answered = True
            self.when_answered()

    def _whole(self, verb: str, prompts: Sequence[str]) -> list[str]:
        """The prompts, the default in place of each that would be silence, half a sentence or another language."""
        wrong = {p: said for p in prompts if (said := self._exchange.sounds.torn(self.language, p))}
        if wrong:
            self._exchange.alarm("prompt_missing", call_id=str(self.arrival.call_id), verb=verb, prompts=wrong)
        return [DEFAULT[0] if p in wrong else p for p in prompts]

    async def _gone(self, error: AriError) -> None:
        """A request was refused because the channel left, or is on its way out: wait to learn which."""
        if error.status not in GONE:
            raise error
        await self._exchange.check(self.channel)
        never: asyncio.Future[None] = self._loop.create_future()
        await first_of(self._over, limit_s=1)
        if not self._over.done():
            raise error
        await self._wait(never)

    async def _stasis(self, request: Awaitable[T]) -> T | None:
        """A request to the channel inside Stasis; a channel that left raises `CallerHungUp`."""
        try:
            return await request
        except AriError as error:
            await self._gone(error)
            return None
