"""Pictures of graphs: nodes and links where they can be told apart, else the sorted matrix."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import networkx as nx
import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap, to_rgba
from numpy.typing import NDArray

from hopopt.plotting import FAINT, INK, Names, axes_or_new, note

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

LINKED_NODES = 1200
LINKED_DEGREE = 12.0
SMALL = 40
NAMED = 60
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#7F7F7F")
"""Wong's colours, for up to eight classes."""


def plot_graph(
    edges: tuple[Integers, Integers],
    classes: Integers,
    ax: Axes | None,
    *,
    labels: Sequence[Hashable],
    title: str,
    points: Floats | None = None,
    bold: NDArray[np.bool_] | None = None,
    colours: Sequence[str] = (),
) -> Axes:
    """Draw a graph whose nodes belong to classes; large or dense ones as their adjacency matrix.

    Parameters
    ----------
    edges : pair of int arrays, shape (m,)
        The ends of each edge.
    classes : array of int, shape (n,)
        The class of each node, from 0; a matrix is sorted by them.
    ax : Axes or None
    labels : sequence of hashable
        The names of the nodes.
    title : str
    points : array, shape (n, 2), optional
        Where the nodes are drawn; by default they are laid out.
    bold : array of bool, shape (m,), optional
        The edges to be drawn dark.
    colours : sequence of str, optional
        One a class; by default as many as there are classes (`palette`).
    """
    ax = axes_or_new(ax)
    if drawable(len(classes), len(edges[0])):
        shades = palette(int(classes.max(initial=0)) + 1)
        shown = np.array([to_rgba(colour) for colour in colours]) if colours else shades
        places = _layout(edges, len(classes)) if points is None else points
        _draw_links(ax, places, edges, bold)
        _draw_nodes(ax, places, shown[classes])
        if 1 < len(classes) <= NAMED:
            _draw_names(ax, places, edges, labels)
    else:
        _draw_blocks(ax, edges, classes)
    note(ax, title)
    return ax


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


def drawable(n: int, m: int) -> bool:
    """Whether n nodes and m links would be more than a blot."""
    return n <= SMALL or (n <= LINKED_NODES and 2 * m <= LINKED_DEGREE * n)


def _draw_links(
    ax: Axes,
    places: Floats,
    edges: tuple[Integers, Integers],
    bold: NDArray[np.bool_] | None,
) -> None:
    lines = np.stack([places[end] for end in edges], axis=1)
    strong = np.zeros(len(lines), dtype=bool) if bold is None else bold
    width = float(np.clip(14 / np.sqrt(max(1, len(lines))), 0.25, 1.0))
    faint, dark = list(lines[~strong]), list(lines[strong])
    ax.add_collection(LineCollection(faint, colors=FAINT, linewidths=width, zorder=1))
    ax.add_collection(LineCollection(dark, colors=INK, linewidths=1.6, zorder=2))


def _draw_nodes(ax: Axes, places: Floats, colours: Floats) -> None:
    size = _node_size(len(places))
    rim = min(0.8, size / 8)
    x, y = places.T
    ax.scatter(x, y, s=size**2, c=colours, edgecolors=INK, linewidths=rim, zorder=3)
    ax.set_aspect("equal", adjustable="datalim")
    ax.set(xticks=[], yticks=[])
    ax.margins(0.08)


def _draw_names(
    ax: Axes, places: Floats, edges: tuple[Integers, Integers], labels: Sequence[Hashable]
) -> None:
    lines = list(np.stack([places[end] for end in edges], axis=1))
    offset = _node_size(len(places)) / 2 + 1
    texts = [str(label) for label in labels]
    names = Names(ax, places, texts, size=6.5, offset=offset, lines=lines, over_lines=True)
    ax.add_artist(names)


def _node_size(n: int) -> float:
    return float(np.clip(60 / np.sqrt(n), 1.8, 11.0))


def _draw_blocks(ax: Axes, edges: tuple[Integers, Integers], classes: Integers) -> None:
    """Draw the adjacency matrix with the nodes sorted by class, and lines between the classes."""
    n, order = len(classes), np.argsort(classes, kind="stable")
    i, j = np.argsort(order)[np.stack(edges)]
    if n <= LINKED_NODES:
        image = np.zeros((n, n))
        image[i, j] = image[j, i] = 1
        shades = ListedColormap(["white", "#4C4C4C"])
        ax.imshow(image, cmap=shades, vmin=0, vmax=1, interpolation="none")
    else:
        ax.plot(np.append(i, j), np.append(j, i), ",", color="#4C4C4C")
        ax.set(xlim=(-0.5, n - 0.5), ylim=(n - 0.5, -0.5), aspect="equal")
    for border in np.flatnonzero(np.diff(classes[order])) + 0.5:
        ax.axhline(border, color=PALETTE[5], lw=0.5)
        ax.axvline(border, color=PALETTE[5], lw=0.5)
    ax.set(xlabel="node, sorted by class", ylabel="adjacency matrix")
    ax.xaxis.label.set(size="small", color=INK)
    ax.yaxis.label.set(size="small", color=INK)


def _layout(edges: tuple[Integers, Integers], n: int) -> Floats:
    """Return places for the nodes, laid out by springs."""
    G: nx.Graph[int] = nx.empty_graph(n)
    G.add_edges_from(zip(*(end.tolist() for end in edges), strict=True))
    small = n <= SMALL and nx.is_connected(G)
    places = nx.kamada_kawai_layout(G) if small else nx.spring_layout(G, seed=0)
    return np.array([places[k] for k in range(n)]).reshape(-1, 2)
