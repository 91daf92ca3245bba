"""Finding the daemon of a home and speaking with it, with nothing heavier than http.client."""

import http.client
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from smartdesk_pbx.errors import EdgeDown, RuleBroken

HEALTH_S = 2.0
ANSWER_S = 60.0


@dataclass(frozen=True)
class Link:
    """A daemon that answers: where, and the word that opens its door."""

    host: str
    port: int
    token: str = field(repr=False)

    def perform(
        self, name: str, params: dict[str, object], who: str = "", why: str = "", *, answer_s: float = ANSWER_S
    ) -> Any:
        """The answer of operation `name`, waited for so long; `who` and `why` stand in the audit trail.

        Raises `RuleBroken` for a mistake, `EdgeDown` for everything else.
        """
        noun, _, verb = name.partition(".")
        headers = {
            "Authorization": f"Bearer {self.token}", "Content-Type": "application/json",
            "X-Smartdesk-Who": quote(who), "X-Smartdesk-Why": quote(why),
        }  # fmt: skip
        line = http.client.HTTPConnection(self.host, self.port, timeout=answer_s)
        try:
            line.request("POST", f"/v1/{noun}/{verb}", json.dumps(params), headers)
            response = line.getresponse()
            status, body = response.status, json.loads(response.read() or b"null")
        except (OSError, ValueError, http.client.HTTPException) as error:
            why = str(error) or type(error).__name__
            raise EdgeDown(f"the daemon at {self.host}:{self.port} broke off: {why}") from None
        finally:
            line.close()
        if status == 200:
            return body
        text = body.get("error", "") if isinstance(body, dict) else ""
        raise RuleBroken(text) if status == 422 else EdgeDown(text or f"the daemon answered {status}")


@dataclass(frozen=True)
class Running:
    """What a daemon left in HOME/run/daemon.json."""

    http: str
    pid: int

    @property
    def alive(self) -> bool:
        """True while something runs under that id."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return self.pid > 0


def running(home: Path) -> Running | None:
    """The daemon that last said it is ready in this home; None when none did or the file is spoilt."""
    try:
        said = json.loads((home / "run" / "daemon.json").read_text("utf-8"))
        return Running(str(said["http"]), int(said["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def find(home: Path) -> Link | None:
    """The daemon of this home when it answers, else None."""
    last = running(home)
    if last is None or not last.alive:
        return None
    host, _, port = last.http.rpartition(":")
    if not port.isdigit() or health(host, int(port)).get("pid") != last.pid:
        return None
    try:
        token = (home / "secrets" / "http_token").read_text("ascii").strip()
    except OSError as error:
        raise RuleBroken(f"the daemon's token cannot be read: {error}") from None
    return Link(host, int(port), token)


def health(host: str, port: int, timeout_s: float = HEALTH_S) -> dict[str, Any]:
    """What the daemon says of itself; empty when nobody, or somebody else, answers there."""
    line = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        line.request("GET", "/healthz")
        said = json.loads(line.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return {}
    finally:
        line.close()
    return said if isinstance(said, dict) else {}
