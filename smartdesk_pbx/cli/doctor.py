"""`smartdesk doctor`: is everything in its place, and what to do where it is not."""

from typing import TYPE_CHECKING

import typer

from smartdesk_pbx.cli import frame, link, show

if TYPE_CHECKING:
    from smartdesk_pbx.office.doctor import Finding


def doctor() -> None:
    """Check Asterisk, database, prompts, secrets, disk, ports, daemon and chains. Status 1 when something is wrong."""
    settings = frame.settings()
    from smartdesk_pbx.office.doctor import examine
    from smartdesk_pbx.office.registry import as_json

    findings = [*examine(settings), _daemon()]
    show.rows(as_json(findings), "part", "state", "said", "do")
    if any(finding.state == "wrong" for finding in findings):
        raise typer.Exit(1)


def _daemon() -> "Finding":
    from smartdesk_pbx.office.doctor import Finding

    home = frame.home()
    last = link.running(home)
    if last is None or not last.alive:
        return Finding("daemon", "note", "not running", "start it: smartdesk dev")
    host, _, port = last.http.rpartition(":")
    said = link.health(host, int(port)) if port.isdigit() else {}
    if said.get("pid") != last.pid:
        said_not = f"pid {last.pid} does not answer at {last.http}"
        return Finding("daemon", "wrong", said_not, "stop it and start it again")
    bad = {k: v for k, v in said.items() if k not in ("pid", "node") and v != "ok"}
    if bad:
        return Finding("daemon", "wrong", show.text(bad), "see its log; it goes on trying by itself")
    return Finding("daemon", "ok", f"pid {last.pid} at {last.http}")
