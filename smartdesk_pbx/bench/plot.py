"""A run in one picture: every bar, CPU beside the twin's, what a decision costs, delays, the ledger."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartdesk_pbx.bench.figures import Figure, Sheet
from smartdesk_pbx.bench.report import bar_text, number_text, told_machine
from smartdesk_pbx.errors import RuleBroken

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ASTERISK, DAEMON, TWIN, SQLITE, POSTGRESQL = "#4c78a8", "#f58518", "#b8b8b8", "#54a24b", "#6d597a"
MET, MISSED, ROUGH, INK = "#54a24b", "#c1121f", "#b8b8b8", "#333333"
STYLE: Any = {
    "axes.spines.top": False, "axes.spines.right": False, "axes.titlelocation": "left", "axes.titlesize": 12,
    "axes.edgecolor": "#888888", "text.color": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
    "font.size": 9.5, "legend.frameon": False,
}  # fmt: skip
CALLS = ("self-service", "escalated", "one minute", "one minute in short")
DELAYED = ("self-service", "escalated", "full load")
PAPER: Any = {"facecolor": "white", "edgecolor": "none", "pad": 0.4}
"""So that a line does not run through what is written."""
WIDEST = 2.0
"""A value beyond twice its bar is drawn as far as that, with its number."""
_DPI = 110

Known = Mapping[str, Figure]


def draw(sheet: Sheet, file: Path) -> None:
    """Write the picture as PNG. Raises `RuleBroken` where matplotlib is not installed."""
    need_matplotlib()
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    known = {figure.name: figure for figure in sheet.figures}
    with matplotlib.rc_context(STYLE):
        figure = pyplot.figure(figsize=(18, 11), layout="constrained")
        grid = figure.add_gridspec(3, 3, width_ratios=(1.25, 1, 1))
        _bars(figure.add_subplot(grid[:, 0]), sheet)
        _cpu(figure.add_subplot(grid[0, 1]), known)
        _ratios(figure.add_subplot(grid[0, 2]), known)
        _decisions(figure.add_subplot(grid[1, 1]), known)
        _delays(figure.add_subplot(grid[1, 2]), known)
        _appends(figure.add_subplot(grid[2, 1]), known, "rate", "Ledger: appends a second, by writers")
        _appends(figure.add_subplot(grid[2, 2]), known, "p99", "Ledger: append p99 in ms, by writers")
        kind = " (a short run: grey bars do not count)" if sheet.quick else ""
        figure.suptitle(f"smartdesk bench{kind}\n{told_machine(sheet.machine)}", fontsize=12, x=0.01, ha="left")
        figure.savefig(file, dpi=_DPI)
        pyplot.close(figure)


def need_matplotlib() -> None:
    """Raises `RuleBroken` where it is not installed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise RuleBroken("the picture needs matplotlib: pip install 'smartdesk-pbx[bench]'") from None


def share_of_bar(figure: Figure) -> float:
    """How much of what is allowed was needed: 1.0 is the bar itself. Of a bar that is 0: 0, or `WIDEST` beyond it."""
    if not figure.bar:
        return WIDEST if figure.beyond else 0.0
    return figure.value / figure.bar if figure.at_most else figure.bar / max(figure.value, 1e-9)


def _bars(axes: "Axes", sheet: Sheet) -> None:
    shown = [figure for figure in sheet.figures if figure.bar is not None]
    for y, figure in enumerate(shown):
        share = share_of_bar(figure)
        width = min(share, WIDEST) if share == share else WIDEST
        axes.barh(y, width, 0.66, color=_colour(figure))
        said = f"{number_text(figure.value)} {figure.unit}".strip() + f"   ({bar_text(figure)})"
        colour = INK if figure.bar else _colour(figure)
        axes.text(width + 0.02, y, said, va="center", fontsize=8.5, color=colour, bbox=PAPER)
    axes.axvline(1.0, color=INK, linewidth=1)
    axes.set_yticks(range(len(shown)), [figure.name for figure in shown], fontsize=8.5)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xlim(0, WIDEST + 0.75)
    axes.set_xticks([0, 0.5, 1, 1.5, 2], ["0", "half", "the bar", "", "twice"])
    axes.set_title("Every bar: how much of it is used")
    axes.tick_params(axis="y", length=0)


def _colour(figure: Figure) -> str:
    return ROUGH if figure.rough or figure.bar is None else MISSED if figure.missed else MET


def _cpu(axes: "Axes", known: Known) -> None:
    names = [name for name in CALLS if f"{name}: twin CPU per call" in known]
    for y, name in enumerate(names):
        asterisk, daemon, twin = (
            known[f"{name}: {whose} CPU per call"].value for whose in ("Asterisk", "daemon", "twin")
        )
        axes.barh(y - 0.2, asterisk, 0.36, color=ASTERISK, label="Asterisk" if not y else None)
        axes.barh(y - 0.2, daemon, 0.36, left=asterisk, color=DAEMON, label="daemon" if not y else None)
        axes.barh(y + 0.2, twin, 0.36, color=TWIN, label="dialplan alone" if not y else None)
        axes.text(asterisk + daemon, y - 0.2, f" {asterisk:.1f} + {daemon:.2f}", va="center", fontsize=8.5)
        axes.text(twin, y + 0.2, f" {twin:.1f}", va="center", fontsize=8.5)
    _rows(axes, names, "CPU milliseconds a call", room=1.3)


