"""`smartdesk terms coverage`: which articles are kept, by the tests that prove it."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show


def coverage(
    junit: Annotated[Path, typer.Option(help="What `make test` wrote.")] = Path("var/junit.xml"),
) -> None:
    """All 33 articles: kept (a test names it, ran and passed), no duty, or later; exit 1 while one is open."""
    from smartdesk_pbx.office import coverage as office

    rows = office.coverage(junit)
    show.rows([asdict(row) for row in rows], "article", "heading", "row", "asks", "state", "tests", "why")
    if not frame.frame().json:
        counts = {state: sum(row.state == state for row in rows) for state in ("kept", "no duty", "later", "open")}
        print(", ".join(f"{count} {state}" for state, count in counts.items()))
    if office.is_open(rows):
        raise typer.Exit(1)
