"""Paths through the states of a search: an order of them, an endless one, the longest one, the quietest one. Pure."""

from array import array
from collections.abc import Sequence

from smartdesk_pbx.flow.prove.graph import ROOT, Graph
from smartdesk_pbx.flow.prove.lasting import Lasting, Quiet

NONE = -1


def in_order(graph: Graph) -> "array[int]":
    """All states, each after those that lead to it. Where paths have no end, states on them and after them are left
    out."""
    entered = array("l", bytes(len(graph) * array("l").itemsize))
    for state in graph.ways:
        entered[state] += 1
    found = array("l", [ROOT] if not entered[ROOT] else [])
    first, ways = graph.first_way, graph.ways
    for state in found:  # grows while it is read
        for then in ways[first[state] : first[state + 1]]:
            entered[then] -= 1
            if not entered[then]:
                found.append(then)
    return found


def endless(graph: Graph, order: "array[int]") -> tuple[list[int], list[int]] | None:
    """A shortest way to a state that a call can come to again, and the round from there back to it; None if none."""
    left = set(range(len(graph))) - set(order)
    while left:  # take away those from which every path ends
        ended = {state for state in left if not any(then in left for then in graph.after(state))}
        if not ended:
            break
        left -= ended
    if not left:
        return None
    path = [min(left)]
    while path[-1] not in path[:-1]:
        path.append(next(then for then in graph.after(path[-1]) if then in left))
    again = path.index(path[-1])
    return graph.path_to(path[again]), path[again:]


def longest(graph: Graph, order: "array[int]", lasting: Lasting) -> tuple[float, list[int]]:
    """The path that takes longest, in seconds, and its states."""
    at = list(map(lasting.most_s, graph.positions, graph.verbs))
    best, onward = array("d", bytes(8 * len(graph))), array("l", [NONE]) * len(graph)
    first, ways, position_of = graph.first_way, graph.ways, graph.position_of
    for state in reversed(order):
        most_s, last = 0.0, NONE
        for then in ways[first[state] : first[state + 1]]:
            if best[then] > most_s or last == NONE:
                most_s, last = best[then], then
        best[state], onward[state] = most_s + at[position_of[state]], last
    return best[ROOT], _followed(ROOT, onward)


def _followed(state: int, onward: Sequence[int]) -> list[int]:
    path = [state]
    while onward[path[-1]] != NONE:
        path.append(onward[path[-1]])
    return path


def quietest(graph: Graph, order: "array[int]", lasting: Lasting, limit_s: float) -> tuple[float, list[int]] | None:
    """The first state, in the order of the shortest ways, in which a caller has heard nothing for longer than the
    limit: the seconds, and the path there. Until the first sound the caller hears it ring."""
    quiet: list[Quiet] = list(map(lasting.quiet, graph.positions, graph.verbs))
    # NONE: it still rings. Else how long it has been quiet before this state, at most, and from where that came.
    before, came_from = array("d", [NONE]) * len(graph), array("l", [NONE]) * len(graph)
    worst: tuple[int, float] | None = None
    first, ways, position_of = graph.first_way, graph.ways, graph.position_of
    for state in order:
        here, had_s = quiet[position_of[state]], before[state]
        after_s = here.seconds if here.after_sound else had_s if had_s == NONE else had_s + here.seconds
        if after_s > limit_s and (worst is None or state < worst[0]):
            worst = state, after_s
        for then in ways[first[state] : first[state + 1]]:
            if after_s > before[then]:
                before[then], came_from[then] = after_s, state
    if worst is None:
        return None
    silent = [worst[0]]
    while not quiet[position_of[silent[-1]]].after_sound:
        silent.append(came_from[silent[-1]])
    return worst[1], [*graph.path_to(silent[-1])[:-1], *reversed(silent)]
