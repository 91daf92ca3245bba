"""The table of all operations. A new one is a line here and a function in the file of its noun."""

from collections.abc import Mapping

from smartdesk_pbx.office import agent, case, contract, flow, number, plan, prompt, subscriber
from smartdesk_pbx.office.registry import AgentId, Operation, Params


class Call(Params):
    """A call under way, by its id."""

    call: str


class NewAgent(agent.Add):
    """An agent whose name no caller's number can equal."""

    agent: AgentId


_ALL = (
    Operation("subscriber.add", "write", subscriber.Add, subscriber.add),
    Operation("subscriber.change", "write", subscriber.Change, subscriber.change),
    Operation("subscriber.list", "read", Params, subscriber.listing),
    Operation("subscriber.show", "read", subscriber.Which, subscriber.show),
    Operation("number.add", "write", number.Add, number.add),
    Operation("number.release", "write", number.Which, number.release),
    Operation("number.list", "read", Params, number.listing),
    Operation("number.show", "read", number.Which, number.show),
    Operation("plan.add", "write", plan.Add, plan.add),
    Operation("plan.list", "read", Params, plan.listing),
    Operation("plan.show", "read", plan.Which, plan.show),
    Operation("contract.add", "write", contract.Add, contract.add),
    Operation("contract.set", "write", contract.Set, contract.set_settings),
    Operation("contract.state", "write", contract.State, contract.set_state),
    Operation("contract.list", "read", Params, contract.listing),
    Operation("contract.show", "read", contract.Which, contract.show),
    Operation("flow.publish", "write", flow.Publish, flow.publish),
    Operation("flow.check", "read", flow.Text, flow.check),
    Operation("flow.list", "read", Params, flow.listing),
    Operation("flow.show", "read", flow.Which, flow.show),
    Operation("agent.add", "write", NewAgent, agent.add),
    Operation("agent.password", "write", agent.Which, agent.password),
    Operation("agent.list", "read", Params, agent.listing),
    Operation("agent.show", "read", agent.Which, agent.show),
    Operation("agent.ready", "live", agent.Which),
    Operation("agent.pause", "live", agent.Pause),
    Operation("agent.offline", "live", agent.Which),
    Operation("call.list", "live", Params),
    Operation("call.show", "live", Call),
    Operation("case.list", "read", case.Listing, case.listing),
    Operation("case.show", "read", case.Which, case.show),
    Operation("case.verify", "read", case.Verify, case.verify),
    Operation("case.respond", "live", case.Respond),
    Operation("prompt.list", "read", prompt.Listing, prompt.listing),
    Operation("prompt.show", "read", prompt.Which, prompt.show),
)

OPERATIONS: Mapping[str, Operation] = {operation.name: operation for operation in _ALL}
