"""Recipe B: an elastic ring of linear units that the cities attract, open for a path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hopopt import (
    Attempt,
    Majorize,
    Method,
    Monitor,
    Motion,
    Network,
    Relaxation,
    Status,
    anneal,
)
from hopopt.solve import Kind
from problems.shared.motions import motion, restarts
from problems.tours.elastic import (
    DENSE_CITIES,
    Ends,
    elastic_network,
    ellipse,
    places,
    segment,
    separate,
    spacing,
    stretch,
)
from problems.tours.instance import Instance

Floats = NDArray[np.float64]
Order = NDArray[np.intp]

FAST = Majorize.name
UNITS_PER_CITY = 2.5
BANDED_CITIES = 30
COARSENING = 2
FIRST_WIDTH = 0.1
FIRST_OPEN_WIDTH = 0.3
REFINED_WIDTH = 2.0
COARSE_WIDTH = 0.35
FINAL_WIDTH = 0.1


class Ring(Method):
    """A closed chain of units y_m in the plane, pulled by the cities, tightened by springs, cooled.

    E = −K²·Σ_x ln Σ_m exp(−|c_x − y_m|²/2K²) + (κ/2)·Σ_m |y_m − y_{m+1}|²: the elastic net of
    Durbin & Willshaw (1987), written as the `Memory` energy of this library with the softmax over
    units and a `Kronecker` tension. The width K, whose square is the temperature of the hidden
    layer, shrinks from stage to stage, and κ = 5·√n·K with it (coordinates scaled to a unit box).
    Beyond 300 cities a random half of them is solved first, and its ring refined.

    A path is an open chain, without the spring from the last unit to the first: where a path's
    first or last city is given, another spring ties the end to it. K begins at .3, about the
    standard deviation of the cities in their box, above which a chain is straight.

    Without coordinates the cities are first embedded by classical scaling (Torgerson 1952).

    Parameters
    ----------
    solver : str, default "auto"
        A SciPy solver, which integrates every stage to rest; "majorize", the exact
        majorise–minimise step; "auto", LSODA. The Jacobian is exact for few cities and banded
        beyond (30 for LSODA, 300 for the others).
    stages : int, optional
        Widths K on the first level: by default 120 for "majorize", 40 for SciPy's solvers. Later
        levels take a third.
    jitter : float, default 0.06
        Restarts move every city by this share of the mean spacing: annealing forgets its start, so
        the instance itself must differ.
    **options
        Of `solve_ivp`: rtol, atol, max_step, ….

    References
    ----------
    Durbin & Willshaw, "An analogue approach to the travelling salesman problem using an elastic net
    method", 1987; Krotov & Hopfield, 2021.
    """

    name: ClassVar[str] = "ring"
    summary: ClassVar[str] = (
        "elastic ring: linear units over a Potts layer; coordinates or embedding"
    )
    kind: Kind = "pure"

    def __init__(
        self,
        solver: str = "auto",
        stages: int | None = None,
        jitter: float = 0.06,
        **options: Any,
    ) -> None:
        if stages is not None and stages < 3:
            raise ValueError(f"stages must be at least 3; got {stages}")
        if not 0 <= jitter < np.inf:
            raise ValueError(f"jitter must be a nonnegative number; got {jitter}")
        self.solver, self.stages, self.jitter, self.options = solver, stages, jitter, options

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        distances, ends = problem.distances, Ends.of(problem.route)
        cities = places(distances)
        moved = cities + self.jitter * spacing(cities) * rng.standard_normal(cities.shape)
        units = int(UNITS_PER_CITY * len(cities)) * cities.shape[1]
        fits = BANDED_CITIES if self.solver in ("auto", "LSODA") else DENSE_CITIES
        band = None if len(cities) <= fits else 2 * cities.shape[1]
        settings = {"duration": 200.0, "tol": 1e-4, "band": band}
        move = motion(self.solver, Majorize(max_steps=1, tol=0), units, self.options, **settings)

        def tell(width: float, network: Network, y: Floats) -> None:
            monitor.tell(width, lambda: y, problem.decode)

        rest = self._levels(moved, ends, move, rng, monitor, tell)
        ring = rest.u
        if not distances.symmetric:  # the energy is the same both ways, the tour is not
            ring = min((ring, ring[::-1]), key=lambda way: problem.cost(problem.decode(way)))
        valid = separate(cities, ring, FINAL_WIDTH * spacing(cities))
        return Attempt.at_rest(rest, problem.decode(ring), valid_before_decoding=valid, output=ring)

    def restarts(self, problem: Instance) -> int:
        return restarts(problem.size, 1000, self.solver == FAST)

    def _levels(
        self,
        cities: Floats,
        ends: Ends | None,
        move: Motion,
        rng: np.random.Generator,
        monitor: Monitor,
        tell: Callable[[float, Network, Floats], None],
        last: bool = True,
    ) -> Relaxation:
        """Relax the ring of these cities, from half of them where they are many."""
        n, s = len(cities), spacing(cities)
        stages = self.stages or (120 if isinstance(move, Majorize) else 40)
        end = (FINAL_WIDTH if last else COARSE_WIDTH) * s
        units = max(3, int(UNITS_PER_CITY * n))
        if n <= DENSE_CITIES:
            first = FIRST_WIDTH if ends is None else FIRST_OPEN_WIDTH
            shape = ellipse(cities, units) if ends is None else segment(cities, units, ends)
            start = max(first, 2 * end)
        else:
            sample, kept = half(n, ends, rng)
            coarse = self._levels(cities[sample], kept, move, rng, monitor, tell, last=False)
            if coarse.status in (Status.TIME_LIMIT, Status.STOPPED, Status.INTERRUPTED):
                return coarse
            shape = stretch(coarse.u, units, cities, closed=ends is None)
            start, stages = REFINED_WIDTH * s, max(1, stages // 3)
        widths = np.geomspace(start, end, stages)
        passed = iter(widths)
        networks = (elastic_network(cities, units, K, ends) for K in widths)
        return anneal(
            networks,
            move,
            shape,
            monitor=monitor,
            callback=lambda network, y: tell(float(next(passed)), network, y),
        )


def half(n: int, ends: Ends | None, rng: np.random.Generator) -> tuple[Order, Ends | None]:
    """Return a random half of n cities, those that a path must end at among them, and its ends."""
    sample = rng.permutation(n)
    if ends is None:
        return sample[: n // COARSENING], None
    tied = ends.cities
    sample = np.concatenate([np.array(tied, np.intp), sample[~np.isin(sample, tied)]])
    return sample[: n // COARSENING], Ends(*(tied.index(c) if c in tied else None for c in ends))
