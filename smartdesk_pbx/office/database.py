"""The database: where it is, its revision, bringing it up to date. Works without an office."""

from dataclasses import dataclass

from sqlalchemy import make_url

from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store.schema import upgrade as upgrade_tables
from smartdesk_pbx.store.session import Store, revision_of, url_of
from smartdesk_pbx.store.tables import REVISION


@dataclass(frozen=True)
class Shown:
    """`revision` None: the database is empty. The URL stands without its password."""

    url: str
    revision: str | None
    needed: str


@dataclass(frozen=True)
class Upgraded:
    revision: str
    changed: bool


def show(settings: Settings) -> Shown:
    """Where the database is and its revision. Raises `RuleBroken` when there is none, `EdgeDown` when it is away."""
    store = Store.open(settings, check=False)
    try:
        revision = store.read_now(revision_of)
    finally:
        store.close_now()
    return Shown(make_url(url_of(settings)).render_as_string(hide_password=True), revision, REVISION)


def upgrade(settings: Settings) -> Upgraded:
    """Make the tables, or bring them to this program's revision."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    changed = upgrade_tables(settings)
    return Upgraded(REVISION, changed)
