"""Pictures of tours, and of the outputs of the networks that find them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from hopopt.plotting import (
    INK,
    OUTPUT,
    SOLUTION,
    Names,
    axes_or_new,
    note,
    plot_matrix,
)
from problems.tours.distances import Distances
from problems.tours.embedding import embed
from problems.tours.encoders import tour_of
from problems.tours.globe import HALF, arc, draw_grid, longitudes_latitudes, split

Floats = NDArray[np.float64]
Order = NDArray[np.intp]

NAMED_CITIES = 400
NUMBERED_CITIES = 20
MANY_UNITS = 400
START = 9.0
EMBEDDED = "embedded by classical scaling of the distances"

_EMBEDDED: WeakKeyDictionary[Distances, Floats] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Cities:
    """What a picture needs of the cities.

    Attributes
    ----------
    distances : Distances
    labels : sequence of hashable
        The cities' names.
    points : array, shape (n, 2), optional
        Where to draw them; without, they are embedded by their distances.
    geographic : bool, default False
        Whether `points` are (longitude, latitude).
    """

    distances: Distances
    labels: Sequence[Hashable]
    points: Floats | None = None
    geographic: bool = False

    @property
    def on_map(self) -> bool:
        """Whether they are drawn by longitude and latitude."""
        return self.geographic and self.points is not None

    @property
    def embedded(self) -> bool:
        """Whether there is nothing to draw them by but their distances."""
        return self.points is None and self.distances.coordinates is None

    @property
    def box(self) -> Floats:
        """The cities in the unit box where rings live; embedded once for each instance."""
        if self.distances not in _EMBEDDED:
            _EMBEDDED[self.distances] = embed(self.distances)
        return _EMBEDDED[self.distances]

    @property
    def places(self) -> Floats:
        """Where to draw them, shape (n, 2); longitudes from −180 to 180."""
        if self.points is None:
            return _plane(self.box)
        if not self.geographic:
            return self.points
        lon, lat = self.points.T
        return np.stack([(lon + HALF) % (2 * HALF) - HALF, lat], axis=1)

    @property
    def sphere(self) -> tuple[Floats, float] | None:
        """The corner and the size of the unit box on the globe; None for cities off the map."""
        vectors = self.distances.coordinates
        if not self.on_map or vectors is None or vectors.shape[1] != 3:
            return None
        size = float(np.ptp(vectors, axis=0).max())
        return vectors.min(axis=0), size if size > 0 else 1.0


def plot_tour(
    cities: Cities, order: Order, ax: Axes | None = None, *, closed: bool = True, title: str
) -> Axes:
    """Draw a tour over its cities; a ring marks its start, an arrow its way if asymmetric.

    Geographic cities are drawn by longitude and latitude, joined by great circles. Cities without
    points are embedded, which the axes say.
    """
    ax = axes_or_new(ax)
    points = cities.places
    pieces = _edges(points, order, cities.on_map, closed)
    width = _shrunk(20, len(points), 0.45, 1.5)
    ax.add_collection(LineCollection(pieces, colors=SOLUTION, linewidths=width, zorder=2))
    _draw_cities(ax, points)
    _draw_names(ax, cities.labels, points, pieces, order[:1])
    if cities.on_map:
        draw_grid(ax, np.vstack([points, *pieces]))
    else:
        _draw_plane(ax, cities.embedded)
    if len(order):
        ax.plot(*points[order[0]], "o", mfc="none", mec=INK, ms=START, mew=0.9, zorder=4)
    if not cities.distances.symmetric:
        _draw_arrow(ax, pieces)
    note(ax, title)
    return ax


def plot_output(
    cities: Cities,
    encoded: int,
    output: ArrayLike,
    ax: Axes | None,
    reference: ArrayLike | None = None,
    *,
    closed: bool = True,
) -> Axes:
    """Draw outputs V[city, position] of so many encoded cities, or a ring's units, or a chain's."""
    values, axes = np.asarray(output, dtype=float), cities.box.shape[1]
    if values.shape == (encoded, encoded):
        kept = values if reference is None else np.asarray(reference, dtype=float)
        return _plot_assignment(values, cities.labels, ax, kept)
    if values.ndim == 2 and values.shape[1] == axes and len(values):
        return _plot_ring(cities, values, ax, closed)
    raise ValueError(
        f"output must have shape ({encoded}, {encoded}), city × position, or "
        f"(units, {axes}), a ring; got {values.shape}"
    )


def _plot_assignment(
    V: Floats, labels: Sequence[Hashable], ax: Axes | None, reference: Floats
) -> Axes:
    """Draw V[city, position], its cities in the order that the reference decodes to.

    A tour is then the diagonal. Cities beyond the labels are the open end of a path.
    """
    order = tour_of(reference)
    ax = plot_matrix(V[order], ax)
    ax.set(aspect="equal", xlabel="position", ylabel="city, in the order of the tour")
    if len(V) <= NUMBERED_CITIES:
        known = [str(label) for label in labels]
        names = [known[k] if k < len(known) else "open end" for k in order]
        ax.set_yticks(range(len(V)), names)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    note(ax, "outputs V[city, position]")
    return ax


def _plot_ring(cities: Cities, ring: Floats, ax: Axes | None, closed: bool) -> Axes:
    """Draw a ring's units, or a chain's, in the unit box of `embed`, among the cities."""
    ax = axes_or_new(ax)
    line = np.vstack([ring, ring[:1]]) if closed else ring
    sphere = cities.sphere
    if sphere is None:
        points, units = _plane(cities.box), _plane(line)
        pieces = [units]
        _draw_plane(ax, embedded=cities.distances.coordinates is None)
    else:
        low, size = sphere
        points, units = cities.places, longitudes_latitudes(line * size + low)
        pieces = split(units)
        draw_grid(ax, points)
    _draw_cities(ax, points)
    width = _shrunk(20, len(points), 0.6, 1.2)
    ax.add_collection(LineCollection(pieces, colors=OUTPUT, linewidths=width, zorder=4))
    if len(ring) <= MANY_UNITS:
        ax.plot(*units.T, "o", color=OUTPUT, markersize=2.4, markeredgewidth=0, zorder=4)
    note(ax, f"a {'ring' if closed else 'chain'} of {len(ring)} units")
    return ax


def _plane(points: Floats) -> Floats:
    """Return the first two coordinates, 0 where there are fewer."""
    return np.pad(points, ((0, 0), (0, 2)))[:, :2]


def _edges(points: Floats, order: Order, on_map: bool, closed: bool) -> list[Floats]:
    """Return the tour's edges as polylines; the last one closes it, if it is closed."""
    ends = np.stack([points[order], points[np.roll(order, -1)]], axis=1)[: None if closed else -1]
    if len(order) < 2:
        return []
    if not on_map:
        return list(ends)
    return [piece for start, end in ends for piece in arc(start, end)]


