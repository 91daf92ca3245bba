"""Two ears that talk to each other, without a switchboard between them."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from smartdesk_pbx.trial.ear import Ear, NotHeard
from smartdesk_pbx.trial.sound import Sound


@pytest.fixture
async def pair() -> AsyncIterator[tuple[Ear, Ear]]:
    async with Ear() as here, Ear() as there:
        here.talk_to(there.host, there.port)
        there.talk_to(here.host, here.port)
        yield here, there


async def test_each_side_hears_the_tone_of_the_other(pair: tuple[Ear, Ear]) -> None:
    here, there = pair
    here.voice.tone(440)
    there.voice.tone(880)
    await asyncio.gather(here.hears_tone(880), there.hears_tone(440))
    with pytest.raises(NotHeard, match="440 Hz"):
        await here.hears_tone(440, timeout_s=0.3)


async def test_sounds_are_heard_in_order_each_once(pair: tuple[Ear, Ear], sounds: dict[str, Sound]) -> None:
    here, there = pair
    there.voice.play(sounds["prompt"])
    there.voice.play(sounds["wrong"])
    first = await here.hears(sounds["right"], sounds["prompt"])
    assert first.name == "prompt" and first.score > 0.97
    second = await here.hears(*sounds.values(), whole=True)
    assert second.name == "wrong"
    assert second.at - first.at == pytest.approx(sounds["prompt"].seconds, abs=0.1)
    with pytest.raises(NotHeard, match=r"prompt was not heard in 0\.2 s.*recognised before: prompt, wrong"):
        await here.hears(sounds["prompt"], timeout_s=0.2)


async def test_keys_arrive_in_order_at_their_speed(pair: tuple[Ear, Ear]) -> None:
    here, there = pair
    released = await here.voice.press("132", digit_ms=80, gap_ms=50)
    assert "".join(key for key, _ in there.keys) == "132"
    assert released[-1] - released[0] == pytest.approx(0.26, abs=0.05)
    with pytest.raises(ValueError):
        await here.voice.press("1x")


async def test_a_muted_far_end_is_a_silence(pair: tuple[Ear, Ear]) -> None:
    here, there = pair
    there.voice.tone(880)
    await here.hears_tone(880)
    there.voice.muted = True
    muted_at = here.line.last_at
    await asyncio.sleep(0.7)
    there.voice.muted = False
    await here.hears_tone(880, since=muted_at + 0.3)
    ((began, lasted),) = here.silences(0.5)
    assert began == pytest.approx(muted_at, abs=0.1) and lasted == pytest.approx(0.7, abs=0.15)
    assert max(gap for _, gap in here.line.arrival_gaps) == pytest.approx(0.7, abs=0.15)


async def test_an_ended_call_ends_the_listening_at_once(pair: tuple[Ear, Ear], sounds: dict[str, Sound]) -> None:
    here, _ = pair
    listening = asyncio.create_task(here.hears(sounds["prompt"], timeout_s=30))
    await asyncio.sleep(0)
    here.hang_up("before the call ended")
    with pytest.raises(NotHeard, match="before the call ended"):
        await asyncio.wait_for(listening, 2)
