"""What a caller can do at a position of a flow, and where that leads. Pure."""

from dataclasses import dataclass

from smartdesk_pbx.flow.nodes import Callback, ChooseLanguage, Collect, Menu, Record
from smartdesk_pbx.flow.position import Position
from smartdesk_pbx.flow.tree import Tree


@dataclass(frozen=True)
class Choice:
    """`key`: one key, `digits` or `silence`. `leads`: a node, or what happens."""

    key: str
    leads: str


def choices(tree: Tree, at: Position) -> tuple[Choice, ...]:
    """The keys that mean something at a position, then what silence does; none where no key is waited for."""
    node = tree.nodes[at.node]
    match node:
        case Menu():
            keys = [Choice(key, target) for key, target in node.keys.items()]
            return (*keys, _silence(at, node.silent_tries or node.tries, node.on_silence))
        case ChooseLanguage() if node.keys:
            keys = [Choice(key, f"{language}, then {node.next}") for key, language in node.keys.items()]
            return (*keys, _silence(at, node.tries, node.next))
        case Record() if at.phase == "review":
            return (Choice("1", node.next), Choice("2", "hear it"), Choice("3", "record it anew"),
                    Choice("silence", node.next))  # fmt: skip
        case Collect() if at.phase == "confirm":
            return (Choice("1", node.next), _silence(at, node.tries, node.on_silence, "type it again"))
        case Collect():
            wanted = " or ".join(node.patterns) or f"{node.least} to {node.most}"
            return (Choice("digits", f"{wanted}, # ends"), _silence(at, node.tries, node.on_silence))
        case Callback():
            return _callback(node, at)
    return ()


def _silence(at: Position, tries: int, then: str, meanwhile: str = "asked again") -> Choice:
    left = tries - at.tries - 1
    return Choice("silence", then if left <= 0 else f"{meanwhile}; {then} after {left} more")


def _callback(node: Callback, at: Position) -> tuple[Choice, ...]:
    if at.phase == "same":
        return (Choice("1", "this number"), Choice("silence", "another number"))
    again = _silence(at, node.tries, node.on_silence, "type it again")
    if at.phase == "confirm":
        return (Choice("1", "thanks"), again)
    if at.phase == "thanks":
        return ()
    return (Choice("digits", f"{node.least} to {node.most}, # ends"), again)
