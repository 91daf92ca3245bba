"""Which Asterisk runs here: the host's own, or one unpacked under `var/` that runs by its own loader."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import PACKAGE, Settings

OLDEST = (22, 4)
"""Older ones lack digests for agents' passwords and REST over the events websocket."""

MODULES = ("usr/lib/*-linux-gnu*/asterisk/modules", "usr/lib*/asterisk/modules", "usr/local/lib/asterisk/modules")
DATA = ("usr/share/asterisk", "var/lib/asterisk", "usr/local/share/asterisk")
"""Where packages and a build from source put them, below the root."""


@dataclass(frozen=True)
class AsteriskBinary:
    """`argv_prefix` starts it; `root` is None for the host's own. `modules` and `data` are its own folders."""

    argv_prefix: tuple[str, ...]
    root: Path | None
    version: tuple[int, ...]
    modules: Path
    data: Path
    """Holds `documentation` (without it modules do not load) and `rest-api` (without it ARI describes nothing)."""


def find_asterisk(settings: Settings) -> AsteriskBinary:
    """The host's Asterisk when it is 22.4 or newer, else `settings.asterisk_root`, else the checkout's own.

    Raises `RuleBroken`, one line, when none of them runs.
    """
    for binary in _candidates(settings):
        if binary is not None and binary.version >= OLDEST:
            return binary
    raise RuleBroken("no Asterisk 22.4 or newer: run `make asterisk`, or set asterisk_root to an unpacked one")


def _candidates(settings: Settings) -> Iterable[AsteriskBinary | None]:
    on_host = shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin:/usr/bin:/sbin")
    if on_host:
        yield _inspect((on_host,), None)
    roots = (settings.asterisk_root, PACKAGE.parent / "var" / "asterisk" / "root")
    for root in roots:
        if root is not None:
            yield unpacked(root)


def unpacked(root: Path) -> AsteriskBinary | None:
    """The Asterisk in an unpacked Debian, started by that Debian's loader: no chroot, no mount; None if it cannot."""
    root = root.resolve()
    program = root / "usr/sbin/asterisk"
    loader = next((p for pattern in ("lib64/ld-linux*.so.*", "lib/ld-linux*.so.*") for p in root.glob(pattern)), None)
    libraries = sorted({*root.glob("usr/lib/*-linux-gnu*"), *root.glob("lib/*-linux-gnu*")})
    if loader is None or not libraries or not program.is_file():
        return None
    path = ":".join(str(folder) for folder in libraries)
    return _inspect((str(loader), "--library-path", path, str(program)), root)


def _inspect(argv: tuple[str, ...], root: Path | None) -> AsteriskBinary | None:
    try:
        answer = subprocess.run((*argv, "-V"), capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"Asterisk\D*(\d+(?:\.\d+)+)", answer)
    base = root or Path("/")
    modules = _first(base, MODULES)
    data = _first(base, DATA, holding="documentation")
    if found is None or modules is None or data is None:
        return None
    return AsteriskBinary(argv, root, tuple(int(part) for part in found[1].split(".")), modules, data)


def _first(base: Path, patterns: tuple[str, ...], holding: str = "") -> Path | None:
    folders = (folder for pattern in patterns for folder in sorted(base.glob(pattern)))
    return next((folder for folder in folders if (folder / holding).is_dir()), None)
