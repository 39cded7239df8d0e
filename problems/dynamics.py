"""The methods that every quadratic problem knows: dynamics of one Ising energy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hopopt import Attempt, Method, Monitor, search
from hopopt.lanes import LANES
from hopopt.reheats import reheats

if TYPE_CHECKING:
    from problems.quadratic import QuadraticProblem


class Anneal(Method):
    """The annealed noisy network over many lanes, descent, crossover and reheats.

    Parameters
    ----------
    target : float, optional
        Stop at this cost, or a better one.
    lanes : int, default 32
    """

    name: ClassVar[str] = "anneal"
    summary: ClassVar[str] = "annealed noisy network in many lanes, with crossover and reheats"

    def __init__(self, target: float | None = None, lanes: int = LANES) -> None:
        self.target, self.lanes = target, lanes

    def attempt(
        self, problem: QuadraticProblem, rng: np.random.Generator, monitor: Monitor
    ) -> Attempt:
        target = -np.inf if self.target is None else problem.loss(self.target)
        found = search(reheats(problem.energy, rng, lanes=self.lanes), monitor, target=target)
        s = found.best.x
        return Attempt(
            x=problem.decode(s),
            status=found.status,
            integrator="updates",
            nit=found.rounds,
            output=s,
            energy=found.best.cost,
            trace=found.trace,
        )

    def budget(self, problem: QuadraticProblem) -> float:
        return 2.0


METHODS: Mapping[str, type[Method]] = {method.name: method for method in (Anneal,)}
