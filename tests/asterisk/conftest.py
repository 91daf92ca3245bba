"""One switchboard for all tests of this folder; afterwards nothing may be left on it."""

from collections.abc import Iterator

import pytest

from tests.asterisk.board import Board, let_out, switchboard


@pytest.fixture(scope="session")
def shared_board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    home = tmp_path_factory.mktemp("board") / "home"
    let_out(home)
    with switchboard(home) as board:
        yield board


@pytest.fixture
async def board(shared_board: Board) -> Board:
    """The switchboard, quiet before and after each test; chains verified."""
    await shared_board.quiet()
    return shared_board


@pytest.fixture(autouse=True)
async def nothing_left(request: pytest.FixtureRequest) -> object:
    """0 channels, 0 bridges, every call has exactly one closed case, chains hold."""
    yield
    if "board" not in request.fixturenames:
        return
    board: Board = request.getfixturevalue("shared_board")
    await board.quiet()
    rows = await board.ask("case.list", limit=10_000)
    for row in rows:
        shown = await board.ask("case.show", case=row["case_id"])
        kinds = [e["kind"] for e in shown["events"]]
        assert kinds.count("call.arrived") == 1 and kinds.count("call.ended") == 1, kinds
        if not row["closed_at"]:  # the primary response of a test that stopped before it
            if "talk.started" in kinds:
                await board.ask("case.respond", case=row["case_id"], refused=["name", "phone", "callback", "purpose"])
            kinds = [e["kind"] for e in (await board.closed(row["case_id"]))["events"]]
        assert kinds.count("case.closed") == 1 and kinds.count("judgement") == 1
    verified = await board.ask("case.verify")
    # Each case has at least its arrival, its end, its closing and its judgement in the chain.
    assert verified["broken"] == [] and verified["entries"] >= 4 * len(rows)
