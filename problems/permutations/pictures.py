"""Pictures of assignments: costs that are paid, flows between places, matched edges."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize, to_rgba
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from hopopt.plotting import INK, OUTPUT, OUTPUTS, SOLUTION, axes_or_new, colorbar, note

Floats = NDArray[np.float64]
Order = NDArray[np.intp]

NAMED = 60


def plot_costs(costs: Floats, pairs: tuple[Order, Order], ax: Axes | None, *, title: str) -> Axes:
    """Draw the matrix of costs, and a ring around every cost that is paid."""
    ax = axes_or_new(ax)
    image = ax.imshow(costs, cmap="Greys", interpolation="none")
    size = float(np.clip(150 / len(costs), 1.5, 18))
    ax.plot(*pairs[::-1], "o", mfc="none", mec=OUTPUT, mew=1.6, ms=size)
    ax.set(xlabel="job", ylabel="worker")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(8, integer=True))
    colorbar(ax, image, "c")
    note(ax, title)
    return ax


def plot_flows(
    A: Floats, B: Floats, order: Order, ax: Axes | None, *, points: Floats | None, title: str
) -> Axes:
    """Draw flows A as lines between the places of their facilities, the strongest the darkest.

    Without points, the matrix of flow times distance is drawn, facilities in their own order: where
    it is dark, the cost arises.
    """
    ax = axes_or_new(ax)
    if points is None:
        share = A * B[np.ix_(order, order)]
        image = ax.imshow(share, cmap=OUTPUTS if share.min() >= 0 else "PuOr_r")
        ax.set(xlabel="facility", ylabel="facility")
        colorbar(ax, image, "AB")
    else:
        _draw_flows(ax, np.triu(A + A.T, 1), points[order])
        names = [str(facility + 1) for facility in range(len(points))]
        _draw_places(ax, points[order], names, 60, "facilities on their places, flows between them")
    note(ax, title)
    return ax


def _draw_flows(ax: Axes, flow: Floats, points: Floats) -> None:
    i, j = np.nonzero(flow)
    rank = np.argsort(flow[i, j])
    i, j = i[rank], j[rank]
    strength = Normalize(0, float(flow.max(initial=1.0)))(flow[i, j])
    colours = np.tile(to_rgba(SOLUTION), (len(i), 1))
    colours[:, 3] = 0.9 * np.asarray(strength) ** 3
    lines = np.stack([points[i], points[j]], axis=1)
    ax.add_collection(LineCollection(list(lines), colors=colours, linewidths=2.2))


def _draw_places(ax: Axes, points: Floats, names: Sequence[str], size: float, caption: str) -> None:
    """Draw white discs with names in them, on a plane without ticks."""
    disc = float(np.clip(size / np.sqrt(len(points)), 3, 16))
    ax.plot(*points.T, "o", mfc="white", mec=INK, ms=disc, zorder=3)
    if len(points) <= NAMED:
        for name, point in zip(names, points.tolist(), strict=True):
            ax.annotate(name, point, ha="center", va="center", fontsize=6.5, zorder=4)
    ax.set_aspect("equal", adjustable="datalim")
    ax.set(xticks=[], yticks=[], xlabel=caption)
    ax.xaxis.label.set(size="small", color=INK)
    ax.margins(0.1)


def plot_matching(
    weights: Floats,
    matched: NDArray[np.bool_],
    partners: Sequence[str],
    ax: Axes | None,
    *,
    points: Floats | None,
    title: str,
) -> Axes:
    """Draw a graph, its matched edges strong and its nodes named by their partners.

    Parameters
    ----------
    weights : array, shape (n, n)
        Of the graph's edges, 0 for none.
    matched : array of bool, shape (n, n)
        Which edges fall on edges of the other graph.
    partners : sequence of str
    ax : Axes or None
    points : array, shape (n, 2), or None
        Where the nodes are drawn; None lays them out.
    title : str
    """
    ax = axes_or_new(ax)
    if points is None:
        places = nx.spring_layout(nx.from_numpy_array(weights), seed=0)
        points = np.array([places[k] for k in range(len(weights))])
    i, j = np.nonzero(np.triu(weights, 1))
    strong = matched[i, j]
    for chosen, colour, style in ((strong, SOLUTION, "-"), (~strong, OUTPUT, ":")):
        lines = np.stack([points[i[chosen]], points[j[chosen]]], axis=1)
        ax.add_collection(
            LineCollection(list(lines), colors=colour, linewidths=1.4, linestyles=style)
        )
    _draw_places(ax, points, partners, 70, "first graph, nodes named by their partners")
    note(ax, title)
    return ax
