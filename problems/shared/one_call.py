"""What the functions of one call, such as `problems.tsp`, do with their options."""

from __future__ import annotations

from typing import Any

from hopopt import Method, Problem, Result, minimize


def solved(problem: Problem, method: str | Method = "auto", **options: Any) -> Result:
    """Return what `minimize` finds, from the seed 0 unless another one is given.

    Parameters
    ----------
    problem : Problem
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`.

    Examples
    --------
    >>> from problems import Knapsack
    >>> solved(Knapsack([2, 3], [3, 4], 3)).x
    [1]
    """
    options.setdefault("rng", 0)
    return minimize(problem, method, **options)
