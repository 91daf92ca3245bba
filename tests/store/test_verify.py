"""Checking the chains of a whole database fast: the same breaks as row by row, in slices, by processes, since a day,
and against heads that were written down."""

import json
import os
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, select

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import ledger as office_ledger
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import heads_file, links, signing, verify
from smartdesk_pbx.store.canonical import is_canonical
from smartdesk_pbx.store.chain import GENESIS, Broken, Entry, Head, Link, canonical, link_hash
from smartdesk_pbx.store.chain import verify as verify_slowly
from smartdesk_pbx.store.heads import SignedHead, head_at, head_of, is_genuine
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables import case_event, chain_head, ledger_entry
from tests.store.keeping import NOW, House
from tests.store.test_chain import json_values, tamper


def quiet(done: int, total: int) -> None:
    assert 0 <= done <= total


def slowly(store: Store) -> list[Broken]:
    """Row by row with the plain arithmetic that an auditor reads."""

    def look(connection: Connection) -> list[Broken]:
        heads = {row.chain: Head(row.seq, row.hash) for row in connection.execute(select(chain_head))}
        chains: dict[UUID, list[Link]] = {chain: [] for chain in heads}
        tables: tuple[tuple[Entry, Table], ...] = (("event", case_event), ("ledger", ledger_entry))
        for entry, table in tables:
            for row in connection.execute(select(table)):
                link = Link(
                    row.chain, row.chain_seq, entry, row.key, row.call_id, row.kind, row.at, row.recorded_at, row.open,
                    row.sealed, row.prev_hash, row.hash,
                )  # fmt: skip
                chains.setdefault(row.chain, []).append(link)
        found = []
        for chain, all_links in sorted(chains.items()):
            all_links.sort(key=lambda link: link.chain_seq)
            found += verify_slowly(chain, all_links, heads.get(chain))
        return found

    return store.read_now(look)


def fast(store: Store, task_entries: int, first: int = 1) -> list[Broken]:
    """In slices of so many entries."""

    def look(connection: Connection) -> verify.Checked:
        heads = {row.chain: row.seq for row in connection.execute(select(chain_head))}
        found = verify.Checked()
        for task in verify.plan([(c, first, heads.get(c, 0)) for c in links.chains(connection)], task_entries):
            found.add(verify.check(connection, task.slices))
        return found

    return sorted(store.read_now(look).broken, key=lambda one: (one.chain, one.seq))


TAMPERINGS = [
    "UPDATE {t} SET kind = 'x' WHERE chain_seq = {n}",
    "UPDATE {t} SET open = '{{}}' WHERE chain_seq = {n}",
    "UPDATE {t} SET open = open || ' ' WHERE chain_seq = {n}",
    "UPDATE {t} SET prev_hash = hash WHERE chain_seq = {n}",
    "UPDATE {t} SET hash = prev_hash WHERE chain_seq = {n}",
    "UPDATE {t} SET recorded_at = at WHERE chain_seq = {n}",
    "UPDATE {t} SET sealed = NULL, key = 'x' WHERE chain_seq = {n}",
    "DELETE FROM {t} WHERE chain_seq = {n}",
    "DELETE FROM {t} WHERE chain_seq > {n}",
    "UPDATE {t} SET chain_seq = chain_seq + 100 WHERE chain_seq = {n}",
    "UPDATE chain_head SET seq = seq - 1",
    "DELETE FROM chain_head",
]


@pytest.mark.parametrize("statement", TAMPERINGS)
@pytest.mark.parametrize("table", ["case_event", "ledger_entry"])
def test_slices_find_the_same_breaks_as_row_by_row(house: House, statement: str, table: str) -> None:
    for _ in range(3):
        house.call(NOW, recording=False)
    tamper(house.store, statement.format(t=table, n=8 if table == "ledger_entry" else 11))
    expected = slowly(house.store)
    assert expected, "the tampering breaks something"
    assert fast(house.store, 10**6) == expected
    for entries in (1, 2, 5, 7):
        assert fast(house.store, entries), "in slices it is found too"


