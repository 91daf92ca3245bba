"""What `flow check` says of a flow that `load` has taken: choices that callers are told wrongly, or too late. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from smartdesk_pbx.contract.document import Loc
from smartdesk_pbx.errors import Mistake
from smartdesk_pbx.flow.load import Loaded
from smartdesk_pbx.flow.nodes import Announce, Callback, ChooseLanguage, Collect, Escalate, Goto, Hangup, Menu, Node
from smartdesk_pbx.flow.promised_keys import promised_keys
from smartdesk_pbx.flow.tree import Tree, targets
from smartdesk_pbx.flow.world import Seconds

LISTENS_S = 25.0
"""How long a caller listens before the first choice has been told, from answer to the end of its prompts."""

Texts = Mapping[str, Mapping[str, str]]
"""What each prompt says, by language; "" for a recording of which nobody has written the text."""

Where = Callable[[Loc], str]


@dataclass(frozen=True)
class Finding:
    """Something that a person should look at. `refuses`: it is wrong whatever was meant."""

    mistake: Mistake
    refuses: bool

    def __str__(self) -> str:
        return str(self.mistake)


def findings(flow: Loaded, texts: Texts, seconds: Seconds, *, listens_s: float = LISTENS_S) -> list[Finding]:
    """All findings, in the order of the lines; each with `file:line`."""
    tree, where = flow.tree, flow.where
    found = [*_promises(tree, texts, where), *_too_long(tree, seconds, listens_s, where)]
    return sorted(dict.fromkeys(found), key=lambda one: _line(one.mistake.where))


def _line(where: str) -> tuple[str, int]:
    file, _, line = where.rpartition(":")
    return file, int(line)


# ---- keys that are told and keys that work ---------------------------------------------------------------------------


def _promises(tree: Tree, texts: Texts, where: Where) -> Iterator[Finding]:
    for name, node in tree.nodes.items():
        if not isinstance(node, Menu | ChooseLanguage) or not node.keys:
            continue
        for language in tree.languages:
            told = dict(_told(tree, name, node, texts.get(language, {})))
            yield from _dead_keys(name, node, language, told, where)
            # A recording without a text may tell any key.
            if all(one is not None for one in told.values()):
                yield from _untold_keys(name, node, language, told, where)


def _told(
    tree: Tree, name: str, node: Menu | ChooseLanguage, texts: Mapping[str, str]
) -> Iterator[tuple[Loc, str | None]]:
    """What is said at a menu, and in announcements that lead to nothing else: keys pressed there count here."""
    for before, one in tree.nodes.items():
        if isinstance(one, Announce) and one.next == name and one.skippable:
            yield from _said(before, one, ("prompts",), texts)
    yield from _said(name, node, ("prompts", "no_key", "wrong_key"), texts)


def _said(name: str, node: Node, fields: tuple[str, ...], texts: Mapping[str, str]) -> Iterator[tuple[Loc, str | None]]:
    for field in fields:
        for i, prompt in enumerate(getattr(node, field, ())):
            text = texts.get(prompt, "")
            yield ("nodes", name, field, i), text or (None if field == "prompts" and not prompt.startswith("@") else "")


def _dead_keys(
    name: str, node: Menu | ChooseLanguage, language: str, told: Mapping[Loc, str | None], where: Where
) -> Iterator[Finding]:
    for loc, text in told.items():
        for key in sorted(promised_keys(text or "") - node.keys.keys()):
            known = ", ".join(node.keys)
            wrong = f"menu {name!r} tells callers to press {key} (in {language}), and that key does nothing there"
            yield Finding(
                Mistake(where(loc), wrong, f"give it a way under `keys`, or change the prompt; it has {known}"), True
            )


def _untold_keys(
    name: str, node: Menu | ChooseLanguage, language: str, told: Mapping[Loc, str | None], where: Where
) -> Iterator[Finding]:
    promised = frozenset[str]().union(*(promised_keys(text or "") for text in told.values()))
    for key in node.keys:
        if key not in promised:
            wrong = f"no prompt of menu {name!r} tells callers of key {key} (in {language})"
            yield Finding(
                Mistake(where(("nodes", name, "keys", key)), wrong, "say it, unless nobody should know"), False
            )


# ---- how long it takes until the first choice ------------------------------------------------------------------------


def _too_long(tree: Tree, seconds: Seconds, most_s: float, where: Where) -> Iterator[Finding]:
    """The longest way to each first choice, in each language."""
    for language in tree.languages:
        for name, so_far_s in _first_choices(tree, language, seconds).items():
            if so_far_s > most_s:
                wrong = (
                    f"callers listen for {so_far_s:.0f} s (in {language}) before the choices of {name!r} have been told"
                )
                right = f"say less before them, or less in them: {most_s:g} s at most"
                yield Finding(Mistake(where(("nodes", name, "prompts")), wrong, right), False)


def _first_choices(tree: Tree, language: str, seconds: Seconds) -> dict[str, float]:
    """By node at which callers choose first: seconds from answer to the end of its prompts, at most."""
    begun: dict[str, float] = {tree.start: 0.0}
    found: dict[str, float] = {}
    for name in sorted(tree.nodes, key=lambda one: tree.order[one]):
        node, since_s = tree.nodes[name], begun.get(name)
        if since_s is None:
            continue
        until_s = since_s + sum(seconds(language, prompt) for prompt in getattr(node, "prompts", ()))
        if isinstance(node, Menu | Collect) or (isinstance(node, ChooseLanguage) and node.keys):
            found[name] = until_s
        elif not isinstance(node, Escalate | Callback | Hangup):
            for way, target in targets(node):
                if not (isinstance(node, Goto) and way == "to"):
                    begun[target] = max(begun.get(target, 0.0), until_s)
    return found
