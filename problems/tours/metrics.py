"""Metrics on points: scipy's common ones and TSPLIB's, vectorised over pairs.

References
----------
Reinelt, G. (1991). TSPLIB—A traveling salesman problem library. ORSA Journal on Computing 3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import distance

Floats = NDArray[np.float64]
Kernel = Callable[[Floats, Floats], Floats]
Metric = str | Callable[[Floats, Floats], float]

EARTH_RADIUS = 6371.0088
GEO_PI = 3.141592
GEO_RADIUS = 6378.388


def checked_metric(metric: Metric, points: Floats) -> Metric:
    """Return the metric, or refuse one that is not known or does not suit the points."""
    if not isinstance(metric, str):
        if not callable(metric):
            raise TypeError(f"metric must be a name or a callable, got {type(metric).__name__}")
        return metric
    if metric not in METRICS:
        if not _scipy_knows(metric):
            raise ValueError(
                "metric must be a metric of scipy.spatial.distance, 'great-circle', one of "
                f"{', '.join(TSPLIB_METRICS)}, or a callable, got {metric!r}"
            )
    elif METRICS[metric].dimension not in (None, points.shape[1]):
        raise ValueError(
            f"points must have {METRICS[metric].dimension} columns for metric {metric!r}, "
            f"got shape {points.shape}"
        )
    return metric


def refuse_first(bad: NDArray[np.bool_], values: Floats, name: str, expected: str) -> None:
    """Raise for the first entry that is bad, by its row and column."""
    for row, column in np.argwhere(bad)[:1]:
        value = values[row, column]
        raise ValueError(f"{name}[{row}, {column}] must be {expected}, got {value}")


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
    return np.asarray(np.floor(GEO_RADIUS * np.arccos(cosine) + 1.0))


def _angle(a: Floats, b: Floats) -> Floats:
    half = np.sin((a - b) / 2) ** 2
    chord = half[0] + np.cos(a[0]) * np.cos(b[0]) * half[1]
    return np.asarray(2 * np.arcsin(np.sqrt(np.minimum(chord, 1.0))))


def _haversine(a: Floats, b: Floats) -> Floats:
    return EARTH_RADIUS * _angle(a, b)


def _floor(a: Floats, b: Floats) -> Floats:
    return np.floor(_euclidean(a, b))


def _metres(a: Floats, b: Floats) -> Floats:
    """Concorde's GEOM: whole metres on a sphere of TSPLIB's radius."""
    return np.floor(1000 * GEO_RADIUS * _angle(a, b) + 1.0)


def _as_given(points: Floats) -> Floats:
    return points


def _degrees_and_minutes(points: Floats) -> Floats:
    degrees = np.trunc(points)
    return np.asarray(GEO_PI * (degrees + 5.0 * (points - degrees) / 3.0) / 180.0)


def _radians(points: Floats) -> Floats:
    latitude = points[:, :1]
    refuse_first(np.abs(latitude) > 90, latitude, "points", "a latitude in -90 … 90 degrees")
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


class PointMetric(NamedTuple):
    """How a metric is evaluated on whole arrays of points.

    Attributes
    ----------
    kernel : callable
        Maps features of two arrays of points, shape (d, …) each, to distances.
    coordinates : callable or None
        Maps points to those of `Distances.coordinates`, where there are such.
    dimension : int or None
        The number of columns that points must have.
    features : callable
        Maps points, shape (n, d), to what the kernel takes, shape (n, d).
    apart : bool
        Whether the kernel is not 0 for a city and itself, and must be set so.
    degree : int or None
        The power of a factor of all coordinates that distances are multiplied by; None where it is
        no power.
    """

    kernel: Kernel
    coordinates: Callable[[Floats], Floats] | None = _as_given
    dimension: int | None = None
    features: Callable[[Floats], Floats] = _as_given
    apart: bool = False
    degree: int | None = None


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
    "FLOOR_2D",
    "FLOOR_3D",
    "GEOM",
)
"""TSPLIB's metrics, rounded as it rounds, but XRAY; then LKH's FLOOR and Concorde's GEOM."""

METRICS: dict[str, PointMetric] = {
    "euclidean": PointMetric(_euclidean, degree=1),
    "minkowski": PointMetric(_euclidean, degree=1),
    "sqeuclidean": PointMetric(_squares, degree=2),
    "cityblock": PointMetric(_cityblock, degree=1),
    "chebyshev": PointMetric(_chebyshev, degree=1),
    "seuclidean": PointMetric(_euclidean, _standardised, features=_standardised, degree=0),
    "mahalanobis": PointMetric(_euclidean, _whitened, features=_whitened, degree=0),
    "cosine": PointMetric(_half_squares, None, features=_directions, degree=0),
    "correlation": PointMetric(_half_squares, None, features=_centred_directions, degree=0),
    "hamming": PointMetric(_hamming, None),
    "great-circle": PointMetric(_haversine, lambda p: _on_sphere(_radians(p)), 2, _radians),
    "EUC_2D": PointMetric(_rounded(_euclidean), dimension=2),
    "EUC_3D": PointMetric(_rounded(_euclidean), dimension=3),
    "MAN_2D": PointMetric(_rounded(_cityblock), dimension=2),
    "MAN_3D": PointMetric(_rounded(_cityblock), dimension=3),
    "MAX_2D": PointMetric(_rounded(_chebyshev), dimension=2),
    "MAX_3D": PointMetric(_rounded(_chebyshev), dimension=3),
    "CEIL_2D": PointMetric(_ceiling, dimension=2),
    "ATT": PointMetric(_pseudo_euclidean, dimension=2),
    "GEO": PointMetric(
        _geographical,
        lambda p: _on_sphere(_degrees_and_minutes(p)),
        2,
        _degrees_and_minutes,
        apart=True,
    ),
    "FLOOR_2D": PointMetric(_floor, dimension=2),
    "FLOOR_3D": PointMetric(_floor, dimension=3),
    "GEOM": PointMetric(_metres, lambda p: _on_sphere(_radians(p)), 2, _radians, apart=True),
}
