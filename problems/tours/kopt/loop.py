"""Where the compiled loop may be used, and the rounds that it makes."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hopopt.fast import announce, cached, installed
from problems.tours.distances import Distances, PointDistances
from problems.tours.kopt.tour import Tour

Array = NDArray[Any]

TABLE_CITIES = 2000
METRICS = {"euclidean": 1, "EUC_2D": 2, "CEIL_2D": 3, "ATT": 4}
STRETCH = 30
FEWEST_CITIES = 8


def compiled() -> bool:
    """Whether the loop is in numba's cache, so that its first call costs next to nothing."""
    return installed() and cached(_module().kick_and_repair)


def prepare() -> None:
    """Compile the loop if that has not been done, and say so: a quarter of a minute, by numba."""
    announce("the K-opt loop", _module().kick_and_repair)
    points = np.random.default_rng(0).random((16, 2))
    for kind in (METRICS["euclidean"], 0):
        distances = PointDistances(points)
        table = points if kind else distances.matrix()
        near = np.argsort(distances.matrix(), axis=1)[:, 1:6]
        Loop(Tour(np.arange(16)), near, (kind, table), np.random.default_rng(0)).kick(1)


def _module() -> ModuleType:
    from problems.tours.kopt import compiled as module

    return module


def tabulated(distances: Distances) -> tuple[int, Array] | None:
    """Return what the loop reads distances from, as (kind, table); None where it cannot.

    The points of the common planar metrics; a matrix up to 2,000 cities. Symmetric distances only.
    """
    if not distances.symmetric or distances.n < FEWEST_CITIES:
        return None
    if isinstance(distances, PointDistances) and distances.points.shape[1] == 2:
        kind = METRICS.get(distances.metric) if isinstance(distances.metric, str) else None
        if kind is not None:
            return kind, distances.points.copy()
    return (0, distances.matrix()) if distances.n <= TABLE_CITIES else None


class Loop:
    """The compiled search on one tour.

    Parameters
    ----------
    tour : Tour
        Changed in place.
    near : array of int, shape (n, k)
        Candidates.
    table : (kind, array)
        As `tabulated` gives it.
    rng : numpy.random.Generator
        Seeds the loop's own generator.
    chains, tries : int
        As for `KOpt`.
    tolerance : float
        Gains up to this are none.
    polish : bool, default False
        Let 2-opt and Or-opt moves name the edges to remove, in place of walks: the hybrid.
    locked : array of int, shape (n, 2), optional
        For each city, the other ends of edges that must stay; −1 where there is none.
    """

    def __init__(
        self,
        tour: Tour,
        near: Array,
        table: tuple[int, Array],
        rng: np.random.Generator,
        *,
        chains: int = 5,
        tries: int = 3,
        tolerance: float = 1e-9,
        polish: bool = False,
        locked: Array | None = None,
    ) -> None:
        n = len(tour.order)
        self.tour, self.near, self.table = tour, np.ascontiguousarray(near), table
        self.locked = np.full((n, 2), -1, dtype=np.intp) if locked is None else locked
        self.state = rng.integers(1, 2**63, 1, dtype=np.uint64)
        self.chains, self.tries, self.tolerance = min(chains, n - 1), tries, tolerance
        self.polish = polish
        self.networks = self.kicks = 0
        self._call: Callable[..., tuple[float, int]] = _module().kick_and_repair

    def kick(self, count: int, T: float = 0.0) -> float:
        """Kick and repair `count` times at temperature T; return the change of length."""
        kind, table = self.table
        change, networks = self._call(
            kind,
            table,
            self.tour.order,
            self.tour.position,
            self.near,
            self.locked,
            count,
            self.chains,
            self.tries,
            self.polish,
            STRETCH,
            T,
            self.tolerance,
            self.state,
        )
        self.kicks += count
        self.networks += networks
        return float(change)
