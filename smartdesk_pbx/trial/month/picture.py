"""The month in one picture: calls, hours, charges, and the lives of contracts."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jpholiday

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.trial.month.figures import OUTCOMES, Charge, Month, outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HUES = ("#2b6cb0", "#dd8452", "#55a868", "#8ecae6", "#c9c9c9", "#c1121f", "#6d597a")
COLOURS = dict(zip(OUTCOMES, _HUES, strict=True))
PARTS = {
    "basic fee": "#1d3557", "set-up": "#8d99ae", "cases beyond": "#e76f51", "surcharges and options": "#f4a261",
    "early termination": "#c1121f",
}  # fmt: skip
STATES = {"onboarding": "#f4d35e", "active": "#7bb661", "suspended": "#e07a5f", "ended": "#6c757d"}
FONT = Path("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf")
INK = "#333333"
_DPI = 110


def draw(month: Month, file: Path, font: Path | None = None) -> None:
    """Write the picture as PNG. Raises `RuleBroken` where matplotlib is not installed."""
    try:
        import matplotlib
    except ImportError:
        raise RuleBroken("the picture needs matplotlib: pip install 'smartdesk-pbx[plots]'") from None
    matplotlib.use("agg")
    from matplotlib import pyplot

    style: Any = _style(font or FONT)
    with matplotlib.rc_context(style):
        figure = pyplot.figure(figsize=(19, 12.5), layout="constrained")
        grid = figure.add_gridspec(3, 2, width_ratios=(1.45, 1), height_ratios=(1.25, 1.1, 0.75))
        days, hours, lives = (figure.add_subplot(grid[row, 0]) for row in range(3))
        charges, plans = figure.add_subplot(grid[:2, 1]), figure.add_subplot(grid[2, 1])
        _days(days, month)
        _hours(hours, month)
        _lives(lives, month)
        _charges(charges, month)
        _plans(plans, month)
        figure.suptitle(_title(month), fontsize=17, x=0.01, ha="left")
        figure.savefig(file, dpi=_DPI)
        pyplot.close(figure)


def _style(font: Path) -> dict[str, Any]:
    style: dict[str, Any] = {
        "axes.spines.top": False, "axes.spines.right": False, "axes.titlelocation": "left", "axes.titlesize": 13,
        "axes.edgecolor": "#888888", "text.color": INK, "axes.labelcolor": INK,
        "xtick.color": INK, "ytick.color": INK, "font.size": 10, "legend.frameon": False,
    }  # fmt: skip
    if font.is_file():
        from matplotlib import font_manager

        font_manager.fontManager.addfont(font)
        style |= {"font.family": font_manager.FontProperties(fname=font).get_name()}
    return style


def _title(month: Month) -> str:
    billed = sum(charge.invoice.total_yen for charge in month.charges)
    first = month.days[0]
    return (
        f"{first:%B %Y}: {len(month.cases):,} calls of {len(month.charges)} subscribers, "
        f"{sum(charge.billable for charge in month.charges):,} billable, ¥{billed:,} invoiced (with tax)"
    )


def _days(axes: "Axes", month: Month) -> None:
    counts = Counter((file.invited_at.astimezone(TOKYO).date(), outcome(file)) for file in month.cases)
    below = [0] * len(month.days)
    for name in OUTCOMES:
        values = [counts[day, name] for day in month.days]
        axes.bar(_places(month), values, 0.82, bottom=below, color=COLOURS[name], label=f"{name} ({sum(values):,})")
        below = [a + b for a, b in zip(below, values, strict=True)]
    axes.set_title("Calls by day: what became of them")
    axes.set_ylim(0, max(below) * 1.32)
    axes.legend(loc="upper left", ncols=4, fontsize=9.5)
    _day_axis(axes, month)


def _hours(axes: "Axes", month: Month) -> None:
    counts = Counter((at.date(), at.hour) for at in (file.invited_at.astimezone(TOKYO) for file in month.cases))
    cells = [[counts[day, hour] for day in month.days] for hour in range(24)]
    shown = axes.imshow(cells, aspect="auto", cmap="YlGnBu", origin="upper", interpolation="nearest")
    axes.set_title("Calls by hour (Tokyo)")
    axes.set_yticks(range(0, 24, 3), [f"{hour}:00" for hour in range(0, 24, 3)])
    axes.figure.colorbar(shown, cax=axes.inset_axes((1.008, 0, 0.012, 1)), label="calls an hour")
    _day_axis(axes, month)


def _lives(axes: "Axes", month: Month) -> None:
    """A row for each contract that changed or is going to, and one for all others."""
    moved = {slug: states for slug, states in month.states.items() if len(set(states)) > 1 or slug in month.requests}
    still = len(month.states) - len(moved)
    names = {charge.member.slug: charge.member.announced for charge in month.charges}
    rows = [(f"{slug} {names.get(slug, '')}", states) for slug, states in moved.items()]
    rows.append((f"the other {still}", ("active",) * len(month.days)))
    for y, (_, states) in enumerate(rows):
        for x, state in enumerate(states):
            if state:
                axes.barh(y, 1, left=x - 0.5, height=0.72, color=STATES[state], linewidth=0)
    for y, slug in enumerate(moved):
        for day, text in month.requests.get(slug, ()):
            if day in month.days:
                x = month.days.index(day)
                left = x < len(month.days) * 0.6
                said, side = (f"▼ {text}", "left") if left else (f"{text} ▼", "right")
                axes.text(x - 0.4 if left else x + 0.4, y, said, va="center", ha=side, fontsize=9, color="white")
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_title("Contracts by state at the end of each day", pad=24)
    handles = [axes.barh(0, 0, color=colour, label=state) for state, colour in STATES.items()]
    axes.legend(handles=handles, loc="lower left", ncols=4, bbox_to_anchor=(-0.01, 0.98), fontsize=9.5)
    _day_axis(axes, month)


def _charges(axes: "Axes", month: Month) -> None:
    order = ("business", "standard", "light")
    ranked = sorted(month.charges, key=lambda c: (order.index(c.member.plan), -sum(c.parts.values())))
    _stacked(axes, ranked, [f"{c.member.announced}  {c.member.plan[0].upper()}" for c in ranked])
    for y, charge in enumerate(ranked):
        total = sum(charge.parts.values())
        axes.text(total, y, f"  ¥{total:,} · {charge.billable}/{charge.calls}", va="center", fontsize=7.5)
    axes.set_xlim(0, max(sum(c.parts.values()) for c in ranked) * 1.22)
    axes.set_title("Charges by subscriber, without tax · billable / all calls")
    axes.tick_params(axis="y", labelsize=8 if len(ranked) > 20 else 10, length=0)
    axes.legend(loc="lower right", fontsize=10)


def _plans(axes: "Axes", month: Month) -> None:
    plans = ("business", "standard", "light")
    left = dict.fromkeys(plans, 0)
    for part, colour in PARTS.items():
        values = [sum(c.parts.get(part, 0) for c in month.charges if c.member.plan == plan) for plan in plans]
        axes.barh(plans, values, 0.62, left=[left[p] for p in plans], color=colour)
        left = {plan: left[plan] + value for plan, value in zip(plans, values, strict=True)}
    for y, plan in enumerate(plans):
        count = sum(c.member.plan == plan for c in month.charges)
        axes.text(left[plan], y, f"  ¥{left[plan]:,} from {count}", va="center", fontsize=10)
    axes.set_xlim(0, max(left.values()) * 1.3)
    axes.invert_yaxis()
    axes.set_title("Charges by plan, without tax")
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(lambda x, _: f"¥{x:,.0f}")


def _stacked(axes: "Axes", ranked: Sequence[Charge], names: Sequence[str]) -> None:
    left = [0] * len(ranked)
    for part, colour in PARTS.items():
        values = [charge.parts.get(part, 0) for charge in ranked]
        if any(values):
            axes.barh(range(len(ranked)), values, 0.78, left=left, color=colour, label=part)
        left = [a + b for a, b in zip(left, values, strict=True)]
    axes.set_yticks(range(len(ranked)), names)
    axes.set_ylim(len(ranked) - 0.4, -0.6)
    axes.xaxis.set_major_formatter(lambda x, _: f"¥{x:,.0f}")


def _places(month: Month) -> range:
    return range(len(month.days))


def _day_axis(axes: "Axes", month: Month) -> None:
    """Days below, days off in red."""
    axes.set_xlim(-0.6, len(month.days) - 0.4)
    axes.set_xticks(_places(month), [str(day.day) for day in month.days])
    for label, day in zip(axes.get_xticklabels(), month.days, strict=True):
        if day.weekday() >= 5 or jpholiday.is_holiday(day):
            label.set_color("#c1121f")
