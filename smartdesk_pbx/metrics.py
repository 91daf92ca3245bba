"""What Prometheus reads of a daemon: alarms and ended calls, counted; how it stands, looked at when asked."""

import collections
from collections.abc import Callable, Iterator

import structlog
from prometheus_client import REGISTRY, Counter, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

log = structlog.get_logger()

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Of what `text` gives."""

_ALARMS = Counter("smartdesk_alarms", "Alarms since the daemon started, by name.", ("alarm",))
_CALLS = Counter("smartdesk_calls", "Calls that have ended since the daemon started, by outcome.", ("outcome",))
_UNDER_WAY = Gauge("smartdesk_calls_under_way", "Calls under way on this node.")
_DEPTH = Gauge("smartdesk_writer_depth", "Groups of facts that are not in the ledger yet.")
_CONNECTED = Gauge("smartdesk_asterisk_connected", "1 while the daemon is connected to Asterisk, else 0.")


class _Traffic(Collector):
    """Plain numbers, turned into metrics when somebody asks: a call makes a dozen of these and must not pay for it."""

    def __init__(self) -> None:
        self.events: collections.Counter[str] = collections.Counter()
        self.requests: collections.Counter[str] = collections.Counter()
        self.decisions, self.decision_s = 0, 0.0

    def collect(self) -> Iterator[CounterMetricFamily]:
        yield _family("smartdesk_ari_events", "Events of Asterisk's, by kind.", "kind", self.events)
        yield _family("smartdesk_ari_requests", "Requests to Asterisk, by operation.", "operation", self.requests)
        yield CounterMetricFamily("smartdesk_decisions", "Verbs that another one followed.", value=self.decisions)
        what = "Seconds from the event of a verb's end to the request of the next, summed."
        yield CounterMetricFamily("smartdesk_decision_seconds", what, value=self.decision_s)


def _family(name: str, what: str, label: str, counted: collections.Counter[str]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, what, labels=[label])
    for value, number in counted.items():
        family.add_metric([value], number)
    return family


_TRAFFIC = _Traffic()
REGISTRY.register(_TRAFFIC)


def ari_event(kind: str) -> None:
    """Count an event of Asterisk's."""
    _TRAFFIC.events[kind] += 1


def ari_request(operation: str) -> None:
    """Count a request to Asterisk."""
    _TRAFFIC.requests[operation] += 1


def decided(seconds: float) -> None:
    """Count what we took from one verb's end to the next verb."""
    _TRAFFIC.decisions += 1
    _TRAFFIC.decision_s += seconds


def alarm(name: str, **fields: object) -> None:
    """Something a person must look at: counted by name, logged with its fields. Names are fixed words of the code."""
    _ALARMS.labels(name).inc()
    log.error("alarm", alarm=name, **fields)


def call_ended(outcome: str) -> None:
    """Count a call that has ended."""
    _CALLS.labels(outcome).inc()


def watch(
    *, calls_under_way: Callable[[], int], writer_depth: Callable[[], int], asterisk_connected: Callable[[], bool]
) -> None:
    """From now on these are asked, each time somebody reads the metrics; they must not wait."""
    _UNDER_WAY.set_function(calls_under_way)
    _DEPTH.set_function(writer_depth)
    _CONNECTED.set_function(asterisk_connected)


def text() -> bytes:
    """All metrics as they are now, in Prometheus's text format."""
    return generate_latest()
