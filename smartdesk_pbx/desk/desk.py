"""The desk at work: ONE place pairs a call with an agent, in one transaction of the store.

The store holds each agent's state; who is reachable (registered, phone answering) is known from Asterisk and
kept here. Callers wait for a free agent with `reserve`; whoever frees an agent wakes them.
"""

import asyncio
from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.clock import Clock
from smartdesk_pbx.desk.states import AWAY, State, comes_from
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import agent as rows
from smartdesk_pbx.store.session import Store


class Desk:
    """The agents of this installation, seen from this node."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._reachable: set[str] = set()
        self._changed = asyncio.Event()

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
            changed = self._changed
            agent = await self._store.run(lambda c: self._pair(c, call_id, team))
            left_s = deadline_s - self._clock.running_s()
            if agent or left_s <= 0 or not await self._store.read(lambda c: self._somebody(c, team)):
                return agent
            try:
                await asyncio.wait_for(changed.wait(), left_s)
            except TimeoutError:
                return None

    def _pair(self, connection: Connection, call_id: UUID, team: str) -> str | None:
        agent = rows.longest_idle(connection, team, self._reachable)
        if agent is None:
            return None
        taken = rows.set_state(
            connection, agent, "offered", reason=None, call_id=call_id, at=self._clock.now(), expect=("ready",)
        )
        return agent if taken else None

    def _somebody(self, connection: Connection, team: str) -> bool:
        return any(
            a.team == team and a.state not in AWAY and (a.state != "ready" or a.name in self._reachable)
            for a in rows.states(connection)
        )

    # ---- what becomes of an agent -------------------------------------------------------------------

    async def talking(self, agent: str, call_id: UUID) -> None:
        await self._change(agent, "talking", call_id=call_id)

    async def wrap_up(self, agent: str, call_id: UUID) -> None:
        """After the talk; ends with the primary response, by `ready`, or when its time is up."""
        await self._change(agent, "wrap_up", call_id=call_id)

    async def wrapped_up(self, agent: str, call_id: UUID) -> None:
        """The primary response of this call is complete: the agent is free again."""
        if any(a.name == agent and a.state == "wrap_up" and a.call_id == call_id for a in await self.agents()):
            await self._change(agent, "ready")

    async def missed(self, agent: str, reason: str) -> None:
        """The phone was not answered: paused, so that the next caller does not ring into nothing too (P7)."""
        await self._change(agent, "paused", reason=f"missed: {reason}")

    async def let_go(self, call_id: UUID) -> None:
        """The caller left: whoever was reserved for this call is ready again, and as long idle as before."""
        for a in await self.agents():
            if a.call_id == call_id and a.state == "offered":
                await self._change(a.name, "ready")

    async def asked(self, agent: str, state: State, reason: str | None = None) -> None:
        """What the agent says: ready, paused, offline. `RuleBroken` in an offer or a talk, or for nobody we know."""
        now = next((a for a in await self.agents() if a.name == agent), None)
        if now is None:
            raise RuleBroken(f"there is no agent {agent!r} (smartdesk agent list shows them)")
        if now.state in ("offered", "talking"):
            raise RuleBroken(f"{agent} is {now.state}: that ends with the call")
        if now.state != state or now.reason != reason:
            await self._change(agent, state, reason=reason, expect={now.state})

    async def _change(
        self,
        agent: str,
        state: State,
        *,
        reason: str | None = None,
        call_id: UUID | None = None,
        expect: "set[str] | frozenset[State] | None" = None,
    ) -> None:
        wanted = expect or comes_from(state)
        at = self._clock.now()
        change: Callable[[Connection], bool] = lambda c: rows.set_state(  # noqa: E731
            c, agent, state, reason=reason, call_id=call_id, at=at, expect=wanted
        )
        await self._store.run(change)
        self._wake()

    async def agents(self) -> list[rows.AgentState]:
        """All agents as they are now."""
        return list(await self._store.read(rows.states))

    async def sweep(self, wrap_up_s: float) -> None:
        """End every wrap-up whose time has passed."""
        now = self._clock.now()
        for a in await self.agents():
            if a.state == "wrap_up" and (now - a.since).total_seconds() >= wrap_up_s:
                await self._change(a.name, "ready")
