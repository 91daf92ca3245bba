"""What a flow does beyond menus, on a real Asterisk: a message heard again, languages, values read aloud, lookups."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import soundfile
from aiohttp import web
from aiohttp.test_utils import TestServer

from smartdesk_pbx.audio.spell import read_aloud
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.trial.prompts import Prompts
from smartdesk_pbx.trial.sound import Sound, decode, tone_seconds
from tests.asterisk.board import Board

FIRST_HZ, SECOND_HZ = 437.0, 719.0


def facts(case: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [e for e in case["events"] if e["kind"] == kind]


# ---- a message, heard again ---------------------------------------------------------------------------

REVIEW = """
flow: review
languages: [ja]
start: message
nodes:
  message: {kind: record, prompts: [moment], review: true, silence_s: 10, tries: 5, next: kept, on_silence: kept}
  kept: {kind: hangup, prompts: [message-thanks]}
"""


async def test_the_caller_hears_the_own_voice_and_records_it_anew(board: Board) -> None:
    number, before = await board.meets(REVIEW), await board.known()
    sounds = {f.name for f in (board.home / "sounds" / "ja").iterdir()}
    async with board.caller(number) as me:
        await me.dial()
        for hz in (FIRST_HZ, SECOND_HZ):
            await me.ear.hears(board.prompts["beep"], least_s=0.3, timeout_s=20)
            me.say_tone(hz)
            await asyncio.sleep(2)
            me.say_tone(None)
            await me.press("#")
            await me.ear.hears(board.prompts["message-review"])
            await me.press("2")
            await me.ear.hears_tone(hz, timeout_s=15, least_s=1)
            me.ear.forget()
            await me.ear.hears(board.prompts["message-review"])
            await me.press("3" if hz == FIRST_HZ else "1")
        await me.ear.hears(board.prompts["message-thanks"])
        await me.hang_up()
        case = await board.closed((await board.case_of(before))["case_id"])
    thrown, (message,) = facts(case, "message.discarded"), case["recordings"]
    assert (case["outcome"], len(facts(case, "message.recorded")), len(thrown)) == ("message", 2, 1)
    folder = Path(case["recordings_folder"])
    sound, rate = soundfile.read(folder / message["file"], dtype="float32")
    assert tone_seconds(sound, SECOND_HZ, rate) > 1 and tone_seconds(sound, FIRST_HZ, rate) < 0.3
    assert not (folder / thrown[0]["file"]).exists()
    assert {f.name for f in (board.home / "sounds" / "ja").iterdir()} == sounds, "what was played back is left"


SILENT = """
flow: silent
languages: [ja]
start: message
nodes:
  message: {kind: record, prompts: [moment], silence_s: 2, next: kept, on_silence: nothing}
  kept: {kind: hangup, prompts: [message-thanks]}
  nothing: {kind: hangup, prompts: [company-info]}
"""


@pytest.mark.parametrize("hangs_up", [False, True])
async def test_r7_2_whoever_says_nothing_leaves_no_message(board: Board, hangs_up: bool) -> None:
    """Asterisk keeps the silence that it heard; that is no message, and nothing is charged."""
    number, before = await board.meets(SILENT), await board.known()
    async with board.caller(number) as me:
        await me.dial()
        await me.ear.hears(board.prompts["beep"], least_s=0.3, timeout_s=20)
        if hangs_up:
            await asyncio.sleep(1.5)  # silent
        else:
            await me.ear.hears(board.prompts["company-info"], timeout_s=15)
        await me.hang_up()
        case = await board.closed((await board.case_of(before))["case_id"])
    assert (case["outcome"], case["billable"], case["recordings"]) == ("self_service", False, [])


# ---- languages -------------------------------------------------------------------------------------------

LANGUAGES = """
flow: tongues
languages: [ja, en]
start: tongue
nodes:
  tongue: {kind: language, prompts: [moment], keys: {"1": ja, "2": en}, wait_s: 20, next: caller}
  caller: {kind: announce, prompts: ["@caller", company-info], next: menu}
  menu: {kind: menu, prompts: [main-menu], keys: {"9": back}, wait_s: 20, on_silence: bye, on_wrong_key: bye}
  back: {kind: goto, to: tongue, then: bye}
  bye: {kind: hangup, prompts: [company-info]}
