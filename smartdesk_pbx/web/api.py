"""The daemon's HTTP API: POST /v1/NOUN/VERB with a token (the shell's or a session's); GET /healthz, /metrics without.

It listens on loopback only. Mistakes are 422, an edge that is down 503, each with {"error": "one line"}.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import structlog
from aiohttp import web

from smartdesk_pbx import metrics
from smartdesk_pbx.errors import EdgeDown, NotAllowed, RuleBroken
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Live, as_json, find, perform
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.web import account

LOOPBACK = ("127.0.0.1", "::1", "localhost")
BODY_BYTES = 1 << 20
DATABASE_S = 1.0
"""After this the health says that the database is late."""

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = structlog.get_logger()

Health = Callable[[], Mapping[str, str]]
"""What else the daemon knows of itself for /healthz, without waiting: name -> "ok" or what is wrong."""


async def _nothing() -> None:
    return None


@dataclass(frozen=True)
class Api:
    """What the HTTP API needs of the daemon. `after_write` follows every change, before its answer."""

    office: Office
    live: Live = field(default_factory=dict)
    after_write: Callable[[], Awaitable[None]] = _nothing
    health: Health = dict

    def app(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application(middlewares=[_errors], client_max_size=BODY_BYTES)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/metrics", _metrics)
        app.router.add_routes(account.routes(self.office))
        app.router.add_post("/v1/{noun}/{verb}", self._perform)
        return app

    async def start(self, where: str) -> "Listening":
        """Listen on HOST:PORT (port 0: a free one). Raises `RuleBroken` beyond loopback or when it is taken."""
        host, _, port = where.rpartition(":")
        if host.strip("[]") not in LOOPBACK or not port.isdigit():
            raise RuleBroken(f"http {where}: HOST:PORT on the loopback address is needed, as 127.0.0.1:8080")
        runner = web.AppRunner(self.app(), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, host.strip("[]"), int(port))
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise RuleBroken(f"http {where}: cannot listen there: {error.strerror}") from None
        return Listening(runner, f"{host}:{runner.addresses[0][1]}")

    async def _perform(self, request: web.Request) -> web.Response:
        actor = await account.actor_of(self.office, request)
        name = f"{request.match_info['noun']}.{request.match_info['verb']}"
        try:
            said = await request.json() if request.can_read_body else {}
        except (ValueError, LookupError):  # LookupError: a charset that nobody knows
            raise RuleBroken("the body is not JSON") from None
        answer = await perform(self.office, name, said, self.live, actor)
        if find(name).kind == "write":
            await self._follow()
        return web.json_response(as_json(answer), dumps=_dumps)

    async def _follow(self) -> None:
        try:
            await self.after_write()
        except EdgeDown as error:
            # The change is stored; the daemon's next sweep takes it up.
            log.warning("http.follow_up_later", why=str(error))

    async def _healthz(self, _: web.Request) -> web.Response:
        parts = {"database": await _database(self.office.store), **self.health()}
        well = all(state == "ok" for state in parts.values())
        answer = {"daemon": "ok", "pid": os.getpid(), "node": self.office.settings.node, **parts}
        return web.json_response(answer, status=200 if well else 503)


@dataclass(frozen=True)
class Listening:
    """A server that listens. `where` is HOST:PORT as one connects to it."""

    runner: web.AppRunner
    where: str

    async def close(self) -> None:
        """Stop listening; requests under way are finished first."""
        await self.runner.cleanup()


async def _database(store: Store) -> str:
    look = asyncio.ensure_future(store.read(store.now))
    # Not cancelled when it is late: a daemon that waits for its database is not a daemon that is stuck.
    done, _ = await asyncio.wait({look}, timeout=DATABASE_S)
    if not done:
        look.add_done_callback(lambda late: late.exception())
        return "late"
    return "away" if isinstance(look.exception(), EdgeDown) else "ok"


async def _metrics(_: web.Request) -> web.Response:
    return web.Response(body=metrics.text(), headers={"Content-Type": metrics.CONTENT_TYPE})


@web.middleware
async def _errors(request: web.Request, handler: Answer) -> web.StreamResponse:
    try:
        return await handler(request)
    except NotAllowed as error:
        return _error(403, str(error))
    except RuleBroken as error:
        return _error(422, str(error))
    except EdgeDown as error:
        return _error(503, str(error))
    except web.HTTPException as error:
        return _error(error.status, error.reason)
    except Exception:
        log.exception("http.defect", path=request.path)
        return _error(500, "a defect; the daemon's log says more")


def _error(status: int, text: str) -> web.Response:
    return web.json_response({"error": text}, status=status, dumps=_dumps)


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
