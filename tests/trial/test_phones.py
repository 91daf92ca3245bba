"""The phones against a real, tiny Asterisk."""

import asyncio

import pytest

from smartdesk_pbx.errors import EdgeDown
from smartdesk_pbx.trial import Caller, NotHeard, NotRegistered, NotSoFar, Sipp, Softphone
from smartdesk_pbx.trial.sound import Sound

from .conftest import PASSWORD
from .tiny_asterisk import TinyAsterisk


async def test_a_caller_hears_a_prompt_and_is_heard(idle: TinyAsterisk, sounds: dict[str, Sound]) -> None:
    async with Caller(idle.sip, "100") as caller:
        invited_at = await caller.dial()
        answered_at = await caller.answered()
        heard = await caller.ear.hears(sounds["right"], sounds["prompt"])
        assert heard.name == "prompt" and heard.score > 0.97
        assert caller.first_rtp_at and invited_at <= answered_at <= caller.first_rtp_at <= heard.until
        caller.say_tone(440)
        await caller.ear.hears_tone(440, timeout_s=6)
        ending = await caller.hang_up()
    assert (ending.by, ending.how, ending.status) == ("us", "bye", 200)


@pytest.mark.parametrize("speed", [(80, 50), (100, 100)])
async def test_typed_ahead_keys_arrive(idle: TinyAsterisk, sounds: dict[str, Sound], speed: tuple[int, int]) -> None:
    async with Caller(idle.sip, "101") as caller:
        await caller.dial()
        await caller.answered()
        released = await caller.press("132", digit_ms=speed[0], gap_ms=speed[1])
        assert released[-1] - released[0] < 2.5 * sum(speed) / 1000
        heard = await caller.ear.hears(sounds["right"], sounds["wrong"])
        assert heard.name == "right"
        ending = await caller.ended()
    assert (ending.by, ending.how, ending.cause) == ("them", "bye", 16)


async def test_no_key_and_the_far_end_hangs_up(idle: TinyAsterisk, sounds: dict[str, Sound]) -> None:
    async with Caller(idle.sip, "105") as caller:
        await caller.dial()
        await caller.ear.hears(sounds["prompt"])
        with pytest.raises(NotHeard, match="before the call ended"):
            await caller.ear.hears(sounds["wrong"], timeout_s=30)
        assert (await caller.ended()).by == "them"


async def test_hang_up_while_ringing(idle: TinyAsterisk) -> None:
    async with Caller(idle.sip, "102") as caller:
        await caller.dial()
        await caller.ringing()
        ending = await caller.hang_up()
    assert (ending.by, ending.how, ending.status) == ("us", "cancel", 487)


async def test_hang_up_that_crosses_the_answer(idle: TinyAsterisk) -> None:
    for _ in range(5):
        async with Caller(idle.sip, "100") as caller:
            await caller.dial()
            assert (await caller.hang_up()).by == "us"


@pytest.mark.parametrize(("number", "status"), [("103", 486), ("999", 404)])
async def test_refused(idle: TinyAsterisk, number: str, status: int) -> None:
    async with Caller(idle.sip, number) as caller:
        await caller.dial()
        ending = await caller.refused()
    assert (ending.by, ending.how, ending.status) == ("them", "refused", status)


async def test_what_the_network_would_say_arrives_whole(idle: TinyAsterisk) -> None:
    odd = 'Sakura [x] \\ 100% "q"'.replace('"', "'")
    async with Caller(idle.sip, "104", from_number="0311112222", display=odd, diversion=["0355556666"]) as caller:
        await caller.dial()
        await caller.answered()
    assert "DIVERSION=<sip:0355556666@127.0.0.1>" in idle.said()
    assert f"CALLER=0311112222 {odd}" in idle.said()
    assert caller.messages[0].header("From").startswith(f'"{odd}" <sip:0311112222@')


