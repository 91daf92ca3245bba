"""The daemon: the only place where things are built and joined. One task per arriving call."""

import asyncio
import gc
import json
import os
import signal
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import structlog
from sqlalchemy import Connection

from smartdesk_pbx import metrics
from smartdesk_pbx.asterisk.cdr import Spool
from smartdesk_pbx.asterisk.exchange import Exchange, Sounds
from smartdesk_pbx.asterisk.left_off import left_off
from smartdesk_pbx.asterisk.leg import AsteriskLeg
from smartdesk_pbx.asterisk.link import AriAddress
from smartdesk_pbx.asterisk.node import REALM, load_ports
from smartdesk_pbx.asterisk.provision import Phone
from smartdesk_pbx.asterisk.recording import Recordings
from smartdesk_pbx.asterisk.switch import Channels, Switch
from smartdesk_pbx.audio import convert
from smartdesk_pbx.audio.catalogue import Catalogue, file_id
from smartdesk_pbx.audio.message import copy_message
from smartdesk_pbx.audio.spell import render, unspell
from smartdesk_pbx.call.case import Case
from smartdesk_pbx.call.closing import close_overdue
from smartdesk_pbx.call.house import House
from smartdesk_pbx.call.lookup_http import LookupHttp
from smartdesk_pbx.call.outage import note_outages
from smartdesk_pbx.call.outside import OUTSIDE
from smartdesk_pbx.call.phone import Arrival, Leg, Spoken
from smartdesk_pbx.call.reception import receive
from smartdesk_pbx.call.recover import take_up
from smartdesk_pbx.clock import Clock
from smartdesk_pbx.desk.desk import Desk
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.ids import Ids
from smartdesk_pbx.keys import load_keys
from smartdesk_pbx.live import live_operations
from smartdesk_pbx.logs import set_up_logs
from smartdesk_pbx.office.daily import Daily
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.report.outbox import Postman
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import agent, cdr, reach
from smartdesk_pbx.store.journal import Journal
from smartdesk_pbx.store.keeper import RoutingKeeper
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store, check_revision
from smartdesk_pbx.store.writer import Writer
from smartdesk_pbx.web.api import Api

SWEEP_S = 2.0
"""How often routing, wrap-ups and overdue cases are looked at."""
LINGER_S = 0.1
"""How long a fact that nobody waits for may wait for others to share its commit: most of a call's cost was commits."""
JOURNAL_S = 5.0
"""How long a start waits for the journal to reach the ledger before open calls are taken up."""
CDR_S = 3600.0
"""How often Asterisk's own call records are read; also at start."""

log = structlog.get_logger()


