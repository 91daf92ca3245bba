"""Real calls through the product and through its pure-dialplan twin: CPU, delays on the wire, traffic per call.

Both run on one core, their callers on another; loads are interleaved, and the best run of each side counts.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from smartdesk_pbx.bench.figures import Figure, Part, percentile
from smartdesk_pbx.bench.scene import Pair, Run, Scene, answered_or_down
from smartdesk_pbx.bench.wire import THINKING_NS

KEY_MS = 120
PRESSED_MS = THINKING_NS // 1_000_000 + KEY_MS
TALK_MS = 3000

SELF_SERVICE = Scene("self-service", [(2000, "1")])
ESCALATED = Scene("escalated", [(2000, "1")], 2000 + PRESSED_MS + 2000 + TALK_MS)
MINUTE = Scene("minute", [(10_000, "1")] * 5)
SHORT = Scene("short", [(1000, "1")] * 5)

HALF_SELF_PER_S, HALF_ESCALATED_PER_S, FULL_PER_S = 25.0, 10.0, 50.0
"""Calls a second: about half of what one core carries, and all of it."""
MINUTE_PER_S = 5.0


@dataclass(frozen=True)
class Bars:
    """What must be met: CPU of product to twin, the daemon's CPU milliseconds per call."""

    ratio: float | None
    daemon_ms: float | None = None
    answer_p99_ms: float | None = None


SELF_BARS = Bars(1.25, 2.0, 30.0)
ESCALATED_BARS = Bars(1.25, 3.5, 30.0)
MINUTE_BARS = Bars(1.08)
FULL_POST_DIAL_P99_MS, FULL_ANSWER_P99_MS = 500.0, 250.0


@dataclass(frozen=True)
class Effort:
    """How much is measured: rounds of product and twin, and how many seconds calls are begun in each.

    `together`: both at the same time, each with half the calls a second, instead of one after the other.
    """

    rounds: int
    together: bool
    self_s: float
    escalated_s: float
    minute_s: float
    full_s: float


WHOLE = Effort(3, False, 12, 12, 8, 20)
QUICK = Effort(1, True, 4.8, 4, 1.2, 2.4)


def effort(quick: bool) -> Effort:
    return QUICK if quick else WHOLE


async def warm_up(pair: Pair) -> None:
    """The first calls of a program are dearer than all others."""
    await pair.run_both(SELF_SERVICE, calls=10, per_s=20)


async def self_service(pair: Pair, *, quick: bool) -> Part:
    """A question of 2 s, one key, an answer of 2 s, hang-up by the switchboard; at half load."""
    how = effort(quick)
    products, twins = await _rounds(pair, SELF_SERVICE, HALF_SELF_PER_S, how, how.self_s)
    more = _decisions("self-service", products, twins)
    return _compared("self-service", products, twins, SELF_BARS, more, rough=quick)


async def escalated(pair: Pair, *, quick: bool) -> Part:
    """A question, one key, "please hold" with an agent's phone ringing, 3 s of recorded talk; at half load.

    The twin rings the agent before it says "please hold": its delay after the key is no measure of ours.
    """
    how = effort(quick)
    async with pair.phones_at_work():
        products, twins = await _rounds(pair, ESCALATED, HALF_ESCALATED_PER_S, how, how.escalated_s)
    return _compared("escalated", products, twins, ESCALATED_BARS, rough=quick)


async def one_minute(pair: Pair, *, quick: bool) -> Part:
    """Five menus, one after the other, on both sides at the same time; `quick`: in 8 s, without a bar."""
    how = effort(quick)
    scene, name = (SHORT, "one minute in short") if quick else (MINUTE, "one minute")
    calls = round(how.minute_s * MINUTE_PER_S)
    both = [await pair.run_both(scene, calls=calls, per_s=MINUTE_PER_S) for _ in range(how.rounds)]
    products, twins = [product for product, _ in both], [twin for _, twin in both]
    answered_or_down([*products, *twins])
    bars = Bars(None) if quick else MINUTE_BARS
    return _compared(name, products, twins, bars, _decisions(name, products, twins))


async def full_load(pair: Pair, *, quick: bool) -> Part:
    """As self-service, as many calls as one core carries; nothing may fail."""
    run = await pair.run("product", SELF_SERVICE, calls=round(effort(quick).full_s * FULL_PER_S), per_s=FULL_PER_S)
    answered_or_down([run])
    lost = run.failed + run.unjudged + run.unanswered
    figures = [
        Figure(
            "full load: post-dial p99", percentile(run.post_dial_ms, 0.99), "ms", FULL_POST_DIAL_P99_MS, rough=quick
        ),
        Figure("full load: digit → prompt p99", percentile(run.answer_ms, 0.99), "ms", FULL_ANSWER_P99_MS, rough=quick),
        Figure("full load: calls failed, unanswered or not judged", lost, "", 0),
        *_delays("full load", run, ("p50",)),
        Figure("full load: CPU per call", run.cpu_per_call_ms, "ms"),
    ]
    return Part("full load", figures, {"product": run.as_json()})


