"""Which pieces a value is read with: the whole of what can be said, in the order of each language."""

from datetime import date

import pytest

from smartdesk_pbx.audio.pieces import KINDS, PLACEHOLDERS, Kind, groups, needed, phrases
from smartdesk_pbx.audio.texts import known_languages, load_prompts
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import Settings


@pytest.mark.parametrize(
    ("number", "read"),
    [
        ("+81312345001", "03 1234 5001"),
        ("0312345001", "03 1234 5001"),
        ("+819012345678", "090 1234 5678"),
        ("+81120123456", "0120 123 456"),
        ("+16502530000", "+1 650 253 0000"),
        ("312345001", "3123 4500 1"),
        ("+81901234567", "0901 2345 67"),
        ("110", "110"),
        ("*12#", "*12#"),
        ("12345678901234567890", "1234 5678 9012 3456 7890"),
    ],
)
def test_numbers_are_read_in_their_groups(number: str, read: str) -> None:
    assert " ".join(groups(number, "JP")) == read


@pytest.mark.parametrize("typed", ["0", "00", "0000000000", "0812345", "0311112222", "09011112222", "18005551234"])
def test_typed_keys_are_read_as_typed(typed: str) -> None:
    assert "".join(groups(typed, "JP")) == typed


def said(kind: Kind, value: str, language: str) -> str:
    """The texts of the pieces, a bar between phrases."""
    prompts = load_prompts(Settings(), language)
    return " | ".join(" ".join(prompts[one].text for one in phrase) for phrase in phrases(kind, value, language))


@pytest.mark.parametrize(
    ("kind", "value", "language", "heard"),
    [
        ("time", "15:30", "ja", "午後 3時 30分"),
        ("time", "15:30", "en", "three thirty P M"),
        ("time", "15:30", "zh", "下午 三点 三十分"),
        ("time", "15:30", "ko", "오후 세 시 삼십 분"),
        ("time", "00:00", "ja", "午前零時"),
        ("time", "12:00", "en", "noon"),
        ("time", "00:05", "ja", "午前 0時 5分"),
        ("time", "12:05", "en", "twelve oh five P M"),
        ("time", "09:00", "ja", "午前 9時"),
        ("time", "23:59", "ja", "午後 11時 五十 9分"),
        ("time", "23:59", "en", "eleven fifty 9 P M"),
        ("time", "10:13", "ja", "午前 10時 十 3分"),
        ("time", "10:13", "en", "ten thirteen A M"),
        ("day", "2026-03-02", "ja", "3月 2日 | 月曜日"),
        ("day", "2026-03-02", "en", "Monday | March second"),
        ("day", "2028-02-29", "ko", "이월 이십구일 | 화요일"),
        ("when", "2026-01-05T09:30", "ja", "1月 5日 | 月曜日 | 午前 9時 30分 でございます。"),
        ("when", "2026-01-05T09:30", "en", "Monday | January fifth | at nine thirty A M"),
        ("when", "2026-01-05T12:00", "zh", "一月 五号 | 星期一 | 中午十二点 起。"),
        ("position", "1", "ja", "1番目でございます。"),
        ("position", "20", "en", "number twenty"),
        ("position", "21", "ja", "20番目よりあとでございます。"),
        ("position", "999", "en", "more than twenty"),
        ("digits", "+81312345001", "en", "0 3 | 1 2 3 4 | 5 0 0 1"),
    ],
)
def test_values_are_read_as_people_say_them(kind: Kind, value: str, language: str, heard: str) -> None:
    assert said(kind, value, language) == heard


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        ("time", "25:00", "'25:00' is not a time that can be read aloud"),
        ("time", "9:00", "'9:00' is not a time that can be read aloud"),
        ("time", "12:60", "'12:60' is not a time that can be read aloud"),
        ("time", "１２:00", "'１２:00' is not a time that can be read aloud"),
        ("day", "2026-02-30", "'2026-02-30' is not a day that can be read aloud"),
        ("day", "20260203", "'20260203' is not a day that can be read aloud"),
        ("when", "2026-02-03", "'2026-02-03' is not a when that can be read aloud"),
        ("when", "2026-02-03T09:00:00", "'2026-02-03T09:00:00' is not a when that can be read aloud"),
        ("position", "0", "'0' is not a place in a queue: 1, 2, …"),
        ("position", "-1", "'-1' is not a place in a queue: 1, 2, …"),
        ("digits", "03-1234", "not a number that can be read aloud"),
    ],
)
def test_what_cannot_be_read_is_refused_and_digits_are_not_told(kind: Kind, value: str, told: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        phrases(kind, value, "ja")
    assert str(refused.value) == told


@pytest.mark.parametrize("language", known_languages(Settings()))
def test_each_language_has_a_text_for_each_piece_and_no_piece_too_many(language: str) -> None:
    there = {id_ for id_, prompt in load_prompts(Settings(), language).items() if prompt.piece}
    assert there == set().union(*(needed(kind, language) for kind in KINDS))


def test_needed_names_what_any_value_takes() -> None:
    every_day = {piece for n in range(1, 366) for phrase in phrases("day", str(date.fromordinal(738000 + n)), "en")
                 for piece in phrase}  # fmt: skip
    assert needed("day", "en") == every_day
    assert needed("when", "ja") == needed("time", "ja") | needed("day", "ja") | {"opens-end"}
    assert len(needed("position", "ko")) == 21


def test_every_placeholder_but_the_name_has_a_kind() -> None:
    from smartdesk_pbx.flow import parts

    assert set(parts.PLACEHOLDERS) - {"@name"} <= set(PLACEHOLDERS)
