"""Building: complete, measured, cached, overridable, and all or nothing."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from smartdesk_pbx.audio import check, make
from smartdesk_pbx.audio.build import build
from smartdesk_pbx.audio.catalogue import TONES, Catalogue, file_id, manifest_file, refuse_collisions
from smartdesk_pbx.audio.pieces import needed
from smartdesk_pbx.audio.shape import Sound, read_ulaw
from smartdesk_pbx.audio.texts import OpenJTalk, load_prompts
from smartdesk_pbx.errors import EdgeDown, Mistakes, RuleBroken
from smartdesk_pbx.settings import Settings

RATE = 16000


def tone(seconds: float, level: float = 0.3, hz: float = 440.0) -> Sound:
    sine: Sound = level * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)
    return sine


def record(settings: Settings, prompt: str, sound: Sound, rate: int = RATE, language: str = "ja") -> Path:
    path = settings.home / "prompts" / language / f"{prompt}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, rate)
    return path


def test_file_names_are_short_and_stable() -> None:
    assert file_id("digit-0") == "digit-0"
    assert file_id("silence-1") == "26y2ae62"
    assert len(file_id("a" * 40)) == 8


def test_two_prompts_in_one_file_are_refused() -> None:
    refuse_collisions(["welcome-generic", "bye"])
    with pytest.raises(RuleBroken, match="welcome-generic"):
        refuse_collisions(["welcome-generic", file_id("welcome-generic")])


def test_each_prompt_is_built_and_sound(built: Settings) -> None:
    catalogue = Catalogue(built)
    assert catalogue.languages == ("en", "ja")
    for language in catalogue.languages:
        ids = catalogue.ids(language)
        assert len(ids) >= 180
        assert catalogue.missing(language, ids) == ()
        for id_ in ids:
            path = catalogue.path(language, id_)
            assert check.check_built(path.with_suffix(""), silent=id_ == "silence-1") == [], id_
            assert catalogue.seconds(language, id_) == pytest.approx(len(read_ulaw(path)) / 8000)


def test_no_prompt_drags_on_or_rushes(built: Settings) -> None:
    catalogue = Catalogue(built)
    prompts = load_prompts(built, "ja").items()
    speech = [id_ for id_, one in prompts if len(one.text) > 5 and not one.piece and one.language == "ja"]
    pace = {id_: len(catalogue.text("ja", id_)) / catalogue.seconds("ja", id_) for id_ in speech}
    assert all(3.0 < letters_per_s < 8.5 for letters_per_s in pace.values()), pace


def test_what_is_not_built_is_told(built: Settings, tmp_path: Path) -> None:
    catalogue = Catalogue(built)
    assert catalogue.missing("ja", ["bye", "nonsense"]) == ("nonsense",)
    with pytest.raises(RuleBroken, match="nonsense"):
        catalogue.seconds("ja", "nonsense")
    with pytest.raises(RuleBroken, match="smartdesk prompt build"):
        Catalogue(Settings(home=tmp_path)).ids("ja")


def test_a_second_build_changes_nothing_and_is_quick(fresh: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "_made_by_workers", lambda *_: pytest.fail("something was made again"))
    before = {path: path.stat().st_mtime_ns for path in fresh.sounds_dir.rglob("*")}
    begin = time.perf_counter()
    assert build(fresh).changed == 0
    assert time.perf_counter() - begin < 1.0
    assert {path: path.stat().st_mtime_ns for path in fresh.sounds_dir.rglob("*")} == before


def test_a_lost_file_is_put_back(fresh: Settings) -> None:
    lost = Catalogue(fresh).path("ja", "bye")
    lost.unlink()
    assert build(fresh).changed == 1
    assert lost.is_file()


def test_a_recording_is_played_instead_of_the_voice_until_it_is_taken_away(fresh: Settings) -> None:
    spoken = Catalogue(fresh).path("ja", "bye").read_bytes()
    recording = record(fresh, "bye", tone(1.0))
    assert build(fresh).changed == 1
    catalogue = Catalogue(fresh)
    heard = read_ulaw(catalogue.path("ja", "bye"))
    assert np.abs(np.fft.rfft(heard)).argmax() * 8000 / len(heard) == pytest.approx(440, abs=2)
    assert catalogue.seconds("ja", "bye") == pytest.approx(1.29, abs=0.05)
    assert catalogue.text("ja", "bye").startswith("お電話ありがとう")
    recording.unlink()
    build(fresh)
    assert Catalogue(fresh).path("ja", "bye").read_bytes() == spoken


def test_a_recording_can_add_a_prompt_and_goes_with_it(fresh: Settings) -> None:
    recording = record(fresh, "spring-campaign", tone(1.0))
    build(fresh)
    sound = Catalogue(fresh).path("ja", "spring-campaign")
    assert sound.is_file()
    recording.unlink()
    assert build(fresh).removed == 1
    assert not sound.exists()


def test_a_language_without_a_voice_has_what_was_recorded_and_no_more(fresh: Settings) -> None:
    assert Catalogue(fresh).ids("zh") == Catalogue(fresh).ids("ko") == frozenset()
    record(fresh, "bye", tone(1.0), language="zh")
    build(fresh)
    catalogue = Catalogue(fresh)
    assert catalogue.languages == ("en", "ja", "zh")
    assert catalogue.ids("zh") == {"bye", "language-choice-ja", "language-choice-en", *TONES}
    assert catalogue.complete == ("en", "ja")
    assert catalogue.reads("digits") == ("en", "ja")
    assert (catalogue.text("zh", "bye"), catalogue.text("ja", "bye")[:2]) == ("感谢您的来电，再见。", "お電")


def test_a_languages_choice_is_spoken_by_that_language_everywhere(fresh: Settings) -> None:
    """In a Japanese menu too the English voice says "For English, press 2"; Chinese is the recording, if there is."""
    catalogue = Catalogue(fresh)
    spoken = {catalogue.path(language, "language-choice-en").read_bytes() for language in ("ja", "en")}
    assert len(spoken) == 1
    assert not {"language-choice-zh", "language-choice-ko"} & catalogue.ids("ja")
    record(fresh, "language-choice-zh", tone(1.0), language="zh")
    build(fresh)
    catalogue = Catalogue(fresh)
    assert len({catalogue.path(language, "language-choice-zh").read_bytes() for language in ("ja", "en", "zh")}) == 1
    built = catalogue.built("ja", "language-choice-zh")
    assert built is not None and built.origin == "recorded"


def test_a_recorded_piece_has_no_silence_around_it(fresh: Settings) -> None:
    record(fresh, "pm", tone(0.5))
    build(fresh)
    assert Catalogue(fresh).seconds("ja", "pm") == pytest.approx(0.52, abs=0.02)


def test_only_what_is_written_down_is_spoken_slowly(built: Settings) -> None:
    voice = OpenJTalk(engine="open-jtalk", slow_speed=0.5)
    assert make.Speech("いち", voice, "1", piece=True).key != make.Speech("いち", voice, "1", piece=True, slow=True).key
    prompts = load_prompts(built, "ja")
    assert {id_ for id_, one in prompts.items() if one.slow} == needed("digits", "ja")


@pytest.mark.parametrize(
    ("ending", "left", "said"),
    [
        (".ulaw", 0, "is empty"),
        (".sln16", 0, "is empty"),
        (".ulaw", 8000, "is damaged: 1.00 s instead of 3.61 s"),
        (".sln16", None, "is not there"),
    ],
)
def test_damage_is_seen_by_its_size(fresh: Settings, ending: str, left: int | None, said: str) -> None:
    """A file that is empty or cut off is played by Asterisk without complaint: the caller would hear nothing."""
    catalogue = Catalogue(fresh)
    assert catalogue.faults("ja", catalogue.ids("ja")) == {}
    file = catalogue.path("ja", "bye").with_suffix(ending)
    if left is None:
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:left])
    assert catalogue.faults("ja", catalogue.ids("ja")) == {"bye": said}
    assert catalogue.torn("ja", "bye") == said


def test_both_forms_cut_alike_are_seen_by_what_was_built(fresh: Settings) -> None:
    catalogue = Catalogue(fresh)
    for ending, kept in ((".ulaw", 8000), (".sln16", 32000)):
        file = catalogue.path("ja", "bye").with_suffix(ending)
        file.write_bytes(file.read_bytes()[:kept])
    assert catalogue.torn("ja", "bye") == "", "in the middle of a call a build may be under way: no looks at its list"
    assert catalogue.fault("ja", "bye") == "is damaged: 1.00 s instead of 3.61 s"


def test_bad_recordings_are_told_all_at_once_and_nothing_changes(fresh: Settings) -> None:
    before = manifest_file(fresh).read_bytes()
    record(fresh, "bye", np.stack([tone(1.0), tone(1.0)], axis=1))
    record(fresh, "moment", np.zeros(RATE))
    record(fresh, "no-key", np.clip(tone(1.0, level=3.0), -1, 1))
    record(fresh, "wrong-key", tone(1.0), rate=4000)
    (fresh.home / "prompts" / "ja" / "main-menu.wav").write_bytes(b"not a sound")
    with pytest.raises(Mistakes) as told:
        build(fresh)
    text = str(told.value)
    for wrong in ("2 channels", "silence", "clipped", "4000 Hz", "cannot be read"):
        assert wrong in text
    assert manifest_file(fresh).read_bytes() == before


def test_a_recording_with_a_bad_name_is_a_mistake(fresh: Settings) -> None:
    record(fresh, "Good Bye", tone(1.0))
    with pytest.raises(Mistakes, match=r"Good Bye\.wav"):
        build(fresh)


def test_a_spoilt_manifest_is_written_again(fresh: Settings) -> None:
    whole = manifest_file(fresh).read_bytes()
    manifest_file(fresh).write_text('{"ja": 3}')
    assert build(fresh).changed == 0
    assert manifest_file(fresh).read_bytes() == whole
    assert json.loads(whole)["ja"]["bye"]["file"] == "bye"


def test_a_build_mends_what_was_damaged(fresh: Settings) -> None:
    files = [Catalogue(fresh).path("ja", "bye"), fresh.sounds_dir / "hold" / "hold.sln16"]
    whole = [file.read_bytes() for file in files]
    for file, content in zip(files, whole, strict=True):
        file.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))
    assert build(fresh).changed == 2
    assert [file.read_bytes() for file in files] == whole


def test_a_disk_that_fails_is_the_edges_fault(fresh: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(make, "cache_dir", lambda settings: tmp_path / "file" / "cache")
    with pytest.raises(EdgeDown, match="prompts cannot be made"):
        make.make_all(fresh, [("x", make.Tone("beep"))])


def test_building_prints_nothing_on_stdout(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """`smartdesk dev` promises one JSON line there and nothing else."""
    voice = OpenJTalk(engine="open-jtalk")
    assert make._made_by_workers({"k": ("x", make.Speech("はい。", voice, "1"))}, tmp_path, lambda *_: None) == []
    assert capfd.readouterr().out == ""
