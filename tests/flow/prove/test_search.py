"""The search against calls: nothing happens in a call that the proof has not seen, and all that it saw can happen."""

from datetime import timedelta

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from smartdesk_pbx.flow.answers import CallerFacts
from smartdesk_pbx.flow.perform import perform
from smartdesk_pbx.flow.prove import Proof, prove
from smartdesk_pbx.flow.prove.conversation import conversation, hung_up
from smartdesk_pbx.flow.prove.graph import Graph, Way
from smartdesk_pbx.flow.script import read_script
from smartdesk_pbx.flow.simulate import Action, HangUp, OtherLeaves, Press, Speak, Wait, simulate
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import Ask, Bye, Fetch
from smartdesk_pbx.flow.world import Met, Stepped, Trace, World
from tests.flow.prove.proving import SINCE, premises, two_seconds
from tests.flow.prove.random_flows import NUMBERS, flows

MANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
FEWER = settings(MANY, max_examples=30)

ACTIONS = st.lists(
    st.one_of(
        st.sampled_from("12#*09").map(Press), st.sampled_from(["1234#", "12#"]).map(Press),
        st.sampled_from([1.0, 3.0, 6.0, 30.0]).map(Wait), st.just(Speak(3)), st.just(OtherLeaves()), st.just(HangUp()),
    ),
    max_size=25,
)  # fmt: skip

CALLERS = st.builds(
    CallerFacts,
    st.sampled_from([None, "+819012345678", "+819112345678", "+12025550123", "+4930123456", "+33123456789"]),
    st.sampled_from([frozenset(), frozenset({"vip"}), frozenset({"vip", "blocked"})]),
    st.sampled_from([None, 1.0, 30.0, 100.0]),
).filter(lambda caller: caller.number is not None or (not caller.lists and caller.hours_since_last is None))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A call's circumstances, within the 13 months that the proofs look at."""
    return World(
        at=SINCE + timedelta(minutes=draw(st.integers(0, 390 * 24 * 60))),
        caller=draw(CALLERS),
        number=draw(st.sampled_from([*NUMBERS, "+81312345999"])),
        agents=tuple(draw(st.lists(st.sampled_from(["human", "nobody", "busy"]), max_size=3))),
        outside=draw(st.booleans()),
        lookups=draw(st.sampled_from([{}, {"*": "gold"}, {"*": "unheard-of"}])),
        transfer_requests=draw(st.integers(0, 4)),
        emergency=draw(st.booleans()),
        seconds=two_seconds,
        lookup_s=draw(st.sampled_from([0.5, 20.0])),
    )


def talked_s(trace: Trace) -> float:
    """For how long the caller talked with whomever, and waited for a telephone that was answered to be picked up."""
    begun, sum_s = 0.0, 0.0
    for entry in trace.log:
        if isinstance(entry, Met) and entry.whom in ("human", "outside"):
            begun = entry.at_s
        elif isinstance(entry, Met) and entry.whom == "left":
            sum_s += entry.at_s - begun
    return sum_s


@MANY
@given(flows(), worlds(), ACTIONS)
def test_no_call_goes_where_the_search_has_not_been(tree: Tree, world: World, actions: list[Action]) -> None:
    found = prove(tree, premises())
    trace = simulate(tree, world, [*actions, *[Wait(60)] * 20])
    assert {one.node for one in trace.steps} <= found.reached
    assert found.longest is not None
    if trace.ended:
        assert trace.ended.at_s - talked_s(trace) <= found.longest.seconds + 0.1


@MANY
@given(flows())
def test_what_is_forgotten_changes_nothing(tree: Tree) -> None:
    """Against a search that keeps everything, for flows so small that it can."""
    found = prove(tree, premises(), 200_000)
    whole = prove(tree, premises(), 50_000, forget=False)
    assume(whole.longest is not None)
    assert found.states <= whole.states
    assert seen(found) == seen(whole)


def seen(proof: Proof) -> object:
    ends = {(one.name, one.rules, one.complete) for one in proof.exits}
    verdicts = [(one.name, one.holds) for one in proof.properties]
    return verdicts, ends, proof.reached, proof.longest and proof.longest.seconds


@FEWER
@given(flows(most=6))
def test_every_state_is_reached_by_a_conversation_that_comes_true(tree: Tree) -> None:
    graph = Graph(tree, premises(), 20_000)
    assume(graph.whole)
    every = max(1, len(graph) // 15)
    for state in range(0, len(graph), every):
        path = graph.walked(graph.path_to(state))
        if not says_all(graph, path):
            continue
        said = conversation(graph, path) if isinstance(graph.verb(state), Bye) else hung_up(graph, path)
        script = "conversations:\n" + said.script("a state")
        (one,) = read_script(script, "state.test.yaml", tree)
        performed = perform(tree, one, two_seconds)
        assert performed.failure is None, script
        went = [entry.node for entry in performed.log if isinstance(entry, Stepped)]
        assert went[: len(path)] == [graph.position(way.state).node for way in path], script


def says_all(graph: Graph, path: list[Way]) -> bool:
    """Can a conversation file say it? Not that the ledger or the store is away, nor that a lookup changes its mind."""
    fetched = {(way.state, way.branch) for way in path if way.branch and isinstance(graph.verb(way.state), Fetch)}
    nodes = [graph.position(state).node for state, _ in fetched]
    asked = [(verb, way.branch.result.value) for way in path
             if way.branch and isinstance(verb := graph.verb(way.state), Ask)]  # fmt: skip
    repeats = [verb for verb, _ in asked if any(case.repeat_hours for case in verb.cases)]
    requests = [answer for verb, answer in asked if verb.question == "transfer_request"]
    away = {"released", "refused"} <= set(requests)  # no more than one counts in a call
    return len(nodes) == len(set(nodes)) and len(repeats) < 2 and not away
