"""Signing in over HTTP (R5): a session's token opens the same operations as the shell's, as far as its role reaches.

POST /v1/sign-in {account, password} · POST /v1/sign-out · GET /v1/me · GET, DELETE /v1/sessions ·
POST /v1/new-password {reset, password}.
"""

import hmac
from typing import Annotated, Any, TypeVar
from urllib.parse import unquote

from aiohttp import web
from pydantic import Field, ValidationError

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import sign_in
from smartdesk_pbx.office.actor import Actor
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params, as_json

P = TypeVar("P", bound=Params)


class SignIn(Params):
    account: Annotated[str, Field(max_length=80)]
    password: str


class NewPassword(Params):
    reset: str
    password: str


def routes(office: Office) -> list[web.RouteDef]:
    """The routes of accounts, to be added to the API's."""
    mine = _Accounts(office)
    return [
        web.post("/v1/sign-in", mine.sign_in),
        web.post("/v1/sign-out", mine.sign_out),
        web.post("/v1/new-password", mine.new_password),
        web.get("/v1/me", mine.me),
        web.get("/v1/sessions", mine.sessions),
        web.delete("/v1/sessions", mine.close_sessions),
    ]


async def actor_of(office: Office, request: web.Request) -> Actor:
    """Who asks: the shell of this machine by the installation's token, else the holder of a session.

    Raises HTTPUnauthorized for anybody else. The shell says itself who types; it could do anything anyway.
    """
    token = _token(request)
    why = unquote(request.headers.get("X-Smartdesk-Why", ""))[:200]
    if hmac.compare_digest(token.encode(), office.keys.http_token.encode()):
        return Actor(unquote(request.headers.get("X-Smartdesk-Who", ""))[:80] or "shell", why=why)
    actor = await sign_in.actor_of(office, token, why) if token else None
    if actor is None:
        raise web.HTTPUnauthorized
    return actor


class _Accounts:
    def __init__(self, office: Office) -> None:
        self._office = office

    async def sign_in(self, request: web.Request) -> web.Response:
        said = await _said(request, SignIn)
        where = sign_in.From(request.remote or "-", request.headers.get("User-Agent", "-"))
        answer = await sign_in.sign_in(self._office, said.account, said.password, where)
        return web.json_response(as_json(answer), headers={"Cache-Control": "no-store"})

    async def sign_out(self, request: web.Request) -> web.Response:
        await sign_in.sign_out(self._office, _token(request))
        return web.json_response({"signed_in": False})

    async def new_password(self, request: web.Request) -> web.Response:
        said = await _said(request, NewPassword)
        return web.json_response({"account": await sign_in.new_password(self._office, said.reset, said.password)})

    async def me(self, request: web.Request) -> web.Response:
        actor = await actor_of(self._office, request)
        return web.json_response({"account": actor.who, "role": actor.role})

    async def sessions(self, request: web.Request) -> web.Response:
        actor = await actor_of(self._office, request)
        return web.json_response(as_json(await sign_in.own_sessions(self._office, actor)))

    async def close_sessions(self, request: web.Request) -> web.Response:
        actor = await actor_of(self._office, request)
        await sign_in.close_own(self._office, actor)
        return web.json_response([])


def _token(request: web.Request) -> str:
    said = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return said if said.isascii() else ""


async def _said(request: web.Request, model: type[P]) -> P:
    try:
        said: Any = await request.json()
        return model.model_validate(said)
    except ValidationError as error:
        # Only the fields' names: the values are passwords.
        fields = ", ".join(".".join(map(str, e["loc"])) for e in error.errors(include_input=False)) or "the body"
        raise RuleBroken(f"{fields}: {', '.join(model.model_fields)} are needed") from None
    except (ValueError, LookupError):
        raise RuleBroken("the body is not JSON") from None
