"""The routing snapshot in force: in memory for calls, on disk for a start without the database."""

import structlog

from smartdesk_pbx.clock import Clock
from smartdesk_pbx.errors import EdgeDown
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.snapshot import Routing, from_file, load, to_file, version

log = structlog.get_logger()


class RoutingKeeper:
    """`current()` is never older than the last `refresh`; a version that was scheduled is in it at its time, to the
    moment and whether or not the database is there."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._settings, self._store, self._clock = settings, store, clock
        self._routing: Routing | None = None

    def current(self) -> Routing:
        """The snapshot in force. Raises `EdgeDown` before the first refresh."""
        if self._routing is None:
            raise EdgeDown("no routing snapshot yet")
        self._routing = self._routing.as_of(self._clock.now())
        return self._routing

    async def refresh(self) -> None:
        """Take over what has changed in the database; one cheap query when nothing has. With the database away the
        snapshot stays, or is read from disk at a start."""
        try:
            if self._routing and await self._store.read(version) == self._routing.version:
                return
            before = self._routing
            self._routing = await self._store.read(lambda c: load(c, self._clock.now(), before))
            to_file(self._routing, self._settings.snapshot_file)
        except EdgeDown:
            if self._routing is None:
                self._routing = from_file(self._settings.snapshot_file)
                log.warning("database away: routing from disk", version=self._routing.version)
