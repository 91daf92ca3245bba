"""A YAML text that is edited in places: what is touched changes, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.contract.document import read
from smartdesk_pbx.flow.sheet import Sheet, written

TEXT = """\
# A title.
flow: shop  # its name

nodes:
  # Says hello.
  hello:
    kind: announce
    prompts: [bye, "@name"]  # two of them
    next: ask

  # Asks.
  ask:
    kind: menu
    keys:
      "1": hello
      "2": end
    cases:
      - list: vip
        next: end
      - {list: known, next: hello}

  # The end.
  end: {kind: hangup, reason: done}
"""


def test_nothing_is_changed_by_looking() -> None:
    sheet = Sheet(TEXT)
    assert sheet.content["nodes"]["ask"]["keys"] == {"1": "hello", "2": "end"}
    assert sheet.edited() == TEXT


@pytest.mark.parametrize(
    ("loc", "value", "old", "new"),
    [
        (("flow",), "my-shop", "flow: shop  # its name", "flow: my-shop  # its name"),
        (("nodes", "hello", "prompts"), ["@name"], '[bye, "@name"]  # two', '["@name"]  # two'),
        (("nodes", "hello", "prompts", 1), "x", 'bye, "@name"', "bye, x"),
        (("nodes", "ask", "keys", "2"), "hello", '"2": end', '"2": hello'),
        (("nodes", "ask", "cases", 0, "next"), "hello", "        next: end", "        next: hello"),
        (("nodes", "ask", "cases", 1, "next"), "end", "known, next: hello", "known, next: end"),
        (("nodes", "end", "reason"), "no", "reason: done", "reason: no"),
    ],
)
def test_a_value_is_replaced_where_it_stands(loc: tuple[str | int, ...], value: object, old: str, new: str) -> None:
    sheet = Sheet(TEXT)
    sheet.replace(loc, value)
    assert TEXT.count(old) == 1
    assert sheet.edited() == TEXT.replace(old, new)


@pytest.mark.parametrize(
    ("loc", "gone"),
    [
        (("nodes", "hello"), TEXT[TEXT.index("  # Says") : TEXT.index("  # Asks")]),
        (("nodes", "end"), TEXT[TEXT.index("\n  # The end") :]),
        (("nodes", "hello", "prompts"), '    prompts: [bye, "@name"]  # two of them\n'),
        (("nodes", "ask", "cases", 0), "      - list: vip\n        next: end\n"),
        (("nodes", "ask", "keys"), '    keys:\n      "1": hello\n      "2": end\n'),
    ],
)
def test_an_entry_goes_with_the_comment_above_it(loc: tuple[str | int, ...], gone: str) -> None:
    sheet = Sheet(TEXT)
    sheet.remove(loc)
    assert sheet.edited() == TEXT.replace(gone, "")


def test_what_is_left_empty_goes_too() -> None:
    sheet = Sheet(TEXT)
    sheet.remove(("nodes", "ask", "keys", "1"))
    assert '"2": end' in sheet.edited()
    sheet.remove(("nodes", "ask", "keys", "2"))
    assert "keys:" not in sheet.edited()
    assert list(read(sheet.edited(), "x").content["nodes"]["ask"]) == ["kind", "cases"]


def test_many_changes_at_once_do_not_get_in_each_other_s_way() -> None:
    sheet = Sheet(TEXT)
    sheet.replace(("flow",), "a-longer-name")
    sheet.replace(("nodes", "ask", "keys", "1"), "end")
    sheet.end_line(1, len("flow: shop"), "")
    sheet.replace(("nodes", "hello", "next"), "end")
    sheet.remove(("nodes", "hello", "prompts"))
    sheet.remove(("nodes", "hello"))
    sheet.remove(("nodes", "hello", "kind"))
    sheet.remove(("nodes", "ask", "cases", 1))
    assert sheet.edited() == TEXT.replace("flow: shop  # its name", "flow: a-longer-name").replace(
        TEXT[TEXT.index("  # Says") : TEXT.index("  # Asks")], ""
    ).replace('"1": hello', '"1": end').replace("      - {list: known, next: hello}\n", "")


def test_the_outermost_of_what_begins_in_a_line_is_found() -> None:
    sheet = Sheet(TEXT)
    line = sheet.lines.index("      - list: vip")
    assert sheet.at_line(line) == ("nodes", "ask", "cases", 0)
    with pytest.raises(KeyError):
        sheet.at_line(0)


LINES = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=20)
"""What a person can type in one line."""


@given(st.recursive(LINES, lambda inner: st.lists(inner, max_size=3), max_leaves=6))
def test_texts_are_read_back_as_they_were_written(value: object) -> None:
    document = read(f"a: {written(value)}", "x")
    assert document.content == {"a": value}
    assert document.mistakes == []


@given(st.dictionaries(LINES, LINES, max_size=3))
def test_keys_too(value: dict[str, str]) -> None:
    document = read(f"a: {written(value)}", "x")
    assert document.content == {"a": value}
    assert document.mistakes == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("mon-fri 09:00-18:00", "mon-fri 09:00-18:00"),
        ("12-29..01-03", "12-29..01-03"),
        ("2026-05-01", '"2026-05-01"'),
        ("+81312345678", '"+81312345678"'),
        ({"1": "ja", "2": "en"}, '{"1": ja, "2": en}'),
        (["@name", "bye"], '["@name", bye]'),
        (3, "3"),
    ],
)
def test_quotes_stand_where_they_are_needed(value: object, text: str) -> None:
    assert written(value) == text
