"""The desk at work: ONE place pairs a call with an agent, in one transaction of the store.

The store holds each agent's state; who is reachable (registered, phone answering) is known from Asterisk and
kept here. Callers wait for a free agent with `reserve`; whoever frees an agent wakes them.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy import Connection

from smartdesk_pbx.clock import Clock
from smartdesk_pbx.desk.states import AWAY, State, comes_from
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.store import agent as rows
from smartdesk_pbx.store.session import Store

PATIENCE_S = 0.5
"""How long a call waits for an agent's state to be written."""

log = structlog.get_logger()


class Desk:
    """The agents of this installation, seen from this node."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._reachable: set[str] = set()
        self._changed = asyncio.Event()
        self._owed: deque[Callable[[Connection], object]] = deque()
        self._writing = asyncio.Lock()
        self._slow: set[asyncio.Future[None]] = set()

    # ---- who can be reached ---------------------------------------------------------------------

    @property
    def reachable(self) -> frozenset[str]:
        return frozenset(self._reachable)

    def contact(self, agent: str, reachable: bool) -> None:
        """A phone came or went. A phone that cannot be reached is offered nothing, whatever its agent's state."""
        (self._reachable.add if reachable else self._reachable.discard)(agent)
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    # ---- pairing ----------------------------------------------------------------------------------

    async def reserve(self, call_id: UUID, team: str, *, wait_s: float) -> str | None:
        """The longest-idle ready agent of `team`, reserved for the call; waits up to `wait_s` for one to come free.

        None at once when nobody of the team is at work. Raises `EdgeDown` when the store is away.
        """
        deadline_s = self._clock.running_s() + wait_s
        while True:
            changed, at = self._changed, self._now()
            agent = await self._store.run(partial(self._pair, call_id=call_id, team=team, at=at))
            left_s = deadline_s - self._clock.running_s()
            if agent or left_s <= 0 or not await self._store.read(lambda c: self._somebody(c, team)):
                return agent
            try:
                await asyncio.wait_for(changed.wait(), left_s)
            except TimeoutError:
                return None

    def _pair(self, connection: Connection, call_id: UUID, team: str, at: datetime) -> str | None:
        agent = rows.longest_idle(connection, team, self._reachable)
        if agent is None:
            return None
        return agent if _change(agent, "offered", at, call_id=call_id)(connection) else None

    def _somebody(self, connection: Connection, team: str) -> bool:
        return any(
            a.team == team and a.state not in AWAY and (a.state != "ready" or a.name in self._reachable)
            for a in rows.states(connection)
        )

    # ---- what becomes of an agent -------------------------------------------------------------------
    #
    # What a call has done with an agent is a fact already: it is written down even when the store is away just
    # now, by the next sweep and in order. A call never ends because of it.

    async def talking(self, agent: str, call_id: UUID) -> None:
        """The agent who was offered this call talks with its caller."""
        await self._happened(_change(agent, "talking", self._now(), call_id=call_id, of_call=call_id))

    async def wrap_up(self, agent: str, call_id: UUID) -> None:
        """After the talk; ends with the primary response, by `ready`, or when its time is up."""
        await self._happened(_change(agent, "wrap_up", self._now(), call_id=call_id, of_call=call_id))

    async def wrapped_up(self, agent: str, call_id: UUID) -> None:
        """The primary response of this call is complete: the agent is free again."""
        await self._happened(_change(agent, "ready", self._now(), of_call=call_id, expect=("wrap_up",)))

    async def missed(self, agent: str, call_id: UUID, reason: str) -> None:
        """The phone was not answered: paused, so that the next caller does not ring into nothing too (P7)."""
        await self._happened(_change(agent, "paused", self._now(), reason=f"missed: {reason}", of_call=call_id))

    async def let_go(self, call_id: UUID) -> None:
        """Nobody is reserved for this call any more: ready again, and as long idle as before.

        A reservation may still be on its way into the store: one transaction that writes comes after it.
        """
        at = self._now()

        def release(connection: Connection) -> None:
            for a in rows.states(connection):
                if a.call_id == call_id and a.state == "offered":
                    _change(a.name, "ready", at, of_call=call_id, expect=("offered",))(connection)

        await self._happened(release)

    async def asked(self, agent: str, state: State, reason: str | None = None) -> None:
        """What the agent says: ready, paused, offline. `RuleBroken` in an offer or a talk, or for nobody we know.
        Raises `EdgeDown` when the store is away."""
        now = next((a for a in await self.agents() if a.name == agent), None)
        if now is None:
            raise RuleBroken(f"there is no agent {agent!r} (smartdesk agent list shows them)")
        if now.state in ("offered", "talking"):
            raise RuleBroken(f"{agent} is {now.state}: that ends with the call")
        if now.state == state and now.reason == reason:
            return
        if not await self._store.run(_change(agent, state, self._now(), reason=reason, expect=(now.state,))):
            raise RuleBroken(f"{agent} was given a call at this moment: try again after it")
        self._wake()

    async def _happened(self, change: Callable[[Connection], object]) -> None:
        self._owed.append(change)
        # A caller may be waiting: a slow store is not waited for, what happened is written down all the same.
        making_up = asyncio.ensure_future(self._make_up())
        await asyncio.wait({making_up}, timeout=PATIENCE_S)
        if making_up.done():
            making_up.result()
        else:
            self._slow.add(making_up)
            making_up.add_done_callback(self._slow.discard)

    async def _make_up(self) -> None:
        """Write down what happened, oldest first, as far as the store takes it."""
        async with self._writing:
            while self._owed:
                try:
                    await self._store.run(self._owed[0])
                except EdgeDown as error:
                    log.warning("agents' states wait for the store", changes=len(self._owed), error=str(error))
                    return
                except Exception:
                    self._owed.popleft()
                    raise
                self._owed.popleft()
        self._wake()

    async def agents(self) -> list[rows.AgentState]:
        """All agents as they are now."""
        return list(await self._store.read(rows.states))

    async def sweep(self, wrap_up_s: float) -> None:
        """Make up for what the store could not take before, and end every wrap-up whose time has passed."""
        await self._make_up()
        now = self._now()
        for a in await self.agents():
            if a.state == "wrap_up" and (now - a.since).total_seconds() >= wrap_up_s:
                await self._happened(_change(a.name, "ready", now, of_call=a.call_id, expect=("wrap_up",)))

    def _now(self) -> datetime:
        return self._clock.now()


def _change(
    agent: str,
    state: State,
    at: datetime,
    *,
    reason: str | None = None,
    call_id: UUID | None = None,
    of_call: UUID | None = None,
    expect: Collection[str] | None = None,
) -> Callable[[Connection], bool]:
    """The change of one agent's state as a function of the store: True when it was made. `call_id`: the call to which
    the agent belongs from now on, `of_call`: the one that it must belong to."""
    wanted = expect or comes_from(state)
    return lambda connection: rows.set_state(
        connection, agent, state, reason=reason, call_id=call_id, at=at, expect=wanted, of_call=of_call
    )
