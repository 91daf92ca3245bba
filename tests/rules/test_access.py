"""R5, R17, R23, R24: which role reaches which operation."""

import pytest

from smartdesk_pbx.contract.access import ROLES, Role, allowed, bound_by
from smartdesk_pbx.office.operations import OPERATIONS


def may(role: Role, name: str) -> bool:
    return allowed(role, name, reads=OPERATIONS[name].kind == "read")


def test_r23_operations_reach_everything() -> None:
    assert all(may("operations", name) for name in OPERATIONS)


def test_r23_an_auditor_reads_and_changes_nothing() -> None:
    open_to = [operation for name, operation in OPERATIONS.items() if may("auditor", name)]
    assert {"case.show", "audit.list", "keep.log"} <= {operation.name for operation in open_to}
    assert [operation.name for operation in open_to if operation.kind != "read"] == []


def test_r5_an_auditor_reads_no_letter_for_it_may_hold_the_code_of_a_first_password() -> None:
    assert may("operations", "outbox.show") and may("auditor", "outbox.list")
    assert not may("auditor", "outbox.show")


@pytest.mark.parametrize(
    ("role", "yes", "no"),
    [
        ("accountant", "invoice.list", "case.show"),
        ("accountant", "subscriber.show", "subscriber.change"),
        ("supervisor", "case.mark", "subscriber.show"),
        ("supervisor", "agent.pause", "agent.password"),
        ("supervisor", "flow.close", "flow.publish"),
        ("agent", "case.respond", "case.list"),
        ("agent", "agent.ready", "agent.add"),
        ("subscriber", "invoice.view", "invoice.show"),
        ("subscriber", "change.request", "change.approve"),
        ("subscriber", "caller.add", "flow.schedule"),
    ],
)
def test_r17_r24_each_role_sees_what_its_work_needs(role: Role, yes: str, no: str) -> None:
    assert may(role, yes)
    assert not may(role, no)


def test_r5_only_operations_touch_accounts() -> None:
    touching = [name for name in OPERATIONS if name.startswith("account.")]
    assert touching
    for role in ROLES:
        changes = {name for name in touching if OPERATIONS[name].kind == "write"}
        assert {name for name in changes if may(role, name)} == (changes if role == "operations" else set())


def test_r24_bound_roles_see_their_own() -> None:
    assert {role: bound_by(role) for role in ROLES if bound_by(role)} == {"subscriber": "subscriber", "agent": "agent"}
