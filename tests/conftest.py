"""What ran, in one line; a skipped test is a failure where everything has to run (`make test`)."""

import os
from collections import Counter
from pathlib import Path

import pytest

EVERYTHING = os.environ.get("SMARTDESK_NO_SKIP") == "1"


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
