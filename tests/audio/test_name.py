"""R2.3: the announced name is a sound made when it is stored."""

import pytest

from smartdesk_pbx.audio import speech
from smartdesk_pbx.audio.catalogue import Catalogue
from smartdesk_pbx.audio.check import check_built
from smartdesk_pbx.audio.name import forget_name, long_vowels, speak_name
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import Settings


def test_a_name_is_spoken_in_each_language_and_forgotten(built: Settings) -> None:
    seconds = speak_name(built, "株式会社さくら商事", "かぶしきがいしゃ さくらしょうじ", ["ja", "en"], "nm1")
    for language in ("ja", "en"):
        assert check_built(built.sounds_dir / language / "nm1") == []
    assert seconds == max(Catalogue(built).seconds(language, "nm1") for language in ("ja", "en"))
    assert 1.5 < seconds < 5
    forget_name(built, "nm1")
    assert not list(built.sounds_dir.glob("*/nm1.*"))


@pytest.mark.parametrize(
    ("reading", "spoken"),
    [
        ("さくらしょうじ", "サクラショージ"),
        ("トウキョウ ケイソウ", "トーキョー ケーソー"),
        ("ｻｸﾗ", "サクラ"),
        ("アオイ　コウギョウ", "アオイ コーギョー"),
    ],
)
def test_readings_become_what_is_pronounced(reading: str, spoken: str) -> None:
    assert long_vowels(reading) == spoken


def test_other_voices_get_latin_letters() -> None:
    assert speech.romanised("カブシキガイシャ サクラショージ") == "Kabushikigaisha Sakurashoji"
    assert speech.romanised("ニッポン ABC") == "Nippon ABC"


@pytest.mark.parametrize(
    ("text", "reading", "languages", "file"),
    [
        ("", "", ["ja"], "nm2"),
        ("あ" * 101, "", ["ja"], "nm2"),
        ("a\nb", "", ["ja"], "nm2"),
        ("さくら", "桜", ["ja"], "nm2"),
        ("さくら", "", ["fr"], "nm2"),
        ("さくら", "", ["ja"], "../nm2"),
    ],
)
def test_bad_names_are_refused(built: Settings, text: str, reading: str, languages: list[str], file: str) -> None:
    with pytest.raises(RuleBroken):
        speak_name(built, text, reading, languages, file)
    assert not list(built.sounds_dir.glob("*/nm2.*"))
