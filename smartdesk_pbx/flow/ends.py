"""Where a call through a flow ended, and how: of a real one, and of one that was walked through a draft. Pure."""

from dataclasses import dataclass

from smartdesk_pbx.flow.nodes import Hangup
from smartdesk_pbx.flow.recorded import Recorded
from smartdesk_pbx.flow.replay import Replayed
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import Bye


@dataclass(frozen=True)
class Ended:
    """`how`: `goodbye: REASON`, `after a talk`, `hung up waiting`, `hung up`."""

    node: str
    how: str


def ended(call: Recorded, asked: Tree) -> Ended:
    """The end of a real call; `asked` is the flow that it walked."""
    last = call.done[-1]
    node = asked.nodes.get(last.began.node)
    if isinstance(node, Hangup):
        return Ended(last.began.node, f"goodbye: {node.reason}")
    return Ended(last.began.node, _left(last.began.verb, talked=last.talked))


def would_end(again: Replayed) -> Ended:
    """The end of a walk through a draft."""
    last = again.done[-1]
    verb = last.step.verb
    if isinstance(verb, Bye):
        return Ended(again.node, f"goodbye: {verb.reason}")
    talked = bool(last.like and last.like.talked)
    return Ended(again.node, _left(type(verb).__name__.lower(), talked=talked))


def _left(verb: str, *, talked: bool) -> str:
    if talked:
        return "after a talk"
    return "hung up waiting" if verb in ("hand", "reach") else "hung up"
