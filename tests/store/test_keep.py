"""R23, R25: retention, erasure, legal holds, disclosure. After each the chains hold, and what was to go is gone."""

import asyncio
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from smartdesk_pbx.contract import events
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import disclosure, hold, keep
from smartdesk_pbx.office.registry import Params, as_json, perform
from smartdesk_pbx.store import case, contract, erase
from smartdesk_pbx.store.audit import verify_all
from smartdesk_pbx.store.forgotten import ERASURES, listed, remember
from smartdesk_pbx.store.session import sqlite_file
from smartdesk_pbx.store.tables import case_key
from smartdesk_pbx.store.tables.keeping import erased_file, erasure
from tests.store.keeping import CALLER, NOW, House, make_house

RECORDINGS_DAYS, PERSONAL_DAYS = 30, 90


@pytest.fixture
def house(url: str, tmp_path: Path) -> Any:
    days = {"recordings_kept_days": RECORDINGS_DAYS, "personal_kept_days": PERSONAL_DAYS}
    house = make_house(url, tmp_path / "home", days)
    yield house
    house.store.close_now()


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def opened(house: House, call: UUID) -> tuple[str | None, bool, int]:
    """The caller's number, whether something was erased, and how many recordings lie on disk."""
    facts = house.store.read_now(lambda c: case.events_of(c, house.sealer, call))
    arrived = next(one.fact for one in facts if isinstance(one.fact, events.CallArrived))
    files = [f for f in house.office.settings.recordings_dir.rglob(f"{call}*")]
    return arrived.caller, any(one.erased for one in facts), len(files)


async def test_r23_what_has_outlived_its_time_goes_and_the_chain_still_verifies(house: House) -> None:
    old, middle, young = (house.call(days_ago(n)) for n in (PERSONAL_DAYS + 1, RECORDINGS_DAYS + 1, 1))
    (due,) = await keep.due(house.office, Params())
    assert (due.recordings, due.personal, due.recordings_before) == (2, 1, date(2026, 10, 23))
    done = await keep.run(house.office, Params())
    assert (done.cases, done.keys, done.files, done.kept_by_hold, done.wiped) == (3, 1, 2, 0, True)
    assert [opened(house, call) for call in (old, middle, young)] == [
        (None, True, 0), (CALLER, False, 0), (CALLER, False, 1),
    ]  # fmt: skip
    assert await house.store.read(verify_all) == []
    log = await keep.log(house.office, keep.Log())
    assert {(one.what, one.subject) for one in log} == {
        ("personal", str(old)), ("recordings", str(old)), ("recordings", str(middle)),
    }  # fmt: skip
    kinds = [one.fact for one in house.store.read_now(lambda c: case.events_of(c, house.sealer, old))][-2:]
    assert all(isinstance(fact, events.CaseErased) and fact.because == "retention" for fact in kinds)


async def test_r23_a_second_run_changes_nothing(house: House) -> None:
    house.call(days_ago(PERSONAL_DAYS + 1))
    await keep.run(house.office, Params())
    before = await house.store.read(lambda c: c.execute(text("SELECT sum(seq) FROM chain_head")).scalar_one())
    again = await keep.run(house.office, Params())
    assert (again.cases, again.keys, again.files) == (0, 0, 0)
    assert await house.store.read(lambda c: c.execute(text("SELECT sum(seq) FROM chain_head")).scalar_one()) == before


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(("at", "goes"), [("2026-10-22T14:59:59Z", True), ("2026-10-22T15:00:00Z", False)])
async def test_r23_the_limit_is_midnight_in_tokyo(house: House, at: str, goes: bool) -> None:
    house.call(datetime.fromisoformat(at.replace("Z", "+00:00")))
    assert (await keep.run(house.office, Params())).files == goes


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_r23_an_open_case_is_never_erased(house: House) -> None:
    call = house.call(days_ago(PERSONAL_DAYS + 1), closed=False)
    assert (await keep.run(house.office, Params())).cases == 0
    with pytest.raises(RuleBroken, match="open still"):
        await keep.erase_now(house.office, keep.Erase(case=str(call), reason="asked"))
    assert opened(house, call) == (CALLER, False, 1)


