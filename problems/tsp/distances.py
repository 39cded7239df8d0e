"""How far two cities are: a matrix, or points and a metric, behind one callable.

A `Distances` answers d(i, j) for whole arrays of cities. Where points are known no n × n matrix
is formed: an evaluation takes memory in proportion to the pairs that are asked for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import distance

__all__ = ["TSPLIB_METRICS", "Distances", "MatrixDistances", "PointDistances", "as_tour"]

Floats = NDArray[np.float64]
Kernel = Callable[[Floats, Floats], Floats]
Metric = str | Callable[[Floats, Floats], float]

EARTH_RADIUS = 6371.0088
_GEO_PI = 3.141592
_GEO_RADIUS = 6378.388
_BLOCK = 2**20
_LARGEST = 1e150


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
    """

    n: int
    symmetric: bool
    coordinates: Floats | None
    _width: int = 1

    @abstractmethod
    def __call__(self, i: ArrayLike, j: ArrayLike) -> Floats:
        """Return d(i, j) elementwise; `i` and `j` are integers in 0 … n − 1 that broadcast."""

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
    matrix : array_like, shape (n, n)
        Finite numbers ≥ 0 off the diagonal; it is copied, and its diagonal is ignored.

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the matrix is not square, or an entry off the diagonal is negative or not finite.

    Examples
    --------
    >>> d = MatrixDistances([[0, 3, 5], [4, 0, 1], [2, 6, 0]])
    >>> d.symmetric, d.tour_length([0, 1, 2])
    (False, 6.0)
    """

    def __init__(self, matrix: ArrayLike) -> None:
        entries = _real(matrix, "matrix")
        if entries.shape[0] != entries.shape[1]:
            raise ValueError(f"matrix must be square, got shape {entries.shape}")
        np.fill_diagonal(entries, 0)
        _refuse_first(~np.isfinite(entries), entries, "matrix", "finite")
        _refuse_first(entries < 0, entries, "matrix", "at least 0")
        self._entries = entries
        self.n = len(entries)
        self.symmetric = bool(np.array_equal(entries, entries.T))
        self.coordinates = None

    def __call__(self, i: ArrayLike, j: ArrayLike) -> Floats:
        return np.asarray(self._entries[np.asarray(i), np.asarray(j)])

    def matrix(self) -> Floats:
        return self._entries.copy()


class PointDistances(Distances):
    """Distances between points under a metric, evaluated pair by pair as they are asked for.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Finite coordinates of magnitude up to 1e150.
    metric : str or callable, default "euclidean"
        A function of `scipy.spatial.distance` by name; or ``"great-circle"``: points are
        (latitude, longitude) in degrees, distances kilometres on a sphere of radius 6371.0088 km;
        or one of TSPLIB's integer metrics (`TSPLIB_METRICS`); or metric(x, y) -> float ≥ 0. The
        metrics that scipy fits to data (seuclidean, mahalanobis) are fitted to `points`.
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
        If the points are not real numbers, or `metric` is neither a name nor a callable.
    ValueError
        If the points are not 2-D and finite, or do not suit the metric. Calls raise it when a
        callable returns a negative number or one that is not finite.

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
        self.points = _checked_points(points)
        self.points.setflags(write=False)
        self.n, self._width = self.points.shape
        self.metric = _checked_metric(metric, self.points)
        self.symmetric = symmetric
        self.coordinates = None
        known = _METRICS.get(self.metric) if isinstance(self.metric, str) else None
        features = self.points if known is None else known.features(self.points)
        self._columns = np.ascontiguousarray(features.T)
        if known is not None and known.coordinates is not None:
            self.coordinates = known.coordinates(self.points)
            self.coordinates.setflags(write=False)
        if callable(self.metric) and symmetric:
            self._check_symmetry()

    def __call__(self, i: ArrayLike, j: ArrayLike) -> Floats:
        if not isinstance(self.metric, str) or self.metric not in _METRICS:
            if self.symmetric:
                i, j = np.minimum(i, j), np.maximum(i, j)
            return self._one_by_one(np.asarray(i), np.asarray(j))
        known = _METRICS[self.metric]
        depth = max(np.ndim(i), np.ndim(j))
        i, j = np.array(i, ndmin=depth), np.array(j, ndmin=depth)
        result = known.kernel(self._columns.take(i, axis=1), self._columns.take(j, axis=1))
        return np.asarray(np.where(np.equal(i, j), 0.0, result) if known.apart else result)

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
        for k in np.flatnonzero(~(np.isfinite(result) & (result >= 0)))[:1]:
            raise ValueError(
                f"metric must return a finite number >= 0, got {result[k]} "
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


def as_tour(order: ArrayLike, n: int) -> NDArray[np.intp]:
    """Return `order` as an array, after checking that it visits each of n cities once.

    Raises
    ------
    TypeError
        If `order` does not hold integers.
    ValueError
        If `order` is not a permutation of range(n).

    Examples
    --------
    >>> as_tour([2, 0, 1], 3)
    array([2, 0, 1])
    """
    tour = np.asarray(order)
    if tour.shape != (n,):
        raise ValueError(f"order must have shape ({n},), one entry a city, got shape {tour.shape}")
    if tour.dtype.kind not in "iu":
        raise TypeError(f"order must hold integers, got dtype {tour.dtype}")
    for k in np.flatnonzero((tour < 0) | (tour >= n))[:1]:
        raise ValueError(f"order[{k}] must be a city in 0 … {n - 1}, got {tour[k]}")
    visits = np.bincount(tour, minlength=n)
    for city in np.flatnonzero(visits != 1)[:1]:
        raise ValueError(f"order must visit each city once, got city {city} {visits[city]} times")
    return tour.astype(np.intp)


def _real(values: ArrayLike, name: str) -> Floats:
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} must be a rectangular 2-D array, got ragged rows") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}")
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"{name} must be 2-D and not empty, got shape {array.shape}")
    return np.array(array, dtype=np.float64)


