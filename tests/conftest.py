"""What ran, in one line; a skipped test is a failure where everything has to run (`make test`).

The JUnit file says of each test which articles of the terms it names, in its own name (`test_r8_2_…`) or docstring
(R8.2): `smartdesk terms coverage` reads it.
"""

import os
import re
from collections import Counter
from pathlib import Path

import pytest

EVERYTHING = os.environ.get("SMARTDESK_NO_SKIP") == "1"

_ARTICLE = re.compile(r"(?<![A-Za-z0-9])[Rr](\d{1,2})(?:[._](\d{1,2}b?)(?![0-9]))?(?![0-9A-Za-z])")


def articles(name: str, docstring: str | None) -> list[str]:
    """The articles that a test names, as `R8.2`, each once."""
    words = name.partition("[")[0].replace("test_", " ").replace("_r", " r") + " " + (docstring or "")
    found = _ARTICLE.findall(re.sub(r"(r\d+(?:_\d+b?)?)_", r"\1 ", words))
    return list(dict.fromkeys(f"R{number}.{part}" if part else f"R{number}" for number, part in found))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        docstring = getattr(getattr(item, "function", None), "__doc__", None)
        item.user_properties += [("article", name) for name in articles(item.name, docstring)]


def room(node_id: str) -> str:
    """The folder of tests a node id belongs to: `rules`, `store`, ...; `tests` for files right below."""
    parts = Path(node_id.partition("::")[0]).parts
    return parts[1] if len(parts) > 2 else parts[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line: how many passed in each room, and what did not."""
    stats = terminalreporter.stats
    passed = Counter(room(report.nodeid) for report in stats.get("passed", []) if report.when == "call")
    others = {kind: len(stats[kind]) for kind in ("failed", "error", "skipped", "xfailed") if stats.get(kind)}
    rooms = ", ".join(f"{name} {count}" for name, count in sorted(passed.items()))
    rest = "".join(f", {count} {kind}" for kind, count in others.items())
    terminalreporter.write_line(f"ran: {passed.total()} passed ({rooms}){rest}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Nothing is skipped in silence: one skipped test makes the whole run fail."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if EVERYTHING and reporter and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
