"""Is everything in its place? Each finding says what to do. Works without a daemon and without a database."""

import os
import shutil
import socket
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from smartdesk_pbx.asterisk.node import find_asterisk, load_ports
from smartdesk_pbx.asterisk.trunks import load_trunks
from smartdesk_pbx.audio.catalogue import Catalogue
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.report.invoice_pdf import font_file
from smartdesk_pbx.report.post import post_of
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import case, flow, outbox
from smartdesk_pbx.store.session import Store

LEAST_FREE_BYTES = 2_000_000_000
"""A day of recordings of a small desk (16 kB a second of talk)."""


@dataclass(frozen=True)
class Finding:
    """One part of the installation. `note`: nothing is wrong, but one should know. `do`: what to do, "" for nothing."""

    part: str
    state: Literal["ok", "note", "wrong"]
    said: str
    do: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Every finding, in the order in which one puts an installation right."""
    parts: tuple[tuple[str, Callable[[Settings], Iterator[Finding]]], ...] = (
        ("asterisk", _asterisk),
        ("home", _home),
        ("secrets", _secrets),
        ("disk", _disk),
        ("trunks", _trunks),
        ("ports", _ports),
        ("prompts", _prompts),
        ("papers", _papers),
        ("database", _database),
    )
    return [finding for part, look in parts for finding in _looked(part, look, settings)]


def _looked(part: str, look: Callable[[Settings], Iterator[Finding]], settings: Settings) -> Iterator[Finding]:
    try:
        yield from look(settings)
    except (RuleBroken, EdgeDown, OSError) as error:
        said, _, do = str(error).partition(": run ")
        yield Finding(part, "wrong", said, f"run {do}" if do else "mend it, then run smartdesk doctor again")


def _asterisk(settings: Settings) -> Iterator[Finding]:
    binary = find_asterisk(settings)
    where = f"unpacked at {binary.root}" if binary.root else "the host's own"
    yield Finding("asterisk", "ok", f"{'.'.join(map(str, binary.version))}, {where}")


def _home(settings: Settings) -> Iterator[Finding]:
    if not settings.home.is_dir():
        yield Finding("home", "wrong", f"{settings.home} does not exist", "smartdesk dev makes it; or set --home")
    elif not os.access(settings.home, os.W_OK):
        yield Finding("home", "wrong", f"{settings.home} cannot be written", "give it to the user who runs smartdesk")
    else:
        yield Finding("home", "ok", str(settings.home))


def _secrets(settings: Settings) -> Iterator[Finding]:
    folder = settings.secrets_dir
    if not folder.is_dir():
        yield Finding("secrets", "note", "none yet", "smartdesk dev makes them")
        return
    loose = [file for file in (folder, *folder.iterdir()) if stat.S_IMODE(file.stat().st_mode) & 0o077]
    for file in loose:
        yield Finding("secrets", "wrong", f"{file} can be read by others", f"chmod go= {file}")
    if not loose:
        yield Finding("secrets", "ok", "for their owner alone")


def _disk(settings: Settings) -> Iterator[Finding]:
    place = next(folder for folder in (settings.home, *settings.home.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(place).free
    low = free < LEAST_FREE_BYTES
    do = "make room: a full disk loses recordings, then cases" if low else ""
    yield Finding("disk", "wrong" if low else "ok", f"{free / 1e9:.1f} GB free at {place}", do)


def _trunks(settings: Settings) -> Iterator[Finding]:
    trunks = load_trunks(settings.home)
    names = ", ".join(trunk.name for trunk in trunks)
    do = "" if trunks else f"describe your carrier in {settings.home / 'trunks.toml'} (docs/operations.md)"
    yield Finding("trunks", "ok" if trunks else "note", names or "none: no call can arrive", do)


def _ports(settings: Settings) -> Iterator[Finding]:
    ports = load_ports(settings)
    if ports is None:
        yield Finding("ports", "note", "Asterisk was never started in this home", "smartdesk dev")
        return
    try:
        with socket.create_connection(("127.0.0.1", ports.ari), timeout=1):
            yield Finding("ports", "ok", f"Asterisk listens: SIP {ports.sip_address}, ARI {ports.ari}")
    except OSError:
        yield Finding("ports", "note", f"nothing listens for ARI on {ports.ari}", "start it: smartdesk dev")


def _prompts(settings: Settings) -> Iterator[Finding]:
    catalogue = Catalogue(settings)
    for language in catalogue.languages:
        ids = catalogue.ids(language)
        faults = catalogue.faults(language, ids)
        do = "run smartdesk prompt build, then smartdesk prompt check" if faults else ""
        first = "; ".join(f"{prompt} {said}" for prompt, said in list(faults.items())[:3])
        said = f"{language}: {len(faults)} of {len(ids)} sounds: {first}" if faults else f"{language}: {len(ids)}"
        yield Finding("prompts", "wrong" if faults else "ok", said, do)


def _papers(settings: Settings) -> Iterator[Finding]:
    yield Finding("papers", "ok", f"invoices are set in {font_file(settings.invoice_font).name}")


def _database(settings: Settings) -> Iterator[Finding]:
    store = Store.open(settings)
    try:
        yield Finding("database", "ok", "SQLite" if store.is_sqlite else "PostgreSQL")
        broken = store.read_now(case.verify_all)
        do = "stop, keep this database as evidence, restore a copy beside it" if broken else ""
        said = "; ".join(f"{b.chain} at {b.seq}: {b.wrong}" for b in broken[:3]) or "every hash holds"
        yield Finding("chains", "wrong" if broken else "ok", said, do)
        yield from _flows(settings, store)
        yield from _letters(settings, store)
    finally:
        store.close_now()


def _letters(settings: Settings, store: Store) -> Iterator[Finding]:
    """R13.2: subscribers are told by mail; what cannot be sent must not lie there unseen."""
    counts = store.read_now(outbox.counts)
    waiting, failed = counts.get("queued", 0), counts.get("failed", 0)
    said = f"{waiting} waiting, {failed} failed"
    if failed:
        yield Finding("letters", "wrong", said, "smartdesk outbox list --state failed says why")
    elif post_of(settings) is None:
        yield Finding("letters", "note", f"{said}; no mail server", "write smtp and mail_from into smartdesk.toml")
    else:
        yield Finding("letters", "ok", said)


def _flows(settings: Settings, store: Store) -> Iterator[Finding]:
    catalogue = Catalogue(settings)
    for one in store.read_now(flow.listing):
        for language in one.tree.languages:
            if missing := catalogue.missing(language, one.tree.prompts()):
                said = f"{one.name} version {one.version} plays what is not built in {language}: {', '.join(missing)}"
                yield Finding("flows", "wrong", said, "run smartdesk prompt build")
