"""Flows: checked, published, shown."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.flow.load import load
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import flow as table
from smartdesk_pbx.store import number


class Text(Params):
    """`text` is the YAML of a flow, `file` what its mistakes are named after."""

    text: str
    file: str = "flow.yaml"


class Publish(Text):
    """`numbers`: assigned numbers that it answers from now on."""

    numbers: tuple[str, ...] = ()


class Which(Params):
    flow: str
    version: int | None = None


@dataclass(frozen=True)
class Checked:
    flow: str
    languages: tuple[str, ...]
    nodes: int


@dataclass(frozen=True)
class Published:
    flow: str
    version: int
    published_at: datetime
    numbers: tuple[str, ...]
    text: str


def read(office: Office, text: Text) -> Tree:
    """The tree of a flow. Raises `Mistakes`: all at once, with lines; a prompt must exist in each of its languages."""
    known = {language: office.catalogue.ids(language) for language in office.catalogue.languages}
    return load(text.text, known_prompts=known, name=text.file)


async def check(office: Office, params: Text) -> Checked:
    """What the flow is, when it holds no mistake."""
    tree = read(office, params)
    return Checked(tree.flow, tree.languages, len(tree.nodes))


async def publish(office: Office, params: Publish) -> Published:
    """Publish a version and let it answer these numbers. All or nothing."""
    tree = read(office, params)
    numbers = [checked(one, office.settings.country) for one in params.numbers]

    def store(connection: Connection) -> Published:
        at = office.store.now(connection)
        new = table.publish(connection, id=office.ids.new(), text=params.text, tree=tree, at=at)
        for one in numbers:
            number.set_flow(connection, one, new.id)
        return _shown(connection, new)

    return await office.store.run(store)


async def listing(office: Office, _: Params) -> list[Published]:
    """The newest version of each flow."""
    return await office.store.read(lambda c: [_shown(c, one) for one in table.listing(c)])


async def show(office: Office, params: Which) -> Published:
    """One flow as it was written, the newest version unless another is named."""
    return await office.store.read(lambda c: _shown(c, table.get(c, params.flow, params.version)))


def _shown(connection: Connection, one: table.PublishedFlow) -> Published:
    answers = tuple(n.number for n in number.listing(connection) if (n.flow, n.flow_version) == (one.name, one.version))
    return Published(one.name, one.version, one.published_at, answers, one.text)
