"""The configuration of one private Asterisk, filled into `HOME/asterisk/etc` from templates. All of it 0600."""

import os
import re
import shutil
from pathlib import Path

from smartdesk_pbx.asterisk.binary import AsteriskBinary
from smartdesk_pbx.asterisk.ports import Ports
from smartdesk_pbx.asterisk.trunks import load_trunks, trunk_templates, trunk_values
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.keys import Keys
from smartdesk_pbx.settings import Settings, share

REALM = "smartdesk"
"""Of every agent's digest: HA1 = hash(user:REALM:password)."""

PLACEHOLDER = re.compile(r"@([A-Z][A-Z0-9_]*)@")
QUIET = ("acl", "ccss", "cel", "features", "pjproject", "stasis", "udptl", "websocket_client")
"""Asterisk's own defaults do, but a missing file is an error in its log, and its log is to be empty."""
FOLDERS = (
    *("etc", "etc/dialplan", "run", "log", "log/cdr-custom"),
    *("spool", "spool/monitor", "spool/recording", "db", "data"),
)


def render(settings: Settings, keys: Keys, ports: Ports, binary: AsteriskBinary, run: Path, dialplans: Path) -> Path:
    """Write every file anew; gives the path of `asterisk.conf`. Raises `RuleBroken` for what cannot be written."""
    base = settings.asterisk_dir.resolve()
    for folder in (base, *(base / name for name in FOLDERS)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    base.chmod(0o700)
    _link_data(settings, base / "data", binary)
    values = placeholders(settings, keys, ports, binary, run)
    templates = share("asterisk-conf")
    for template in sorted((templates / "etc").glob("*.conf")):
        _write(base / "etc" / template.name, fill(template, values))
    for name in QUIET:
        _write(base / "etc" / f"{name}.conf", "; Defaults.\n")
    modules = base / "etc" / "modules.conf"
    _write(modules, _present(modules.read_text("utf-8"), binary))
    for old in (base / "etc/dialplan").glob("*.conf"):
        old.unlink()
    for template in sorted(dialplans.glob("*.conf")):
        _write(base / "etc/dialplan" / template.name, fill(template, values))
    _write(base / "etc/numbers.conf", number_patterns(settings.number_patterns))
    _render_trunks(settings, base / "etc", templates / "trunk")
    return base / "etc" / "asterisk.conf"


def placeholders(settings: Settings, keys: Keys, ports: Ports, binary: AsteriskBinary, run: Path) -> dict[str, str]:
    """What `@NAME@` in a template stands for."""
    base = settings.asterisk_dir.resolve()
    return {
        "APP": settings.app_name,
        "NODE": settings.node,
        "WITHOUT_DAEMON": settings.without_daemon,
        "WAIT_LIMIT_S": str(settings.wait_limit_s),
        "MESSAGE_MAX_S": str(settings.message_max_s),
        "LANGUAGE": settings.language,
        "REALM": REALM,
        "SOUNDS": _path(settings.sounds_dir),
        "SPOOL": _path(settings.spool_dir),
        "SPOOL_ROOT": _path(base / "spool"),
        "ETC": _path(base / "etc"),
        "DATA": _path(base / "data"),
        "DB": _path(base / "db"),
        "LOG": _path(base / "log"),
        "RUN": _path(run),
        "MODULES": _path(binary.modules),
        "SIP": ports.sip_address,
        "ARI_PORT": str(ports.ari),
        "AMI_PORT": str(ports.ami),
        "RTP_FIRST": str(ports.rtp_first),
        "RTP_LAST": str(ports.rtp_last),
        "MAX_CALLS": str((ports.rtp_last - ports.rtp_first + 1) // 4),
        "ARI_PASSWORD": keys.ari_password,
        "AMI_PASSWORD": keys.ami_password,
    }


def fill(template: Path, values: dict[str, str]) -> str:
    """The template with every `@NAME@` replaced; an unknown one raises `RuleBroken` with its line."""
    lines = []
    for number, line in enumerate(template.read_text("utf-8").splitlines(), start=1):
        unknown = [name for name in PLACEHOLDER.findall(line) if name not in values]
        if unknown:
            raise RuleBroken(f"{template}:{number}: nothing fills @{unknown[0]}@ (known: {', '.join(sorted(values))})")
        lines.append(PLACEHOLDER.sub(lambda found: values[found[1]], line))
    return "\n".join(lines) + "\n"


def number_patterns(patterns: tuple[str, ...]) -> str:
    """The inbound context: one line a pattern of the number plan, so that nothing else can be dialled."""
    lines = ["; Only numbers of the plan's length and prefix enter; anything else is 404.", "[inbound]"]
    for pattern in patterns:
        if not re.fullmatch(r"_\+?[0-9XZN]{3,20}", pattern):
            raise RuleBroken(f"number_patterns: {pattern!r} is not of the kind _0XXXXXXXXX or _+81XXXXXXXXX")
        lines.append(f"exten => {pattern},1,Goto(arrive,${{EXTEN}},1)")
    return "\n".join(lines) + "\n"


def _render_trunks(settings: Settings, etc: Path, templates: Path) -> None:
    objects, contexts = "; From trunks.toml.\n", "; From trunks.toml.\n"
    for trunk in load_trunks(settings.home):
        values = trunk_values(trunk, settings.home)
        names, context = trunk_templates(trunk)
        objects += "".join(fill(templates / name, values) for name in names)
        contexts += fill(templates / context, values)
    _write(etc / "pjsip_trunks.conf", objects)
    _write(etc / "extensions_trunks.conf", contexts)


def _present(text: str, binary: AsteriskBinary) -> str:
    """Without the optional modules that this Asterisk does not have; a needed one that is missing is said plainly."""
    lines = []
    for line in text.splitlines():
        found = re.match(r"(load|require)\s*=\s*(\S+)", line)
        there = found is None or (binary.modules / found[2]).exists()
        if found and not there and found[1] == "require":
            raise RuleBroken(f"{binary.modules}: {found[2]} is missing; install the whole asterisk package")
        if there:
            lines.append(line)
    return "\n".join(lines) + "\n"


def _link_data(settings: Settings, folder: Path, binary: AsteriskBinary) -> None:
    sounds = settings.sounds_dir.resolve()
    (sounds / "hold").mkdir(parents=True, exist_ok=True)
    links = {name: binary.data / name for name in ("documentation", "rest-api")} | {"sounds": sounds}
    for name, target in links.items():
        link = folder / name
        if link.is_symlink() and Path(os.readlink(link)) == target:
            continue
        if link.is_dir() and not link.is_symlink():
            shutil.rmtree(link)
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def _path(path: Path) -> str:
    text = str(path.resolve())
    if not re.fullmatch(r"[\w./+=:~ -]+", text):
        raise RuleBroken(f"{text}: a character in this path means something else to Asterisk; choose another --home")
    return text


def _write(file: Path, text: str) -> None:
    spare = file.with_name(f".{file.name}.new")
    with os.fdopen(os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    spare.replace(file)
