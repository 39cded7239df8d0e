"""What is said of how a solve has ended."""

from __future__ import annotations

import numpy as np

from hopopt.core.motion import Status
from hopopt.solve.method import Kind
from hopopt.solve.problem import Problem

KNOWN = 1e-9

WITHOUT = {
    Status.CONVERGED: Status.INFEASIBLE,
    Status.MAX_STEPS: Status.INFEASIBLE,
    Status.TIME_LIMIT: Status.INFEASIBLE,
    Status.OPTIMAL: Status.IMPOSSIBLE,
}


def without(status: Status) -> Status:
    """Return what a solve that ended so is called where its best is not feasible."""
    return WITHOUT.get(status, status)


def told(problem: Problem, cost: float, status: Status, kind: Kind) -> str:
    """Return the message: the status' advice, and that a better solution is known, where one is."""
    if status != Status.CONVERGED:
        return status.advice
    ended = status.advice if kind == "pure" else "The method came to its end."
    optimum = problem.optimum
    if optimum is None or not np.isfinite(cost):
        return ended
    if problem.loss(cost) - problem.loss(optimum) <= KNOWN * abs(optimum):
        return ended
    return f"{ended} The optimum on record, {optimum:.6g}, is better: try another method."
