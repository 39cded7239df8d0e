"""A search that ends as soon as it is as good as this."""

from __future__ import annotations

from collections.abc import Callable

from hopopt import Problem
from hopopt.solve.problem import Snapshot


def until(problem: Problem, cost: float) -> Callable[[Snapshot], None]:
    """Return a callback that ends a search as soon as its solution is as good as this."""

    def stop(snapshot: Snapshot) -> None:
        if problem.loss(problem.cost(snapshot.solution())) <= problem.loss(cost):
            raise StopIteration

    return stop
