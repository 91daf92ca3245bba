"""The prompts' texts: complete in each language, polite, read as they are meant."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from smartdesk_pbx.audio.texts import known_languages, load_prompts, load_voices, texts
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


GO_ON = {"opens-again", "queue-position"}
"""Sentences that what is read aloud after them ends."""

KANA = {
    "hour": "レージ イチジ ニジ サンジ ヨジ ゴジ ロクジ シチジ ハチジ クジ ジュージ ジューイチジ",
    "min": "- イップン ニフン サンプン ヨンプン ゴフン ロップン ナナフン ハップン キューフン ジュップン",
    "month": "- イチガツ ニガツ サンガツ シガツ ゴガツ ロクガツ シチガツ ハチガツ クガツ ジューガツ ジューイチガツ "
    "ジューニガツ",
    "day": "- ツイタチ フツカ ミッカ ヨッカ イツカ ムイカ ナノカ ヨーカ ココノカ トーカ "
    "ジューイチニチ ジューニニチ ジューサンニチ ジューヨッカ ジューゴニチ "
    "ジューロクニチ ジューシチニチ ジューハチニチ ジュークニチ ハツカ "
    "ニジューイチニチ ニジューニニチ ニジューサンニチ ニジューヨッカ ニジューゴニチ "
    "ニジューロクニチ ニジューシチニチ ニジューハチニチ ニジュークニチ サンジューニチ サンジューイチニチ",
    "wday": "- ゲツヨービ カヨービ スイヨービ モクヨービ キンヨービ ドヨービ ニチヨービ",
}
"""How times and days are pronounced, from 0 on."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_each_language_has_each_needed_prompt(settings: Settings) -> None:
    for language in known_languages(settings):
        assert set(load_prompts(settings, language)) >= NEEDED, language


def test_languages_have_the_same_prompts(settings: Settings) -> None:
    assert known_languages(settings) == ("en", "ja", "ko", "zh")
    prompts = {language: load_prompts(settings, language) for language in known_languages(settings)}
    spoken = {language: {id_ for id_, one in of.items() if not one.piece} for language, of in prompts.items()}
    assert spoken["ja"] == spoken["en"] == spoken["zh"] == spoken["ko"]


def test_menus_promise_the_same_keys_in_each_language(settings: Settings) -> None:
    promise = {"ja": r"(\d)を", "en": r"press (\d)", "zh": r"按(\d)", "ko": r"(\d)번"}
    promised: dict[str, dict[str, list[str]]] = {}
    for language in promise:
        for id_, prompt in load_prompts(settings, language).items():
            promised.setdefault(id_, {})[language] = re.findall(promise[prompt.language], prompt.text)
    for id_, keys in promised.items():
        assert len({tuple(found) for found in keys.values()}) == 1, (id_, keys)
    assert promised["reception-menu"]["ko"] == ["1", "2", "3", "4", "9"]


def test_each_language_offers_itself_in_its_own_words(settings: Settings) -> None:
    """A language's choice is spoken by that language, wherever it is played."""
    for language in known_languages(settings):
        prompts = load_prompts(settings, language)
        assert {prompts[f"language-choice-{other}"].language for other in ("ja", "en", "zh", "ko")} == {
            "ja", "en", "zh", "ko",
        }  # fmt: skip
        assert prompts["language-choice-en"].text == "For English, press 2."
        assert texts(settings, language)["language-choice-zh"] == "需要中文服务，请按3。"


def test_as_in_needs_a_text_there(settings: Settings) -> None:
    own = settings.home / "prompts" / "ja.yaml"
    own.parent.mkdir()
    own.write_text("hello: {as_in: en}\nlanguage-choice-ja: {as_in: en}\nboth: {text: x, as_in: en}\n", "utf-8")
    with pytest.raises(Mistakes) as told:
        load_prompts(settings, "ja")
    assert str(told.value) == (f"{own}:3: both: give text, or else as_in: the language in which it is said here too")
    own.write_text("hello: {as_in: en}\nlanguage-choice-ja: {as_in: en}\n", "utf-8")
    with pytest.raises(Mistakes) as told:
        load_prompts(settings, "ja")
    right = "(write one there, or text here)"
    assert str(told.value).splitlines() == [
        f"{own}:2: language-choice-ja: as_in: language en has no text for it {right}",
        f"{own}:1: hello: as_in: language en has no text for it {right}",
    ]


def test_texts_of_any_language_are_known_before_a_build(settings: Settings) -> None:
    own = settings.home / "prompts" / "pt.yaml"
    own.parent.mkdir()
    own.write_text("bye: {text: Até logo.}\n", "utf-8")
    (settings.home / "prompts" / "zh").mkdir()
    (settings.home / "prompts" / "zh" / "campaign.wav").touch()
    assert known_languages(settings) == ("en", "ja", "ko", "pt", "zh")
    assert texts(settings, "pt") == {"bye": "Até logo."}
    assert texts(settings, "zh")["bye"] == "感谢您的来电，再见。"
    assert texts(settings, "zh")["campaign"] == ""
    assert texts(settings, "fr") == {}


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
        if not prompt.piece and prompt.language == "ja" and id_ not in GO_ON:
            ends = [sentence + "。" for sentence in prompt.text.split("。") if sentence]
            assert all(end.endswith(polite) for end in ends), (id_, ends)


def test_the_voice_reads_no_prompt_wrongly(settings: Settings) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        import pyopenjtalk
    for id_, prompt in load_prompts(settings, "ja").items():
        said = pyopenjtalk.g2p(prompt.spoken, kana=True)
        assert not [wrong for wrong in MISREAD if wrong in said], (id_, said)


def test_times_and_days_are_pronounced_as_they_should(settings: Settings) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        import pyopenjtalk
    prompts = load_prompts(settings, "ja")
    for piece, words in KANA.items():
        for n, kana in enumerate(words.split()):
            if kana != "-":
                assert pyopenjtalk.g2p(prompts[f"{piece}-{n}"].spoken, kana=True) == kana


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