def _refuse_first(bad: NDArray[np.bool_], values: Floats, name: str, expected: str) -> None:
    for row, column in np.argwhere(bad)[:1]:
        value = values[row, column]
        raise ValueError(f"{name}[{row}, {column}] must be {expected}, got {value}")


def _checked_points(points: ArrayLike) -> Floats:
    array = _real(points, "points")
    _refuse_first(~np.isfinite(array), array, "points", "finite")
    _refuse_first(np.abs(array) > _LARGEST, array, "points", f"within ±{_LARGEST:g}")
    return array


def _checked_metric(metric: Metric, points: Floats) -> Metric:
    if not isinstance(metric, str):
        if not callable(metric):
            raise TypeError(f"metric must be a name or a callable, got {type(metric).__name__}")
        return metric
    if metric not in _METRICS:
        if not _scipy_knows(metric):
            raise ValueError(
                "metric must be a metric of scipy.spatial.distance, 'great-circle', one of "
                f"{', '.join(TSPLIB_METRICS)}, or a callable, got {metric!r}"
            )
    elif _METRICS[metric].dimension not in (None, points.shape[1]):
        raise ValueError(
            f"points must have {_METRICS[metric].dimension} columns for metric {metric!r}, "
            f"got shape {points.shape}"
        )
    return metric


def _scipy_knows(name: Any) -> bool:
    try:
        distance.cdist([[1.0]], [[1.0]], name)
    except ValueError:
        return False
    return hasattr(distance, name)


def _squares(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.square(a - b).sum(axis=0))


def _euclidean(a: Floats, b: Floats) -> Floats:
    return np.sqrt(_squares(a, b))


def _cityblock(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.abs(a - b).sum(axis=0))


def _chebyshev(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.abs(a - b).max(axis=0))


def _half_squares(a: Floats, b: Floats) -> Floats:
    return _squares(a, b) / 2


def _hamming(a: Floats, b: Floats) -> Floats:
    return np.asarray((a != b).mean(axis=0))


def _rounded(kernel: Kernel) -> Kernel:
    return lambda a, b: np.floor(kernel(a, b) + 0.5)


def _ceiling(a: Floats, b: Floats) -> Floats:
    return np.ceil(_euclidean(a, b))


def _pseudo_euclidean(a: Floats, b: Floats) -> Floats:
    return np.ceil(np.sqrt(_squares(a, b) / 10.0))


def _geographical(a: Floats, b: Floats) -> Floats:
    q1 = np.cos(a[1] - b[1])
    q2 = np.cos(a[0] - b[0])
    q3 = np.cos(a[0] + b[0])
    cosine = np.clip(0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3), -1.0, 1.0)
    return np.asarray(np.floor(_GEO_RADIUS * np.arccos(cosine) + 1.0))


