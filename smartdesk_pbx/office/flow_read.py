"""What simulations and pictures need of what is live: the tree of a published flow, the circumstances of a number."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.contract.parts import working
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import flow as flows
from smartdesk_pbx.store import snapshot


class Which(Params):
    """`version`: the newest one unless it is given."""

    flow: str
    version: int | None = None


class OfNumber(Params):
    """`number`: as 0312345678 or +81312345678."""

    number: str


@dataclass(frozen=True)
class PublishedTree:
    """`tree`: as `flow/tree.py` writes it, shared flows linked in."""

    flow: str
    version: int
    tree: dict[str, Any]


async def tree(office: Office, params: Which) -> PublishedTree:
    """A published flow as it is walked."""
    one = await office.store.read(lambda c: flows.get(c, params.flow, params.version))
    return PublishedTree(one.name, one.version, one.tree.model_dump(mode="json"))


async def given(office: Office, params: OfNumber) -> dict[str, Any]:
    """What a simulated call to a number takes for granted just now, in the names of `flow/given.py`."""
    number = checked(params.number, office.settings.country)

    def read(connection: Connection) -> dict[str, Any]:
        route = snapshot.load(connection).routes.get(number)
        if route is None:
            raise RuleBroken(f"{number} is not assigned (smartdesk number list shows those that are)")
        now = office.store.now(connection)
        closed = [one for one in route.closures if one.holds(now)]
        return {
            "number": number,
            "language": route.language,
            "name": route.announced_name,
            "threshold": route.settings.direct_transfer_threshold,
            "requests_per_call": route.settings.ivr_transfer_requests_per_call,
            "emergency": route.emergency_prompt is not None,
            "answering": "answering" in working(route.settings),
            "closed": (closed[0].reason or True) if closed else False,
        }

    return await office.store.read(read)
