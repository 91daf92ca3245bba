"""The ports of one private Asterisk: chosen free once, remembered, used again while they are free."""

import json
import os
import random
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import Settings

LOOPBACK = "127.0.0.1"
RTP_LOWEST, RTP_HIGHEST = 10_000, 32_000
"""Below the range from which the system gives ports to everybody."""


@dataclass(frozen=True)
class Ports:
    """Where one Asterisk listens. `sip_host` may be any address; ARI and AMI are on loopback only."""

    sip_host: str
    sip: int
    ari: int
    ami: int
    rtp_first: int
    rtp_last: int

    @property
    def sip_address(self) -> str:
        return f"{self.sip_host}:{self.sip}"


def choose_ports(settings: Settings) -> Ports:
    """Free ports for this home, remembered in `HOME/asterisk/ports.json`; a taken SIP port raises `RuleBroken`."""
    host, sip = _address(settings.sip)
    old = load_ports(settings)
    ports = Ports(
        sip_host=host,
        sip=_sip_port(host, sip, old.sip if old and old.sip_host == host else 0),
        ari=_tcp_port(old.ari if old else 0),
        ami=_tcp_port(old.ami if old else 0),
        rtp_first=(first := _rtp_block(old.rtp_first if old else 0, settings.rtp_ports)),
        rtp_last=first + settings.rtp_ports - 1,
    )
    if ports != old:
        _remember(settings, ports)
    return ports


def load_ports(settings: Settings) -> Ports | None:
    """The ports this home's Asterisk was last given; None when there never was one."""
    try:
        return Ports(**json.loads(_file(settings).read_text("ascii")))
    except (OSError, ValueError, TypeError):
        return None


def _file(settings: Settings) -> Path:
    return settings.asterisk_dir / "ports.json"


def _remember(settings: Settings, ports: Ports) -> None:
    file = _file(settings)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    spare = file.with_suffix(f".{os.getpid()}")
    spare.touch(0o600)
    spare.write_text(json.dumps(asdict(ports)) + "\n", "ascii")
    spare.replace(file)


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise RuleBroken(f"sip {text!r}: must be HOST:PORT, for example 127.0.0.1:5060 (port 0: any free one)")
    return host, int(port)


def _sip_port(host: str, wanted: int, before: int) -> int:
    if wanted == 0:
        return (before and _free(host, before, socket.SOCK_DGRAM)) or _free(host, 0, socket.SOCK_DGRAM)
    if not _free(host, wanted, socket.SOCK_DGRAM):
        raise RuleBroken(f"SIP {host}:{wanted} is taken, or not an address of this machine: set --sip HOST:PORT")
    return wanted


def _tcp_port(before: int) -> int:
    return (before and _free(LOOPBACK, before, socket.SOCK_STREAM)) or _free(LOOPBACK, 0, socket.SOCK_STREAM)


def _rtp_block(before: int, count: int) -> int:
    firsts = list(range(RTP_LOWEST, RTP_HIGHEST - count + 1, count))
    random.shuffle(firsts)
    for first in ([before] if before else []) + firsts:
        if all(_free("", port, socket.SOCK_DGRAM) for port in range(first, first + count)):
            return first
    raise RuleBroken(f"no {count} free UDP ports in a row between {RTP_LOWEST} and {RTP_HIGHEST} for sound")


def _free(host: str, port: int, kind: socket.SocketKind) -> int:
    """The port when it can be bound (0: any free one), else 0."""
    try:
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                # As Asterisk does: a connection that has just ended does not hold the port.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    except OSError:
        return 0
