"""What every conversation of this daemon shares. Built once, in `daemon.py`; tests build their own."""

from collections.abc import Callable
from dataclasses import dataclass

from smartdesk_pbx.call.question import AskSystem, nobody_asks
from smartdesk_pbx.clock import Clock
from smartdesk_pbx.desk.desk import Desk
from smartdesk_pbx.ids import Ids
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.snapshot import Routing
from smartdesk_pbx.store.writer import Writer


@dataclass(frozen=True)
class House:
    """`routing()` is the snapshot in force; `alarm(name, **fields)` tells a person that must look; `ask_system` asks
    a subscriber's own system."""

    settings: Settings
    store: Store
    writer: Writer
    sealer: Sealer
    desk: Desk
    clock: Clock
    ids: Ids
    routing: Callable[[], Routing]
    alarm: Callable[..., None]
    ask_system: AskSystem = nobody_asks
