"""Recordings as people send them: any form, any rate, any channels; made right, or refused with a reason."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from smartdesk_pbx.audio import take
from smartdesk_pbx.audio.build import build
from smartdesk_pbx.audio.catalogue import Catalogue, manifest_file
from smartdesk_pbx.audio.check import check_built
from smartdesk_pbx.audio.shape import Sound, read_ulaw, spoken_level_db
from smartdesk_pbx.audio.take import decode, mono, taken
from smartdesk_pbx.audio.texts import load_prompts, recorded, texts
from smartdesk_pbx.errors import EdgeDown, Mistakes, RuleBroken
from smartdesk_pbx.settings import Settings

RATE = 44_100
HZ = 440.0


def tone(seconds: float, level: float = 0.1, rate: int = RATE, hz: float = HZ) -> Sound:
    sine: Sound = level * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)
    return sine


def write(path: Path, *channels: Sound, rate: int = RATE) -> Path:
    soundfile.write(path, np.stack(channels, axis=1), rate)
    return path


def encoded(wav: Path, *how: str, to: str) -> Path:
    """The same sound as another program would send it."""
    out = wav.with_suffix(f".{to}")
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(wav), *how, str(out)], check=True)
    return out


def quiet_stereo(folder: Path) -> Path:
    """2 s of tone at -23 dBFS with half a second of silence before and a second after, in both channels."""
    around = np.concatenate([np.zeros(RATE // 2), tone(2.0), np.zeros(RATE)])
    return write(folder / "sent.wav", around, around * 0.9)


def pitch(settings: Settings, prompt: str, language: str = "ja") -> float:
    heard = read_ulaw(Catalogue(settings).path(language, prompt))
    return float(np.abs(np.fft.rfft(heard)).argmax() * 8000 / len(heard))


def take_in(
    settings: Settings, file: Path, prompt: str = "bye", language: str = "ja", text: str | None = None
) -> float:
    with taken(settings, file, prompt, language, text) as one:
        build(settings)
    return one.seconds


def untouched(settings: Settings) -> dict[Path, bytes]:
    """Everything that an import may change."""
    files = [*(settings.home / "prompts").rglob("*"), *settings.sounds_dir.rglob("*")]
    return {file: file.read_bytes() for file in files if file.is_file()}


@pytest.mark.parametrize(
    ("how", "to"),
    [
        ((), "wav"),
        (("-c:a", "pcm_s24le", "-ar", "96000"), "wav"),
        (("-c:a", "pcm_f32le"), "wav"),
        (("-c:a", "pcm_u8", "-ar", "8000", "-ac", "1"), "wav"),
        (("-b:a", "64k"), "mp3"),
        (("-c:a", "aac"), "m4a"),
        (("-c:a", "libvorbis"), "ogg"),
        (("-c:a", "libopus"), "ogg"),
        ((), "flac"),
    ],
)
def test_a_recording_of_any_form_becomes_a_prompt(
    fresh: Settings, tmp_path: Path, how: tuple[str, ...], to: str
) -> None:
    sent = encoded(quiet_stereo(tmp_path), *how, to=f"x.{to}")
    assert take_in(fresh, sent) == pytest.approx(2.0, abs=0.1), "trimmed"
    stored, rate = soundfile.read(fresh.home / "prompts" / "ja" / "bye.wav", always_2d=True)
    assert stored.shape[1] == 1 and rate == min(soundfile.info(sent).samplerate if to != "m4a" else RATE, 48_000)
    assert spoken_level_db(stored[:, 0], rate) == pytest.approx(-20, abs=0.5)
    assert check_built(Catalogue(fresh).path("ja", "bye").with_suffix("")) == []
    assert pitch(fresh, "bye") == pytest.approx(HZ, abs=2)
    assert Catalogue(fresh).seconds("ja", "bye") == pytest.approx(2.29, abs=0.1)
    assert Catalogue(fresh).text("ja", "bye").startswith("お電話"), "the catalogue's text stays"


def test_a_name_that_lies_does_no_harm(fresh: Settings, tmp_path: Path) -> None:
    sent = quiet_stereo(tmp_path)
    assert take_in(fresh, sent.rename(tmp_path / "really-a-wav.mp3")) == pytest.approx(2.0, abs=0.1)


def test_a_text_that_is_given_is_kept_and_the_files_other_lines_stay(fresh: Settings, tmp_path: Path) -> None:
    sent, own = quiet_stereo(tmp_path), fresh.home / "prompts" / "ja.yaml"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("# ours\nbye: {text: 失礼いたします。, reading: シツレイ}  # short\n", "utf-8")
    take_in(fresh, sent, "spring-sale", text="春の売り出しは、3日からです。")
    assert texts(fresh, "ja")["spring-sale"] == "春の売り出しは、3日からです。"
    assert own.read_text("utf-8").startswith("# ours\nbye: {text: 失礼いたします。, reading: シツレイ}  # short\n")
    assert Catalogue(fresh).text("ja", "spring-sale") == "春の売り出しは、3日からです。"
    take_in(fresh, sent, "bye", text="さようなら。")
    assert load_prompts(fresh, "ja")["bye"].text == load_prompts(fresh, "ja")["bye"].spoken == "さようなら。"
    take_in(fresh, sent, "pm", text="昼すぎ")
    assert load_prompts(fresh, "ja")["pm"].piece, "it is still a piece"


def test_a_recording_makes_a_language_without_a_voice_heard(fresh: Settings, tmp_path: Path) -> None:
    take_in(fresh, quiet_stereo(tmp_path), "welcome-generic", "zh")
    assert "welcome-generic" in Catalogue(fresh).ids("zh")
    assert Catalogue(fresh).text("zh", "welcome-generic") == "感谢您的来电。"


def test_channels_in_opposite_phase_do_not_cancel(tmp_path: Path) -> None:
    file = write(tmp_path / "phase.wav", tone(1.0), -tone(1.0))
    sound, rate = decode(file)
    assert spoken_level_db(sound.mean(axis=1), rate) < -80
    assert spoken_level_db(mono(sound, rate), rate) == pytest.approx(-23, abs=0.5)


def test_speech_in_one_channel_only_is_taken(fresh: Settings, tmp_path: Path) -> None:
    assert take_in(fresh, write(tmp_path / "left.wav", tone(1.0), np.zeros(RATE))) == pytest.approx(1.0, abs=0.05)


def test_a_peak_raised_to_full_scale_is_not_clipping(fresh: Settings, tmp_path: Path) -> None:
    swell = tone(1.0, level=1.0) * np.linspace(0.2, 1.0, RATE)
    assert take_in(fresh, write(tmp_path / "loud.wav", swell)) == pytest.approx(1.0, abs=0.05)


def _clipped(folder: Path) -> Path:
    return write(folder / "sent.wav", np.clip(tone(1.0, level=3.0), -1, 1))


def _clipped_mp3(folder: Path) -> Path:
    return encoded(_clipped(folder), to="mp3")


def _pauses(folder: Path) -> Path:
    return write(folder / "sent.wav", np.concatenate([tone(1.0), np.zeros(3 * RATE), tone(1.0)]))


def _video(folder: Path) -> Path:
    out = folder / "sent.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=size=64x64:duration=0.2", str(out)], check=True
    )
    return out


def _cut_off(folder: Path) -> Path:
    whole = encoded(quiet_stereo(folder), "-c:a", "aac", to="m4a")
    whole.write_bytes(whole.read_bytes()[:2000])
    return whole


def _playlist(folder: Path) -> Path:
    file = folder / "sent.mp3"
    file.write_bytes(b"ID3\x03\0\0\0\0\0\0#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n")
    return file


def _words(folder: Path) -> Path:
    (folder / "sent.wav").write_text("not a sound")
    return folder / "sent.wav"


SOUND = "(wav, mp3, m4a, ogg or flac)"


def _of(seconds: float, rate: int = RATE, level: float = 0.1) -> Callable[[Path], Path]:
    return lambda folder: write(folder / "sent.wav", tone(seconds, level, rate), rate=rate)


QUIET = "is silence, or far too quiet (record again, speech near -20 dBFS)"


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (_of(1.0, level=0.0), QUIET),
        (_of(1.0, level=0.001), QUIET),
        (_clipped, "is clipped (record again with less gain)"),
        (_clipped_mp3, "is clipped (record again with less gain)"),
        (_of(0.05), "0.05 s long (between 0.08 s and 120 s)"),
        (_of(121, rate=8000), "longer than 120 s (between 0.08 s and 120 s)"),
        (_of(600, rate=8000), "longer than 120 s (between 0.08 s and 120 s)"),
        (_of(1.0, rate=4000), "4000 Hz (8000 Hz or more, best 16000 or 48000)"),
        (_pauses, "3.0 s of silence (at most 2.0 s)"),
        (_video, f"holds no sound {SOUND}"),
        (_cut_off, "cannot be decoded: "),
        (_playlist, "cannot be decoded: "),
        (_words, f"is no sound file that is understood {SOUND}"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_changes(
    fresh: Settings, tmp_path: Path, made: Callable[[Path], Path], told: str
) -> None:
    folder = tmp_path / "sent"
    folder.mkdir()
    sent, before = made(folder), untouched(fresh)
    with pytest.raises(Mistakes) as refused:
        take_in(fresh, sent, text="さようなら。")
    assert str(refused.value).startswith(f"{sent}: {told}")
    assert untouched(fresh) == before
    assert not list((fresh.home / "prompts").rglob(".*")), "nothing half-written"


@pytest.mark.parametrize(
    ("prompt", "language", "text", "told"),
    [
        ("Good Bye", "ja", None, "--as Good Bye: not a prompt id: a-z, 0-9 and -, at most 40"),
        ("../bye", "ja", None, "--as ../bye: not a prompt id: a-z, 0-9 and -, at most 40"),
        ("bye", "fr", None, "--language fr: en, ja, ko, zh are known; or begin"),
        ("bye", "../ja", None, "--language ../ja: en, ja, ko, zh are known; or begin"),
        ("bye", "ja", "", "--text: one line of 1 to 500 characters"),
        ("bye", "ja", "あ" * 501, "--text: one line of 1 to 500 characters"),
        ("bye", "ja", "a\nb", "--text: one line of 1 to 500 characters"),
    ],
)
def test_names_and_texts_are_checked_first(
    fresh: Settings, tmp_path: Path, prompt: str, language: str, text: str | None, told: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        take_in(fresh, quiet_stereo(tmp_path), prompt, language, text)
    assert str(refused.value).startswith(told)
    assert recorded(fresh, "ja") == {}


def test_files_that_cannot_be_read_or_are_huge(
    fresh: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RuleBroken, match=r"gone\.mp3: No such file or directory"):
        take_in(fresh, tmp_path / "gone.mp3")
    with pytest.raises(RuleBroken, match="Is a directory"):
        take_in(fresh, tmp_path)
    monkeypatch.setattr(take, "LARGEST_BYTES", 100_000)
    with pytest.raises(Mistakes, match=r"sent\.wav: 1 MB \(at most 0 MB\)"):
        take_in(fresh, quiet_stereo(tmp_path))


def test_without_ffmpeg_one_is_told_so(fresh: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(RuleBroken, match=r"^no ffmpeg: install the package ffmpeg$"):
        decode(quiet_stereo(tmp_path))


def test_a_build_that_fails_takes_the_import_back(fresh: Settings, tmp_path: Path) -> None:
    """Another recording is bad: the build refuses, and the one that was there before is there again."""
    take_in(fresh, write(tmp_path / "first.wav", tone(1.0, hz=600)), text="一つ目。")
    bad = fresh.home / "prompts" / "ja" / "moment.wav"
    soundfile.write(bad, np.zeros(8000), 8000)
    before, list_before = untouched(fresh), manifest_file(fresh).read_bytes()
    with pytest.raises(Mistakes, match="moment"):
        take_in(fresh, quiet_stereo(tmp_path), text="二つ目。")
    assert untouched(fresh) == before and manifest_file(fresh).read_bytes() == list_before
    bad.unlink()
    build(fresh)
    assert pitch(fresh, "bye") == pytest.approx(600, abs=2)
    assert texts(fresh, "ja")["bye"] == "一つ目。"


def test_a_disk_that_fails_is_the_edges_fault(fresh: Settings, tmp_path: Path) -> None:
    (fresh.home / "prompts").write_text("a file where the folder should be")
    with pytest.raises(EdgeDown, match=r"bye\.wav cannot be written"):
        take_in(fresh, quiet_stereo(tmp_path))
