"""Traffic with Asterisk, as Prometheus reads it."""

from smartdesk_pbx import metrics


def test_traffic_is_counted_by_name() -> None:
    metrics.ari_event("Tested")
    metrics.ari_request("TEST this")
    metrics.ari_request("TEST this")
    told = metrics.text().decode().splitlines()
    assert 'smartdesk_ari_events_total{kind="Tested"} 1.0' in told
    assert 'smartdesk_ari_requests_total{operation="TEST this"} 2.0' in told


def test_decisions_are_summed() -> None:
    def now() -> dict[str, float]:
        lines = [line.split() for line in metrics.text().decode().splitlines() if line.startswith("smartdesk_decision")]
        return {name: float(value) for name, value in lines}

    before = now()
    metrics.decided(0.25)
    metrics.decided(0.5)
    after = now()
    assert after["smartdesk_decisions_total"] - before["smartdesk_decisions_total"] == 2
    assert after["smartdesk_decision_seconds_total"] - before["smartdesk_decision_seconds_total"] == 0.75
