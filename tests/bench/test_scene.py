"""What is kept of one load."""

import json

import pytest

from smartdesk_pbx.bench.scene import Run, answered_or_down
from smartdesk_pbx.errors import EdgeDown


def run(answer_ms: list[float]) -> Run:
    cpu_ms = {"asterisk": 14.0, "daemon": 1.5}
    return Run("product", "minute", 2, 5.0, 1, 60.0, cpu_ms, [30.0, 10.12345], [], answer_ms, 1, 0, 0, 0.0)


def test_everything_is_kept() -> None:
    kept = json.loads(json.dumps(run([4.0, 2.0, 3.0]).as_json()))
    assert kept["cpu_per_call_ms"] == 15.5
    assert kept["post_dial_ms"] == [30.0, 10.123]
    assert kept["delays_ms"] == {
        "post_dial": {"count": 2, "p50": 10.12345, "p99": 30.0, "most": 30.0},
        "answer": {"count": 3, "p50": 3.0, "p99": 4.0, "most": 4.0},
    }


def test_a_load_that_answered_nobody_is_no_measurement() -> None:
    answered_or_down([run([4.0])])
    with pytest.raises(EdgeDown, match="minute, product: of 2 calls 1 failed, no key was answered"):
        answered_or_down([run([4.0]), run([])])
