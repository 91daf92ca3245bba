"""Whom callers can reach: is there a human, or a place for a message, from every node while it is open? Pure."""

from array import array
from collections.abc import Mapping, Sequence

from smartdesk_pbx.flow.prove.graph import ROOT, Graph
from smartdesk_pbx.flow.verbs import Ask, Bye, Choose, Hand, Keep, Reach, Take

PROMISED = "thanks"
"""The phase in which a call back is promised."""


def without_anybody(graph: Graph, order: "array[int]") -> list[int] | None:
    """A way to the nearest state that leaves a caller with nobody, None when there is none.

    Looked at are the paths during opening hours: those on which every calendar that is asked says open. On each, at
    the start and wherever the caller is asked for a key or for digits, a human, a telephone of the subscriber, a
    message or the promise of a call back must have come before, or be within reach on another such path.
    """
    offers = bytes(_offers(graph, number) for number in range(len(graph.positions)))
    byes = bytes(isinstance(verb, Bye) for verb in graph.verbs)
    helped, ends = bytearray(len(graph)), bytearray(len(graph))
    for state in reversed(order):
        number = graph.position_of[state]
        helped[state], ends[state] = offers[number], byes[number]
        if not offers[number] and not byes[number]:
            for then in while_open(graph, state):
                helped[state] |= helped[then]
                # A path that a calendar closes is none of those looked at: nothing is missing on it.
                ends[state] |= ends[then]
    came_from = _before_any_offer(graph, offers)
    for state in came_from:
        if not helped[state] and ends[state] and (state == ROOT or isinstance(graph.verb(state), Choose | Take)):
            return _followed(came_from, state)
    return None


def while_open(graph: Graph, state: int) -> Sequence[int]:
    """The states that may come next while every calendar says open."""
    verb = graph.verb(state)
    if isinstance(verb, Ask) and verb.question == "hours":
        return [then for way, then in graph.ways_from(state) if way.branch and not way.branch.shut]
    return graph.after(state)


def _offers(graph: Graph, number: int) -> bool:
    verb = graph.verbs[number]
    if isinstance(verb, Hand):
        return graph.premises.humans
    return isinstance(verb, Keep | Reach) or graph.positions[number].phase == PROMISED


def _before_any_offer(graph: Graph, offers: bytes) -> dict[int, int]:
    """The states that are reached while it is open without an offer on the way, nearest first; each with the one
    before it."""
    came_from, queue = {ROOT: ROOT}, [ROOT]
    for state in queue:  # grows while it is read
        if not offers[graph.position_of[state]]:
            for then in while_open(graph, state):
                if then not in came_from:
                    came_from[then] = state
                    queue.append(then)
    return came_from


def to_the_end(graph: Graph, state: int) -> list[int]:
    """A shortest way on from a state, while it is open, to a goodbye: the states after it."""
    came_from, queue = {state: state}, [state]
    for here in queue:  # grows while it is read
        if isinstance(graph.verb(here), Bye):
            return _followed(came_from, here)[1:]
        for then in while_open(graph, here):
            if then not in came_from:
                came_from[then] = here
                queue.append(then)
    raise AssertionError("a path that is open comes to a goodbye")


def _followed(came_from: Mapping[int, int], state: int) -> list[int]:
    path = [state]
    while came_from[path[-1]] != path[-1]:
        path.append(came_from[path[-1]])
    return path[::-1]
