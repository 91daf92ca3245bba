"""Callers who are held: on a real switchboard, and what is said when some are missing."""

import asyncio
from pathlib import Path
from typing import cast

import pytest

from smartdesk_pbx.bench import held
from smartdesk_pbx.bench.board import Board, running_board
from smartdesk_pbx.bench.cpu import two_cores
from smartdesk_pbx.bench.held import Memory, each_call
from smartdesk_pbx.bench.listen import Listening, listening
from smartdesk_pbx.bench.load import Loaded
from smartdesk_pbx.errors import EdgeDown

CALLERS = 20


async def test_callers_are_held_answered_and_gone(tmp_path: Path) -> None:
    async with running_board(tmp_path / "home", two_cores()[0], 0) as board, listening() as wire:
        part = await held.hold(board, wire, CALLERS)
        assert await held.channels(board) == 0
        assert (await board.metrics())["smartdesk_calls_under_way"] == 0
    figures = {figure.name: figure for figure in part.figures}
    assert [figure.name for figure in part.figures if figure.missed and "memory" not in figure.name] == []
    assert figures["held: callers at once"].value == CALLERS
    assert len(part.raw["answer_ms"]) == CALLERS
    assert part.raw["memory_kb"]["full"]["asterisk"] > part.raw["memory_kb"]["empty"]["asterisk"] > 10_000


def test_memory_is_divided_by_callers() -> None:
    empty, full, after = Memory(100_000, 60_000, 1000), Memory(109_000, 210_000, 4000), Memory(102_000, 90_000, 5000)
    assert [figure.value for figure in each_call(empty, full, after, 1000)] == [9.0, 3.0, 150.0, 2.0]
    assert not each_call(empty, full, after, 1000)[0].missed
    assert each_call(empty, full, after, 800)[0].missed


async def test_callers_who_do_not_get_in(monkeypatch: pytest.MonkeyPatch) -> None:
    async def some(_: Board) -> int:
        return 7

    monkeypatch.setattr(held, "channels", some)
    calling: asyncio.Future[Loaded] = asyncio.get_running_loop().create_future()
    calling.set_result(Loaded(9, 2, [], 0))
    with pytest.raises(EdgeDown, match="only 7 of 9 callers are in the menu"):
        await held._all_there(cast(Board, None), 9, calling)


async def test_callers_who_have_heard_nothing() -> None:
    class Deaf:
        async def press(self, key: str, calls: int) -> int:
            return 0

    with pytest.raises(EdgeDown, match="only 0 of 9 callers have heard anything"):
        await held._press(cast(Listening, Deaf()), 9)
