"""The parts of an elastic ring: its network, its first shape, its refinement, its decoding."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from hopopt import Identity, Kronecker, Memory, Network, Softmax
from problems.tours.distances import Distances
from problems.tours.embedding import embed
from problems.tours.linked import Linked

Floats = NDArray[np.float64]
Order = NDArray[np.intp]

TENSION = 5.0
DENSE_UNITS = 64
DENSE_CITIES = 300
NEAREST = 16
CROWDING = 0.7


def ring_network(cities: Floats, units: int, width: float) -> Network:
    """Return the network of a ring of `units` around cities in a unit box, at width K."""
    n, dimensions = cities.shape
    nearest = None if n <= DENSE_CITIES else NEAREST
    attraction = Memory(
        cities,
        Softmax(1, 2),
        width**2,
        similarity="euclidean",
        axis="units",
        units=units,
        nearest=nearest,
    )
    tension = Kronecker(
        TENSION * np.sqrt(n) * width * ring_laplacian(units), shape=(units, dimensions)
    )
    return Network(attraction + tension, Identity(), leak=0.0)


@lru_cache(maxsize=8)
def ring_laplacian(units: int) -> Any:
    """Return the matrix of Σ_m |y_m − y_{m+1}|² around a closed ring, sparse if it is large."""
    index = np.arange(units)
    following = sparse.csr_array((np.ones(units), (index, (index + 1) % units)), (units, units))
    laplacian = 2 * sparse.eye_array(units, format="csr") - following - following.T
    return laplacian.toarray() if units <= DENSE_UNITS else laplacian


def ellipse(cities: Floats, units: int, size: float = 0.3) -> Floats:
    """Return a ring along the cities' two principal axes, `size` standard deviations wide."""
    centre = cities.mean(axis=0)
    _, scale, axes = np.linalg.svd(cities - centre, full_matrices=False)
    arms = axes[:2] * (size * scale[:2] / np.sqrt(len(cities)))[:, None]
    phase = 2 * np.pi * np.arange(units) / units
    wave = np.stack([np.cos(phase), np.sin(phase)], axis=1)
    return np.asarray(centre + wave[:, : len(arms)] @ arms)


def stretch(ring: Floats, units: int, cities: Floats) -> Floats:
    """Interpolate a closed ring to another number of units, most of them where the cities are.

    Of the units, 7 in 10 follow the number of cities next to each stretch of the ring, and the rest
    its old units: where cities crowd, as in clusters, every one of them finds units of its own.
    """
    old = len(ring)
    _, nearest = cKDTree(ring).query(cities)
    held = np.bincount(nearest, minlength=old)
    share = (held + np.roll(held, -1)) / (2 * len(cities))
    density = CROWDING * share + (1 - CROWDING) / old
    along = np.concatenate([[0.0], np.cumsum(density)])
    place = np.interp(np.arange(units) / units, along / along[-1], np.arange(old + 1))
    closed = np.vstack([ring, ring[:1]])
    return np.stack([np.interp(place, np.arange(old + 1), x) for x in closed.T], axis=1)


def spacing(cities: Floats) -> float:
    """Return the typical distance of neighbours: √(area/n), the area from the principal axes."""
    n = len(cities)
    deviations = np.linalg.svd(cities - cities.mean(axis=0), compute_uv=False) / np.sqrt(n)
    first, second = (*deviations, 0.0)[:2]
    area = max(12 * first * second, 12 * first**2 / n)
    return float(np.sqrt(area / n)) or 1.0


def places(distances: Distances) -> Floats:
    """Return the cities in the ring's unit box, whatever edges a tour must take."""
    return embed(distances.base if isinstance(distances, Linked) else distances)


def order_along(cities: Floats, ring: Floats) -> Order:
    """Return the cities in the order of their nearest units, ties along the ring's tangent."""
    _, unit = cKDTree(ring).query(cities)
    tangent = np.roll(ring, -1, axis=0) - np.roll(ring, 1, axis=0)
    along = ((cities - ring[unit]) * tangent[unit]).sum(axis=1)
    return np.lexsort((along, unit))


def separate(cities: Floats, ring: Floats, width: float) -> bool:
    """Whether every city's Potts row holds one unit above ½, and no two cities the same one."""
    nearest = np.arange(1, min(NEAREST, len(ring)) + 1)
    distance, unit = map(np.asarray, cKDTree(ring).query(cities, k=nearest))
    share = np.exp((distance[:, :1] ** 2 - distance**2) / (2 * width**2))
    certain = np.all(share[:, 0] > share.sum(axis=1) / 2)
    return bool(certain) and len(np.unique(unit[:, 0])) == len(cities)