def _draw_cities(ax: Axes, points: Floats) -> None:
    size = _dot_size(len(points))
    ax.plot(*points.T, "o", color=INK, markersize=size, markeredgewidth=0, zorder=3)


def _draw_names(
    ax: Axes, labels: Sequence[Hashable], points: Floats, edges: list[Floats], start: Order
) -> None:
    """Name the cities: all of a few, of many those whose names keep clear of the tour."""
    n, few = len(points), len(points) <= NUMBERED_CITIES
    if not 1 < n <= (NAMED_CITIES if isinstance(labels[0], str) else NUMBERED_CITIES):
        return
    offset = np.full(n, _dot_size(n) / 2 + 1.5)
    offset[start] = START / 2 + 1.5
    texts = [str(label) for label in labels]
    size = 7.5 if few else 5.5
    names = Names(ax, points, texts, size=size, offset=offset, lines=edges, over_lines=few)
    ax.add_artist(names)


def _dot_size(n: int) -> float:
    return _shrunk(34, n, 0.6, 4.5)


def _shrunk(size: float, n: int, least: float, most: float) -> float:
    """Return a size in points that shrinks as n grows, between two limits."""
    return float(np.clip(size / np.sqrt(n), least, most))


def _draw_arrow(ax: Axes, pieces: list[Floats]) -> None:
    """Draw an arrowhead on the first edge that has a length."""
    for piece in pieces:
        start, end = piece[0], piece[-1]
        if not np.array_equal(start, end):
            style = {"arrowstyle": "-|>", "color": SOLUTION, "lw": 0, "mutation_scale": 14}
            ax.annotate("", (start + 2 * end) / 3, start, arrowprops=style, zorder=4)
            return


def _draw_plane(ax: Axes, embedded: bool) -> None:
    """Set the view and the aspect of a plane; its coordinates mean little, so it has no ticks."""
    ax.set_aspect("equal", adjustable="datalim")
    ax.set(xticks=[], yticks=[])
    ax.margins(0.05)
    ax.autoscale_view()
    if embedded:
        ax.set_xlabel(EMBEDDED, fontsize="small", color=INK)
