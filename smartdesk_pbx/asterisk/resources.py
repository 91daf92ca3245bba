"""ARI's resources: names and parameters of every operation are those of Asterisk's REST documentation."""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any
from urllib.parse import quote


@lru_cache(maxsize=4096)
def _quoted(extension: str) -> str:
    """A verb's parameters in a URI: the same few come again with each call."""
    return quote(extension, safe="~")


class _Resource:
    def __init__(self, ask: Callable[..., Awaitable[Any]]) -> None:
        self._ask = ask


class Channels(_Resource):
    """`/channels`. Names and parameters as in Asterisk's documentation."""

    async def list(self) -> Any:
        return await self._ask("GET", "channels")

    async def get(self, *, channelId: str) -> Any:
        return await self._ask("GET", f"channels/{quote(channelId)}")

    async def originateWithId(self, *, channelId: str, variables: dict[str, str], **query: Any) -> Any:
        return await self._ask("POST", f"channels/{quote(channelId)}", query=query, body={"variables": variables})

    async def answer(self, *, channelId: str) -> None:
        await self._ask("POST", f"channels/{quote(channelId)}/answer")

    async def continueInDialplan(self, *, channelId: str, context: str, extension: str, priority: int = 1) -> None:
        where = f"context={context}&extension={_quoted(extension)}&priority={priority}"
        await self._ask("POST", f"channels/{quote(channelId)}/continue?{where}")

    async def hangup(self, *, channelId: str, reason_code: int | None = None) -> None:
        await self._ask("DELETE", f"channels/{quote(channelId)}", query={"reason_code": reason_code})

    async def startMoh(self, *, channelId: str, mohClass: str | None = None) -> None:
        await self._ask("POST", f"channels/{quote(channelId)}/moh", query={"mohClass": mohClass})

    async def stopMoh(self, *, channelId: str) -> None:
        await self._ask("DELETE", f"channels/{quote(channelId)}/moh")

    async def playWithId(self, *, channelId: str, playbackId: str, media: str, lang: str) -> None:
        query = {"media": media, "lang": lang}
        await self._ask("POST", f"channels/{quote(channelId)}/play/{quote(playbackId)}", query=query)

    async def getChannelVar(self, *, channelId: str, variable: str) -> str:
        """Over the pool: Asterisk holds it back while a prompt plays."""
        found = await self._ask("GET", f"channels/{quote(channelId)}/variable", query={"variable": variable}, pool=True)
        return str(found["value"])

    async def setChannelVar(self, *, channelId: str, variable: str, value: str) -> None:
        """Over the pool: Asterisk holds it back while a prompt plays."""
        query = {"variable": variable, "value": value}
        await self._ask("POST", f"channels/{quote(channelId)}/variable", query=query, pool=True)


class Bridges(_Resource):
    """`/bridges`."""

    async def list(self) -> Any:
        return await self._ask("GET", "bridges")

    async def get(self, *, bridgeId: str) -> Any:
        return await self._ask("GET", f"bridges/{quote(bridgeId)}")

    async def createWithId(self, *, bridgeId: str, type: str) -> None:
        await self._ask("POST", f"bridges/{quote(bridgeId)}", query={"type": type})

    async def addChannel(self, *, bridgeId: str, channel: str) -> None:
        """`channel` may be several, joined by commas. Over the pool: it waits for a running prompt."""
        await self._ask("POST", f"bridges/{quote(bridgeId)}/addChannel", query={"channel": channel}, pool=True)

    async def destroy(self, *, bridgeId: str) -> None:
        await self._ask("DELETE", f"bridges/{quote(bridgeId)}")


class Playbacks(_Resource):
    """`/playbacks`."""

    async def stop(self, *, playbackId: str) -> None:
        await self._ask("DELETE", f"playbacks/{quote(playbackId)}")


class Endpoints(_Resource):
    """`/endpoints`."""

    async def get(self, *, tech: str, resource: str) -> Any:
        return await self._ask("GET", f"endpoints/{quote(tech)}/{quote(resource)}")


class Applications(_Resource):
    """`/applications`."""

    async def filter(self, *, applicationName: str, filter: dict[str, Any]) -> None:
        await self._ask("PUT", f"applications/{quote(applicationName)}/eventFilter", body=filter)

    async def subscribe(self, *, applicationName: str, eventSource: str) -> None:
        await self._ask(
            "POST", f"applications/{quote(applicationName)}/subscription", query={"eventSource": eventSource}
        )


class AsteriskResource(_Resource):
    """`/asterisk`."""

    async def getInfo(self) -> Any:
        return await self._ask("GET", "asterisk/info")

    async def updateObject(self, *, configClass: str, objectType: str, id: str, fields: dict[str, str]) -> None:
        body = {"fields": [{"attribute": k, "value": v} for k, v in fields.items()]}
        await self._ask("PUT", f"asterisk/config/dynamic/{configClass}/{objectType}/{quote(id)}", body=body)
