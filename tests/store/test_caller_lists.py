"""R23, R25: callers on lists: found by key, sealed, told to the person, erased, kept by a hold."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.keys import load_keys
from smartdesk_pbx.office import archive, keep
from smartdesk_pbx.office.registry import Params, as_json, perform
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import caller_list, hold, snapshot, turn
from smartdesk_pbx.store.forgotten import ERASURES
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store, sqlite_file
from smartdesk_pbx.store.tables import contract as contracts
from smartdesk_pbx.store.tables.flows import listed_caller
from tests.office.sounds import pretend_prompts
from tests.store.keeping import CALLER, NOW, NUMBER, House

OTHER = "+81355556666"


async def ask(house: House, operation: str, **params: object) -> Any:
    return as_json(await perform(house.office, operation, params))


async def put(house: House, number: str = CALLER, name: str = "vip", note: str = "") -> Any:
    return await ask(house, "caller.add", caller=number, list=name, contract="aozora", note=note)


def lists(house: House) -> Any:
    return house.store.read_now(lambda c: snapshot.load(c, house.now)).routes[NUMBER].lists


def rows(house: House) -> int:
    return house.store.read_now(lambda c: c.execute(select(func.count()).select_from(listed_caller)).scalar_one())


async def test_a_caller_on_a_list_is_known_to_the_next_call_by_key_alone(house: House, tmp_path: Path) -> None:
    before = await house.store.read(snapshot.version)
    assert (await put(house, note="社長"))["new"] == 1
    await put(house, OTHER, "blocked")
    assert await house.store.read(snapshot.version) > before
    assert lists(house) == {
        "vip": {house.sealer.caller_key(CALLER)}, "blocked": {house.sealer.caller_key(OTHER)},
    }  # fmt: skip
    file = tmp_path / "routing.json"
    snapshot.to_file(await house.store.read(snapshot.load), file)
    assert snapshot.from_file(file).routes[NUMBER].lists == lists(house)
    assert CALLER[3:] not in file.read_text() and "社長" not in file.read_text()
    dumped = await house.store.read(lambda c: str(c.execute(text("SELECT * FROM listed_caller")).all()))
    assert CALLER[3:] not in dumped and "社長" not in dumped


async def test_adding_twice_changes_nothing_but_the_note(house: House) -> None:
    await put(house, note="first")
    assert (await put(house))["same"] == 1
    assert (await put(house, note="first"))["same"] == 1
    assert (await put(house, note="second"))["noted"] == 1
    (one,) = await ask(house, "caller.list", contract="aozora")
    assert (one["list"], one["number"], one["note"]) == ("vip", CALLER, "second")
    assert (await put(house, name="known"))["new"] == 1, "another list is another matter"


async def test_a_caller_is_taken_off_one_list(house: House) -> None:
    await put(house)
    await put(house, name="known")
    await ask(house, "caller.remove", caller="09012345678", list="vip", contract="aozora")
    assert list(lists(house)) == ["known"]
    with pytest.raises(RuleBroken, match=r"not on list vip \(smartdesk caller list shows who is\)"):
        await ask(house, "caller.remove", caller=CALLER, list="vip", contract="aozora")


async def test_a_file_is_taken_in_whole_or_not_at_all(house: House) -> None:
    text = f"number,list,note\n{CALLER},,boss\n{OTHER},blocked,\n"
    taken = await ask(house, "caller.import", text=text, contract="aozora", list="vip")
    assert (taken["new"], taken["noted"], taken["same"], taken["unasked"]) == (2, 0, 0, ["blocked", "vip"])
    assert (await ask(house, "caller.import", text=text, contract="aozora", list="vip"))["same"] == 2
    with pytest.raises(RuleBroken, match=r"list\.csv:3: number: 'x' is no telephone number"):
        await ask(
            house, "caller.import", text="number\n0312340000\nx\n", file="list.csv", contract="aozora", list="vip"
        )
    assert rows(house) == 2


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"caller": "110"}, "caller: '110' is no telephone number"),
        ({"list": "No List"}, "list: a short name is needed"),
        ({"contract": "nobody"}, "no subscriber nobody"),
        ({"note": "x" * 201}, "note: .*200"),
    ],
)
async def test_what_is_wrong_is_told_and_nothing_is_stored(house: House, params: dict[str, str], told: str) -> None:
    with pytest.raises(RuleBroken, match=told):
        await ask(house, "caller.add", **{"caller": CALLER, "list": "vip", "contract": "aozora"} | params)
    assert rows(house) == 0


# ---- personal data -----------------------------------------------------------------------------


async def test_r23_a_person_is_told_on_which_lists_they_stand(house: House) -> None:
    await put(house, note="shouts")
    told = (await ask(house, "keep.disclose", number=CALLER))["lists"]
    assert [(one["subscriber"], one["list"], one["note"]) for one in told] == [("株式会社あおぞら", "vip", "shouts")]
    assert (await ask(house, "keep.disclose", number=OTHER))["lists"] == []


async def test_r25_a_person_who_asks_is_taken_off_every_list_for_good(house: House) -> None:
    """Also out of the database's own leftovers, and out of a backup that is restored later."""
    await put(house)
    await put(house, name="known")
    await put(house, OTHER)
    backup = await house.store.read(lambda c: c.execute(select(listed_caller)).all())
    done = await keep.erase_now(house.office, keep.Erase(caller=CALLER, reason="asked in writing"))
    assert (done.listed, done.wiped, rows(house)) == (2, True, 1)
    (log,) = await keep.log(house.office, keep.Log())
    assert (log.what, log.subject, log.keys) == ("personal", str(house.subscriber), 2)
    assert log.reason == "callers on lists: asked in writing"
    assert list(lists(house)["vip"]) == [house.sealer.caller_key(OTHER)]
    assert CALLER[3:] not in (house.office.settings.home / ERASURES).read_text()

    def restore(c: Any) -> None:
        c.execute(listed_caller.delete())
        c.execute(listed_caller.insert(), [row._asdict() for row in backup])

    await house.store.run(restore)
    assert (await keep.forget_again(house.office)).listed == 2
    assert rows(house) == 1
    assert (await keep.forget_again(house.office)).listed == 0


