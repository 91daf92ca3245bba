"""The pure-dialplan twin: the same Asterisk, modules, prompts and phones, and `twin/twin.conf` in place of a daemon."""

import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from smartdesk_pbx.asterisk.node import REALM, Node, Ports
from smartdesk_pbx.asterisk.provision import Phone, objects
from smartdesk_pbx.asterisk.trunks import seed_demo_trunk
from smartdesk_pbx.bench.board import Board
from smartdesk_pbx.bench.cpu import pinned
from smartdesk_pbx.errors import EdgeDown
from smartdesk_pbx.keys import load_keys
from smartdesk_pbx.office.agent import digests
from smartdesk_pbx.settings import Settings

DIALPLAN = Path(__file__).parent / "twin"


@dataclass(frozen=True)
class Twin:
    """A running Asterisk that needs nobody."""

    sip: str
    pids: dict[str, int]
    ports: Ports


@asynccontextmanager
async def running_twin(home: Path, board: Board, core: int) -> AsyncIterator[Twin]:
    """An Asterisk beside the board's, with its prompts and its agents' phones. Raises `EdgeDown`."""
    # The same count of ports: blocks of two sizes could overlap without looking taken.
    settings = Settings(home=home, sip="127.0.0.1:0", rtp_ports=board.settings.rtp_ports)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not settings.sounds_dir.exists():
        settings.sounds_dir.symlink_to(board.settings.sounds_dir.resolve())
    seed_demo_trunk(home)
    keys = load_keys(home)
    node = Node(settings, keys, dialplans=DIALPLAN)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        # Sound ports that the board's Asterisk uses only in calls look free.
        taken.bind(("", board.ports.rtp_first))
        node.prepare()
    with open(settings.asterisk_dir / "etc" / "modules.conf", "a", encoding="utf-8") as modules:
        modules.write("require = app_dial.so\n")
    try:
        with pinned(core):
            await node.start()
        phones = [Phone(name, *_digests(name, password)) for name, password in board.passwords.items()]
        await _push(node.ari_url, keys.ari_password, phones)
        assert node.pid
        yield Twin(node.ports.sip_address, {"asterisk": node.pid}, node.ports)
    finally:
        await node.stop()


def _digests(name: str, password: str) -> tuple[str, str]:
    both = digests(name, password)
    return both.digest_md5, both.digest_sha256


async def _push(ari_url: str, password: str, phones: Iterable[Phone]) -> None:
    """The phones, as the daemon pushes them."""
    word = {"Authorization": aiohttp.encode_basic_auth("smartdesk", password)}
    async with aiohttp.ClientSession(headers=word) as http:
        for phone in phones:
            for kind, attributes in objects(phone, REALM):
                fields = [{"attribute": name, "value": value} for name, value in attributes.items()]
                url = f"{ari_url}/asterisk/config/dynamic/res_pjsip/{kind}/{phone.name}"
                async with http.put(url, json={"fields": fields}) as answer:
                    if answer.status != 200:
                        raise EdgeDown(f"{kind} {phone.name}: {await answer.text()}")