def _ratios(axes: "Axes", known: Known) -> None:
    names = [name for name in CALLS if f"{name}: CPU, product to twin" in known]
    for y, name in enumerate(names):
        figure = known[f"{name}: CPU, product to twin"]
        axes.barh(y, figure.value, 0.5, color=_colour(figure))
        axes.text(figure.value, y, f" {figure.value:.2f}", va="center")
        if figure.bar is not None:
            axes.plot([figure.bar] * 2, [y - 0.38, y + 0.38], color=INK, linewidth=2)
            axes.text(figure.bar, y - 0.41, bar_text(figure), ha="center", va="bottom", fontsize=8.5)
    axes.axvline(1.0, color="#888888", linewidth=1, linestyle=":")
    _rows(axes, names, "CPU, product to dialplan alone", room=1.2, legend=False)


def _decisions(axes: "Axes", known: Known) -> None:
    names = [name for name in CALLS if f"{name}: of it the daemon" in known]
    for y, name in enumerate(names):
        asterisk, daemon = (known[f"{name}: of it {whose}"].value for whose in ("Asterisk", "the daemon"))
        axes.barh(y, asterisk, 0.5, color=ASTERISK, label="Asterisk" if not y else None)
        axes.barh(y, daemon, 0.5, left=max(0.0, asterisk), color=DAEMON, label="daemon" if not y else None)
        end = max(0.0, asterisk) + daemon
        axes.text(end, y, f" {asterisk:.2f} + {daemon:.2f} ms", va="center", fontsize=8.5)
    _rows(axes, names, "Extra milliseconds from key to prompt, a decision", room=1.4)


def _delays(axes: "Axes", known: Known) -> None:
    lines: list[tuple[str, Figure, Figure]] = []
    for name in DELAYED:
        for what in ("post-dial", "digit → prompt"):
            low, high = known.get(f"{name}: {what} p50"), known.get(f"{name}: {what} p99")
            if low and high:
                lines.append((f"{name}: {what}", low, high))
    for y, (_, low, high) in enumerate(lines):
        axes.plot([low.value, high.value], [y, y], color=ASTERISK, linewidth=2)
        axes.plot(low.value, y, "o", color=ASTERISK, label="p50" if not y else None)
        axes.plot(high.value, y, "D", color=MISSED if high.missed else DAEMON, label="p99" if not y else None)
        said = f"{low.value:.1f} / {high.value:.1f}"
        axes.text(low.value * 0.88, y, said, va="center", ha="right", fontsize=8.5)
        if high.bar is not None:
            axes.plot([high.bar] * 2, [y - 0.3, y + 0.3], color=INK, linewidth=2)
    if lines:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}")
    _rows(axes, [name for name, _, _ in lines], "Delays on the wire in ms (black: the bar)", zero=False)


def _appends(axes: "Axes", known: Known, what: str, title: str) -> None:
    groups = sorted({int(name.split()[2]) for name in known if ": append, " in name})
    for place, (database, colour) in enumerate((("SQLite", SQLITE), ("PostgreSQL", POSTGRESQL))):
        for x, writers in enumerate(groups):
            figure = known.get(f"{database}: append, {writers} writer{'s' if writers > 1 else ''}, {what}")
            if figure is None:
                continue
            at = x + (place - 0.5) * 0.38
            axes.bar(at, figure.value, 0.36, color=colour, label=database if not x else None)
            axes.text(at, figure.value, number_text(figure.value), ha="center", va="bottom", fontsize=8.5)
            if figure.bar is not None:
                axes.plot([at - 0.19, at + 0.19], [figure.bar] * 2, color=INK, linewidth=2)
    axes.set_xticks(range(len(groups)), [str(writers) for writers in groups])
    axes.set_title(title)
    _legend(axes, bool(groups))


def _rows(
    axes: "Axes", names: Sequence[str], title: str, *, room: float = 1.0, zero: bool = True, legend: bool = True
) -> None:
    """What all panels with a row for each name share; an empty one says so."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(len(names), 1) - 0.4, -0.6)
    low, high = axes.get_xlim()
    axes.set_xlim(0 if zero else low / 6, high * room if zero else high * 1.5)
    axes.set_title(title)
    axes.tick_params(axis="y", length=0)
    _legend(axes, bool(names), wanted=legend)


def _legend(axes: "Axes", measured: bool, *, wanted: bool = True) -> None:
    if not measured:
        axes.text(0.5, 0.5, "not measured", ha="center", va="center", transform=axes.transAxes, color="#888888")
        axes.set_xticks([])
    elif wanted:
        axes.legend(loc="best", fontsize=8.5)
