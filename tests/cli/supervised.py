"""Runs the supervisor on a real Asterisk with the stub daemon; what `smartdesk dev` does once a home is furnished."""

import asyncio
import sys
from pathlib import Path

from smartdesk_pbx.asterisk.node import Node
from smartdesk_pbx.asterisk.trunks import seed_demo_trunk
from smartdesk_pbx.cli.frame import guarded
from smartdesk_pbx.cli.supervise import Supervisor, end_orphan
from smartdesk_pbx.keys import load_keys
from smartdesk_pbx.settings import Settings


def main() -> int:
    settings = Settings(home=Path(sys.argv[1]), sip="127.0.0.1:0", http="127.0.0.1:0")
    seed_demo_trunk(settings.home)
    node = Node(settings, load_keys(settings.home))
    node.prepare()
    end_orphan(settings.home)
    stub = Path(__file__).with_name("stub_daemon.py")
    return asyncio.run(Supervisor(settings, node, (sys.executable, str(stub))).run())


if __name__ == "__main__":
    sys.exit(guarded(main))
