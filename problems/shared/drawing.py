"""Pictures of graphs: nodes and links where they can be told apart, else the sorted matrix."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap, to_rgba
from numpy.typing import NDArray

from hopopt.plotting import FAINT, INK, Names, axes_or_new, headline, note
from problems.shared.graph_problem import GraphProblem

Floats = NDArray[np.float64]

LINKED_NODES = 1200
LINKED_DEGREE = 12.0
SMALL = 40
NAMED = 60
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#7F7F7F")
"""Wong's colours, for up to eight classes."""


def plot_classes(
    problem: GraphProblem, classes: NDArray[np.intp], cost: float, ax: Axes | None, unit: str
) -> Axes:
    """Draw a graph whose nodes belong to classes: links that join one class's nodes in black.

    Large or dense graphs are drawn as their adjacency matrix, sorted by class.
    """
    ax = axes_or_new(ax)
    count = int(classes.max(initial=0)) + 1
    if drawable(problem):
        inside = _same(problem, classes)
        draw_graph(ax, problem, palette(count)[classes], bold=inside if unit == "colours" else None)
    else:
        draw_blocks(ax, problem, classes)
    note(ax, headline(problem.instance, cost, gap(problem, cost), f"n = {problem.size}"))
    return ax


def plot_chosen(
    problem: GraphProblem, chosen: NDArray[np.bool_], cost: float, ax: Axes | None
) -> Axes:
    """Draw a graph whose chosen nodes are blue, and the links between them bold."""
    ax = axes_or_new(ax)
    if drawable(problem):
        i, j, _ = problem.edges()
        colours = np.where(chosen[:, None], to_rgba(PALETTE[0]), to_rgba("white"))
        draw_graph(ax, problem, colours, bold=chosen[i] & chosen[j])
    else:
        draw_blocks(ax, problem, (~chosen).astype(np.intp))
    note(ax, headline(problem.instance, cost, gap(problem, cost), f"n = {problem.size}"))
    return ax


def gap(problem: GraphProblem, cost: float) -> float | None:
    """Return how much worse a cost is than the known optimum, as a fraction of it."""
    if problem.optimum is None or not np.isfinite(cost) or not problem.optimum:
        return None
    return problem.loss(cost - problem.optimum) / abs(problem.optimum)


def palette(count: int) -> Floats:
    """Return `count` colours, shape (count, 4), as different as that many can be.

    Examples
    --------
    >>> palette(3).shape
    (3, 4)
    """
    if count <= len(PALETTE):
        return np.array([to_rgba(colour) for colour in PALETTE[:count]])
    hues = colormaps["gist_rainbow"](np.linspace(0, 1, count))
    shades = np.tile([1.0, 0.72], count)[:count, None]
    return np.concatenate([hues[:, :3] * shades, hues[:, 3:]], axis=1)


def drawable(problem: GraphProblem) -> bool:
    """Whether nodes and links would be more than a blot."""
    n, m = problem.size, problem.adjacency.nnz // 2
    return n <= SMALL or (n <= LINKED_NODES and 2 * m <= LINKED_DEGREE * n)


def draw_graph(
    ax: Axes, problem: GraphProblem, colours: Floats, bold: NDArray[np.bool_] | None = None
) -> None:
    """Draw nodes in their colours, and links, the bold ones dark."""
    points = _points(problem)
    i, j, _ = problem.edges()
    lines = np.stack([points[i], points[j]], axis=1)
    strong = np.zeros(len(i), dtype=bool) if bold is None else bold
    width = float(np.clip(14 / np.sqrt(max(1, len(i))), 0.25, 1.0))
    ax.add_collection(
        LineCollection(list(lines[~strong]), colors=FAINT, linewidths=width, zorder=1)
    )
    ax.add_collection(LineCollection(list(lines[strong]), colors=INK, linewidths=1.6, zorder=2))
    size = float(np.clip(60 / np.sqrt(problem.size), 1.8, 11.0))
    ax.scatter(
        points[:, 0],
        points[:, 1],
        s=size**2,
        c=colours,
        edgecolors=INK,
        linewidths=min(0.8, size / 8),
        zorder=3,
    )
    ax.set_aspect("equal", adjustable="datalim")
    ax.set(xticks=[], yticks=[])
    ax.margins(0.08)
    if 1 < problem.size <= NAMED:
        names = [str(label) for label in problem.labels]
        offset, links = size / 2 + 1, list(lines)
        ax.add_artist(
            Names(ax, points, names, size=6.5, offset=offset, lines=links, over_lines=True)
        )


def draw_blocks(ax: Axes, problem: GraphProblem, classes: NDArray[np.intp]) -> None:
    """Draw the adjacency matrix with the nodes sorted by class, and lines between the classes."""
    order = np.argsort(classes, kind="stable")
    place = np.argsort(order)
    matrix = problem.adjacency.tocoo()
    n = problem.size
    if n <= LINKED_NODES:
        image = np.zeros((n, n))
        image[place[matrix.row], place[matrix.col]] = 1
        shades = ListedColormap(["white", "#4C4C4C"])
        ax.imshow(image, cmap=shades, vmin=0, vmax=1, interpolation="none")
    else:
        ax.plot(place[matrix.col], place[matrix.row], ",", color="#4C4C4C")
        ax.set(xlim=(-0.5, n - 0.5), ylim=(n - 0.5, -0.5), aspect="equal")
    borders = np.flatnonzero(np.diff(classes[order])) + 0.5
    for border in borders:
        ax.axhline(border, color=PALETTE[5], lw=0.5)
        ax.axvline(border, color=PALETTE[5], lw=0.5)
    ax.set(xlabel="node, sorted by class", ylabel="adjacency matrix")
    ax.xaxis.label.set(size="small", color=INK)
    ax.yaxis.label.set(size="small", color=INK)


def _same(problem: GraphProblem, classes: NDArray[np.intp]) -> NDArray[np.bool_]:
    i, j, _ = problem.edges()
    return np.asarray(classes[i] == classes[j])


def _points(problem: GraphProblem) -> Floats:
    """Return the nodes' places, laid out by springs where the problem has none."""
    if problem.points is not None:
        return problem.points
    G: nx.Graph[Any] = nx.from_scipy_sparse_array(problem.adjacency)
    small = problem.size <= SMALL and nx.is_connected(G)
    places = nx.kamada_kawai_layout(G) if small else nx.spring_layout(G, seed=0)
    return np.array([places[k] for k in range(problem.size)])
