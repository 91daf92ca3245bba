"""The chain of hashes: pure arithmetic, and the whole database checked."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from smartdesk_pbx.clock import Clock
from smartdesk_pbx.ids import Ids
from smartdesk_pbx.store.audit import verify_all
from smartdesk_pbx.store.chain import GENESIS, Head, Link, canonical, instant, link_hash, verify
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.writer import Writer
from tests.store.facts import AT, arrived, closed, ended, judged, later, step

CHAIN = UUID(int=7)


def chain_of(length: int) -> list[Link]:
    links: list[Link] = []
    before = GENESIS
    for seq in range(1, length + 1):
        link = Link(
            CHAIN, seq, "event", f"k{seq}", UUID(int=1), "flow.step", AT, later(seq), canonical({"step": seq}),
            b"sealed" if seq % 2 else None, before, "",
        )  # fmt: skip
        links.append(link._replace(hash=link_hash(link)))
        before = links[-1].hash
    return links


def head_of(links: list[Link]) -> Head:
    return Head(links[-1].chain_seq, links[-1].hash)


def test_a_chain_as_written_holds() -> None:
    links = chain_of(5)
    assert verify(CHAIN, links, head_of(links)) == []
    assert verify(CHAIN, [], Head(0, GENESIS)) == []


def test_the_hash_is_what_an_auditor_computes_by_hand() -> None:
    """Fixed once and for all: another value here means that every stored chain would be broken."""
    written = (
        '{"at":"2026-04-01T09:30:00.123456Z","call_id":"00000000-0000-0000-0000-000000000001",'
        '"chain":"00000000-0000-0000-0000-000000000007","chain_seq":1,"entry":"event","key":"k1","kind":"flow.step",'
        '"open":{"step":1},"prev":"' + "0" * 64 + '","recorded_at":"2026-04-01T09:30:01.123456Z","sealed":"c2VhbGVk"}'
    )
    assert chain_of(1)[0].hash == hashlib.sha256(written.encode()).hexdigest()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(1 - 2**53, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(
    content=st.dictionaries(st.text(max_size=5), json_values, max_size=4),
    sealed=st.none() | st.binary(max_size=40),
    seq=st.integers(1, 2**53 - 1),
    key=st.uuids(),
)
def test_what_is_hashed_is_the_canonical_json_of_the_whole_row(
    content: dict[str, object], sealed: bytes | None, seq: int, key: UUID
) -> None:
    """RFC 8785, compared with the library that makes it."""
    link = Link(
        CHAIN, seq, "ledger", f"{key}/judgement", key, "judgement", AT, AT, canonical(content), sealed, GENESIS, ""
    )
    row = {
        "chain": str(CHAIN), "chain_seq": seq, "entry": "ledger", "key": link.key, "call_id": str(key),
        "kind": "judgement", "at": instant(AT), "recorded_at": instant(AT), "open": content, "prev": GENESIS,
        "sealed": None if sealed is None else b64encode(sealed).decode(),
    }  # fmt: skip
    assert link_hash(link) == hashlib.sha256(canonical(row).encode()).hexdigest()


@given(content=json_values)
def test_canonical_text_is_the_librarys(content: object) -> None:
    """Plain objects are written by a faster encoder; the bytes must be the same."""
    assert canonical(content) == rfc8785.dumps(content).decode()  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [{"n": 2**53}, {"n": -(2**53)}, {"x": float("nan")}, {"s": "\ud800"}, {"b": b"x"}])
def test_what_has_no_canonical_form_is_refused(content: object) -> None:
    with pytest.raises(ValueError):
        canonical(content)


def test_an_open_part_that_is_not_canonical_is_a_break() -> None:
    """Otherwise text could be added that another reader sees and the hash does not tell apart."""
    link = chain_of(1)[0]
    for text_of in ('{"step": 1}', '{"step":1', '{"step":1,"step":1}', ""):
        odd = link._replace(open=text_of)
        odd = odd._replace(hash=link_hash(odd))
        assert [b.seq for b in verify(CHAIN, [odd], head_of([odd]))] == [1]


@dataclass(frozen=True)
class Change:
    field: str
    value: object


CHANGES = [
    Change("chain", UUID(int=8)), Change("entry", "ledger"), Change("key", "other"), Change("call_id", UUID(int=2)),
    Change("kind", "call.ended"), Change("at", later(99)), Change("recorded_at", later(99)),
    Change("open", canonical({"step": 99})), Change("sealed", b"other"),
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.field)
def test_every_field_is_covered(change: Change) -> None:
    links = chain_of(4)
    links[1] = links[1]._replace(**{change.field: change.value})  # type: ignore[arg-type]
    assert [(b.seq, b.wrong) for b in verify(CHAIN, links, head_of(links))] == [(2, "content does not match its hash")]


def test_a_row_rewritten_with_its_hash_is_found_at_the_next() -> None:
    links = chain_of(4)
    forged = links[1]._replace(open=canonical({"step": 99}))
    links[1] = forged._replace(hash=link_hash(forged))
    assert [b.seq for b in verify(CHAIN, links, head_of(links))] == [3]


@given(length=st.integers(2, 8), gone=st.integers(1, 8))
def test_a_missing_row_is_found_wherever_it_was(length: int, gone: int) -> None:
    links = chain_of(length)
    gone = (gone - 1) % length + 1
    left = [link for link in links if link.chain_seq != gone]
    assert verify(CHAIN, left, head_of(links))


def test_the_head_must_be_the_last_row() -> None:
    links = chain_of(3)
    assert [b.seq for b in verify(CHAIN, links[:2], head_of(links))] == [2]
    assert [b.wrong for b in verify(CHAIN, links, None)] == ["the chain has no head"]
    assert verify(CHAIN, links, Head(3, "0" * 64))


def test_times_have_one_text_form() -> None:
    assert instant(AT) == "2026-04-01T09:30:00.123456Z"
    with pytest.raises(ValueError, match="no zone"):
        instant(datetime(2026, 4, 1))


async def written(store: Store, sealer: Sealer, chain: UUID | None) -> UUID:
    call = uuid4()
    writer = Writer(store, sealer, Clock(), Ids())
    writer.append(arrived(call), step(call, 1, digits="0312345678"), chain=chain)
    writer.append(ended(call), closed(call), judged(call), chain=chain)
    await writer.close()
    return call


def tamper(store: Store, statement: str, **values: object) -> None:
    """What somebody with full rights on the database could do."""

    def change(connection: Connection) -> None:
        if store.is_sqlite:
            for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        assert connection.execute(text(statement), values).rowcount >= 1

    store.run_now(change)


async def test_events_and_judgements_share_one_chain_per_subscriber(store: Store, sealer: Sealer) -> None:
    for chain in (uuid4(), uuid4(), None):
        await written(store, sealer, chain)
        await written(store, sealer, chain)
    assert await store.read(verify_all) == []
    rows = await store.read(lambda c: c.execute(text("SELECT seq FROM chain_head")).scalars().all())
    assert rows == [10, 10, 10]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_event SET open = '{}' WHERE kind = 'flow.step'",
        "UPDATE case_event SET sealed = NULL WHERE kind = 'flow.step'",
        "UPDATE ledger_entry SET open = replace(open, 'false', 'true')",
        "DELETE FROM case_event WHERE kind = 'flow.step'",
        "DELETE FROM ledger_entry",
        "UPDATE case_event SET chain_seq = 99 WHERE kind = 'case.closed'",
    ],
)
async def test_tampering_is_found(store: Store, sealer: Sealer, statement: str) -> None:
    chain, other = uuid4(), uuid4()
    await written(store, sealer, other)
    assert await store.read(verify_all) == []
    tamper(store, statement)
    broken = await store.read(verify_all)
    assert broken and {b.chain for b in broken} == {other}
    await written(store, sealer, chain)
    assert await store.read(lambda c: verify_all(c, chain)) == []


@pytest.mark.parametrize("table", ["case_event", "ledger_entry"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET kind = 'x'", "DELETE FROM {}"])
async def test_the_database_refuses_to_change_facts(store: Store, sealer: Sealer, table: str, verb: str) -> None:
    await written(store, sealer, None)
    with pytest.raises(Exception, match="insert-only"):
        await store.run(lambda c: c.execute(text(verb.format(table))))
