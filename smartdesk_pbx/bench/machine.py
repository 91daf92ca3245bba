"""On what it was measured: without this no figure can be compared with another."""

import os
import platform
import sqlite3
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from smartdesk_pbx.asterisk.binary import find_asterisk
from smartdesk_pbx.settings import Settings


def machine(settings: Settings) -> dict[str, object]:
    """Facts as JSON values. Raises `RuleBroken` where no Asterisk is found."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "smartdesk": version("smartdesk-pbx"),
        "asterisk": ".".join(map(str, find_asterisk(settings).version)),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "kernel": f"{platform.system()} {platform.release()}",
        "processor": _first("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": int((_first("/proc/meminfo", "MemTotal").split() or ["0"])[0]) // 1024,
        "busy_before": round(os.getloadavg()[0], 2),
    }


def _first(file: str, name: str) -> str:
    """What stands after the first `name:` of a file of the kernel's; empty when there is none."""
    lines = Path(file).read_text("utf-8", "replace").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")
