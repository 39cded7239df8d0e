"""Pictures of assignments: flows between places, and permuted matrices side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize, to_rgba
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from hopopt.plotting import INK, OUTPUT, OUTPUTS, SOLUTION, axes_or_new, colorbar
from problems.shared.pictures import titled

if TYPE_CHECKING:
    from problems.permutations.assignment import LinearAssignment
    from problems.permutations.matching import GraphMatching
    from problems.permutations.qap import QuadraticAssignment

Floats = NDArray[np.float64]

NAMED = 60


def plot_placement(problem: QuadraticAssignment, x: Any, ax: Axes | None) -> Axes:
    """Draw flows as lines between the places of their facilities, the strongest the darkest.

    Without points, the matrix of flow times distance is drawn, facilities in their own order: where
    it is dark, the cost arises.
    """
    ax = axes_or_new(ax)
    order = problem.order(x)
    if problem.points is None:
        share = problem.A * problem.B[np.ix_(order, order)]
        image = ax.imshow(share, cmap=OUTPUTS if share.min() >= 0 else "PuOr_r")
        ax.set(xlabel="facility", ylabel="facility")
        colorbar(ax, image, "AB")
    else:
        _draw_flows(ax, problem, problem.points[order], order)
    return titled(ax, problem, problem.cost(x))


def _draw_flows(
    ax: Axes, problem: QuadraticAssignment, points: Floats, order: NDArray[np.intp]
) -> None:
    flow = np.triu(problem.A + problem.A.T, 1)
    i, j = np.nonzero(flow)
    rank = np.argsort(flow[i, j])
    i, j = i[rank], j[rank]
    strength = Normalize(0, float(flow.max(initial=1.0)))(flow[i, j])
    colours = np.tile(to_rgba(SOLUTION), (len(i), 1))
    colours[:, 3] = 0.9 * np.asarray(strength) ** 3
    lines = np.stack([points[i], points[j]], axis=1)
    ax.add_collection(LineCollection(list(lines), colors=colours, linewidths=2.2))
    size = float(np.clip(60 / np.sqrt(len(points)), 3, 16))
    ax.plot(*points.T, "o", mfc="white", mec=INK, ms=size, zorder=3)
    if len(points) <= NAMED:
        for facility, point in enumerate(points):
            ax.annotate(
                str(facility + 1), tuple(point), ha="center", va="center", fontsize=6.5, zorder=4
            )
    ax.set_aspect("equal", adjustable="datalim")
    ax.set(xticks=[], yticks=[], xlabel="facilities on their places, flows between them")
    ax.xaxis.label.set(size="small", color=INK)
    ax.margins(0.1)


def plot_matching(problem: GraphMatching, x: Any, ax: Axes | None) -> Axes:
    """Draw the first graph, its matched edges strong and its nodes named by their partners."""
    ax = axes_or_new(ax)
    n = len(problem.nodes)
    weights = problem.A[:n, :n]
    order = problem.order(x)
    matched = -problem.B[np.ix_(order, order)][:n, :n] > 0
    points = problem.points
    if points is None:
        places = nx.spring_layout(nx.from_numpy_array(weights), seed=0)
        points = np.array([places[k] for k in range(n)])
    i, j = np.nonzero(np.triu(weights, 1))
    for chosen, colour, style in ((matched[i, j], SOLUTION, "-"), (~matched[i, j], OUTPUT, ":")):
        lines = np.stack([points[i[chosen]], points[j[chosen]]], axis=1)
        ax.add_collection(
            LineCollection(list(lines), colors=colour, linewidths=1.4, linestyles=style)
        )
    size = float(np.clip(70 / np.sqrt(n), 3, 16))
    ax.plot(*points.T, "o", mfc="white", mec=INK, ms=size, zorder=3)
    if n <= NAMED:
        for node, point in zip(problem.nodes, points.tolist(), strict=True):
            text = str(x.get(node, "")) if isinstance(x, dict) else ""
            ax.annotate(text, point, ha="center", va="center", fontsize=6.5, zorder=4)
    ax.set_aspect("equal", adjustable="datalim")
    ax.set(xticks=[], yticks=[], xlabel="first graph, nodes named by their partners")
    ax.xaxis.label.set(size="small", color=INK)
    ax.margins(0.1)
    return titled(ax, problem, problem.cost(x))


def plot_costs(problem: LinearAssignment, x: Any, ax: Axes | None) -> Axes:
    """Draw the matrix of costs, and a ring around every cost that is paid."""
    ax = axes_or_new(ax)
    image = ax.imshow(problem.costs, cmap="Greys", interpolation="none")
    size = float(np.clip(150 / problem.size, 1.5, 18))
    ax.plot(
        problem.order(x), np.arange(problem.size), "o", mfc="none", mec=OUTPUT, mew=1.6, ms=size
    )
    ax.set(xlabel="job", ylabel="worker")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(8, integer=True))
    colorbar(ax, image, "c")
    return titled(ax, problem, problem.cost(x))
