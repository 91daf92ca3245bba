"""What Prometheus reads of a daemon: alarms and ended calls, counted; how it stands, looked at when asked."""

from collections.abc import Callable

import structlog
from prometheus_client import Counter, Gauge, generate_latest

log = structlog.get_logger()

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Of what `text` gives."""

_ALARMS = Counter("smartdesk_alarms", "Alarms since the daemon started, by name.", ("alarm",))
_CALLS = Counter("smartdesk_calls", "Calls that have ended since the daemon started, by outcome.", ("outcome",))
_UNDER_WAY = Gauge("smartdesk_calls_under_way", "Calls under way on this node.")
_DEPTH = Gauge("smartdesk_writer_depth", "Groups of facts that are not in the ledger yet.")
_CONNECTED = Gauge("smartdesk_asterisk_connected", "1 while the daemon is connected to Asterisk, else 0.")


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
