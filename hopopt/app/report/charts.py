"""The pictures of the page: gap against time, and each method's best solution."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from io import BytesIO

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from hopopt.app.report.tables import element, excess, text, yardstick
from hopopt.app.text import number, percent
from hopopt.plotting.names import Names
from hopopt.plotting.solutions import plot_solution
from hopopt.plotting.style import FAINT, INK, OUTPUT, SOLUTION, axes_or_new
from hopopt.solve.comparison import Entry
from hopopt.solve.method import Kind

MARKS: dict[Kind, tuple[str, str]] = {
    "pure": ("o", SOLUTION),
    "hybrid": ("D", OUTPUT),
    "classical": ("s", "#777777"),
}
FASTEST = 1e-3
FINEST = 1e-3
SIZE = (9.0, 4.2)
TILE, TILE_DPI = 2.7, 150


def chart(entries: Sequence[Entry]) -> str:
    """Return gap against time as an element; one point a method and limit, lines join limits."""
    base, what = yardstick(entries)
    points: dict[str, list[tuple[float, float]]] = {}
    for entry in sorted(entries, key=lambda entry: entry.time_limit or 0.0):
        row = entry.row()
        over = excess(row["mean_cost"], base, entry.problem)
        if over is not None:
            spent = max(row["cpu_seconds"], FASTEST)
            points.setdefault(entry.label, []).append((spent, over))
    if not points:
        return "<p>No method found a solution.</p>"
    kinds = {entry.label: entry.method.kind for entry in entries}
    figure = Figure(figsize=SIZE, layout="constrained")
    ax = axes_or_new(figure.subplots())
    for label, path in points.items():
        mark, colour = MARKS[kinds[label]]
        ax.plot(*zip(*path, strict=True), marker=mark, color=colour, ms=6, lw=1, alpha=0.9)
    _name(ax, points)
    _dress(ax, what, [kinds[label] for label in points])
    caption = f"{what.capitalize()} against processor time: lower and further left is better."
    return _figure(_picture(figure, "svg"), caption, element("figcaption", caption), "chart")


def _name(ax: Axes, points: dict[str, list[tuple[float, float]]]) -> None:
    """Write the methods' names beside their last points, where there is room."""
    places = np.array([place for path in points.values() for place in path])
    names = [name for label, path in points.items() for name in [""] * (len(path) - 1) + [label]]
    if len(places) > 1:
        ax.add_artist(Names(ax, places, names, size=7.5, offset=5))


def _dress(ax: Axes, what: str, kinds: Sequence[Kind]) -> None:
    """Set scales, grid, labels and the legend of the kinds that are there."""
    ax.set_xscale("log")
    ax.set_yscale("symlog", linthresh=FINEST, linscale=0.4)
    ax.set_ylim(-FINEST / 4, max(2 * FINEST, 1.5 * ax.dataLim.y1))
    ax.margins(x=0.08)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.grid(color=FAINT, linewidth=0.5, alpha=0.5)
    ax.set_axisbelow(True)
    ax.set_xlabel("CPU seconds of a run", color=INK)
    ax.set_ylabel(what, color=INK)
    ax.spines[["top", "right"]].set_visible(False)
    for kind, (mark, colour) in MARKS.items():
        if kind in kinds:
            ax.plot([], [], mark, color=colour, label=kind)
    ax.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=len(MARKS),
        frameon=False,
        fontsize="small",
        labelcolor=INK,
    )


def tile(entry: Entry) -> str:
    """Return the picture of a method's best solution, with its name, cost and gap."""
    best = entry.best
    assert best is not None
    figure = Figure(figsize=(TILE, TILE), layout="constrained")
    ax = figure.subplots()
    plot_solution(entry.problem, best.x, ax)
    ax.set_title("")
    ax.set_xlabel("")
    gap = "" if best.gap is None else f" · gap {percent(best.gap)}"
    said = f"{number(best.fun)} {best.problem.unit}".rstrip() + gap
    caption = f"<figcaption><b>{text(entry.label)}</b><br>{text(said)}</figcaption>"
    return _figure(_picture(figure, "png"), f"{entry.label}: {said}", caption, "tile")


def _figure(source: str, alternative: str, caption: str, style: str) -> str:
    image = f'<img src="{source}" alt="{text(alternative)}">'
    return f'<figure class="{style}">{image}{caption}</figure>'


def _picture(figure: Figure, form: str) -> str:
    """Return a figure as a data URI, on no background."""
    file = BytesIO()
    # matplotlib stamps no date and draws no random ids, so that the same rows give the same page
    with rc_context({"svg.hashsalt": "hopopt"}):
        stamp = {"Date": None} if form == "svg" else {"Software": None}
        figure.savefig(
            file, format=form, dpi=TILE_DPI, transparent=True, metadata=stamp, bbox_inches="tight"
        )
    media = "svg+xml" if form == "svg" else form
    return f"data:image/{media};base64,{base64.b64encode(file.getvalue()).decode()}"
