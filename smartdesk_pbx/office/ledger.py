"""The ledger as a whole: do its chains hold, where do they end, and with which key are their heads signed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.clock import Clock
from smartdesk_pbx.contract.month import midnight
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import heads_file, signing, subscriber
from smartdesk_pbx.store.chain import Broken
from smartdesk_pbx.store.ledger import operator_chain
from smartdesk_pbx.store.session import Store, url_of
from smartdesk_pbx.store.verify import Checked, verify_store

OPERATOR = "operator"
"""Names the chain of calls that belong to no subscriber."""


class NewKey(Params):
    """`replace`: the key that is there is put aside and another one made."""

    replace: bool = False


@dataclass(frozen=True)
class Asked:
    """What to verify. `chain`: a subscriber, a chain's id, or "operator"; `since`: Tokyo's date; `public`: hex."""

    chain: str | None = None
    since: date | None = None
    heads: Path | None = None
    public: str | None = None
    workers: int | None = None


@dataclass(frozen=True)
class Break:
    """One place where a chain does not hold. `subscriber`: slug, None for the operator's own chain."""

    chain: str
    subscriber: str | None
    seq: int
    wrong: str


@dataclass(frozen=True)
class Verified:
    """How much was looked at, how many breaks there are, and the first thousand of them."""

    chains: int
    entries: int
    heads: int
    breaks: int
    broken: tuple[Break, ...]


@dataclass(frozen=True)
class KeyShown:
    """The key that signs heads. `key_id` None: there is none, and heads are handed out unsigned."""

    key_id: str | None
    public_key: str | None
    earlier: tuple[str, ...] = ()


def verify(settings: Settings, asked: Asked, progress: Callable[[int, int], None]) -> Verified:
    """Check the chains of an installation in this program and those it starts, without a daemon.

    Raises `RuleBroken` for a chain that is not there or a heads file that is none.
    """
    taken = heads_file.read(asked.heads) if asked.heads else None
    store = Store.open(settings)
    try:
        name = asked.chain
        chain = store.read_now(lambda c: find_chain(c, name)) if name else None
        since = midnight(asked.since) if asked.since else None
        checked = verify_store(
            url_of(settings), store, chain=chain, since=since, workers=asked.workers, progress=progress
        )
        if taken:
            for broken in heads_file.unsigned(taken, asked.public) + store.read_now(
                lambda c: heads_file.compare(c, taken)
            ):
                checked.note(broken)
        return store.read_now(lambda c: _verified(c, checked, len(taken.heads) if taken else 0))
    finally:
        store.close_now()


def find_chain(connection: Connection, text: str) -> UUID:
    """The chain of a subscriber, of an id, or the operator's. Raises `RuleBroken` when there is no such subscriber."""
    if text == OPERATOR:
        return operator_chain(connection)
    try:
        return UUID(text)
    except ValueError:
        return subscriber.get(connection, text).id


def heads(settings: Settings, at: datetime | None = None) -> heads_file.HeadsFile:
    """The heads of all chains, signed where there is a key. `at`: the time to write on them, None: now."""
    store = Store.open(settings)
    try:
        signer = signing.load_signer(settings.home)
        return store.read_now(lambda c: heads_file.take(c, signer, at or Clock().now()))
    finally:
        store.close_now()


async def new_key(office: Office, params: NewKey) -> KeyShown:
    """Make the key that signs heads. Raises `RuleBroken` when there is one and it is not to be replaced."""
    if office.signer is not None:
        if not params.replace:
            raise RuleBroken(f"key {office.signer.id} signs already; --replace puts it aside and makes another one")
        signing.put_aside(office.settings.home)
    signer = signing.make_signer(office.settings.home)
    await office.store.run(lambda c: signing.publish(c, signer, office.store.now(c)))
    return await show_key(office, Params())


async def show_key(office: Office, _: Params) -> KeyShown:
    """The public half of the key, to be handed to whoever shall check signatures, and the ids of earlier ones."""
    known = await office.store.read(signing.public_keys)
    signer = office.signer
    if signer is None:
        return KeyShown(None, None, tuple(known))
    return KeyShown(signer.id, signer.public, tuple(id_ for id_ in known if id_ != signer.id))


def _verified(connection: Connection, checked: Checked, heads: int) -> Verified:
    slugs = {one.id: one.slug for one in subscriber.listing(connection)} if checked.broken else {}

    def told(one: Broken) -> Break:
        return Break(str(one.chain), slugs.get(one.chain), one.seq, one.wrong)

    return Verified(checked.chains, checked.entries, heads, checked.breaks, tuple(map(told, checked.broken)))
