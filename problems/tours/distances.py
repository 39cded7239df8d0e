"""How far two cities are: a matrix, or points and a metric, behind one callable.

A `Distances` answers d(i, j) for whole arrays of cities. Where points are known no n × n matrix
is formed: an evaluation takes memory in proportion to the pairs that are asked for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.spatial import distance

from hopopt.core import numbers
from problems.shared.frames import lone_triangle, ways
from problems.shared.magnitudes import APART, exponent, moderate, ranked, tour_in
from problems.tours.metrics import METRICS, TSPLIB_METRICS, Metric, checked_metric, refuse_first
from problems.tours.order import as_tour

__all__ = [
    "TSPLIB_METRICS",
    "Distances",
    "MatrixDistances",
    "PointDistances",
    "both_ways",
]

Floats = NDArray[np.float64]

UNITS = {"great-circle": "km", "GEO": "km", "GEOM": "m"}
_BLOCK = 2**20
_LARGEST, _LARGEST_SQUARED = 1e300, 1e150
_NOISE = 1e-12
_SAMPLE = 64


class Distances(ABC):
    """Distances between n cities, numbered 0 … n − 1.

    Attributes
    ----------
    n : int
        The number of cities, at least 1.
    symmetric : bool
        Whether d(i, j) = d(j, i) for every pair.
    coordinates : array, shape (n, d), or None
        Points whose Euclidean geometry follows the distances, for neighbours and pictures: the
        planar or spatial points, or points of the unit sphere for geographical distances.
    unit : str
        "km" or "m" for geographical distances, else empty.
    partial : bool
        Whether a distance may be infinite, which is a way that is missing.
    factor : float
        How many times as long given distances are as these, which are their `ranked` ones.

    Examples
    --------
    >>> d = MatrixDistances([[0, 1, 9], [1, 0, 2], [9, 2, 0]])
    >>> d.n, d.symmetric, float(d(0, 2)), d.tour_length([0, 1, 2])
    (3, True, 9.0, 12.0)
    """

    unit: str = ""
    n: int
    symmetric: bool
    coordinates: Floats | None
    partial: bool = False
    factor: float = 1.0
    _width: int = 1

    @abstractmethod
    def __call__(self, i: ArrayLike, j: ArrayLike) -> Floats:
        """Return d(i, j) elementwise; `i` and `j` are integers in 0 … n − 1 that broadcast.

        Infinity is a way that does not exist.
        """

    def ranked(self) -> Distances:
        """Return finite distances of moderate size that rank tours alike; these, where they do.

        A tour without a missing way is `factor` times as long by the given ones.
        """
        return self

    def longest(self) -> float:
        """Return the longest distance, or somewhat more where that takes less time."""
        everyone = np.arange(self.n)
        return max(float(self(city, everyone).max()) for city in everyone)

    def matrix(self) -> Floats:
        """Return all distances, shape (n, n), with a zero diagonal; 8·n² bytes."""
        everyone = np.arange(self.n)
        result = np.empty((self.n, self.n))
        step = max(1, _BLOCK // (self.n * self._width))
        for start in range(0, self.n, step):
            rows = everyone[start : start + step, None]
            result[start : start + step] = self(rows, everyone[None, :])
        return result

    def tour_length(self, order: ArrayLike) -> float:
        """Return Σ d(order[k], order[k + 1]) around the closed tour `order`.

        Raises
        ------
        TypeError, ValueError
            If `order` is not a permutation of range(n).
        """
        tour = as_tour(order, self.n)
        return float(self(tour, np.roll(tour, -1)).sum())


class MatrixDistances(Distances):
    """Distances read off an n × n matrix; d(i, j) is the entry in row i, column j.

    Parameters
    ----------
    matrix : array_like or sparse, shape (n, n)
        Numbers ≥ 0 off the diagonal, infinite where there is no way; it is copied, and its diagonal
        is ignored. A sparse matrix has ways where it has entries, zeros among them.

    Raises
    ------
    ValueError
        If the entries are not real numbers, the matrix is not square, or an entry off the diagonal
        is negative, beyond rounding, or NaN.

    Examples
    --------
    >>> d = MatrixDistances([[0, 3, 5], [4, 0, 1], [2, 6, 0]])
    >>> d.symmetric, d.tour_length([0, 1, 2])
    (False, 6.0)
    """

    def __init__(self, matrix: Any) -> None:
        entries = _real(ways(matrix, np.inf), "matrix")
        if entries.shape[0] != entries.shape[1]:
            raise ValueError(f"matrix must be square, got shape {entries.shape}")
        np.fill_diagonal(entries, 0)
        refuse_first(np.isnan(entries), entries, "matrix", "finite, or infinite for no way")
        below = entries < 0
        if below.any():
            sizes = entries[np.isfinite(entries) & (entries > 0)]
            typical = float(np.median(sizes)) if len(sizes) else 1.0
            entries[below & (entries >= -_NOISE * typical)] = 0
        refuse_first(entries < 0, entries, "matrix", "at least 0")
        self._entries = entries
        self.n = len(entries)
        self.symmetric = bool(np.array_equal(entries, entries.T))
        self.coordinates = None
        self.partial = bool(np.isinf(entries).any())

    def __call__(self, i: ArrayLike, j: ArrayLike) -> Floats:
        return np.asarray(self._entries[np.asarray(i), np.asarray(j)])

    def matrix(self) -> Floats:
        return self._entries.copy()

    def ranked(self) -> Distances:
        entries, factor = ranked(self._entries, lambda ways: tour_in(ways, self.symmetric))
        found = self if entries is self._entries else MatrixDistances(entries)
        found.factor = factor
        return found


class PointDistances(Distances):
    """Distances between points under a metric, evaluated pair by pair as they are asked for.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Finite coordinates of magnitude up to 1e150, or 1e300 where distances are of their size.
    metric : str or callable, default "euclidean"
        A function of `scipy.spatial.distance` by name; or ``"great-circle"``: points are
        (latitude, longitude) in degrees, distances kilometres on a sphere of radius 6371.0088 km;
        or one of TSPLIB's integer metrics (`TSPLIB_METRICS`); or metric(x, y) -> float ≥ 0. The
        metrics that scipy fits to data (seuclidean, mahalanobis) are fitted to `points`. A callable
        may return infinity where there is no way.
    symmetric : bool, default True
        Whether a callable is symmetric; it is then called with the lower-numbered city first. The
        claim is tested on a few pairs.

    Attributes
    ----------
    points, metric
        As given; `points` is a read-only copy.

    Raises
    ------
    TypeError
        If `metric` is neither a name nor a callable.
    ValueError
        If the points are not real numbers, 2-D and finite, or do not suit the metric. Calls raise
        it when a callable returns a negative number or NaN.

    Notes
    -----
    Euclidean and most other metrics are vectorised over the pairs; the rarer metrics of scipy and
    callables are evaluated one pair at a time.

    References
    ----------
    Reinelt, G. (1991). TSPLIB—A traveling salesman problem library. ORSA Journal on Computing 3.

    Examples
    --------
    >>> d = PointDistances([[0, 0], [3, 4], [3, 0]])
    >>> d([0, 1], 2).tolist()
    [3.0, 4.0]
    >>> d.tour_length([0, 1, 2])
    12.0
    """

    points: Floats
    metric: Metric

    def __init__(
        self,
        points: ArrayLike,
        metric: Metric = "euclidean",
        *,
        symmetric: bool = True,
    ) -> None:
        known = METRICS.get(metric) if isinstance(metric, str) else None
        degree = None if known is None else known.degree
        self.points = _checked_points(points, _LARGEST if degree in (0, 1) else _LARGEST_SQUARED)
        self.points.setflags(write=False)
        self.n, self._width = self.points.shape
        self.metric = checked_metric(metric, self.points)
        self.unit = UNITS.get(metric, "") if isinstance(metric, str) else ""
        self.symmetric, self.partial = symmetric, callable(metric)
        self.coordinates, shift = None, 0
        if degree is not None:
            shift = moderate(exponent(float(np.abs(self.points).max())))
        near = np.ldexp(self.points, -shift)
        self._times, self._most = float(np.ldexp(1.0, shift * (degree or 0))), np.inf
        self._columns = np.ascontiguousarray((near if known is None else known.features(near)).T)
        if known is not None and known.coordinates is not None:
            self.coordinates = known.coordinates(near)
            self.coordinates.setflags(write=False)
        if callable(self.metric) and symmetric:
            self._check_symmetry()

    @property
    def columns(self) -> Floats:
        """What the metric is evaluated on, shape (d, n): the points, or features of them."""
        return self._columns

    def __call__(self, i: ArrayLike, j: ArrayLike) -> Floats:
        if not isinstance(self.metric, str) or self.metric not in METRICS:
            if self.symmetric:
                i, j = np.minimum(i, j), np.maximum(i, j)
            found = self._times * self._one_by_one(np.asarray(i), np.asarray(j))
            return np.asarray(np.minimum(found, self._most))
        known = METRICS[self.metric]
        depth = max(np.ndim(i), np.ndim(j))
        i, j = np.array(i, ndmin=depth), np.array(j, ndmin=depth)
        result = known.kernel(self._columns.take(i, axis=1), self._columns.take(j, axis=1))
        if self._times != 1:
            result = self._times * result
        return np.asarray(np.where(np.equal(i, j), 0.0, result) if known.apart else result)

    def ranked(self) -> Distances:
        if isinstance(self.metric, str) and self._times == 1:
            return self
        part = copy(self)
        if isinstance(self.metric, str):
            part.factor, part._times = self._times, 1.0
            return part
        cities = np.unique(np.linspace(0, self.n - 1, _SAMPLE).astype(np.intp))
        sample = self(cities, (cities + 1) % self.n)
        largest = exponent(float(sample.max(initial=0.0, where=np.isfinite(sample))))
        shift = moderate(largest)
        part._times, part.factor = float(np.ldexp(1.0, -shift)), float(np.ldexp(1.0, shift))
        part._most = float(np.ldexp(1.0, largest - shift + 2 * APART + self.n.bit_length()))
        return part

    def longest(self) -> float:
        if not isinstance(self.metric, str) or self.metric not in METRICS:
            return super().longest()
        if self.coordinates is not None and self.coordinates.shape[1] != len(self._columns):
            return 2 * float(self(0, np.arange(self.n)).max()) + 1  # on a sphere
        low, high = self._columns.min(axis=1), self._columns.max(axis=1)
        return self._times * float(METRICS[self.metric].kernel(low, high))

    def _one_by_one(self, i: NDArray[np.integer], j: NDArray[np.integer]) -> Floats:
        i, j = np.broadcast_arrays(i, j)
        metric: Any = self.metric
        result = np.zeros(i.size)
        first, second = i.ravel(), j.ravel()
        apart = np.flatnonzero(first != second)
        apart = apart[np.argsort(first[apart], kind="stable")]
        for group in np.split(apart, np.flatnonzero(np.diff(first[apart])) + 1):
            if group.size:
                here = self.points[first[group[:1]]]
                result[group] = distance.cdist(here, self.points[second[group]], metric)[0]
        for k in np.flatnonzero(~(result >= 0))[:1]:
            raise ValueError(
                f"metric must return a number >= 0, or infinity for no way, got {result[k]} "
                f"for the points {first[k]} and {second[k]}"
            )
        return result.reshape(i.shape)

    def _check_symmetry(self) -> None:
        here = np.unique(np.linspace(0, self.n - 1, 8).astype(np.intp))
        there = (here + 1) % self.n
        forth, back = self._one_by_one(here, there), self._one_by_one(there, here)
        for k in np.flatnonzero(~np.isclose(forth, back, rtol=1e-9, atol=0.0))[:1]:
            raise ValueError(
                f"metric is not symmetric: it gives {forth[k]} from point {here[k]} to {there[k]} "
                f"and {back[k]} back; pass symmetric=False"
            )


def both_ways(matrix: Any) -> MatrixDistances:
    """Return the distances in a matrix, or refuse one triangle of it alone, with advice."""
    distances = MatrixDistances(matrix)
    side = lone_triangle(matrix if sparse.issparse(matrix) else distances.matrix())
    if side:
        raise ValueError(
            f"matrix must hold both ways between any two cities; got its {side} triangle alone: "
            "matrix + matrix.T is the whole"
        )
    return distances


def _real(values: ArrayLike, name: str) -> Floats:
    array = numbers(values, name)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"{name} must be 2-D and not empty, got shape {array.shape}")
    return np.array(array, dtype=np.float64)


def _checked_points(points: ArrayLike, most: float) -> Floats:
    array = _real(points, "points")
    refuse_first(~np.isfinite(array), array, "points", "finite")
    refuse_first(np.abs(array) > most, array, "points", f"within ±{most:g}")
    return array
