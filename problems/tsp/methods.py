"""The methods by name, and which of them suits an instance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hopopt import Attempt, Method, Monitor, Status
from hopopt.problem import construct
from problems.tsp.assignment import Assignment
from problems.tsp.baselines import BASELINES
from problems.tsp.classic import HopfieldTank1985, TalavanYanez2002
from problems.tsp.ring import Ring

if TYPE_CHECKING:
    from problems.tsp.problem import TSP

NETWORKS: tuple[type[Method], ...] = (Assignment, Ring, HopfieldTank1985, TalavanYanez2002)
METHODS: Mapping[str, type[Method]] = {method.name: method for method in (*NETWORKS, *BASELINES)}

MATRIX_CITIES = 400


class Both(Method):
    """The better of a ring around the embedded cities and an assignment network."""

    name: ClassVar[str] = "ring+assignment"
    summary: ClassVar[str] = "the better of the two; what auto takes for bare distances"

    def __init__(self) -> None:
        self.members = (Ring("majorize"), Assignment("exponential-euler"))

    def attempt(self, problem: TSP, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        best: Attempt | None = None
        for member in self.members:
            attempt = member.attempt(
                problem, rng, Monitor(monitor.deadline, listener=monitor.listener)
            )
            if best is None or problem.cost(attempt.x) < problem.cost(best.x):
                best = attempt
            if attempt.status in (Status.TIME_LIMIT, Status.STOPPED, Status.INTERRUPTED):
                break
        assert best is not None
        return best

    def restarts(self, problem: TSP) -> int:
        return self.members[1].restarts(problem)


def choose(problem: TSP, options: dict[str, Any]) -> Method:
    """Return the method that suits an instance best.

    The ring where there are coordinates; else, up to 400 cities, the better of a ring around the
    embedded cities and an assignment network; else the ring alone. Each by its fast step, unless
    the options name a solver.
    """
    if problem.distances.coordinates is None and problem.size <= MATRIX_CITIES and not options:
        return Both()
    if problem.distances.coordinates is None and problem.size <= MATRIX_CITIES:
        return construct(Assignment, {"solver": "exponential-euler", **options})
    return construct(Ring, {"solver": "majorize", **options})
