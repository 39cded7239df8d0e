"""Solutions that are so few that all are looked at: a solve ends at the best of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hopopt.core.lagrangian import Array
from hopopt.core.motion import Listener, Solved
from hopopt.solve.problem import Problem

ROUNDING = 1e-12


def least_of(problem: Problem) -> float | None:
    """Return the loss of the best solution, where there are so few that all are looked at.

    It is infinite where none of them is feasible, None where there are more.
    """
    solutions = [problem.decode(output) for output in problem.corners()]
    losses = [problem.loss(float(problem.cost(x))) for x in solutions if problem.feasible(x)]
    return min(losses, default=np.inf if solutions else None)


def until_solved(problem: Problem, least: float, listener: Listener | None) -> Listener:
    """Return a listener that ends a run once it has found the best solution."""

    def told(T: float, output: Callable[[], Array], decode: Callable[[Array], Any]) -> None:
        if listener is not None:
            listener(T, output, decode)
        x = decode(output())
        if problem.feasible(x):
            excess = problem.loss(float(problem.cost(x))) - least
            if excess <= ROUNDING * abs(least):
                raise Solved

    return told
