"""R8.5, R13: what a contract's state says to an arriving call."""

import pytest

from smartdesk_pbx.contract.routing import ContractState, Decision, decide


@pytest.mark.parametrize(
    ("state", "maintenance", "expected"),
    [
        ("active", False, Decision("accepted")),
        ("active", True, Decision("maintenance", "maintenance")),
        ("suspended", False, Decision("suspended", "suspended")),
        ("suspended", True, Decision("suspended", "suspended")),
        ("ended", False, Decision("ended", "out-of-service")),
        (None, False, Decision("unknown")),
        (None, True, Decision("unknown")),
    ],
)
def test_r8_5_decision(state: ContractState | None, maintenance: bool, expected: Decision) -> None:
    assert decide(state, maintenance=maintenance) == expected
