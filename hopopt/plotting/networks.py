"""Pictures of a network itself: its landscape, its weights, its units and their links."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import ArrayLike, NDArray

from hopopt.core.matrices import real
from hopopt.core.network import Network
from hopopt.plotting.style import (
    FAINT,
    INK,
    OUTPUT,
    OUTPUTS,
    SIGNED_OUTPUTS,
    axes_or_new,
    colorbar,
    note,
)

Floats = NDArray[np.float64]

GRID = 81
LEVELS = 24
EDGE = 1e-3
BEYOND = 0.15
NAMED = 40
EXCITES, INHIBITS = OUTPUT, "#5E3C99"


def plot_landscape(
    network: Network,
    ax: Axes | None = None,
    *,
    plane: ArrayLike | None = None,
    paths: Sequence[ArrayLike] = (),
) -> Axes:
    """Draw E over the outputs of two units, or over a plane through three states, as contours.

    E = H(v) + g·L_T*(v): at T = 0, and without leak, H alone. Outputs that a domain does not have,
    beyond its bounds, stay white.

    Parameters
    ----------
    network : Network
        Of two units, unless a plane is given; no replicas.
    ax : Axes, optional
    plane : array_like, shape (3, *shape), optional
        Outputs a, b and c: the picture spans a + s·(b − a) + t·(c − a).
    paths : sequence of array_like, shape (steps, *shape)
        Outputs on the way to rest, drawn as lines; a dot marks where each ends. On a plane, their
        projections.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from hopopt import Quadratic, Tanh
    >>> network = Network(Quadratic([[0.0, -1.0], [-1.0, 0.0]]), Tanh(), T=0.3)
    >>> ax = plot_landscape(network, Figure().subplots(), paths=[[[0.1, 0.3], [0.9, 0.9]]])
    >>> ax.get_xlabel(), ax.get_title()
    ('v₁', 'energy E at T = 0.3')
    """
    origin, axes, names = _frame(network, plane)
    spread, low, high = _extent(network, plane, paths)
    ax = axes_or_new(ax)
    s = np.linspace(*(spread if plane is not None else (low, high)), GRID)
    x, y = np.meshgrid(s, s)
    v = (origin + x[..., None] * axes[0] + y[..., None] * axes[1]).reshape(-1, *network.shape)
    inside = ((v >= low - EDGE) & (v <= high + EDGE)).reshape(len(v), -1).all(-1)
    room = min(EDGE * (high - low), 0.5) if np.any(network.T) else 0.0
    at = np.clip(v, low + room, high - room)
    E = np.where(inside, network.energy.value(at) + network.conjugate(at), np.nan)
    image = ax.contourf(x, y, E.reshape(x.shape), LEVELS, cmap="viridis")
    ax.contour(x, y, E.reshape(x.shape), LEVELS, colors="white", linewidths=0.3, alpha=0.6)
    colorbar(ax, image, "E")
    for path in paths:
        points = _coordinates(np.asarray(path, dtype=float), origin, axes, network.shape)
        ax.plot(*points.T, "-", color=OUTPUT, linewidth=1.4)
        ax.plot(*points[-1], "o", color=OUTPUT, mec="white", mew=0.7, markersize=6, clip_on=False)
    ax.set(xlabel=names[0], ylabel=names[1], aspect="equal")
    T = float(np.max(network.T))
    note(ax, f"energy E at T = {T:g}" if T else "energy H of the discrete network")
    return ax


def _frame(network: Network, plane: ArrayLike | None) -> tuple[Floats, Floats, tuple[str, str]]:
    """Return the origin and the two directions of the picture, and their names."""
    if plane is None:
        if prod(network.shape) != 2:
            raise ValueError(
                f"network must have two units, or plane be given; got shape {network.shape}"
            )
        return np.zeros(2), np.eye(2), ("v₁", "v₂")
    states = real(plane, "plane")
    if states.shape != (3, *network.shape):
        raise ValueError(f"plane must have shape {(3, *network.shape)}; got {states.shape}")
    a, b, c = states.reshape(3, -1)
    axes = np.stack([b - a, c - a])
    if np.linalg.matrix_rank(axes) < 2:
        raise ValueError("plane must hold three states that are not on one line; got some that are")
    return a, axes, ("from a (0) to b (1)", "from a (0) to c (1)")


def _extent(
    network: Network, plane: ArrayLike | None, paths: Sequence[ArrayLike]
) -> tuple[tuple[float, float], float, float]:
    """Return how far the picture reaches on a plane, and the bounds of an output."""
    signs = np.ones(network.shape)
    spread = (-BEYOND, 1 + BEYOND)
    if network.lagrangian.bounded:
        ends = (network.lagrangian.vertex(sign * signs) for sign in (-1.0, 1.0))
        low, high = (float(end.ravel()[0]) for end in ends)
        if low < high:
            return spread, low, high
        return spread, 0.0, 1.0
    size = max([2.0, *(1.1 * float(np.abs(np.asarray(path)).max()) for path in paths)])
    if plane is not None:
        size = max(size, 10 * float(np.abs(np.asarray(plane)).max()))
    return spread, -size, size


def _coordinates(path: Floats, origin: Floats, axes: Floats, shape: tuple[int, ...]) -> Floats:
    """Return a path in the coordinates of the picture, by least squares."""
    if path.ndim != 1 + len(shape) or path.shape[1:] != shape:
        raise ValueError(f"paths must have shape (steps, *{shape}); got {path.shape}")
    away = path.reshape(len(path), -1) - origin
    return np.asarray(np.linalg.lstsq(axes.T, away.T)[0].T)


def plot_weights(
    weights: ArrayLike, ax: Axes | None = None, *, shape: tuple[int, int] | None = None
) -> Axes:
    """Draw a matrix of weights as an image: orange excites, purple inhibits, white does nothing.

    Parameters
    ----------
    weights : array_like, shape (N, N)
        Such as `AssociativeMemory.weights_`.
    ax : Axes, optional
    shape : (height, width), optional
        Of an image of N units: every unit's weights are then an image, and the N of them stand
        where their units are.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from hopopt import AssociativeMemory
    >>> memory = AssociativeMemory("hebb").fit([[1, 1, -1, -1]])
    >>> plot_weights(memory.weights_, Figure().subplots()).images[0].get_clim()
    (-1.0, 1.0)
    """
    W = _square_matrix(weights)
    if shape is not None:
        if prod(shape) != len(W):
            raise ValueError(f"shape must hold {len(W)} units; got {shape}")
        height, width = shape
        W = W.reshape(height, width, height, width).transpose(0, 2, 1, 3)
        W = W.reshape(height * height, width * width)
    ax = axes_or_new(ax)
    size = float(np.abs(W).max(initial=0)) or 1.0
    image = ax.imshow(W, cmap=SIGNED_OUTPUTS, vmin=-size, vmax=size, interpolation="nearest")
    if shape is None:
        ax.set(xlabel="from unit j", ylabel="to unit i")
    else:
        ax.set_xticks(np.arange(1, shape[1]) * shape[1] - 0.5, [])
        ax.set_yticks(np.arange(1, shape[0]) * shape[0] - 0.5, [])
        ax.grid(color=FAINT, linewidth=0.6)
        ax.tick_params(length=0)
    colorbar(ax, image, "w")
    note(ax, "weights" if shape is None else "the weights of every unit, where it is")
    return ax


def plot_network(
    weights: ArrayLike,
    state: ArrayLike | None = None,
    ax: Axes | None = None,
    *,
    names: Sequence[str] | None = None,
) -> Axes:
    """Draw units on a circle: orange links excite, purple ones inhibit, wide ones are strong.

    Parameters
    ----------
    weights : array_like, shape (N, N)
        Asymmetric ones are arrows, bent apart.
    state : array_like, shape (N,), optional
        Outputs that fill the units: dark is on.
    ax : Axes, optional
    names : sequence of str, optional
        Of the units; numbers by default, up to 40 units.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = plot_network([[0, 2, -1], [2, 0, 0], [-1, 0, 0]], [1, 1, -1], Figure().subplots())
    >>> len(ax.collections[0].get_segments()), ax.get_title()
    (2, '3 units, 2 links')
    """
    W = _square_matrix(weights)
    count = len(W)
    v = None if state is None else np.asarray(state, dtype=float)
    if v is not None and v.shape != (count,):
        raise ValueError(f"state must have shape ({count},); got {v.shape}")
    if names is not None and len(names) != count:
        raise ValueError(f"names must be {count}; got {len(names)}")
    ax = axes_or_new(ax)
    angles = np.pi / 2 - 2 * np.pi * np.arange(count) / count
    places = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    links = _draw_links(ax, W, places)
    radius = min(0.16, 1.6 / max(count, 1))
    fill: Any = "white" if v is None else OUTPUTS((v - v.min()) / (np.ptp(v) or 1.0))
    _draw_units(ax, places, radius, fill)
    texts = [str(k) for k in range(count)] if names is None else names
    for place, text in zip(places, texts, strict=True):
        if count <= NAMED:
            x, y = place * (1 + 1.7 * radius)
            ax.text(x, y, text, ha="center", va="center", size="small", color=INK)
    reach = 1.15 + 2 * radius
    ax.set(xticks=[], yticks=[], xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    ax.spines[:].set_visible(False)
    note(ax, f"{count} units, {links} links")
    return ax


def _draw_links(ax: Axes, W: Floats, places: Floats) -> int:
    """Draw every pair of units that is linked, or, where W is asymmetric, arrows; count them."""
    size = float(np.abs(W).max(initial=0)) or 1.0
    if not np.allclose(W, W.T):
        to, of = np.nonzero(W - np.diag(W.diagonal()))
        for i, j in zip(to, of, strict=True):
            style = {
                "arrowstyle": "-|>",
                "connectionstyle": "arc3,rad=0.15",
                "color": EXCITES if W[i, j] > 0 else INHIBITS,
                "lw": 0.4 + 2 * abs(W[i, j]) / size,
                "shrinkA": 10,
                "shrinkB": 12,
            }
            ax.annotate("", places[i], places[j], arrowprops=style, zorder=1)
        return len(to)
    to, of = np.nonzero(np.triu(W, 1))
    values = W[to, of]
    lines = LineCollection(
        list(np.stack([places[to], places[of]], axis=1)),
        colors=np.where(values > 0, EXCITES, INHIBITS).tolist(),
        linewidths=0.3 + 2.7 * np.abs(values) / size,
        alpha=0.8,
        zorder=1,
    )
    ax.add_collection(lines)
    return len(to)


def _draw_units(ax: Axes, places: Floats, radius: float, fill: Any) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Circle

    circles = PatchCollection([Circle((x, y), radius) for x, y in places], zorder=3)
    circles.set(facecolor=fill, edgecolor=INK, linewidth=0.9)
    ax.add_collection(circles)


def _square_matrix(weights: ArrayLike) -> Floats:
    W = real(np.asarray(weights), "weights")
    if W.ndim != 2 or W.shape[0] != W.shape[1] or not W.size:
        raise ValueError(f"weights must have shape (N, N); got {W.shape}")
    return W
