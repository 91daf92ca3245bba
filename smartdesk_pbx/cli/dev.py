"""`smartdesk dev`: a private Asterisk and the daemon, in the foreground, supervised."""

import signal
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from smartdesk_pbx.cli import frame
from smartdesk_pbx.cli.frame import counted, say

if TYPE_CHECKING:
    from smartdesk_pbx.asterisk.node import Node
    from smartdesk_pbx.keys import Keys
    from smartdesk_pbx.settings import Settings


def dev(
    sip: Annotated[str | None, typer.Option(help="HOST:PORT for SIP; port 0: any free one.")] = None,
    http: Annotated[str | None, typer.Option(help="HOST:PORT of the API, on loopback; port 0: any free one.")] = None,
    empty: Annotated[bool, typer.Option("--empty", help="Seed a new home with no demo subscriber.")] = False,
) -> int:
    """Run a private Asterisk and the daemon; prints one JSON line when ready. Ctrl-C or SIGTERM stops both."""
    settings = frame.settings(sip=sip, http=http)
    node = set_up(settings, empty=empty)
    import asyncio

    from smartdesk_pbx.cli.supervise import Supervisor

    return asyncio.run(Supervisor(settings, node).run())


def set_up(settings: "Settings", *, empty: bool = False) -> "Node":
    """Everything that a home needs, made or brought up to date; its Asterisk, ready to start. Raises `RuleBroken`.

    From here on SIGTERM ends us, as Ctrl-C does.
    """
    signal.signal(signal.SIGTERM, _leave)
    from smartdesk_pbx.asterisk.node import Node
    from smartdesk_pbx.asterisk.trunks import seed_demo_trunk
    from smartdesk_pbx.cli.supervise import end_orphan
    from smartdesk_pbx.keys import load_keys

    _private(settings)
    keys = load_keys(settings.home)
    node = Node(settings, keys)
    seed_demo_trunk(settings.home)
    # Takes the home first: a second `dev` on it must not touch its database or its prompts.
    node.prepare()
    end_orphan(settings.home)
    _furnish(settings, keys, empty=empty)
    return node


def _leave(_: int, __: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _private(settings: "Settings") -> None:
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)


def _furnish(settings: "Settings", keys: "Keys", *, empty: bool) -> None:
    import asyncio

    from smartdesk_pbx.audio.build import build
    from smartdesk_pbx.office.office import open_office
    from smartdesk_pbx.office.seed import furnish
    from smartdesk_pbx.store.schema import upgrade

    say("prompts")
    result = build(settings, counted)
    say(f"prompts: {result.prompts} ready, {result.changed} files changed")
    if upgrade(settings):
        say("database: upgraded")

    async def seed() -> str:
        async with open_office(settings, keys) as office:
            return await furnish(office, empty=empty)

    said = asyncio.run(seed())
    if said:
        say(said)
