"""Choices that callers are told wrongly or too late: what `flow check` says of them, with file and line."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from smartdesk_pbx.audio.texts import texts
from smartdesk_pbx.flow.link import Shared
from smartdesk_pbx.flow.load import load, loaded
from smartdesk_pbx.flow.promised_keys import promised_keys
from smartdesk_pbx.flow.review import Finding, findings
from smartdesk_pbx.office.flow_review import reviewed
from smartdesk_pbx.settings import Settings, share

READY_MADE = sorted(
    file for file in (share("dialplans") / "flows").glob("*.yaml") if not file.name.endswith(".test.yaml")
)

FLOW = """flow: test
languages: [ja, en]
start: welcome
nodes:
  welcome:
    kind: announce
    prompts: [welcome]
    next: menu
  menu:
    kind: menu
    prompts: [menu]
    keys:
      "1": bye
      "#": bye
    wrong_key: [again]
    on_silence: bye
    on_wrong_key: bye
  bye: {kind: hangup}
"""
JA = {"welcome": "お電話ありがとうございます。", "menu": "ご予約は、1を。そのほかは、シャープを押してください。",
      "again": "もう一度お選びください。", "no-key": ""}  # fmt: skip
EN = {"welcome": "Thank you for calling.", "menu": "To book, press 1. For all else, press the hash key.",
      "again": "Please choose again.", "no-key": ""}  # fmt: skip


def found(
    text: str = FLOW, ja: Mapping[str, str] = JA, en: Mapping[str, str] = EN, each_s: float = 2.0, most_s: float = 25.0
) -> list[Finding]:
    flow = loaded(text, name="test.yaml")
    return findings(flow, {"ja": ja, "en": en}, lambda language, prompt: each_s, listens_s=most_s)


def said(**changed: object) -> list[str]:
    return [str(one) for one in found(**changed)]  # type: ignore[arg-type]


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert found() == []


# ---- keys ------------------------------------------------------------------------------------------------------------


def test_a_key_that_is_told_and_does_nothing_is_a_mistake() -> None:
    (one,) = found(en=EN | {"menu": "To book, press 1. To hear this again, press 9. Or press the hash key."})
    assert one.refuses
    assert str(one) == (
        "test.yaml:11: menu 'menu' tells callers to press 9 (in en), and that key does nothing there "
        "(give it a way under `keys`, or change the prompt; it has 1, #)"
    )


def test_a_key_that_is_told_when_a_wrong_one_was_pressed_counts_too() -> None:
    assert said(ja=JA | {"again": "受付担当者は、0を押してください。"}) == [
        "test.yaml:15: menu 'menu' tells callers to press 0 (in ja), and that key does nothing there "
        "(give it a way under `keys`, or change the prompt; it has 1, #)"
    ]


def test_a_key_that_is_told_in_the_announcement_before_counts_at_the_menu() -> None:
    ahead = {"welcome": "Welcome. To book, press 1. For all else, press hash.", "menu": "Please choose."}
    assert said(en=EN | ahead) == []
    assert said(en=EN | ahead | {"welcome": "Press 5."})[0].startswith(
        "test.yaml:7: menu 'menu' tells callers to press 5"
    )


def test_a_key_that_nobody_tells_is_worth_a_look() -> None:
    (one,) = found(ja=JA | {"menu": "ご予約は、1を押してください。"})
    assert not one.refuses
    wrong = "test.yaml:14: no prompt of menu 'menu' tells callers of key # (in ja) (say it, unless nobody should know)"
    assert str(one) == wrong


def test_a_recording_without_a_text_may_tell_any_key() -> None:
    assert said(ja=JA | {"menu": ""}, en={}) == []


def test_a_choice_of_languages_promises_keys_as_well() -> None:
    text = FLOW.replace("start: welcome", "start: choose").replace("nodes:", """nodes:
  choose:
    kind: language
    prompts: [languages]
    keys: {"1": ja, "2": en}
    next: welcome""")  # fmt: skip
    both = {"languages": "日本語は、1を押してください。For English, press 3."}
    first = said(text=text, ja=JA | both, en=EN | both)[0]
    assert first.startswith("test.yaml:7: menu 'choose' tells callers to press 3 (in ja)")


def test_the_node_of_a_shared_flow_is_looked_for_where_it_is_called() -> None:
    shared = "flow: ask\nlanguages: [ja, en]\nstart: menu\nnodes:\n  menu:" + FLOW.split("  menu:")[1].replace(
        "bye", "out"
    ).replace("{kind: hangup}", "{kind: exit}")
    text = "flow: test\nlanguages: [ja, en]\nstart: call\nnodes:\n  call:\n    kind: call\n    flow: ask\n" \
           "    exits: {done: bye}\n  bye: {kind: hangup}\n"  # fmt: skip
    flow = loaded(text, name="test.yaml", find=lambda name: Shared(shared, "ask.yaml"))
    (one,) = findings(flow, {"ja": JA, "en": EN | {"menu": "Press 1, or the hash key."}}, lambda *_: 2.0)
    assert str(one).startswith("test.yaml:5: no prompt of menu 'call.menu' tells callers of key # (in en)")


# ---- how long callers listen -----------------------------------------------------------------------------------------


def test_too_long_until_the_first_choice_has_been_told() -> None:
    assert said(each_s=12.5) == []
    assert said(each_s=13.0) == [
        "test.yaml:11: callers listen for 26 s (in ja) before the choices of 'menu' have been told "
        "(say less before them, or less in them: 25 s at most)",
        "test.yaml:11: callers listen for 26 s (in en) before the choices of 'menu' have been told "
        "(say less before them, or less in them: 25 s at most)",
    ]
    assert not any(one.refuses for one in found(each_s=13.0))
    assert said(each_s=13.0, most_s=30.0) == []


def test_the_longest_way_counts_and_only_up_to_the_first_choice() -> None:
    text = FLOW.replace("start: welcome", "start: hours\ncalendars: {office: {weekly: [mon-fri 09:00-18:00]}}").replace(
        "nodes:", """nodes:
  hours: {kind: hours, calendar: office, open: menu, closed: closed}
  closed: {kind: announce, prompts: [welcome, welcome, welcome], next: welcome}""")  # fmt: skip
    assert "listen for 25 s (in ja) before the choices of 'menu'" in said(text=text, each_s=5.0, most_s=24.0)[0]
    later = text.replace('"1": bye', '"1": more').replace("  bye:", """  more:
    kind: menu
    prompts: [menu, menu, menu, menu]
    keys: {"1": bye, "#": bye}
    on_silence: bye
    on_wrong_key: bye
  bye:""")  # fmt: skip
    assert said(text=later, each_s=5.0) == []


# ---- the texts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "keys"), [
    ("サービスのご案内は、1を。受付担当者とのお話は、2を押してください。", "12"),
    ("もう一度お聞きになる方は、９番を押してください。", "9"),
    ("1か2を押してください。", "12"),
    ("こめじるしを、続けてシャープを押してください。", "*#"),
    ("受付時間は、午前9時から午後6時までです。", ""),
    ("電話番号は、03-1234-5671をご利用ください。", ""),
    ("For sales, press 1, for all else press star.", "1*"),
    ("Press 1 or 2, or the pound key.", "12"),
    ("Dial zero for a person, or press the number 7.", "07"),
    ("We answer from 9 A M to 6 P M. Press on one of 3 offers.", ""),
    ("了解服务内容，请按1。重听，请按 9 键。结束请按井号键。", "19#"),
    ("서비스 안내는 1번, 상담원 연결은 2번을 눌러 주십시오.", "12"),
    ("말씀이 끝나면 우물 정자를 눌러 주십시오. 별표를 누르면 처음으로 돌아갑니다.", "#*"),
])  # fmt: skip
def test_which_keys_a_text_tells(text: str, keys: str) -> None:
    assert promised_keys(text) == set(keys)


def test_the_menus_of_the_house_tell_the_same_keys_in_every_language(tmp_path: Path) -> None:
    languages = {one: texts(Settings(home=tmp_path), one) for one in ("ja", "en", "zh", "ko")}
    for prompt in languages["en"]:
        told = {one: promised_keys(known[prompt]) for one, known in languages.items() if prompt in known}
        assert len(set(told.values())) == 1, (prompt, told)


@pytest.mark.parametrize("file", READY_MADE, ids=lambda file: str(file.stem))
def test_nothing_is_wrong_with_the_flows_that_come_along(file: Path, tmp_path: Path) -> None:
    assert reviewed(Settings(home=tmp_path), loaded(file)) == []


def test_lines_change_nothing_about_loading() -> None:
    assert loaded(FLOW, name="test.yaml").tree == load(FLOW, name="test.yaml")