def rewrite(store: Store, seq: int, open_part: str) -> None:
    """Put another content into an event, with the hash that fits it."""

    def look(connection: Connection) -> str:
        row = connection.execute(select(case_event).where(case_event.c.chain_seq == seq)).one()
        link = Link(
            row.chain, row.chain_seq, "event", row.key, row.call_id, row.kind, row.at, row.recorded_at, open_part,
            row.sealed, row.prev_hash, "",
        )  # fmt: skip
        return link_hash(link)

    said = "UPDATE case_event SET open = :open, hash = :hash WHERE chain_seq = :seq"
    tamper(store, said, open=open_part, hash=store.read_now(look), seq=seq)


def test_a_row_written_anew_with_its_hash_is_found_at_the_next_across_slices_too(house: House) -> None:
    house.call(NOW, recording=False)
    rewrite(house.store, 3, canonical({"agent": "mallory", "channel": "x"}))
    for entries in (1, 2, 3, 4, 10**6):
        found = fast(house.store, entries)
        assert [(one.seq, one.wrong) for one in found] == [(4, "does not name the hash before it")], entries


def test_a_content_that_is_not_canonical_is_found_even_with_the_hash_that_fits(house: House) -> None:
    house.call(NOW, recording=False, closed=False)
    last = house.store.read_now(lambda c: head_of(c, house.subscriber)).seq
    rewrite(house.store, last, '{"by":"caller", "outcome":"human","cause":16,"human":true}')
    tamper(house.store, "UPDATE chain_head SET hash = (SELECT hash FROM case_event WHERE chain_seq = :n)", n=last)
    assert [one.wrong for one in fast(house.store, 10**6)] == ["content does not match its hash"]


def test_a_whole_database_holds_in_slices_of_any_size(house: House) -> None:
    for _ in range(3):
        house.call(NOW, recording=False)
    for entries in range(1, 40):
        assert fast(house.store, entries) == []
        assert fast(house.store, entries, first=5) == []


