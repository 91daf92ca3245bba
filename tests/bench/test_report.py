"""What a run tells: the table, the marks, the last lines, the picture."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from smartdesk_pbx.bench.figures import Figure, Part, Sheet
from smartdesk_pbx.bench.plot import draw, share_of_bar
from smartdesk_pbx.bench.report import bar_text, busy, mark, number_text, rows, shares, tell, verdict

MACHINE = {"at": "2026-04-01T00:00:00+00:00", "cores": 2, "processor": "Chip", "kernel": "Linux 6", "busy_before": 0.1}


def whole() -> Sheet:
    calls = Part(
        "self-service",
        [
            Figure("self-service: CPU, product to twin", 1.31, "", 1.25),
            Figure("self-service: daemon CPU per call", 1.5, "ms", 2.0),
            Figure("self-service: Asterisk CPU per call", 14.6, "ms"),
            Figure("self-service: twin CPU per call", 13.5, "ms"),
            Figure("self-service: digit → prompt p50", 4.0, "ms"),
            Figure("self-service: digit → prompt p99", 12.0, "ms", 30.0),
            Figure("self-service: of it the daemon", 0.5, "ms"),
            Figure("self-service: of it Asterisk", 1.5, "ms"),
            Figure("self-service: calls failed or not judged", 0, "", 0),
        ],
    )
    ledger = Part(
        "ledger",
        [
            Figure(f"SQLite: append, {of}, {what}", value, unit, bar)
            for of in ("1 writer", "64 writers")
            for what, value, unit, bar in (("rate", 9000.0, "events/s", None), ("p99", 9.0, "ms", 10.0))
        ],
    )
    looked = {
        "samples": 100, "flame": "flame-self-service.svg", "rooms": {"store": 43.2, "web": 0.2},
        "threads": {"MainThread": 60.0},
        "functions": [{"function": "encode", "file": "smartdesk_pbx/store/facts.py", "own": 5.0, "all": 7.5}],
    }  # fmt: skip
    return Sheet(MACHINE, False, [calls, Part("top", (), {"self-service": looked}), ledger])


def told(sheet: Sheet) -> str:
    out = io.StringIO()
    tell(sheet, Console(file=out, width=110, markup=False, highlight=False))
    return out.getvalue()


def test_a_row_has_value_bar_and_mark() -> None:
    found = list(rows(whole()))
    assert found[0] == ("self-service: CPU, product to twin", "1.31", "≤ 1.25", "MISSED")
    assert found[1] == ("self-service: daemon CPU per call", "1.50 ms", "≤ 2", "met")
    assert found[2] == ("self-service: Asterisk CPU per call", "14.6 ms", "", "")
    assert found.count(("", "", "", "")) == 1, "an empty row between the two parts that have figures"


def test_a_short_run_marks_what_does_not_count() -> None:
    assert mark(Figure("a", 3, "", 2, rough=True)) == "short run: beyond"
    assert mark(Figure("a", 1, "", 2, rough=True)) == "short run: within"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0004, "0.000"), (0.123, "0.123"), (1.234, "1.23"), (12.34, "12.3"), (123.4, "123"), (12345.6, "12,346"),
     (4.0, "4"), (float("nan"), "none")],
)  # fmt: skip
def test_numbers(value: float, text: str) -> None:
    assert number_text(value) == text


def test_a_bar_from_below() -> None:
    assert bar_text(Figure("a", 1, "", 150, at_most=False)) == "≥ 150"


def test_the_verdict_names_what_was_missed() -> None:
    assert verdict(whole()) == [
        "missed: self-service: CPU, product to twin: 1.31, bar ≤ 1.25",
        "5 of 6 bars met",
    ]
    rough = Sheet(MACHINE, True, [Part("a", [Figure("x", 3, "", 2, rough=True), Figure("y", 1, "", 2)])])
    assert verdict(rough) == ["1 of 1 bars met; 1 more need a whole run"]


def test_everything_is_told() -> None:
    text = told(whole())
    assert "2 × Chip" in text
    assert "busy" not in text
    assert "rooms: store 43 %\n" in text, "what is next to nothing is left out"
    assert "5.0 %         7.5 %  encode  smartdesk_pbx/store/facts.py" in text
    assert text.rstrip().endswith("5 of 6 bars met")


def test_a_part_that_broke_off_is_told() -> None:
    sheet = whole()
    sheet.failed["held"] = "only 12 of 1000 callers are in the menu"
    assert "held: not measured: only 12 of 1000 callers are in the menu" in told(sheet)


def test_a_machine_that_was_busy_is_told() -> None:
    assert busy({"busy_before": 1.5})
    assert not busy({})
    assert "busy already" in told(Sheet(MACHINE | {"busy_before": 1.5}, False))


def test_shares() -> None:
    assert shares({"store": 43.4, "flow": 0.4, "call": 0.6}) == "store 43 %, call 1 %"


@pytest.mark.parametrize(
    ("figure", "share"),
    [(Figure("a", 5, "", 10), 0.5), (Figure("a", 20, "", 10), 2.0), (Figure("a", 75, "", 150, at_most=False), 2.0),
     (Figure("a", 0, "", 0), 0.0), (Figure("a", 1, "", 0), 2.0)],
)  # fmt: skip
def test_the_share_of_a_bar(figure: Figure, share: float) -> None:
    assert share_of_bar(figure) == share


@pytest.mark.parametrize("sheet", [whole(), Sheet(MACHINE, True)], ids=["whole", "empty"])
def test_the_picture(sheet: Sheet, tmp_path: Path) -> None:
    draw(sheet, tmp_path / "bench.png")
    made = (tmp_path / "bench.png").read_bytes()
    assert made.startswith(b"\x89PNG")
    assert len(made) > 20_000
