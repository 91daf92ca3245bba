"""The ready-made flows in the call room: random callers walk the same steps there as in the simulation."""

from pathlib import Path

import pytest

from smartdesk_pbx.flow.load import load
from smartdesk_pbx.flow.nodes import Ring
from smartdesk_pbx.rehearsal.outside import RehearsedOutside
from smartdesk_pbx.settings import share
from tests.conversations.test_simulation import compare
from tests.skipped import in_skipped_time
from tests.world import world

FLOWS = share("dialplans") / "flows"
NEVER_S = 100.0
"""Later than any of the flows lets a telephone ring."""
CALLERS = 10
SIX = ("reception", "shop", "clinic", "property", "direct-transfer", "temporary-closure")


@pytest.mark.parametrize("name", SIX)
@in_skipped_time
async def test_a_ready_made_flow_is_walked_as_it_is_simulated(tmp_path: Path, name: str) -> None:
    file = FLOWS / f"{name}.yaml"
    tree = load(file)
    numbers = {to for node in tree.nodes.values() if isinstance(node, Ring) for to in node.to}
    phones = tuple(RehearsedOutside(to, after_s=NEVER_S) for to in sorted(numbers))
    seen = set[str]()
    async with world(
        tmp_path, flow_file=file, outside=phones, contract_settings={"allowed_destinations": ["+8190"]}
    ) as w:
        for seed in range(CALLERS):
            seen |= await compare(w, tree, seed, 0)
    assert seen >= {"start", "done", "key", "silence"}