async def test_a_withheld_number(idle: TinyAsterisk) -> None:
    async with Caller(idle.sip, "104", privacy=True, pai="0377778888") as caller:
        await caller.dial()
        await caller.answered()
    assert "CALLER=0377778888" in idle.said() and "prohib" in idle.said()
    assert "0377778888" not in caller.messages[0].header("From")


async def test_several_callers_share_one_sipp(idle: TinyAsterisk, sounds: dict[str, Sound]) -> None:
    async with Sipp(idle.sip) as sipp, asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(_short_call(idle, sounds["prompt"], sipp))


async def _short_call(asterisk: TinyAsterisk, prompt: Sound, sipp: Sipp) -> None:
    async with Caller(asterisk.sip, "105", sipp=sipp) as caller:
        await caller.dial()
        await caller.ear.hears(prompt)
        await caller.ended()


def phone(asterisk: TinyAsterisk, **settings: object) -> Softphone:
    return Softphone(asterisk.sip, "agent1", PASSWORD, **settings)  # type: ignore[arg-type]


async def test_caller_and_agent_hear_each_other_twice(idle: TinyAsterisk) -> None:
    async with phone(idle, tone_hz=880) as agent:
        await agent.register()
        for by_agent in (False, True):
            async with Caller(idle.sip, "200") as caller:
                caller.say_tone(440)
                await caller.dial()
                call = await agent.rings()
                assert call.shown == "Case 7"
                await asyncio.gather(caller.ear.hears_tone(880, timeout_s=8), call.ear.hears_tone(440, timeout_s=8))
                if by_agent:
                    assert (await call.hang_up()).by == "us"
                    continue
                await caller.hang_up()
                assert (await call.ended()).by == "them"
        assert len(agent.calls) == 2


@pytest.mark.parametrize(
    ("mode", "status", "cause"), [("busy", "BUSY", 17), ("decline", "CHANUNAVAIL", 21), ("no_answer", "NOANSWER", None)]
)
async def test_an_agent_who_does_not_answer(idle: TinyAsterisk, mode: str, status: str, cause: int | None) -> None:
    async with phone(idle, mode=mode) as agent, Caller(idle.sip, "200") as caller:
        await agent.register()
        said = len(idle.said())
        await caller.dial()
        call = await agent.rings()
        await caller.answered()
        ending = await call.ended()
        assert ending.by == ("them" if mode == "no_answer" else "us")
        assert f"DIAL={status}" in idle.said()[said:]
        assert cause is None or f"CAUSE={cause}" in idle.said()[said:]


async def test_the_caller_leaves_while_the_agent_rings(idle: TinyAsterisk) -> None:
    async with phone(idle, mode="wait") as agent, Caller(idle.sip, "200") as caller:
        await agent.register()
        await caller.dial()
        call = await agent.rings()
        await caller.hang_up()
        assert (await call.ended()).how == "cancel"
        with pytest.raises(NotSoFar):
            await call.answer()


async def test_registration(idle: TinyAsterisk) -> None:
    async with phone(idle, expires_s=60) as agent:
        await agent.register()
        assert "agent1@127.0.0.1" in await idle.cli("pjsip show contacts")
        await agent.unregister()
        assert "agent1@127.0.0.1" not in await idle.cli("pjsip show contacts")
        async with Caller(idle.sip, "200") as caller:
            await caller.dial()
            await caller.answered()
        assert agent.calls == []


async def test_a_wrong_password_is_told(idle: TinyAsterisk) -> None:
    async with Softphone(idle.sip, "agent1", "wrong") as agent:
        with pytest.raises(NotRegistered, match="401"):
            await agent.register()


async def test_a_dead_sipp_is_told(idle: TinyAsterisk) -> None:
    async with Caller(idle.sip, "102") as caller:
        caller._sipp._child.kill()
        await caller._sipp._child.wait()
        with pytest.raises(EdgeDown):
            await caller.dial()