async def test_r25_recordings_alone_leave_the_lists(house: House) -> None:
    await put(house)
    await keep.erase_now(house.office, keep.Erase(caller=CALLER, reason="x", recordings_only=True))
    assert rows(house) == 1


@pytest.mark.parametrize("scope", ["caller", "contract", "subscriber", "everything"])
async def test_r23_a_legal_hold_keeps_a_caller_on_a_list(house: House, scope: Any) -> None:
    await put(house)
    subjects = {
        "caller": house.sealer.caller_key(CALLER), "contract": str(house.contract),
        "subscriber": str(house.subscriber), "everything": "",
    }  # fmt: skip
    of = subjects[scope]
    await house.store.run(
        lambda c: hold.add(c, id=house.office.ids.new(), scope=scope, subject=of, reason="inquiry", at=NOW)
    )
    with pytest.raises(RuleBroken, match="a legal hold keeps it"):
        await keep.erase_now(house.office, keep.Erase(caller=CALLER, reason="asked"))
    assert rows(house) == 1


async def test_r23_lists_go_when_their_contract_has_been_over_for_long(house: House) -> None:
    await put(house)
    kept_days = 1095
    ended_on = (NOW + timedelta(hours=9)).date()
    ends = update(contracts).where(contracts.c.id == house.contract)
    await house.store.run(lambda c: c.execute(ends.values(state="ended", ended_on=ended_on)))
    house.now = NOW + timedelta(days=kept_days)
    assert ((await keep.run(house.office, Params())).listed, rows(house)) == (0, 1)
    house.now = NOW + timedelta(days=kept_days + 1)
    assert ((await keep.run(house.office, Params())).listed, rows(house)) == (1, 0)


# ---- another installation ----------------------------------------------------------------------


@pytest.fixture
def elsewhere(new_database: Callable[[bool], str], tmp_path: Path) -> Iterator[tuple[Settings, Store]]:
    settings = Settings(home=tmp_path / "elsewhere", database_url=new_database(True))
    load_keys(settings.home)
    store = Store.open(settings)
    yield settings, store
    store.close_now()


async def test_r26_lists_turns_and_closures_go_along_with_a_contract(
    house: House, elsewhere: tuple[Settings, Store], tmp_path: Path
) -> None:
    pretend_prompts(house.office.settings)
    flow = "flow: demo\nlanguages: [ja]\nstart: bye\nwithout_human: a goodbye\nnodes: {bye: {kind: hangup}}\n"
    await ask(house, "flow.publish", text=flow, numbers=[NUMBER])
    await ask(house, "flow.close", number=NUMBER, reason="typhoon")
    await put(house, note="社長")
    tar, key = tmp_path / "aozora.tar.gz", tmp_path / "aozora.key"
    archive.export(house.office.settings, "aozora", tar, key, readable=False, progress=lambda *_: None)
    settings, store = elsewhere
    archive.bring_in(settings, tar, key, None, lambda *_: None)
    keys = load_keys(settings.home)
    sealer = Sealer(keys.master, keys.installation)
    (one,) = await store.read(lambda c: caller_list.of_caller(c, sealer, sealer.caller_key(CALLER)))
    assert (one.number, one.note) == (CALLER, "社長"), "sealed anew, and still found by the number"
    here, there = (s.read_now(lambda c: snapshot.load(c, NOW)).routes[NUMBER] for s in (house.store, store))
    assert (there.flow, there.closures) == (here.flow, here.closures) and there.closures
    assert there.lists == {"vip": {sealer.caller_key(CALLER)}} != here.lists
    assert await store.read(lambda c: turn.history(c, NUMBER)) == await house.store.read(
        lambda c: turn.history(c, NUMBER)
    )


async def test_r26_an_installation_with_lists_keeps_its_own_key_of_callers(
    house: House, elsewhere: tuple[Settings, Store], tmp_path: Path
) -> None:
    await put(house)
    tar, key = tmp_path / "all.tar.gz", tmp_path / "all.key"
    settings, store = elsewhere
    assert sqlite_file(settings) is None or sqlite_file(settings) != sqlite_file(house.office.settings)
    archive.export(house.office.settings, None, tar, key, readable=False, progress=lambda *_: None)
    archive.bring_in(settings, tar, key, None, lambda *_: None)
    again = tmp_path / "again"
    load_keys(again)
    other = Settings(home=again, database_url=settings.database_url)
    with pytest.raises(RuleBroken, match="counted here under another key"):
        archive.bring_in(other, tar, key, None, lambda *_: None)
    assert await store.read(lambda c: c.execute(select(func.count()).select_from(listed_caller)).scalar_one()) == 1
