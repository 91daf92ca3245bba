"""What the operations of the office work with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from smartdesk_pbx.audio.catalogue import Catalogue
from smartdesk_pbx.clock import Clock
from smartdesk_pbx.ids import Ids
from smartdesk_pbx.keys import Keys, load_keys
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store, check_revision
from smartdesk_pbx.store.signing import Signer, load_signer


@dataclass(frozen=True)
class Office:
    """One installation as operations staff see it."""

    settings: Settings
    keys: Keys
    store: Store
    sealer: Sealer
    clock: Clock
    ids: Ids
    silent: bool = False
    """In skipped time nobody listens: the sounds of names and numbers are not made."""

    @property
    def catalogue(self) -> Catalogue:
        """The built prompts as they are now: a build may have run since the last look."""
        return Catalogue(self.settings)

    @property
    def signer(self) -> Signer | None:
        """Signs chain heads; None when no key was made (`smartdesk ledger key new`)."""
        return load_signer(self.settings.home)


@asynccontextmanager
async def open_office(settings: Settings, keys: Keys | None = None) -> AsyncIterator[Office]:
    """The office of an installation without a daemon; its store is closed afterwards.

    Raises `RuleBroken` when there is no database at this program's revision, `EdgeDown` when it is away.
    """
    store = Store.open(settings, check=False)
    try:
        await store.read(check_revision)
        keys = keys or load_keys(settings.home)
        yield Office(settings, keys, store, Sealer(keys.master, keys.installation), Clock(), Ids())
    finally:
        await store.close()
