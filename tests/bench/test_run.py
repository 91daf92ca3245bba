"""A whole run, with parts of the tests' own: order, what breaks off, exit status, files, and what is left behind."""

import asyncio
import json
import os
import resource
import signal
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from smartdesk_pbx.bench import run
from smartdesk_pbx.bench.figures import Figure, Part, Sheet
from smartdesk_pbx.bench.run import Order, check, measure, write
from smartdesk_pbx.cli import bench as command
from smartdesk_pbx.cli.main import main
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.settings import Settings

MET, MISSED = Part("start", [Figure("start: x", 1, "s", 2)]), Part("start", [Figure("start: x", 3, "s", 2)], {"x": [3]})

Parts = Callable[..., None]


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    """Sets what `start` and `ledger` do; there are no parts on calls."""
    monkeypatch.setattr(run, "ON_CALLS", {})

    def are(
        start: Callable[[Order], Awaitable[Part]], ledger: Callable[[Order], Awaitable[Part]] | None = None
    ) -> None:
        monkeypatch.setattr(run, "ALONE", {"start": start})
        monkeypatch.setattr(run, "OWN", {"ledger": ledger} if ledger else {})

    yield are


def gives(part: Part) -> Callable[[Order], Awaitable[Part]]:
    async def measured(_: Order) -> Part:
        return part

    return measured


def breaks(error: BaseException) -> Callable[[Order], Awaitable[Part]]:
    async def measured(_: Order) -> Part:
        raise error

    return measured


def test_parts_come_one_after_the_other(parts: Parts, tmp_path: Path) -> None:
    said: list[str] = []
    parts(gives(MISSED), gives(Part("ledger", [])))
    sheet = measure(Order(tmp_path), Settings(), said.append)
    assert [part.name for part in sheet.parts] == ["start", "ledger"]
    assert said == ["start …", "start: 0 s; missed: start: x: 3 s", "ledger …", "ledger: 0 s"]
    assert {"asterisk", "python", "kernel", "cores", "at"} <= set(sheet.machine)
    assert not Order(tmp_path).work.exists()


def test_only_some_parts(parts: Parts, tmp_path: Path) -> None:
    parts(gives(MET), gives(Part("ledger", [])))
    assert [part.name for part in measure(Order(tmp_path, only=["ledger"]), Settings(), print).parts] == ["ledger"]


@pytest.mark.parametrize("error", [EdgeDown("no sound"), ZeroDivisionError("no sound")], ids=["edge", "own mistake"])
def test_a_part_that_breaks_off_leaves_the_others(parts: Parts, tmp_path: Path, error: Exception) -> None:
    Order(tmp_path).work.mkdir()
    said: list[str] = []
    parts(breaks(error), gives(Part("ledger", [])))
    sheet = measure(Order(tmp_path), Settings(), said.append)
    assert list(sheet.failed) == ["start"] and "no sound" in sheet.failed["start"]
    assert [part.name for part in sheet.parts] == ["ledger"]
    assert said[-1] == f"what the programs left behind: {Order(tmp_path).work}"


def test_something_that_is_missing_ends_the_run(parts: Parts, tmp_path: Path) -> None:
    parts(breaks(RuleBroken("no PostgreSQL: apt-get install postgresql")))
    with pytest.raises(RuleBroken, match="apt-get install postgresql"):
        measure(Order(tmp_path), Settings(), print)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_takes_everything_down(parts: Parts, tmp_path: Path, number: int) -> None:
    done: list[str] = []

    async def waits(_: Order) -> Part:
        try:
            Order(tmp_path).work.mkdir()
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()
        finally:
            os.kill(os.getpid(), number)  # somebody who is impatient
            await asyncio.sleep(0.05)  # in which it could strike
            done.append("taken down")
        return MET

    parts(waits, gives(MET))
    with pytest.raises(KeyboardInterrupt):
        measure(Order(tmp_path), Settings(), done.append)
    assert done == ["start …", "taken down"]
    assert not Order(tmp_path).work.exists()


