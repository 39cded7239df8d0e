"""The parts of elastic rings and chains: networks, first shapes, refinement, decoding."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from hopopt import Diagonal, Identity, Kronecker, Memory, Network, Softmax
from problems.tours.distances import Distances
from problems.tours.embedding import embed
from problems.tours.linked import Linked
from problems.tours.route import Route

Floats = NDArray[np.float64]
Order = NDArray[np.intp]

TENSION = 5.0
DENSE_UNITS = 64
DENSE_CITIES = 300
NEAREST = 16
CROWDING = 0.7
ANCHOR = 3.0
FIRST_SIZE = 0.3


class Ends(NamedTuple):
    """The cities that the first and the last unit of an open chain are tied to; None if free."""

    first: int | None = None
    last: int | None = None

    @classmethod
    def of(cls, route: Route) -> Self | None:
        """Return the ends of a path; None for a closed tour."""
        return None if route.cycle else cls(route.start, route.end)

    @property
    def cities(self) -> list[int]:
        """The cities of the ends that are not free."""
        return [city for city in self if city is not None]

    def pins(self, units: int) -> list[tuple[int, int]]:
        """Return the units of the ends that are not free, each with its city."""
        places = zip((0, units - 1), self, strict=True)
        return [(unit, city) for unit, city in places if city is not None]


def elastic_network(cities: Floats, units: int, width: float, ends: Ends | None = None) -> Network:
    """Return the network of a ring around cities in a unit box, or of a chain, at width K.

    Parameters
    ----------
    cities : array, shape (n, d)
    units : int
    width : float
        K.
    ends : Ends, optional
        Makes it an open chain. A city at an end pulls its unit as hard as three that choose it
        alone would, by (3/2)·|c − y|², besides what it does as a city.
    """
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
    springs = laplacian(units, closed=ends is None)
    tension = Kronecker(TENSION * np.sqrt(n) * width * springs, shape=(units, dimensions))
    energy = attraction + tension
    if ends is not None and ends.cities:
        energy = energy + anchors(cities, units, ends)
    return Network(energy, Identity(), leak=0.0)


def anchors(cities: Floats, units: int, ends: Ends) -> Diagonal:
    """Return Σ (3/2)·|c − y|² over the ends of a chain that are tied to cities."""
    shape = (units, cities.shape[1])
    d, c, constant = np.zeros((units, 1)), np.zeros(shape), 0.0
    for unit, city in ends.pins(units):
        d[unit] = ANCHOR
        c[unit] = -ANCHOR * cities[city]
        constant += ANCHOR / 2 * float(cities[city] @ cities[city])
    return Diagonal(shape, d, c, constant)


@lru_cache(maxsize=8)
def laplacian(units: int, closed: bool) -> Any:
    """Return the matrix of Σ_m |y_m − y_{m+1}|² along a chain of units, sparse if it is large."""
    index = np.arange(units if closed else units - 1)
    spring = (np.ones(len(index)), (index, (index + 1) % units))
    following = sparse.csr_array(spring, (units, units))
    beside = following + following.T
    matrix: Any = sparse.diags_array(beside.sum(axis=1), format="csr") - beside
    return matrix.toarray() if units <= DENSE_UNITS else matrix


def ellipse(cities: Floats, units: int, size: float = FIRST_SIZE) -> Floats:
    """Return a ring along the cities' two principal axes, `size` standard deviations wide."""
    centre, arms = principal(cities)
    phase = 2 * np.pi * np.arange(units) / units
    wave = np.stack([np.cos(phase), np.sin(phase)], axis=1)
    return np.asarray(centre + wave[:, : len(arms)] @ (size * arms))


def segment(cities: Floats, units: int, ends: Ends, size: float = FIRST_SIZE) -> Floats:
    """Return a straight chain: from end to end, a free one `size` deviations from the centre.

    It lies on the principal axis, on the side away from the other end.
    """
    centre, arms = principal(cities)
    sides = [centre - size * arms[0], centre + size * arms[0]]
    tied = [None if city is None else cities[city] for city in ends]
    other = tied[0] if tied[1] is None else tied[1]
    if other is not None:
        sides.sort(key=lambda side: float(((side - other) ** 2).sum()), reverse=tied[0] is None)
    first, last = (side if city is None else city for city, side in zip(tied, sides, strict=True))
    return np.linspace(first, last, units)


def principal(cities: Floats) -> tuple[Floats, Floats]:
    """Return the centre and the principal axes, each as long as its standard deviation."""
    centre = cities.mean(axis=0)
    _, scale, axes = np.linalg.svd(cities - centre, full_matrices=False)
    return centre, axes[:2] * (scale[:2] / np.sqrt(len(cities)))[:, None]


def stretch(ring: Floats, units: int, cities: Floats, closed: bool = True) -> Floats:
    """Interpolate a ring or a chain to other units, most of them where the cities are.

    Of the units, 7 in 10 follow the number of cities next to each stretch of the ring, and the rest
    its old units: where cities crowd, as in clusters, every one of them finds units of its own.
    """
    _, nearest = cKDTree(ring).query(cities)
    held = np.bincount(nearest, minlength=len(ring))
    if closed:
        ring, held = np.vstack([ring, ring[:1]]), np.append(held, held[0])
    steps = len(ring) - 1
    share = (held[:-1] + held[1:]) / (2 * len(cities))
    density = CROWDING * share + (1 - CROWDING) / steps
    along = np.concatenate([[0.0], np.cumsum(density)])
    where = np.linspace(0.0, along[-1], units, endpoint=not closed)
    place = np.interp(where, along, np.arange(steps + 1))
    return np.stack([np.interp(place, np.arange(steps + 1), x) for x in ring.T], axis=1)


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


def order_along(cities: Floats, ring: Floats, ends: Ends | None = None) -> Order:
    """Return the cities in the order of their nearest units, ties along the ring's tangent.

    A city that an end of a chain is tied to has that unit, and comes before or after all others.
    """
    unit = np.asarray(cKDTree(ring).query(cities)[1])
    padded = np.pad(ring, ((1, 1), (0, 0)), mode="wrap" if ends is None else "edge")
    tangent = padded[2:] - padded[:-2]
    along = ((cities - ring[unit]) * tangent[unit]).sum(axis=1)
    if ends is not None:
        for place, city in zip((-1, len(ring)), ends, strict=True):
            if city is not None:
                unit[city] = place
    return np.lexsort((along, unit))


def separate(cities: Floats, ring: Floats, width: float) -> bool:
    """Whether every city's Potts row holds one unit above ½, and no two cities the same one."""
    nearest = np.arange(1, min(NEAREST, len(ring)) + 1)
    distance, unit = map(np.asarray, cKDTree(ring).query(cities, k=nearest))
    share = np.exp((distance[:, :1] ** 2 - distance**2) / (2 * width**2))
    certain = np.all(share[:, 0] > share.sum(axis=1) / 2)
    return bool(certain) and len(np.unique(unit[:, 0])) == len(cities)