@given(st.lists(st.tuples(st.uuids(), st.integers(1, 50), st.integers(0, 60)), max_size=8, unique_by=lambda c: c[0]))
def test_tasks_cover_every_entry_once_and_the_end_of_every_chain(extents: list[tuple[UUID, int, int]]) -> None:
    tasks = list(verify.plan(extents, 10))
    for chain, first, last in extents:
        slices = [part for task in tasks for part in task.slices if part.chain == chain]
        assert [part.last for part in slices][-1] is None
        at = first
        for part in slices:
            assert part.first == at
            at = (part.last or last) + 1
    assert all(task.entries <= 20 or len(task.slices) == 1 for task in tasks)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_several_processes_find_what_one_finds(house: House, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        house.call(NOW, recording=False)
    monkeypatch.setattr(verify, "IN_THIS_PROCESS", 1)
    seen: list[tuple[int, int]] = []
    whole = verify.verify_store(url, house.store, workers=2, progress=lambda *p: seen.append(p))
    assert (whole.chains, whole.entries, whole.breaks, whole.broken) == (1, 16, 0, [])
    assert seen[0] == (0, 16) and seen[-1] == (16, 16)
    tamper(house.store, "UPDATE case_event SET kind = 'x' WHERE chain_seq IN (2, 11)")
    broken = verify.verify_store(url, house.store, workers=2)
    assert [one.seq for one in broken.broken] == [2, 11]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_breaks_beyond_the_first_thousand_are_counted_and_not_kept(
    house: House, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.call(NOW, recording=False)
    tamper(house.store, "UPDATE case_event SET kind = 'x'")
    monkeypatch.setattr(verify, "MOST_TOLD", 3)
    found = verify.verify_store(url, house.store, workers=1)
    assert (found.breaks, len(found.broken)) == (7, 3)


def test_since_a_day_looks_at_what_was_recorded_from_then_on(house: House, url: str) -> None:
    """In Tokyo's days; the row before is trusted, so that a break there is not told and one after it is."""
    for n in range(4):
        house.now = NOW + timedelta(days=n)
        house.call(house.now, recording=False)
    for days, entries in ((0, 32), (1, 24), (3, 8), (4, 0)):
        at = NOW + timedelta(days=days)
        assert verify.verify_store(url, house.store, since=at).entries == entries
    tamper(house.store, "UPDATE case_event SET kind = 'x' WHERE chain_seq = 2")
    assert verify.verify_store(url, house.store, since=NOW + timedelta(days=1)).breaks == 0
    tamper(house.store, "UPDATE case_event SET kind = 'x' WHERE chain_seq = 26")
    assert verify.verify_store(url, house.store, since=NOW + timedelta(days=1)).breaks == 1
    asked = office_ledger.Asked(since=(NOW + timedelta(days=3)).date())
    assert office_ledger.verify(house.office.settings, asked, quiet).entries == 8


def test_a_row_of_a_chain_without_a_head_is_found(house: House, url: str) -> None:
    house.call(NOW, recording=False)
    tamper(house.store, f"INSERT INTO chain_head VALUES ('{uuid4().hex}', 3, '{GENESIS}')")
    tamper(house.store, "DELETE FROM chain_head WHERE seq > 3")
    said = sorted(one.wrong for one in verify.verify_store(url, house.store).broken)
    assert said == ["the chain has no head", "the last row is 0, but the head says sequence 3"]


# ---- canonical form ----------------------------------------------------------------------------


@given(json_values)
def test_what_the_library_makes_is_canonical(value: object) -> None:
    assert is_canonical(canonical(value).encode())


@given(json_values, st.sampled_from([", ", ": ", " ", "\\u0041", "1.0", "-0", "1e2", "\n"]), st.integers(0, 200))
def test_only_what_the_library_makes_is_canonical(value: object, odd: str, at: int) -> None:
    whole = canonical(value)
    for written in (json.dumps(value), json.dumps(value, ensure_ascii=False), whole[:at] + odd + whole[at:]):
        try:
            same = rfc8785.dumps(json.loads(written, parse_int=float)).decode() == written
        except ValueError:
            same = False
        assert is_canonical(written.encode("utf-8", "replace")) == same, written


@pytest.mark.parametrize(
    "odd", [b'{"\xf0\x9f\x98\x80":1,"\xef\xbf\xbf":2}', b"9007199254740991", b"0.5", b"1e+30", b'"\x7f"']
)
def test_what_sorts_or_is_written_otherwise_is_left_to_the_library(odd: bytes) -> None:
    assert is_canonical(odd)


@pytest.mark.parametrize(
    "odd",
    [b"", b"\xff", b"{", b'{"a":1,"a":1}', b"9007199254740993", b"1.0", b'{"\xef\xbf\xbf":2,"\xf0\x9f\x98\x80":1}'],
)
def test_what_is_no_canonical_text_is_told_apart(odd: bytes) -> None:
    assert not is_canonical(odd)


# ---- heads and their key -----------------------------------------------------------------------


@pytest.fixture
def signer(house: House) -> signing.Signer:
    return signing.make_signer(house.office.settings.home)


def heads_of(house: House, folder: Path) -> Path:
    file = folder / "heads.json"
    file.write_text(heads_file.write(office_ledger.heads(house.office.settings, NOW)), "utf-8")
    return file


def verified(house: House, file: Path, public: str | None = None) -> list[str]:
    asked = office_ledger.Asked(heads=file, public=public)
    return [one.wrong for one in office_ledger.verify(house.office.settings, asked, quiet).broken]


def test_a_cut_tail_shows_against_heads_that_were_written_down(house: House, tmp_path: Path) -> None:
    house.call(NOW, recording=False)
    house.call(NOW, recording=False)
    file = heads_of(house, tmp_path)
    assert verified(house, file) == []
    house.call(NOW, recording=False)
    assert verified(house, file) == [], "a chain may go on"
    for statement in (
        "DELETE FROM case_event WHERE chain_seq > 8",
        "DELETE FROM ledger_entry WHERE chain_seq > 8",
        "UPDATE chain_head SET seq = 8, hash = (SELECT hash FROM ledger_entry WHERE chain_seq = 8)",
    ):
        tamper(house.store, statement)
    assert slowly(house.store) == [], "whoever owns the database can cut it so that it holds"
    (said,) = verified(house, file)
    assert said == "cut off: it reached 16 at 2026-11-22 03:00 UTC, now it ends at 8"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_chain_written_anew_shows_against_heads_that_were_written_down(house: House, tmp_path: Path) -> None:
    house.call(NOW, recording=False)
    taken = heads_file.read(heads_of(house, tmp_path))
    head = taken.heads[0]
    other = msgspec.structs.replace(taken, heads=[msgspec.structs.replace(head, hash="0" * 64)])
    (broken,) = house.store.read_now(lambda c: heads_file.compare(c, other))
    assert (broken.seq, broken.wrong.partition(":")[0]) == (8, "written anew")


@pytest.mark.parametrize("backend", ["sqlite"])
def test_heads_are_signed_and_a_forged_one_is_told(house: House, signer: signing.Signer, tmp_path: Path) -> None:
    house.call(NOW, recording=False)
    file = heads_of(house, tmp_path)
    assert verified(house, file, signer.public) == []
    taken = heads_file.read(file)
    assert taken.public_key == signer.public and is_genuine(taken.heads[0], signer.public)
    forger = signing.make_signer(tmp_path / "forger")
    assert len(verified(house, file, forger.public)) == 1, "not the key that the auditor was given"
    forged = msgspec.structs.replace(taken, heads=[msgspec.structs.replace(taken.heads[0], seq=1)])
    assert len(heads_file.unsigned(forged, None)) == 1
    bare = msgspec.structs.replace(taken, heads=[SignedHead(taken.heads[0].chain, 8, taken.heads[0].hash)])
    assert len(heads_file.unsigned(bare, signer.public)) == 1, "a head without signature is not signed"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_head_at_any_time_is_the_one_that_was_signed_then(house: House, signer: signing.Signer) -> None:
    house.call(NOW, recording=False)
    then = house.store.read_now(lambda c: head_of(c, house.subscriber, signer))
    house.call(NOW, recording=False)
    now = house.store.read_now(lambda c: head_of(c, house.subscriber, signer))
    assert (then.seq, now.seq) == (8, 16)
    assert house.store.read_now(lambda c: head_at(c, house.subscriber, 8, signer)) == then
    assert house.store.read_now(lambda c: head_of(c, uuid4())).hash == GENESIS
    with pytest.raises(RuleBroken, match="no entry 17"):
        house.store.read_now(lambda c: head_at(c, house.subscriber, 17))


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_the_key_is_made_once_and_can_be_replaced(house: House) -> None:
    assert (await office_ledger.show_key(house.office, Params())).key_id is None
    first = await office_ledger.new_key(house.office, office_ledger.NewKey())
    with pytest.raises(RuleBroken, match="signs already"):
        await office_ledger.new_key(house.office, office_ledger.NewKey())
    second = await office_ledger.new_key(house.office, office_ledger.NewKey(replace=True))
    assert first.key_id != second.key_id and second.earlier == (first.key_id,)
    assert second.public_key and signing.key_id(second.public_key) == second.key_id
    folder = house.office.settings.secrets_dir
    assert {f.name for f in folder.glob("ledger*")} == {"ledger_signing", f"ledger_signing-{first.key_id}"}
    assert {f.stat().st_mode & 0o777 for f in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_spoilt_key_or_heads_file_is_told_in_one_line(house: House, tmp_path: Path) -> None:
    (house.office.settings.secrets_dir / "ledger_signing").write_text("nonsense\n")
    os.chmod(house.office.settings.secrets_dir / "ledger_signing", 0o600)
    with pytest.raises(RuleBroken, match="put it back from a backup"):
        signing.load_signer(house.office.settings.home)
    (tmp_path / "heads.json").write_text("{}")
    for file in (tmp_path / "none.json", tmp_path / "heads.json"):
        with pytest.raises(RuleBroken, match=file.name):
            heads_file.read(file)
    with pytest.raises(RuleBroken, match="no public key"):
        signing.key_id("abc")
