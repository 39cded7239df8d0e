"""Pictures of graphs and couplings with a solution on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from hopopt.plotting import (
    FAINT,
    INK,
    OUTPUT,
    SIGNED_OUTPUTS,
    SOLUTION,
    axes_or_new,
    colorbar,
    headline,
    note,
)

if TYPE_CHECKING:
    from hopopt import Problem

SIDES = (SOLUTION, OUTPUT)
LAID_OUT = 400
PIXELS = 400
NAMED = 40


def plot_graph(
    problem: Any, sides: NDArray[np.intp], cut: NDArray[np.bool_], cost: float, ax: Axes | None
) -> Axes:
    """Draw a graph with its nodes in the colours of their sides, cut edges strong, others faint.

    `problem` has `size`, `labels`, `edges` and perhaps `points`; without them small graphs are laid
    out by forces, and large ones on a circle, side by side.
    """
    ax = axes_or_new(ax)
    points = _layout(problem, sides)
    i, j = problem.edges
    ends = np.stack([points[i], points[j]], axis=1)
    width = float(np.clip(60 / np.sqrt(max(1, len(i))), 0.15, 1.5))
    ax.add_collection(LineCollection(list(ends[~cut]), colors=FAINT, linewidths=width, zorder=1))
    ax.add_collection(LineCollection(list(ends[cut]), colors=INK, linewidths=width, zorder=2))
    radius = float(np.clip(3000 / max(1, problem.size), 3, 120))
    colours = np.array(SIDES)[sides]
    ax.scatter(
        points[:, 0],
        points[:, 1],
        s=radius,
        c=colours,
        edgecolors="white",
        linewidths=0.4,
        zorder=3,
    )
    if problem.size <= NAMED:
        for label, point in zip(problem.labels, points.tolist(), strict=True):
            ax.annotate(
                str(label), point, ha="center", va="center", fontsize=6, color="white", zorder=4
            )
    ax.set(xticks=[], yticks=[], aspect="equal")
    ax.autoscale_view()
    return titled(ax, problem, cost)


def titled(ax: Axes, problem: Problem, cost: float) -> Axes:
    """Write instance, size, cost and gap above a picture."""
    gap = None
    if problem.optimum:
        gap = problem.loss(cost - problem.optimum) / abs(problem.optimum)
    note(ax, headline(problem.instance, cost, gap, f"n = {problem.size}"))
    return ax


def _layout(problem: Any, sides: NDArray[np.intp]) -> NDArray[np.float64]:
    if getattr(problem, "points", None) is not None:
        return np.asarray(problem.points, dtype=float)
    if problem.size <= LAID_OUT:
        G: nx.Graph[int] = nx.empty_graph(problem.size)
        G.add_edges_from(zip(*(end.tolist() for end in problem.edges), strict=True))
        placed = nx.spring_layout(G, seed=0)
        return np.array([placed[k] for k in range(problem.size)]).reshape(-1, 2)
    rank = np.empty(problem.size)
    rank[np.argsort(sides, kind="stable")] = np.arange(problem.size)
    angle = 2 * np.pi * rank / problem.size
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def plot_couplings(
    problem: Problem, matrix: Any, up: ArrayLike, cost: float, ax: Axes | None
) -> Axes:
    """Draw a matrix of couplings, symmetrised, with the variables that are `up` first.

    A line parts them from the others; large matrices are averaged into 400 × 400 cells.
    """
    ax = axes_or_new(ax)
    up = np.asarray(up, dtype=bool)
    order = np.argsort(~up, kind="stable")
    cells = _cells(matrix, order)
    size = float(np.abs(cells).max(initial=0)) or 1.0
    n = len(order)
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
    word = "1" if problem.name == "qubo" else "up"
    ax.set_xlabel(f"variables, the {int(up.sum())} that are {word} first", fontsize="small")
    colorbar(ax, image, "Q" if problem.name == "qubo" else "J")
    return titled(ax, problem, cost)


def _cells(matrix: Any, order: NDArray[np.intp]) -> NDArray[np.float64]:
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