def _haversine(a: Floats, b: Floats) -> Floats:
    half = np.sin((a - b) / 2) ** 2
    chord = half[0] + np.cos(a[0]) * np.cos(b[0]) * half[1]
    return np.asarray(2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(chord, 1.0))))


def _as_given(points: Floats) -> Floats:
    return points


def _degrees_and_minutes(points: Floats) -> Floats:
    degrees = np.trunc(points)
    return np.asarray(_GEO_PI * (degrees + 5.0 * (points - degrees) / 3.0) / 180.0)


def _radians(points: Floats) -> Floats:
    latitude = points[:, :1]
    _refuse_first(np.abs(latitude) > 90, latitude, "points", "a latitude in -90 … 90 degrees")
    return np.radians(points)


def _on_sphere(angles: Floats) -> Floats:
    latitude, longitude = angles.T
    x, y = np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude)
    return np.stack([x, y, np.sin(latitude)], axis=1)


def _directions(points: Floats) -> Floats:
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    for row in np.flatnonzero(lengths == 0)[:1]:
        raise ValueError(
            f"points[{row}] must not be zero (cosine) or constant (correlation), whose direction "
            "is not defined"
        )
    return np.asarray(points / lengths)


def _centred_directions(points: Floats) -> Floats:
    centred = points - points.mean(axis=1, keepdims=True)
    constant = np.ptp(points, axis=1, keepdims=True) == 0
    return _directions(np.where(constant, 0.0, centred))


def _standardised(points: Floats) -> Floats:
    spread = points.std(axis=0, ddof=1) if len(points) > 1 else np.zeros(points.shape[1])
    for column in np.flatnonzero(spread == 0)[:1]:
        raise ValueError(f"points[:, {column}] must vary for metric 'seuclidean', got a constant")
    return np.asarray(points / spread)


def _whitened(points: Floats) -> Floats:
    if len(points) <= points.shape[1]:
        raise ValueError(
            f"points must have more rows than columns for 'mahalanobis', got {points.shape}"
        )
    try:
        factor = np.linalg.cholesky(np.atleast_2d(np.cov(points.T)))
    except np.linalg.LinAlgError:
        raise ValueError("points must span every direction for metric 'mahalanobis'") from None
    return np.asarray(np.linalg.solve(factor, points.T).T, dtype=np.float64)


class _Metric(NamedTuple):
    kernel: Kernel
    coordinates: Callable[[Floats], Floats] | None = _as_given
    dimension: int | None = None
    features: Callable[[Floats], Floats] = _as_given
    apart: bool = False


TSPLIB_METRICS: tuple[str, ...] = (
    "EUC_2D",
    "EUC_3D",
    "MAN_2D",
    "MAN_3D",
    "MAX_2D",
    "MAX_3D",
    "CEIL_2D",
    "ATT",
    "GEO",
)
"""TSPLIB's metrics, rounded to integers as TSPLIB rounds; XRAY1 and XRAY2 are not among them."""

_METRICS: dict[str, _Metric] = {
    "euclidean": _Metric(_euclidean),
    "minkowski": _Metric(_euclidean),
    "sqeuclidean": _Metric(_squares),
    "cityblock": _Metric(_cityblock),
    "chebyshev": _Metric(_chebyshev),
    "seuclidean": _Metric(_euclidean, _standardised, features=_standardised),
    "mahalanobis": _Metric(_euclidean, _whitened, features=_whitened),
    "cosine": _Metric(_half_squares, None, features=_directions),
    "correlation": _Metric(_half_squares, None, features=_centred_directions),
    "hamming": _Metric(_hamming, None),
    "great-circle": _Metric(_haversine, lambda p: _on_sphere(_radians(p)), 2, _radians),
    "EUC_2D": _Metric(_rounded(_euclidean), dimension=2),
    "EUC_3D": _Metric(_rounded(_euclidean), dimension=3),
    "MAN_2D": _Metric(_rounded(_cityblock), dimension=2),
    "MAN_3D": _Metric(_rounded(_cityblock), dimension=3),
    "MAX_2D": _Metric(_rounded(_chebyshev), dimension=2),
    "MAX_3D": _Metric(_rounded(_chebyshev), dimension=3),
    "CEIL_2D": _Metric(_ceiling, dimension=2),
    "ATT": _Metric(_pseudo_euclidean, dimension=2),
    "GEO": _Metric(
        _geographical,
        lambda p: _on_sphere(_degrees_and_minutes(p)),
        2,
        _degrees_and_minutes,
        apart=True,
    ),
}