class Daemon:
    """Everything of one node, joined. `serve` runs it until `stop` is set."""

    def __init__(self, settings: Settings) -> None:
        ports = load_ports(settings)
        if ports is None:
            raise RuleBroken(f"{settings.asterisk_dir}: no Asterisk was set up in this home (smartdesk dev does that)")
        self.settings, self.stop = settings, asyncio.Event()
        self.replaced = False
        keys, self.clock, self.ids = load_keys(settings.home), Clock(), Ids()
        self.store = Store.open(settings, check=False)  # a database that is away must not keep calls out
        self.sealer = Sealer(keys.master, keys.installation)
        journal = None if self.store.is_sqlite else Journal.open(settings.journal_file)
        self.writer = Writer(self.store, self.sealer, self.clock, self.ids, journal=journal, linger_s=LINGER_S)
        self.keeper = RoutingKeeper(settings, self.store, self.clock)
        self.desk = Desk(self.store, self.clock)
        self.calls: dict[UUID, asyncio.Task[None]] = {}
        recordings = Recordings(
            settings.spool_dir, settings.recordings_dir, convert.finish_talk, convert.finish_message, convert.spoken_s
        )
        self.exchange = Exchange(settings, self.clock, _sounds(settings), recordings, self._arrived)
        self.exchange.on_contact = self.desk.contact
        self.lookups = LookupHttp()
        self.house = House(
            settings, self.store, self.writer, self.sealer, self.desk, self.clock, self.ids,
            self.keeper.current, self.exchange.alarm, self.lookups.ask,
        )  # fmt: skip
        address = AriAddress(f"127.0.0.1:{ports.ari}", "smartdesk", keys.ari_password, settings.app_name)
        self.switch = Switch(
            self.exchange, address.connect, ("127.0.0.1", ports.ami), keys.ami_password,
            app=settings.app_name, realm=REALM, phones=self._phones, on_first=self._take_up, on_replaced=self._replaced,
        )  # fmt: skip
        self.postman = Postman(settings, self.store, self.sealer, self.exchange.alarm)
        metrics.watch(
            calls_under_way=lambda: len(self.calls),
            writer_depth=lambda: self.writer.depth,
            asterisk_connected=self.switch.ari.connected.is_set,
        )
        office = Office(settings, keys, self.store, self.sealer, self.clock, self.ids)
        self.daily = Daily(office)
        self.api = Api(office, live_operations(self.house), self._after_write, self._health)

    # ---- the run --------------------------------------------------------------------------------

    async def serve(self) -> int:
        """Until told to stop; then arrivals end first and calls under way are left to Asterisk and the next daemon."""
        with suppress(EdgeDown):
            await self.store.read(check_revision)
        await self.keeper.refresh()
        lasting = (self.switch.run(), self._sweeps(), self._days(), self.postman.run())
        work = [asyncio.create_task(one) for one in lasting]
        listening = None
        try:
            await self.switch.ready.wait()
            listening = await self.api.start(self.settings.http)
            self._say_ready(listening.where)
            await self.stop.wait()
        finally:
            if listening:
                await listening.close()
            # Calls under way stay on Asterisk for the next daemon; nothing of them is written from here on.
            ending = [*self.calls.values(), *work]
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)
            await self.lookups.close()
            await self.writer.close()
            await self.store.close()
        return 1 if self.replaced else 0

    def _say_ready(self, where: str) -> None:
        folder = self.settings.home / "run"
        folder.mkdir(mode=0o700, exist_ok=True)
        spare = folder / ".daemon.json"
        spare.write_text(json.dumps({"http": where, "pid": os.getpid()}), "utf-8")
        spare.replace(folder / "daemon.json")
        log.info("ready", http=where, node=self.settings.node)

    async def _sweeps(self) -> None:
        """What is looked at again and again. A step that fails is told, and tried again at the next turn."""
        read_at_s = 0.0
        while True:
            await asyncio.sleep(SWEEP_S)
            await self._swept(self.keeper.refresh())
            await self._swept(self.desk.sweep(self.settings.wrap_up_s))
            await self._swept(close_overdue(self.house))
            if self.switch.ready.is_set() and self.clock.running_s() >= read_at_s:
                read_at_s = self.clock.running_s() + CDR_S
                await self._swept(self.read_call_records())

    async def _days(self) -> None:
        """What is done once a day, beside the sweeps: they do not wait for an erasure or a comparison."""
        while True:
            await asyncio.sleep(SWEEP_S)
            await self._swept(self.daily.turn())

    async def _swept(self, step: Awaitable[object]) -> None:
        try:
            await step
        except EdgeDown as error:
            log.warning("sweep: an edge is down", error=str(error))
        except Exception as error:
            self.exchange.alarm("sweep_failed", error=repr(error))

    async def read_call_records(self) -> None:
        """Asterisk's own records into the table; calls that no daemon saw become cases; then the file goes."""
        began = self.clock.now()
        spool = Spool(self.settings.cdr_file)
        seen = spool.records(self.settings.country)
        await self.writer.drained()  # what we saw ourselves must be in the store before we look for what is missing
        now = self.clock.now()

        def keep(connection: Connection) -> None:
            for call in seen:
                cdr.store(
                    connection,
                    cdr.CallDetail(
                        call.call_id, call.started_at, call.answered_at, call.ended_at, call.cause, call.number[:16]
                    ),
                    read_at=now,
                )

        await self.store.run(keep)
        await note_outages(self.house, seen, frozenset(self.calls), self.exchange.recordings.message_while_away)
        spool.done()
        if spool.whole:  # from here on a month that ended before this moment may be closed
            node = self.settings.node
            await self.store.run(lambda c: reach.note(c, node, journal_at=began, cdr_at=began))

    # ---- calls ----------------------------------------------------------------------------------

    def _arrived(self, leg: AsteriskLeg) -> None:
        self._start(leg.arrival.call_id, receive(leg, self.house))

    def _start(self, call_id: UUID, conversation: Awaitable[None]) -> None:
        task = asyncio.ensure_future(conversation)
        self.calls[call_id] = task
        task.add_done_callback(lambda done: self._ended(call_id, done))

    def _ended(self, call_id: UUID, task: "asyncio.Task[None]") -> None:
        self.calls.pop(call_id, None)
        if not task.cancelled() and (error := task.exception()):
            self.exchange.alarm("call_task_failed", call_id=str(call_id), error=repr(error))

    async def _take_up(self, channels: Channels) -> None:
        there = {str(c["id"]): c for c in channels}

        def adopt(arrival: Arrival, case: Case) -> tuple[Leg, bool]:
            channel = there.get(arrival.channel)
            if channel and (talk := case.open_talk) and talk.channel in there:
                self.exchange.claim(talk.agent, talk.channel)
            if channel and (outside := case.open_outside) and outside.channel in there:
                self.exchange.claim(OUTSIDE, outside.channel)
            return self.exchange.adopt(arrival, channel, left_off(case)), channel is not None

        with suppress(TimeoutError):  # what an earlier daemon left in the journal is part of the calls' story
            await asyncio.wait_for(self.writer.drained(), JOURNAL_S)
        taken = await take_up(self.house, adopt, self._start)
        log.info("open calls looked at", calls=taken)

    # ---- what others ask of us --------------------------------------------------------------------

    async def _phones(self) -> Sequence[Phone]:
        return [Phone(a.id, a.digest_md5, a.digest_sha256) for a in await self.store.read(agent.listing)]

    async def _after_write(self) -> None:
        await self.keeper.refresh()
        if self.switch.ari.connected.is_set():
            await self.switch.refresh_phones()

    def _health(self) -> dict[str, str]:
        return {
            "asterisk": "ok" if self.switch.ari.connected.is_set() else "away",
            "ami": "ok" if self.switch.ami.connected else "away",
            "ledger": str(self.writer.edge_down or "ok"),
        }

    def _replaced(self) -> None:
        """Another daemon has this node now: act no more, exit, do not fight."""
        self.exchange.alarm("replaced_by_another_daemon")
        self.replaced = True
        for task in self.calls.values():
            task.cancel()
        self.stop.set()


def _sounds(settings: Settings) -> Sounds:
    catalogue = Catalogue(settings)

    def seconds(language: str, prompt: str) -> float:
        try:
            return catalogue.seconds(language, prompt)
        except RuleBroken:  # the verb itself tells that it is missing; the deadline only needs a guess
            return 5.0

    async def read(kind: Spoken, value: str, language: str, file: str) -> None:
        await asyncio.to_thread(render, settings, kind, value, (language,), file)

    async def copy(wav: Path, language: str, file: str) -> None:
        await asyncio.to_thread(copy_message, settings, wav, language, file)

    async def remove(file: str) -> None:
        await asyncio.to_thread(unspell, settings, file)

    return Sounds(file_id, seconds, read, copy, remove, catalogue.torn)


def run(settings: Settings) -> int:
    """Run the daemon until SIGTERM or SIGINT; its exit status."""
    import uvloop

    set_up_logs()

    async def main() -> int:
        daemon = Daemon(settings)
        # What is there at start stays: no collection looks at it again.
        gc.collect()
        gc.freeze()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, daemon.stop.set)
        return await daemon.serve()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())