"""


def spoken(board: Board, value: str, language: str) -> Sound:
    """How a number is read aloud."""
    return Sound("the number", decode(read_aloud(Settings(home=board.home), "digits", value, language)[".ulaw"]))


async def test_every_sound_follows_the_language_that_the_caller_chose(board: Board) -> None:
    number, before = await board.meets(LANGUAGES), await board.known()
    english = Prompts(Settings(home=board.home), "en")
    async with board.caller(number) as me:
        await me.dial()
        await me.ear.hears(board.prompts["moment"])
        await me.press("2")
        await me.ear.hears(spoken(board, "+81312349876", "en"), least_s=3)
        await me.ear.hears(english["company-info"])
        await me.ear.hears(english["main-menu"], timeout_s=30)
        await me.press("9")
        await me.ear.hears(english["moment"])
        await me.press("1")
        await me.ear.hears(spoken(board, "+81312349876", "ja"), least_s=3)
        await me.ear.hears(board.prompts["company-info"])
        await me.hang_up()
        await board.closed((await board.case_of(before))["case_id"])


# ---- the subscriber's own system --------------------------------------------------------------------------

LOOKUP = """
flow: lookup
languages: [ja]
start: ask
nodes:
  ask:
    kind: lookup
    url: "http://127.0.0.1:%d/callers"
    method: %s
    send: [caller, number]
    limit_s: 1.5
    answers: {vip: vip}
    otherwise: rest
  vip: {kind: hangup, prompts: [company-info]}
  rest: {kind: hangup, prompts: [bye]}
"""
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class System:
    """The subscriber's system: a real HTTP server, whose `answer` a test replaces."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answer: Answer = self.text("vip")
        self.server = TestServer(self._app())

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        told = dict(request.query) if request.method == "GET" else await request.json()
        self.asked.append({"method": request.method, "path": request.path, **told})
        return await self.answer(request)

    @staticmethod
    def text(text: str, status: int = 200, **headers: str) -> Answer:
        async def answer(_: web.Request) -> web.StreamResponse:
            return web.Response(text=text, status=status, headers=headers)

        return answer


@pytest.fixture
async def system() -> AsyncIterator[System]:
    one = System()
    await one.server.start_server()
    yield one
    await one.server.close()


async def asked(board: Board, system: System, heard: str, *, method: str = "GET") -> dict[str, Any]:
    """One call whose flow asks; it must hear this. The fact about the lookup."""
    port = system.server.port or 0
    number = await board.meets(LOOKUP % (port, method), lookup_hosts=f"127.0.0.1:{port}")
    before = await board.known()
    async with board.caller(number) as me:
        await me.dial()
        await me.ear.hears(board.prompts[heard], least_s=0.8)
        await me.hang_up()
        case = await board.closed((await board.case_of(before))["case_id"])
    (made,) = facts(case, "lookup.made")
    assert made["host"] == f"127.0.0.1:{port}"
    return made


@pytest.mark.parametrize(("method", "answer"), [("GET", "vip\n"), ("POST", '{"answer": "vip"}')])
async def test_a_system_that_answers(board: Board, system: System, method: str, answer: str) -> None:
    system.answer = system.text(answer)
    made = await asked(board, system, "company-info", method=method)
    assert (made["outcome"], made["answer"], made["why"]) == ("answered", "vip", "")
    assert system.asked == [
        {"method": method, "path": "/callers", "caller": "+81312349876", "number": board.numbers[1]}
    ]


async def slow(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response(text="vip")


async def drip(request: web.Request) -> web.StreamResponse:
    """Never ends: a byte now and then."""
    answer = web.StreamResponse()
    await answer.prepare(request)
    while True:
        await answer.write(b" ")
        await asyncio.sleep(0.2)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (slow, "timeout"),
        (drip, "timeout"),
        (System.text("gold"), "unlisted"),
        (System.text("vip" + " " * 5000), "fault"),
        (System.text('{"answer": ["vip"]}'), "unlisted"),
        (System.text('{"answer": '), "fault"),
        (System.text("vip", 500), "status"),
        (System.text("", 302, Location="/elsewhere"), "status"),
    ],
    ids=["slow", "drip", "unlisted", "long", "no word", "no json", "500", "redirect"],
)
async def test_a_system_that_is_slow_or_fails(board: Board, system: System, answer: Answer, why: str) -> None:
    system.answer = answer
    made = await asked(board, system, "bye")
    assert (made["outcome"], made["why"], made["answer"]) == ("otherwise", why, "")
    assert len(system.asked) == 1, "a redirect was followed, or the question was put twice"
    assert made["ms"] < 2500


async def test_a_system_that_is_not_there(board: Board, system: System) -> None:
    port = system.server.port or 0
    await system.server.close()
    number, before = await board.meets(LOOKUP % (port, "GET"), lookup_hosts=f"127.0.0.1:{port}"), await board.known()
    async with board.caller(number) as me:
        await me.dial()
        await me.ear.hears(board.prompts["bye"], least_s=0.8)
        await me.hang_up()
        case = await board.closed((await board.case_of(before))["case_id"])
    assert [e["why"] for e in facts(case, "lookup.made")] == ["fault"]
