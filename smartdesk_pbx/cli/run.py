"""`smartdesk run`: the daemon alone."""

from typing import Annotated

import typer

from smartdesk_pbx.cli import frame


def run(http: Annotated[str | None, typer.Option(help="HOST:PORT of the API, on loopback.")] = None) -> int:
    """Run the daemon in the foreground against an Asterisk that runs already."""
    settings = frame.settings(http=http)
    from smartdesk_pbx.daemon import run as run_daemon

    return run_daemon(settings)
