"""`smartdesk terms coverage` believes only tests that name an article, ran and passed."""

from pathlib import Path

import pytest

from smartdesk_pbx.contract.articles import ARTICLES, ROWS
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.coverage import coverage, is_open
from tests.conftest import articles


def junit(file: Path, *cases: tuple[str, str]) -> Path:
    """A JUnit file with a test for each (article, how it ended)."""
    body = "".join(
        f'<testcase classname="t" name="{i}"><properties><property name="article" value="{article}"/></properties>'
        f"{f'<{ended}/>' if ended else ''}</testcase>"
        for i, (article, ended) in enumerate(cases)
    )
    file.write_text(f"<testsuites><testsuite>{body}</testsuite></testsuites>", "utf-8")
    return file


def states(file: Path) -> dict[str, str]:
    return {row.row: row.state for row in coverage(file)}


def test_all_33_articles_are_there_once() -> None:
    assert [article.number for article in ARTICLES] == list(range(1, 34))
    assert len(ROWS) == sum(len(article.rows) for article in ARTICLES)


def test_only_what_the_desk_and_the_pbx_build_is_left_for_later() -> None:
    assert {row.id for row in ROWS.values() if row.duty == "later"} <= {"R2.1b", "R6", "R8.1", "R17", "R24"}
    assert all(row.why for row in ROWS.values() if row.duty != "software")


@pytest.mark.parametrize("ended", ["failure", "error", "skipped"])
def test_a_row_is_kept_by_tests_that_passed_and_by_none_that_did_not(tmp_path: Path, ended: str) -> None:
    assert states(junit(tmp_path / "a", ("R12", "")))["R12"] == "kept"
    assert states(junit(tmp_path / "b", ("R12", ""), ("R12", ended)))["R12"] == "open"
    assert states(junit(tmp_path / "c", ("R12", ended)))["R12"] == "open"
    assert states(junit(tmp_path / "d"))["R12"] == "open"


def test_a_paragraph_counts_for_its_article(tmp_path: Path) -> None:
    assert states(junit(tmp_path / "a", ("R18.3", "")))["R18"] == "kept"
    assert states(junit(tmp_path / "b", ("R16.9", "")))["R16.1"] == "open"


def test_nothing_is_open_once_every_duty_has_its_test(tmp_path: Path) -> None:
    duties = [row.id for row in ROWS.values() if row.duty == "software"]
    assert not is_open(coverage(junit(tmp_path / "a", *((row, "") for row in duties))))
    assert is_open(coverage(junit(tmp_path / "b", *((row, "") for row in duties[1:]))))


def test_without_a_run_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RuleBroken, match="make test"):
        coverage(tmp_path / "none.xml")
    (tmp_path / "torn.xml").write_text("<testsuites><test", "utf-8")
    with pytest.raises(RuleBroken, match="make test"):
        coverage(tmp_path / "torn.xml")


@pytest.mark.parametrize(
    ("name", "docstring", "named"),
    [
        ("test_r8_2_the_third_request", None, ["R8.2"]),
        ("test_r17_r24_roles[agent-r5]", None, ["R17", "R24"]),
        ("test_r2_1b_extensions", None, ["R2.1b"]),
        ("test_a_r16_1_close", "Article R16.1, and R22.", ["R16.1", "R22"]),
        ("test_after_2026", "The 25th; RFC 3339; (R12)", ["R12"]),
        ("test_number_r", "R123", []),
    ],
)
def test_a_test_names_articles_in_its_name_or_docstring(name: str, docstring: str | None, named: list[str]) -> None:
    assert articles(name, docstring) == named
