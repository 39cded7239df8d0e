"""Pictures of couplings, of heaps of numbers, and of items in a knapsack."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from scipy import sparse

from hopopt.plotting import (
    FAINT,
    INK,
    OUTPUT,
    SIGNED_OUTPUTS,
    SOLUTION,
    axes_or_new,
    colorbar,
    note,
)

Floats = NDArray[np.float64]
Chosen = NDArray[np.bool_]

PIXELS = 400


def plot_couplings(
    matrix: Any,
    up: Chosen,
    ax: Axes | None,
    *,
    title: str,
    symbol: str = "J",
    word: str = "up",
) -> Axes:
    """Draw a matrix of couplings, symmetrised, with the variables that are `up` first.

    A line parts them from the others; large matrices are averaged into 400 × 400 cells. `symbol`
    is the matrix's, `word` what the axis calls the first ones.
    """
    ax = axes_or_new(ax)
    cells = _cells(matrix, np.argsort(~up, kind="stable"))
    size = float(np.abs(cells).max(initial=0)) or 1.0
    n = len(up)
    image = ax.imshow(
        cells,
        cmap=SIGNED_OUTPUTS,
        vmin=-size,
        vmax=size,
        extent=(0, n, n, 0),
        interpolation="none",
    )
    for line in (ax.axhline, ax.axvline):
        line(float(up.sum()), color=INK, lw=0.8)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set_xlabel(f"variables, the {int(up.sum())} that are {word} first", fontsize="small")
    colorbar(ax, image, symbol)
    note(ax, title)
    return ax


def _cells(matrix: Any, order: NDArray[np.intp]) -> Floats:
    """Return the matrix in this order, averaged into at most PIXELS × PIXELS cells."""
    n = len(order)
    rank = np.empty(n, dtype=np.intp)
    rank[order] = np.arange(n)
    side = min(n, PIXELS)
    bins = rank * side // n
    entries = sparse.coo_array(matrix)
    total = np.zeros((side, side))
    np.add.at(total, (bins[entries.coords[0]], bins[entries.coords[1]]), entries.data / 2)
    total += total.T
    count = np.bincount(bins, minlength=side)
    return total / np.outer(count, count)


def plot_heaps(numbers: Floats, first: Chosen, ax: Axes | None, *, title: str) -> Axes:
    """Draw two heaps of numbers as stacked bars, the largest numbers below."""
    ax = axes_or_new(ax)
    for place, (side, colour) in enumerate(((first, SOLUTION), (~first, OUTPUT))):
        heap = np.sort(numbers[side])[::-1]
        bottom = np.concatenate([[0.0], np.cumsum(heap)[:-1]]) if len(heap) else heap
        ax.bar(
            np.full(len(heap), place),
            heap,
            bottom=bottom,
            width=0.7,
            color=colour,
            edgecolor="white",
            linewidth=0.4,
        )
    ax.set(xticks=[0, 1], xticklabels=["first heap", "second heap"], ylabel="sum")
    note(ax, title)
    return ax


def plot_items(
    weights: NDArray[Any],
    values: Floats,
    taken: Chosen,
    ax: Axes | None,
    *,
    capacity: float,
    title: str,
    labels: tuple[str, str] = ("weight", "value"),
) -> Axes:
    """Draw items by weight and value, those taken filled; the axis's title has the load."""
    ax = axes_or_new(ax)
    for chosen, colour in ((~taken, FAINT), (taken, SOLUTION)):
        ax.scatter(
            weights[chosen],
            values[chosen],
            s=36,
            c=colour,
            edgecolors=INK,
            linewidths=0.5,
            zorder=2 + int(chosen is taken),
        )
    load = int(weights[taken].sum())
    ax.set(xlabel=f"{labels[0]} (taken: {load} of {capacity})", ylabel=labels[1])
    ax.set_xlim(left=0)
    ax.set_ylim(bottom=0)
    note(ax, title)
    return ax
