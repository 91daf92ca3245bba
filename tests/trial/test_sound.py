"""What an ear recognises and what it must not take for it."""

import numpy as np
import pytest

from smartdesk_pbx.trial import rtp
from smartdesk_pbx.trial.sound import (
    RATE,
    Sound,
    decode,
    encode,
    find,
    quiet_spans,
    tone,
    tone_seconds,
    transcript,
)  # fmt: skip
from smartdesk_pbx.trial.timeline import Timeline


def test_mu_law_keeps_every_code() -> None:
    codes = bytes(range(256))
    again = decode(encode(decode(codes)))
    assert np.array_equal(again, decode(codes))
    assert decode(b"\xff")[0] == 0 and decode(b"\x80")[0] == pytest.approx(0.98, abs=0.01)
    assert decode(b"\x00")[0] == -decode(b"\x80")[0]


def test_a_prompt_is_found_where_it_is_and_no_other(sounds: dict[str, Sound]) -> None:
    noise = np.random.default_rng(9).normal(0, 0.01, RATE * 8).astype(np.float32)
    heard = noise.copy()
    first, last = sounds["prompt"].voiced
    heard[RATE * 3 : RATE * 3 + last - first] += sounds["prompt"].head(None)
    match = find(decode(encode(heard)), sounds["prompt"].head(1.5))
    assert match and match.first == RATE * 3 and match.score > 0.95
    assert find(heard, sounds["wrong"].head(1.5)) is None
    assert find(noise, sounds["prompt"].head(1.5)) is None
    assert find(np.zeros(RATE * 4, dtype=np.float32), sounds["prompt"].head(1.5)) is None


def test_a_transcript_lists_what_was_played_in_order_even_twice_and_cut_short(sounds: dict[str, Sound]) -> None:
    cut = sounds["prompt"].samples[: int(1.8 * RATE)]
    parts = [cut, sounds["wrong"].samples, sounds["prompt"].samples, sounds["prompt"].samples]
    found = transcript(np.concatenate(parts), list(sounds.values()))
    assert [s.name for s, _ in found] == ["prompt", "wrong", "prompt", "prompt"]


def test_a_tone_is_measured_in_seconds_and_told_from_its_neighbour() -> None:
    heard = np.concatenate((tone(440, 1.0), np.zeros(RATE, dtype=np.float32), tone(880, 0.5)))
    assert tone_seconds(heard, 440) == 1.0
    assert tone_seconds(heard, 880) == 0.5
    assert tone_seconds(heard, 620) == 0.0


def test_silence_is_found_with_its_length() -> None:
    heard = np.concatenate((tone(440, 1.0), np.zeros(2 * RATE, dtype=np.float32), tone(440, 0.5)))
    assert quiet_spans(heard, 1.0) == [(1.0, 3.0)]
    assert quiet_spans(heard, 2.1) == []


def test_rtp_goes_there_and_back_and_strangers_are_ignored() -> None:
    packet = rtp.Packet(101, 7, 1234, 99, rtp.key_payload("#", 640, end=True), marker=True)
    assert rtp.unpack(rtp.pack(packet)) == packet
    assert rtp.read_key(packet.payload) == ("#", True)
    assert rtp.unpack(b"\x80\xc8" + bytes(20)) is None
    assert rtp.unpack(b"hello") is None
    with pytest.raises(ValueError):
        rtp.key_payload("x", 0, end=False)


def test_packets_out_of_order_and_a_new_source_find_their_place() -> None:
    line, sound = Timeline(), tone(440, 0.1)
    coded = encode(sound)
    for stamp, at in ((0, 10.0), (320, 10.04), (160, 10.041), (480, 10.06)):
        line.add(rtp.Packet(0, 0, stamp, 1, coded[stamp : stamp + 160]), at)
    assert np.array_equal(line.cut(0, 640), decode(coded[:640]))
    line.add(rtp.Packet(0, 0, 990_000, 2, coded[:160]), 12.0)
    assert line.samples == 2 * RATE + 160
    assert line.time_of(2 * RATE) == 12.0
    ((gap_at, gap_s),) = line.arrival_gaps
    assert gap_at == 10.06 and gap_s == pytest.approx(1.94)
