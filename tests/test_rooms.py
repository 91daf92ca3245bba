"""The rooms of the house: imports point left only, and the rooms on the left are pure."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "smartdesk_pbx"

LEFT = ("", "clock", "errors", "ids", "keys", "logs", "metrics", "settings")
"""The left wall: modules of their own, free to use each other."""

ORDER = (
    *("contract", "billing", "flow", "store", "desk", "call", "report", "asterisk", "audio", "office", "web"),
    *("live", "rehearsal", "trial", "bench", "daemon", "cli", "__main__"),
)
"""From left to right: a room imports only itself and what stands before it."""

PURE = ("contract", "billing", "flow")

FILES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    """The room a file stands in; "" for the package itself."""
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def place(name: str) -> int:
    return -1 if name in LEFT else ORDER.index(name)


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that a file names in an import, wherever it stands; `from a import b` gives `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "write imports in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parsed(path: Path) -> ast.AST:
    return ast.parse(path.read_text("utf-8"), str(path))


def named(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_imports_point_left(path: Path) -> None:
    here = room(path)
    for module in imported(parsed(path)):
        package, _, rest = module.partition(".")
        if package == "smartdesk_pbx":
            there = rest.partition(".")[0]
            assert place(there) <= place(here), f"{here} imports {module}"


@pytest.mark.parametrize("path", [p for p in FILES if room(p) in PURE], ids=named)
def test_left_rooms_are_pure(path: Path) -> None:
    tree = parsed(path)
    outside = {module.partition(".")[0] for module in imported(tree)}
    assert not outside & {"asyncio", "sqlalchemy", "aiohttp", "socket", "subprocess", "time", "random", "secrets", "os"}
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Await | ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith), f"line {node}"
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("now", "utcnow", "today"), f"{named(path)}:{node.lineno} reads the clock"


def test_every_room_is_known() -> None:
    assert {room(path) for path in FILES} <= {*LEFT, *ORDER}