async def _rounds(pair: Pair, scene: Scene, per_s: float, how: Effort, seconds: float) -> tuple[list[Run], list[Run]]:
    products, twins = [], []
    for _ in range(how.rounds):
        if how.together:
            product, twin = await pair.run_both(scene, calls=round(per_s / 2 * seconds), per_s=per_s / 2)
            products.append(product)
            twins.append(twin)
            continue
        twins.append(await pair.run("twin", scene, calls=round(per_s * seconds), per_s=per_s))
        products.append(await pair.run("product", scene, calls=round(per_s * seconds), per_s=per_s))
    answered_or_down([*products, *twins])
    return products, twins


def _compared(
    name: str, products: Sequence[Run], twins: Sequence[Run], bars: Bars, more: Sequence[Figure] = (), *,
    rough: bool = False,
) -> Part:  # fmt: skip
    best, twin = _cheapest(products), _cheapest(twins)
    quickest = min(products, key=lambda run: percentile(run.answer_ms, 0.99))
    lost = sum(run.failed + run.unjudged for run in (*products, *twins))
    ratio = best.cpu_per_call_ms / twin.cpu_per_call_ms
    daemon_ms = min(run.cpu_ms["daemon"] for run in products)
    answer_ms = percentile(quickest.answer_ms, 0.99)
    figures = [
        Figure(f"{name}: CPU, product to twin", ratio, "", bars.ratio, rough=rough),
        Figure(f"{name}: daemon CPU per call", daemon_ms, "ms", bars.daemon_ms, rough=rough),
        Figure(f"{name}: Asterisk CPU per call", best.cpu_ms["asterisk"], "ms"),
        Figure(f"{name}: twin CPU per call", twin.cpu_per_call_ms, "ms"),
        Figure(f"{name}: digit → prompt p99", answer_ms, "ms", bars.answer_p99_ms, rough=rough),
        *_delays(name, quickest, ("p50", "p99"), without=("answer_p99",)),
        *more,
        Figure(f"{name}: events per call", _sum(best, "smartdesk_ari_events"), ""),
        Figure(f"{name}: requests per call", _sum(best, "smartdesk_ari_requests"), ""),
        Figure(f"{name}: calls failed or not judged", lost, "", 0),
    ]
    raw = {"product": [run.as_json() for run in products], "twin": [run.as_json() for run in twins]}
    return Part(name, figures, raw)


def _cheapest(runs: Sequence[Run]) -> Run:
    return min(runs, key=lambda run: run.cpu_per_call_ms)


SHOWN: dict[str, tuple[str, Callable[[Run], Sequence[float]]]] = {
    "post_dial": ("post-dial", lambda run: run.post_dial_ms),
    "first_prompt": ("INVITE → prompt", lambda run: run.first_prompt_ms),
    "answer": ("digit → prompt", lambda run: run.answer_ms),
}
SHARES = {"p50": 0.5, "p99": 0.99}


def _delays(name: str, run: Run, shares: Sequence[str], without: Sequence[str] = ()) -> list[Figure]:
    return [
        Figure(f"{name}: {shown} {share}", percentile(of(run), SHARES[share]), "ms")
        for key, (shown, of) in SHOWN.items()
        for share in shares
        if f"{key}_{share}" not in without
    ]


def _decisions(name: str, products: Sequence[Run], twins: Sequence[Run]) -> list[Figure]:
    """What the product adds between a key and the next prompt, and whose milliseconds they are."""
    best = min(products, key=lambda run: percentile(run.answer_ms, 0.5))
    extra = percentile(best.answer_ms, 0.5) - min(percentile(run.answer_ms, 0.5) for run in twins)
    ours = 1000 * best.traffic["smartdesk_decision_seconds_total"] / best.traffic["smartdesk_decisions_total"]
    return [
        Figure(f"{name}: extra per decision", extra, "ms"),
        Figure(f"{name}: of it the daemon", ours, "ms"),
        Figure(f"{name}: of it Asterisk", extra - ours, "ms"),
    ]


def _sum(run: Run, name: str) -> float:
    return sum(value for key, value in run.traffic.items() if key.startswith(name))


Measure = Callable[..., Awaitable[Part]]

PARTS: Mapping[str, Measure] = {
    "self-service": self_service, "full-load": full_load, "one-minute": one_minute, "escalated": escalated,
}  # fmt: skip
"""Each takes a warm `Pair` and `quick`. Escalated calls come last: from then on Asterisk asks for the phones."""