def test_nothing_of_the_installation_reaches_the_run(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTDESK_DATABASE_URL", "postgresql+asyncpg://live/ledger")
    seen: list[str | None] = []

    async def looks(_: Order) -> Part:
        seen.append(Settings().database_url)
        return MET

    parts(looks)
    measure(Order(tmp_path), Settings(), print)
    assert seen == [None]
    assert os.environ["SMARTDESK_DATABASE_URL"] == "postgresql+asyncpg://live/ledger"


def test_a_thousand_calls_may_open_their_files(parts: Parts, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    seen: list[int] = []

    async def looks(_: Order) -> Part:
        seen.append(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        return MET

    parts(looks)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, before[1]))
    try:
        measure(Order(tmp_path), Settings(), print)
        assert seen == [min(run.OPEN_FILES, before[1])]
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 1024
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_two_benches_in_one_folder(parts: Parts, tmp_path: Path) -> None:
    async def again(_: Order) -> Part:
        with pytest.raises(RuleBroken, match="another bench is at work here"), run._folder(Order(tmp_path)):
            pass
        return MET

    parts(again)
    assert measure(Order(tmp_path), Settings(), print).good


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RuleBroken, match=r"--to .*/file/bench: Not a directory"):
        measure(Order(tmp_path / "file" / "bench"), Settings(), print)


@pytest.mark.parametrize(("part", "status"), [(MET, 0), (MISSED, 1)], ids=["met", "missed"])
def test_the_exit_status_says_whether_bars_were_met(
    part: Part, status: int, parts: Parts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts(gives(part))
    assert main(["--home", str(tmp_path), "bench"]) == status
    out = capsys.readouterr().out
    assert ("missed: start: x: 3, bar ≤ 2" in out) is bool(status)
    assert out.endswith(f"{tmp_path}/bench/bench.json {tmp_path}/bench/bench.png\n")


def test_a_part_that_was_not_measured_is_no_success(parts: Parts, tmp_path: Path) -> None:
    parts(breaks(EdgeDown("no sound")))
    assert main(["--home", str(tmp_path), "bench", "--to", str(tmp_path / "here")]) == 1
    assert json.loads((tmp_path / "here" / "bench.json").read_text())["failed"] == {"start": "no sound"}


def test_the_answer_as_json(parts: Parts, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parts(gives(MISSED))
    assert main(["--home", str(tmp_path), "bench", "--json", "--quick"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said == json.loads((tmp_path / "bench" / "bench.json").read_text())
    assert (said["quick"], said["missed"], said["parts"]["start"]["raw"]) == (True, ["start: x"], {"x": [3]})


def test_a_part_that_does_not_exist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(tmp_path), "bench", "--only", "speed"]) == 2
    assert capsys.readouterr().err == (
        "smartdesk: --only speed: no such part; the parts: held, self-service, full-load, one-minute, escalated, top, "
        "start, ledger\n"
    )


@pytest.mark.parametrize(
    ("part", "said"),
    [("held", "apt-get install sip-tester"), ("top", "apt-get install sip-tester"), ("start", None)],
)
def test_programs_that_are_missing(
    part: str, said: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if said is None:
        assert check(Order(tmp_path, only=[part]), Settings())["cores"]
        return
    with pytest.raises(RuleBroken, match=said):
        check(Order(tmp_path, only=[part]), Settings())


def test_no_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "DEBIAN", tmp_path)
    with pytest.raises(RuleBroken, match="apt-get install postgresql"):
        check(Order(tmp_path, only=["ledger"]), Settings())


def test_both_files_are_written(tmp_path: Path) -> None:
    numbers, picture = write(Sheet({"cores": 2}, False, [MET]), tmp_path)
    assert json.loads(numbers.read_text())["machine"] == {"cores": 2}
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_help_names_every_part() -> None:
    assert command.bench.__doc__
    assert all(part in command.bench.__doc__ for part in run.PARTS)
