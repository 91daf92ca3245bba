"""Subscribers' systems over HTTP: one request, no redirects, a short answer."""

import json

import aiohttp

from smartdesk_pbx.call.question import NoAnswer, Question

LONGEST_ANSWER = 4096
"""Bytes."""

AT_ONCE = 100
"""Requests under way at the same time; the next ones wait, within their own limits."""


class LookupHttp:
    """Asks over HTTP. The time of a request is bounded by whoever waits for it; redirects are not followed, and
    cookies, proxies and credentials of this host are not used."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, question: Question) -> str:
        """The word that was answered: plain text, or JSON {"answer": "vip"}. Raises `NoAnswer`."""
        get = question.method == "GET"
        told = dict(question.told)
        try:
            async with self._open().request(
                question.method, question.url, params=told if get else None, json=None if get else told,
                allow_redirects=False,
            ) as reply:  # fmt: skip
                if not 200 <= reply.status < 300:
                    raise NoAnswer("status")
                return _word(await _short(reply))
        except (aiohttp.ClientError, OSError, ValueError):
            raise NoAnswer("fault") from None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=AT_ONCE),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
                headers={"Accept": "application/json, text/plain", "Accept-Encoding": "identity"},
            )
        return self._session

    async def close(self) -> None:
        """End all connections."""
        if self._session:
            await self._session.close()


async def _short(reply: aiohttp.ClientResponse) -> bytes:
    """The answer. Raises `ValueError` for one that does not end."""
    got = b""
    async for some in reply.content.iter_chunked(LONGEST_ANSWER):
        got += some
        if len(got) > LONGEST_ANSWER:
            raise ValueError("too long")
    return got


def _word(answer: bytes) -> str:
    """Raises `ValueError` for what is no text."""
    text = answer.decode().strip()
    if not text.startswith("{"):
        return text
    word = json.loads(text).get("answer")
    return word if isinstance(word, str) else ""
