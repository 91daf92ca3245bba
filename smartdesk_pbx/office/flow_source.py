"""Where the flow of an operation comes from: a text that somebody wrote, or a version that was published."""

import re
from collections.abc import Mapping

from sqlalchemy import Connection

from smartdesk_pbx.contract.document import read as document_of
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.link import Find, Shared
from smartdesk_pbx.flow.load import Loaded, load, loaded
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import flow as table

_VERSION = re.compile(r"([a-z0-9][a-z0-9-]{0,39})(?:@([1-9][0-9]{0,8}))?", re.ASCII)


class Text(Params):
    """`text` is the YAML of a flow, `file` what its mistakes are named after."""

    text: str
    file: str = "flow.yaml"


class Draft(Text):
    """`beside`: the texts of shared flows that lie beside its file, by name; they come before published ones."""

    beside: Mapping[str, str] = {}


class Side(Params):
    """A flow as it is written (`draft`), or a published one (`version`: FLOW@VERSION, or FLOW for the newest)."""

    draft: Draft | None = None
    version: str | None = None


def read(office: Office, connection: Connection, text: Text) -> Loaded:
    """A flow that is to be published: shared flows are the published ones, and each prompt must be there in each
    language. Raises `Mistakes`: all at once, with lines."""
    return loaded(text.text, known_prompts=known_prompts(office), name=text.file, find=table.shared(connection))


def read_draft(office: Office, connection: Connection, draft: Draft) -> Loaded:
    """As `read`, with the shared flows that lie beside its file."""
    return loaded(draft.text, known_prompts=known_prompts(office), name=draft.file, find=_beside(connection, draft))


def of_version(one: table.PublishedFlow) -> Loaded:
    """A published version as it was linked then, with the lines of its text."""
    return Loaded(one.tree, document_of(one.text, str(one.what)))


def either(connection: Connection, side: Side) -> tuple[str, Tree]:
    """A flow that is looked at, whether or not its prompts are there; with what to call it. Raises `Mistakes`, or
    `RuleBroken` for one that was not published."""
    if (side.draft is None) == (side.version is None):
        raise RuleBroken("name either a text or a published version")
    if side.draft is not None:
        return side.draft.file, load(side.draft.text, name=side.draft.file, find=_beside(connection, side.draft))
    one = published(connection, side.version or "")
    return str(one.what), one.tree


def published(connection: Connection, text: str) -> table.PublishedFlow:
    """The version that somebody named as FLOW@VERSION, or FLOW for the newest. Raises `RuleBroken`."""
    found = _VERSION.fullmatch(text)
    if not found:
        raise RuleBroken(f"{text!r} is no version of a flow: write FLOW@3, or FLOW for the newest")
    return table.get(connection, found[1], int(found[2]) if found[2] else None)


def known_prompts(office: Office) -> Mapping[str, frozenset[str]]:
    """The prompts that can be played, by language."""
    catalogue = office.catalogue
    return {language: catalogue.ids(language) for language in catalogue.languages}


def _beside(connection: Connection, draft: Draft) -> Find:
    stored = table.shared(connection)

    def find(name: str) -> Shared | None:
        text, published_one = draft.beside.get(name), stored(name)
        if text is None or (published_one and published_one.text == text):
            return published_one
        return Shared(text, f"{name}.yaml")

    return find