HOLDS: list[Callable[[House, UUID], dict[str, object]]] = [
    lambda house, call: {"case": str(call)},
    lambda house, call: {"caller": CALLER},
    lambda house, call: {"contract": "aozora"},
    lambda house, call: {"subscriber": "aozora"},
    lambda house, call: {"everything": True},
]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("named", HOLDS)
async def test_r23_a_legal_hold_keeps_what_it_names_until_it_is_released(
    house: House, named: Callable[[House, UUID], dict[str, object]]
) -> None:
    call = house.call(days_ago(PERSONAL_DAYS + 1))
    placed = await hold.add(house.office, hold.Add.model_validate({"reason": "lawsuit", **named(house, call)}))
    done = await keep.run(house.office, Params())
    assert (done.keys, done.files, done.kept_by_hold) == (0, 0, 2)
    assert opened(house, call) == (CALLER, False, 1)
    with pytest.raises(RuleBroken, match="legal hold"):
        await keep.erase_now(house.office, keep.Erase(case=str(call), reason="asked"))
    await hold.release(house.office, hold.Release(hold=str(placed.id), reason="settled"))
    assert await hold.listing(house.office, hold.Listing()) == []
    done = await keep.run(house.office, Params())
    assert (done.keys, done.files, done.kept_by_hold) == (1, 1, 0)
    with pytest.raises(RuleBroken, match="in force"):
        await hold.release(house.office, hold.Release(hold=str(placed.id), reason="again"))


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_r23_a_hold_on_another_case_keeps_nothing_else(house: House) -> None:
    held, other = house.call(days_ago(PERSONAL_DAYS + 1)), house.call(days_ago(PERSONAL_DAYS + 1), caller=None)
    await hold.add(house.office, hold.Add(reason="lawsuit", case=str(held)))
    await keep.run(house.office, Params())
    assert (opened(house, held)[1], opened(house, other)[1]) == (False, True)


