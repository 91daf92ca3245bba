"""The prompts' texts: complete in each language, polite, read as they are meant."""

import contextlib
import io
from pathlib import Path

import pytest

from smartdesk_pbx.audio.texts import load_prompts, load_voices
from smartdesk_pbx.errors import Mistakes
from smartdesk_pbx.settings import Settings, share

NEEDED = {
    *("welcome-generic", "recording-notice", "main-menu", "company-info", "wrong-key", "no-key", "please-hold"),
    *("nobody-free", "leave-message", "message-thanks", "bye", "sorry", "moment", "transfer-refused"),
    *("emergency-intro", "emergency-repeat", "suspended", "maintenance", "out-of-service"),
    *("whisper-call", "limit", "callback-ask"),
    *("callback-readback", "callback-confirm", *(f"digit-{digit}" for digit in range(10)), "plus"),
}
MISREAD = ("ノホー", "ナルホー", "ルホー", "ヲイッテ", "イチホー")
"""方 as ほう and 行って as いって: what the voice says where it must be かた and おこなって."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_each_language_has_each_needed_prompt(settings: Settings) -> None:
    for language in load_voices():
        assert set(load_prompts(settings, language)) >= NEEDED, language


def test_languages_have_the_same_prompts(settings: Settings) -> None:
    japanese, english = (set(load_prompts(settings, language)) for language in ("ja", "en"))
    assert japanese == english


def test_japanese_sentences_end_politely(settings: Settings) -> None:
    polite = (
        "ます。",
        "ました。",
        "ません。",
        "ませんでした。",
        "ください。",
        "です。",
        "をお願いいたします。",
        "を。",
    )
    for id_, prompt in load_prompts(settings, "ja").items():
        if not prompt.piece:
            ends = [sentence + "。" for sentence in prompt.text.split("。") if sentence]
            assert all(end.endswith(polite) for end in ends), (id_, ends)


def test_the_voice_reads_no_prompt_wrongly(settings: Settings) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        import pyopenjtalk
    for id_, prompt in load_prompts(settings, "ja").items():
        said = pyopenjtalk.g2p(prompt.spoken, kana=True)
        assert not [wrong for wrong in MISREAD if wrong in said], (id_, said)


def test_a_home_adds_and_changes_prompts(settings: Settings) -> None:
    own = settings.home / "prompts" / "ja.yaml"
    own.parent.mkdir()
    own.write_text("bye: {text: 失礼いたします。}\ncampaign: {text: ただいまキャンペーン中でございます。}\n", "utf-8")
    prompts = load_prompts(settings, "ja")
    assert prompts["bye"].text == "失礼いたします。"
    assert prompts["campaign"].piece is False
    assert prompts["moment"].text == "少々お待ちください。"


def test_all_mistakes_are_told_at_once_with_their_lines(settings: Settings) -> None:
    own = settings.home / "prompts" / "ja.yaml"
    own.parent.mkdir()
    own.write_text("good: {text: はい。}\nBad Name: {text: x}\nempty: {text: ''}\nodd: {text: x, volume: 3}\n", "utf-8")
    with pytest.raises(Mistakes) as told:
        load_prompts(settings, "ja")
    wheres = [mistake.where for mistake in told.value.mistakes]
    assert [where.removeprefix(str(own)) for where in wheres] == [":2: Bad Name", ":3: empty", ":4: odd"]


@pytest.mark.parametrize("text", ["[unclosed", "- a\n- list\n", "a: {text: x}\na: {text: y}\n"])
def test_a_file_that_is_no_mapping_is_a_mistake(settings: Settings, text: str) -> None:
    own = settings.home / "prompts" / "en.yaml"
    own.parent.mkdir()
    own.write_text(text, "utf-8")
    with pytest.raises(Mistakes, match=r"en\.yaml:\d"):
        load_prompts(settings, "en")


def test_voices_speak_announced_names() -> None:
    assert all("{name}" in voice.announced_name for voice in load_voices().values())
    assert share("prompts").is_dir()
