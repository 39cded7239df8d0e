"""Distances laid out for the search: nodes in an order that keeps near ones together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hopopt.core import TimeUp, now
from problems.tours.balanced import balanced
from problems.tours.distances import Distances, MatrixDistances, PointDistances
from problems.tours.linked import Linked
from problems.tours.linkern import metric
from problems.tours.merged import Merged

Array = NDArray[Any]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

KINDS = {
    "euclidean": metric.EUCLIDEAN,
    "minkowski": metric.EUCLIDEAN,
    "seuclidean": metric.EUCLIDEAN,
    "mahalanobis": metric.EUCLIDEAN,
    "EUC_2D": metric.ROUNDED,
    "EUC_3D": metric.ROUNDED,
    "CEIL_2D": metric.CEILING,
    "ATT": metric.PSEUDO,
    "cityblock": metric.MANHATTAN,
    "MAN_2D": metric.ROUNDED_MANHATTAN,
    "MAN_3D": metric.ROUNDED_MANHATTAN,
    "chebyshev": metric.MAXIMUM,
    "MAX_2D": metric.ROUNDED_MAXIMUM,
    "MAX_3D": metric.ROUNDED_MAXIMUM,
    "sqeuclidean": metric.SQUARED,
    "cosine": metric.SQUARED,
    "correlation": metric.SQUARED,
    "great-circle": metric.GREAT_CIRCLE,
    "GEO": metric.GEOGRAPHICAL,
    "GEOM": metric.METRES,
    "FLOOR_2D": metric.FLOOR,
    "FLOOR_3D": metric.FLOOR,
}
HALVED = ("cosine", "correlation")
TABLE_NODES = 6000
BITS = 20


class Layout:
    """The nodes of a search: the cities, or for asymmetric distances two of each.

    A directed tour is one of twice as many nodes: city k becomes 2k, where edges arrive, and
    2k + 1, whence they leave, joined by an edge that stays (Jonker & Volgenant 1983), unless what
    tells the directions apart cancels along every closed tour (`balanced`). Edges that must be
    taken stay as well.

    Attributes
    ----------
    n : int
        How many nodes.
    city : array of int
        The city of each row of nodes, along a Hilbert curve where there are coordinates.
    links : array of int, shape (m, 2)
        Nodes whose edge stays.
    gate : bool
        Whether the last node is the gate, next to all others.
    thrifty : bool
        Whether the time is short for so many distances: points then stand for what the metric may
        make of them, candidates are not chosen by reduced distances, and no table is made.
    """

    def __init__(self, distances: Distances, thrifty: bool = False) -> None:
        if not (distances.symmetric or isinstance(distances, Linked)):
            distances = distances if thrifty else balanced(distances)
        self.distances, self.directed, self.thrifty = distances, not distances.symmetric, thrifty
        inner = distances.base if isinstance(distances, Linked) else distances
        self.gate = isinstance(distances, Linked) and distances.has_gate
        cities, places = np.arange(inner.n), self._places(inner)
        if places is not None:
            cities = hilbert(places[: inner.n])
        self.city = np.append(cities, inner.n) if self.gate else cities
        self.inner, self.rank = inner, np.argsort(self.city)
        self.n = (1 + self.directed) * len(self.city)
        self.links = self._links()

    def _links(self) -> Ints:
        links = np.zeros((0, 2), dtype=np.intp)
        if isinstance(self.distances, Linked):
            links = self.rank[self.distances.links]
        if not self.directed:
            return links
        m = np.arange(len(self.city))
        return np.vstack([np.stack([2 * m, 2 * m + 1], axis=1), 2 * links + [1, 0]])

    def _places(self, inner: Distances) -> Floats | None:
        """Return coordinates that near neighbours are looked up by."""
        if self.distances.coordinates is not None or not isinstance(inner, PointDistances):
            return self.distances.coordinates
        many = inner.metric in HALVED and inner.n > TABLE_NODES
        columns = inner.columns.T if self.thrifty or many else None
        return np.vstack([columns, columns[:1]]) if columns is not None and self.gate else columns

    @property
    def geometry(self) -> Floats | None:
        """Coordinates of the cities, row by row, that near neighbours are looked up by."""
        places = self._places(self.inner)
        return None if places is None else places[self.city]

    @property
    def points(self) -> Floats | None:
        """Coordinates of the nodes, where they are the cities."""
        return None if self.directed else self.geometry

    def apart(self, i: Any, j: Any) -> Floats:
        """Return the distances of nodes, elementwise; those of links count for nothing."""
        i, j = np.broadcast_arrays(i, j)
        if self.directed:
            leaves, arrives = np.where(i & 1, i, j) >> 1, np.where(i & 1, j, i) >> 1
            far = (i ^ j) & 1 == 0
            away = self._between(self.city[leaves], self.city[arrives])
            return np.where(far, metric.FAR, away)
        return self._between(self.city[i], self.city[j])

    def _between(self, a: Ints, b: Ints) -> Floats:
        last = self.inner.n - 1
        away = np.asarray(self.inner(np.minimum(a, last), np.minimum(b, last)), dtype=float)
        return np.where((a > last) | (b > last), 0.0, away) if self.gate else away

    def encode(self, order: Ints) -> Ints:
        """Return a tour of the cities as one of the nodes."""
        rows = self.rank[order]
        return np.stack([2 * rows, 2 * rows + 1], axis=1).ravel() if self.directed else rows

    def decode(self, order: Ints) -> Ints:
        """Return a tour of the nodes as one of the cities."""
        if not self.directed:
            return np.asarray(self.city[order])
        forth = order[1] == order[0] + 1 if order[0] % 2 == 0 else order[-1] == order[0] - 1
        rows = order[order % 2 == 0] >> 1
        return np.asarray(self.city[rows if forth else rows[::-1]])

    def table(self, prices: Floats) -> tuple[int, Any]:
        """Return how `metric.between` reads the distances, with prices: the kind and the numbers.

        The numbers are a `Lookup`, for the interpreter only, where no kind and no matrix fits.
        """
        rows = self._rows()
        if rows is not None:
            kind, columns = rows
            where = np.zeros((self.n, 4))
            where[:, : len(columns)], where[:, 3] = columns.T, prices
            if kind in (metric.GREAT_CIRCLE, metric.METRES):
                where[:, 2] = np.cos(where[:, 0])
            return kind + (metric.GATED if self.gate else 0), where.ravel()
        m = len(self.city)
        if self.looked_up:
            return metric.ROW + self.n, Lookup(self, prices)
        step = 2 if self.directed else 1
        matrix = self.matrix() + prices[step - 1 :: step, None] + prices[None, ::step]
        return -m if self.directed else metric.ROW + m, matrix.ravel()

    @property
    def looked_up(self) -> bool:
        """Whether distances are asked for one by one, which numba cannot do."""
        many = not self.directed and len(self.city) > TABLE_NODES
        return self._rows() is None and (self.thrifty or many)

    def matrix(self) -> Floats:
        """Return the distances from row to column, in the order of the rows of nodes."""
        rows, step = np.arange(len(self.city)), 2 if self.directed else 1
        if not self.gate and self._places(self.inner) is None:
            return self.inner.matrix()
        return self.apart(step * rows[:, None] + step - 1, step * rows[None, :])

    def _rows(self) -> tuple[int, Floats] | None:
        """Return the kind and the columns of the points, where `metric` knows the distances."""
        inner, cities = self.inner, np.minimum(self.city, self.inner.n - 1)
        base = inner.base if isinstance(inner, Merged) else inner
        if isinstance(inner, Merged):
            cities = inner.representatives[cities]
        if self.directed or not isinstance(base, PointDistances):
            return None
        kind = KINDS.get(base.metric) if isinstance(base.metric, str) else None
        columns = base.columns
        if kind is None or len(columns) > 3:
            return None
        scale = np.sqrt(0.5) if base.metric in HALVED else 1.0
        return kind, scale * columns[:, cities]


class Lookup:
    """Distances asked for one by one, and remembered: item i·n + j is that of nodes i and j.

    Attributes
    ----------
    end : float
        When to raise `TimeUp` instead, in seconds of the clock.
    """

    end: float = np.inf

    def __init__(self, layout: Layout, prices: Floats) -> None:
        self.layout, self.prices = layout, prices.tolist()
        told = isinstance(layout.inner, MatrixDistances) and not layout.gate
        self.matrix = layout.matrix() if told else None
        self.known: dict[int, float] = {}

    def __getitem__(self, index: int) -> float:
        away = self.known.get(index)
        if away is None:
            if now() > self.end:
                raise TimeUp
            i, j = divmod(index, self.layout.n)
            away = self._ask(i, j) + self.prices[i] + self.prices[j]
            self.known[index] = away
        return away

    def _ask(self, i: int, j: int) -> float:
        matrix = self.matrix
        if matrix is None:
            return float(self.layout.apart(i, j))
        if not self.layout.directed:
            return float(matrix[i, j])
        if (i ^ j) & 1 == 0:
            return metric.FAR
        return float(matrix[i >> 1, j >> 1] if i & 1 else matrix[j >> 1, i >> 1])


def hilbert(points: Floats) -> Ints:
    """Return the order of points along a Hilbert curve through their two widest coordinates."""
    n, d = points.shape
    if d == 1:
        return np.argsort(points[:, 0], kind="stable")
    spread = points.max(axis=0) - points.min(axis=0)
    wide = np.sort(np.argsort(-spread, kind="stable")[:2])
    flat = points[:, wide] - points[:, wide].min(axis=0)
    cells = (flat / (flat.max() or 1.0) * (2**BITS - 1)).astype(np.int64)
    x, y = cells.T
    code = np.zeros(n, dtype=np.int64)
    s = 2 ** (BITS - 1)
    while s:
        right, up = (x & s) > 0, (y & s) > 0
        code += s * s * ((3 * right) ^ up)
        x, y = x & (s - 1), y & (s - 1)
        turned = right & ~up
        x, y = np.where(turned, s - 1 - x, x), np.where(turned, s - 1 - y, y)
        x, y = np.where(up, x, y), np.where(up, y, x)
        s >>= 1
    return np.argsort(code, kind="stable")
