"""A flow of a thousand nodes, of the usual shape: how many states the search meets in it."""

from smartdesk_pbx.flow import check
from smartdesk_pbx.flow.prove import prove
from tests.flow.prove.proving import premises
from tests.flow.prove.usual import usual_flow


def test_a_thousand_nodes_are_proved_in_some_hundred_thousand_states() -> None:
    """3 to 4 s of one processor, most of it the search itself; 140 MB."""
    tree = usual_flow()
    assert len(tree.nodes) >= 1000
    assert not list(check.endless(tree.nodes, tree.start)) and not list(check.unreachable(tree.nodes, tree.start))
    found = prove(tree, premises())
    assert found.proved
    assert found.states <= 250_000
    assert found.unreached == ()


def test_states_grow_with_the_nodes_and_not_faster() -> None:
    small, large = (prove(usual_flow(topics), premises()) for topics in (9, 27))
    assert small.proved and large.proved
    assert large.states <= 3.3 * small.states