async def test_r23_more_cases_than_a_batch_are_all_erased_past_those_that_are_held(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erase, "BATCH", 2)
    calls = sorted((house.call(days_ago(PERSONAL_DAYS + 1)) for _ in range(7)), key=lambda call: call.hex)
    for call in calls[:3]:
        await hold.add(house.office, hold.Add(reason="lawsuit", case=str(call)))
    done = await keep.run(house.office, Params())
    assert (done.keys, done.files, done.kept_by_hold) == (4, 4, 6)


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_r23_a_killed_run_leaves_no_recording_behind(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    call = house.call(days_ago(RECORDINGS_DAYS + 1))

    def killed(*_: object) -> list[str]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(erase, "remove_files", killed)
        with pytest.raises(KeyboardInterrupt):
            await keep.run(house.office, Params())
    assert opened(house, call)[2] == 1
    assert (await keep.run(house.office, Params())).files == 1
    assert opened(house, call)[2] == 0
    assert None not in await house.store.read(lambda c: list(c.execute(select(erased_file.c.removed_at)).scalars()))


def test_r23_a_name_that_leads_out_of_the_recordings_is_left_alone(tmp_path: Path) -> None:
    outside = tmp_path / "outside.wav"
    outside.write_bytes(b"x")
    (tmp_path / "recordings").mkdir()
    assert erase.remove_files(tmp_path / "recordings", ["../outside.wav", "gone.wav"]) == ["gone.wav"]
    assert outside.exists()


async def test_r23_an_erased_key_is_not_left_in_the_database_file(house: House, url: str) -> None:
    """The data is gone: neither in free pages nor in the write-ahead log."""
    call = house.call(days_ago(PERSONAL_DAYS + 1))
    wrapped = await house.store.read(
        lambda c: c.execute(select(case_key.c.wrapped).where(case_key.c.call_id == call)).scalar_one()
    )
    file = sqlite_file(url)
    if file is None:
        assert (await keep.run(house.office, Params())).wiped
        return
    assert any(wrapped in part.read_bytes() for part in file.parent.glob(f"{file.name}*"))
    await keep.run(house.office, Params())
    assert not [part.name for part in file.parent.glob(f"{file.name}*") if wrapped in part.read_bytes()]


CARRIES = """
import fcntl, sys
with open(sys.argv[1], "r+b") as file:
    fcntl.lockf(file, fcntl.LOCK_EX, 1, 121)  # SQLite's WAL_CKPT_LOCK
    print("carrying", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_r23_another_who_carries_the_log_over_is_waited_for(house: House, url: str) -> None:
    house.call(days_ago(PERSONAL_DAYS + 1))
    shared = Path(f"{sqlite_file(url)}-shm")
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CARRIES, str(shared), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert other.stdin and other.stdout and await other.stdout.readline() == b"carrying\n"
    erasing = asyncio.create_task(keep.run(house.office, Params()))
    done, _ = await asyncio.wait({erasing}, timeout=0.5)
    assert not done
    await other.communicate(b"\n")
    assert (await erasing).wiped


async def test_r23_erasing_on_request_takes_all_cases_of_a_caller_and_of_nobody_else(house: House) -> None:
    mine, mine_too, other = house.call(days_ago(1)), house.call(days_ago(2)), house.call(days_ago(1), caller=None)
    asked = keep.Erase(caller="090-1234-5678", reason="letter of 20 November", by="yamada")
    done = await keep.erase_now(house.office, asked)
    assert (done.cases, done.keys, done.files) == (2, 2, 2)
    assert [opened(house, call)[1] for call in (mine, mine_too, other)] == [True, True, False]
    fact = house.store.read_now(lambda c: case.events_of(c, house.sealer, mine))[-1].fact
    assert isinstance(fact, events.CaseErased) and (fact.because, fact.by) == ("request", "yamada")
    with pytest.raises(RuleBroken, match="either a case or"):
        await keep.erase_now(house.office, keep.Erase(reason="x"))


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_r23_recordings_alone_can_be_erased(house: House) -> None:
    call = house.call(days_ago(1))
    await keep.erase_now(house.office, keep.Erase(case=str(call), recordings_only=True, reason="asked"))
    assert opened(house, call) == (CALLER, False, 0)


async def test_r4_1_identity_records_stay_seven_years_after_the_contract_and_then_go(house: House) -> None:
    def end(on: date) -> None:
        house.store.run_now(lambda c: contract.set_state(c, house.contract, "ended", ended_on=on))

    def on_file() -> bool:
        found = house.store.read_now(
            lambda c: c.execute(text("SELECT count(*) FROM subscriber WHERE emergency_sealed IS NOT NULL")).scalar_one()
        )
        return bool(found)

    await keep.run(house.office, Params())
    assert on_file(), "the contract runs"
    end(date(2019, 11, 22))
    await keep.run(house.office, Params())
    assert on_file(), "the day itself is not over"
    await hold.add(house.office, hold.Add(reason="inquiry", subscriber="aozora"))
    house.now = NOW + timedelta(days=1)
    await keep.run(house.office, Params())
    assert on_file(), "held"
    (placed,) = await hold.listing(house.office, hold.Listing())
    await hold.release(house.office, hold.Release(hold=str(placed.id), reason="over"))
    assert (await keep.run(house.office, Params())).fields == 1
    assert not on_file()
    assert (await keep.run(house.office, Params())).fields == 0


async def test_r23_the_log_of_erasures_cannot_be_changed(house: House) -> None:
    house.call(days_ago(PERSONAL_DAYS + 1))
    await keep.run(house.office, Params())
    with pytest.raises(Exception, match="insert-only"):
        await house.store.run(lambda c: c.execute(erasure.delete()))


async def test_r25_a_person_is_told_everything_under_their_number(house: House, tmp_path: Path) -> None:
    first, second = house.call(days_ago(40)), house.call(days_ago(1))
    house.call(days_ago(1), caller=None)
    await keep.run(house.office, Params())
    told = await perform(house.office, "keep.disclose", {"number": "09012345678", "reason": "passport seen"})
    assert isinstance(told, disclosure.Disclosure)
    assert [(one.case_id, len(one.recordings), one.recordings_erased) for one in told.cases] == [
        (str(first), 0, 1), (str(second), 1, 0),
    ]  # fmt: skip
    response = next(fact for fact in told.cases[1].facts if fact["kind"] == "response.taken")
    assert (response["name"], response["purpose"]) == ("鈴木", "見積り")
    files = disclosure.write_folder(as_json(told), house.office.settings.recordings_dir, tmp_path / "out")
    assert files == ["disclosure.json", f"{second}.wav"]
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700
    assert "鈴木" in (tmp_path / "out" / "disclosure.json").read_text("utf-8")


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_r25_nothing_is_told_of_a_number_that_never_called(house: House) -> None:
    house.call(days_ago(1))
    told = await disclosure.disclose(house.office, disclosure.Disclose(number="0312349999"))
    assert told.cases == ()


def test_r25_a_line_that_a_crash_cut_off_spoils_no_other(tmp_path: Path) -> None:
    first, second = uuid4(), uuid4()
    remember(tmp_path, [first], ["personal"])
    file = tmp_path / ERASURES
    file.write_bytes(file.read_bytes() + b'{"case":"9f')
    remember(tmp_path, [second], ["personal"])
    assert [one.case for one in listed(tmp_path)] == [first, second]


async def test_r25_an_erasure_is_on_the_list_before_it_is_committed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in between, a restored database would know the case again, and nothing would forget it."""
    call = house.call(days_ago(1))

    def killed(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(keep, "remember", killed)
    with pytest.raises(SystemExit):
        await keep.erase_now(house.office, keep.Erase(case=str(call), reason="asked"))
    assert opened(house, call) == (CALLER, False, 1)
