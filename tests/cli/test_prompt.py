"""`smartdesk prompt`: recordings taken in, heard, proved; each mistake says what to do."""

import os
import re
import stat
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from tests.cli.conftest import CHECKOUT, Cli


def sent(folder: Path, name: str, *how: str, source: str = "sine=frequency=440:sample_rate=44100:duration=2") -> Path:
    """A sound as a person would send it, made by another program."""
    out = folder / name
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, *how, str(out)], check=True)
    return out


def test_a_stereo_mp3_is_taken_in_and_heard(bare: Cli, tmp_path: Path) -> None:
    file = sent(tmp_path, "welcome.mp3", "-ac", "2", "-af", "volume=0.5,apad=pad_dur=1")
    took = bare.did("prompt", "import", str(file), "--as", "welcome-generic", "--language", "ja", "--json").json
    assert (took["rate"], took["channels"], took["text"]) == (44100, 2, "お電話ありがとうございます。")
    assert took["seconds"] == pytest.approx(2.0, abs=0.1)
    shown = bare.did("prompt", "show", "welcome-generic", "--json").json
    assert {(one["language"], one["state"]) for one in shown} == {
        ("ja", "recorded"), ("en", "voice"), ("zh", "text only"), ("ko", "text only"),
    }  # fmt: skip
    out = tmp_path / "heard.wav"
    said = bare.did("prompt", "play", "welcome-generic", "--to", str(out)).out
    assert re.fullmatch(rf"お電話ありがとうございます。\n2\.\d+ s, written to {out}\n", said)
    with wave.open(str(out)) as heard:
        assert (heard.getnchannels(), heard.getframerate(), heard.getsampwidth()) == (1, 16000, 2)
        assert heard.getnframes() / 16000 == pytest.approx(2.29, abs=0.1)
    assert "0 flows (none)" in bare.did("prompt", "check").out


def test_an_m4a_with_its_text_makes_a_new_prompt(bare: Cli, tmp_path: Path) -> None:
    file = sent(tmp_path, "sale.m4a", "-c:a", "aac", "-af", "volume=0.5")
    words = ("prompt", "import", str(file), "--as", "spring-sale", "--language", "ja")
    assert bare.did(*words).out.endswith("from 44100 Hz, mono: without a text (--text)\n")
    assert "mono: 春の売り出し。" in bare.did(*words, "--text", "春の売り出し。").out
    assert "春の売り出し。" in (bare.home / "prompts" / "ja.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("anullsrc=duration=2", "is silence, or far too quiet (record again, speech near -20 dBFS)"),
        ("aevalsrc=3*sin(2*PI*440*t):d=2,aformat=sample_fmts=s16", "is clipped (record again with less gain)"),
    ],
)
def test_silence_and_clipping_are_refused(bare: Cli, tmp_path: Path, source: str, told: str) -> None:
    file = sent(tmp_path, "bad.wav", source=source)
    line = bare("prompt", "import", str(file), "--as", "bye", "--language", "ja").one_line(2)
    assert line == f"smartdesk: {file}: {told}\n"
    assert not (bare.home / "prompts").exists() or not list((bare.home / "prompts").rglob("*.wav"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("play", "nonsense"), "no prompt nonsense is built in ja (smartdesk prompt list shows what is)"),
        (("play", "bye", "--language", "zh"), "no prompt bye is built in zh (smartdesk prompt list shows what is)"),
        (
            ("play", "bye", "3"),
            "a value is read aloud as @caller, @day, @number, @opens, @position, @time: @time 15:30",
        ),
        (("play", "@time"), "a value is read aloud as @caller, @day, @number, @opens, @position, @time: @time 15:30"),
        (("play", "@time", "25:00"), "'25:00' is not a time that can be read aloud"),
        (("play", "bye", "--to", "/nowhere/x.wav"), "--to /nowhere/x.wav: No such file or directory"),
        (("list", "--language", "fr"), "language fr: en, ja, ko, zh are known"),
        (("import", "/nowhere/x.mp3", "--as", "bye", "--language", "ja"), "/nowhere/x.mp3: No such file or directory"),
    ],
)
def test_mistakes_say_what_to_do(bare: Cli, words: tuple[str, ...], told: str) -> None:
    assert bare("prompt", *words).one_line(2) == f"smartdesk: {told}\n"


def test_what_is_read_aloud_can_be_heard(bare: Cli, tmp_path: Path) -> None:
    out = tmp_path / "opens.wav"
    bare.did("prompt", "play", "@opens", "2026-01-05T09:30", "--to", str(out))
    with wave.open(str(out)) as heard:
        assert 3 < heard.getnframes() / 16000 < 7


def test_a_player_of_this_machine_is_used_when_it_plays(bare: Cli, tmp_path: Path) -> None:
    """One that ends at once has no loudspeaker; then one is told where the sound lies."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def play(script: str) -> str:
        (folder / "aplay").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "aplay").chmod(stat.S_IRWXU)
        path = f"{folder}:{os.environ['PATH']}"
        env = os.environ | {"SMARTDESK_HOME": str(bare.home), "PATH": path}
        words = [sys.executable, "-m", "smartdesk_pbx", "prompt", "play", "confirm"]
        return subprocess.run(words, capture_output=True, text=True, env=env, cwd=CHECKOUT, check=True).stdout

    assert play(f'cp "$2" {folder}/played.wav; sleep 0.5') == "\n0.28 s\n"
    with wave.open(str(folder / "played.wav")) as heard:
        assert heard.getnframes() == 4480
    assert "cannot be played here (aplay, paplay or ffplay): the sound is" in play("exit 0")
    assert "cannot be played here" in play("exit 1")


def test_check_tells_all_that_is_wrong_and_build_mends_it(bare: Cli) -> None:
    for name, kept in (("bye", 0), ("moment", 4000)):
        file = bare.home / "sounds" / "ja" / f"{name}.ulaw"
        file.write_bytes(file.read_bytes()[:kept])
    said = bare("prompt", "check")
    assert (said.status, said.out) == (2, "")
    assert said.err.splitlines() == [
        "smartdesk: catalogue, ja: bye: is empty (smartdesk prompt build)",
        "smartdesk: catalogue, ja: moment: is damaged: 0.50 s instead of 1.68 s (smartdesk prompt build)",
    ]
    assert "2 files changed" in bare.did("prompt", "build").out
    assert bare.did("prompt", "check", "--json").json["languages"] == []


def test_build_says_which_texts_nobody_speaks(bare: Cli) -> None:
    said = bare.did("prompt", "build", "--json").json
    assert said["changed"] == 0
    assert said["text_only"] == {"en": 2, "ja": 2, "ko": said["text_only"]["zh"], "zh": said["text_only"]["ko"]}
    assert said["text_only"]["zh"] > 180
