"""The local journal: what stands in it after any point at which the daemon may have died."""

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import msgspec

from smartdesk_pbx.store.facts import Group, encode
from smartdesk_pbx.store.journal import Journal
from smartdesk_pbx.store.seal import Sealer
from tests.store.facts import step

SEALER = Sealer(b"m" * 32, b"i" * 32)


def group(number: int) -> Group:
    call = uuid4()
    row = encode(step(call, number, digits="5"), f"{call}/x", SEALER, lambda c: SEALER.new_case_key(c, uuid4()))
    return Group((row,), call if number % 2 else None)


async def test_groups_keep_their_numbers_over_restarts(tmp_path: Path) -> None:
    groups = [group(n) for n in range(5)]
    journal = Journal.open(tmp_path / "journal.db")
    assert await journal.append(groups[:3]) == [1, 2, 3]
    assert await journal.append(groups[3:4]) == [4]
    await journal.close()
    journal = Journal.open(tmp_path / "journal.db")
    assert journal.left() == list(enumerate(groups[:4], 1))
    assert await journal.append(groups[4:]) == [5]
    await journal.close()


async def test_a_row_goes_when_its_last_group_was_carried_over(tmp_path: Path) -> None:
    groups = [group(n) for n in range(4)]
    journal = Journal.open(tmp_path / "journal.db")
    await journal.append(groups[:3])
    await journal.append(groups[3:])
    await journal.forget(2, at_once=True)
    assert [seq for seq, _ in journal.left()] == [1, 2, 3, 4]
    await journal.forget(3, at_once=True)
    assert journal.left() == [(4, groups[3])]
    await journal.forget(4, at_once=False)
    assert journal.left() == [(4, groups[3])]
    assert await journal.append([group(9)]) == [5]
    assert [seq for seq, _ in journal.left()] == [5]
    await journal.close()


async def test_a_journal_of_before_is_carried_over(tmp_path: Path) -> None:
    """Each group was a row of its own, not in a list."""
    file, groups = tmp_path / "journal.db", [group(n) for n in range(3)]
    await Journal.open(file).close()
    with closing(sqlite3.connect(file)) as earlier:
        rows = [(seq, msgspec.msgpack.encode(one)) for seq, one in enumerate(groups[:2], 4)]
        earlier.executemany("INSERT INTO waiting (seq, body) VALUES (?, ?)", rows)
        earlier.commit()
    journal = Journal.open(file)
    assert journal.left() == [(4, groups[0]), (5, groups[1])]
    assert await journal.append(groups[2:]) == [6]
    assert journal.left() == list(enumerate(groups, 4))
    await journal.forget(5, at_once=True)
    assert journal.left() == [(6, groups[2])]
    await journal.close()


async def test_what_is_refused_again_after_a_restart_is_set_aside_once(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    groups = [group(n) for n in range(3)]
    journal = Journal.open(file)
    await journal.append(groups)
    await journal.refuse(2, groups[1], ArithmeticError())
    await journal.close()
    journal = Journal.open(file)
    assert [seq for seq, _ in journal.left()] == [1, 2, 3]
    await journal.refuse(2, groups[1], ArithmeticError())
    await journal.refuse(3, groups[2], KeyError())
    assert journal.left() == []
    await journal.close()
    with closing(sqlite3.connect(file)) as read:
        kinds = [kind for (kind,) in read.execute("SELECT error FROM refused ORDER BY id")]
    assert kinds == ["ArithmeticError", "KeyError"]
