"""What the functions of one call, such as `problems.tsp`, do with their options."""

from __future__ import annotations

from typing import Any

from hopopt import Method, Problem, Result, Status, minimize


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


def refuse_infeasible(result: Result, what: str, hint: str = "", advice: str = "") -> None:
    """Raise a ValueError that says whether none was found, or none exists, unless one was found.

    Parameters
    ----------
    result : Result
    what : str
        Of which there is none, such as "tour".
    hint : str, optional
        What else to say where none was found; by default the result's message.
    advice : str, optional
        What to do about either.

    Examples
    --------
    >>> from problems import Queens
    >>> refuse_infeasible(solved(Queens(3)), "placement of 3 queens")
    Traceback (most recent call last):
    ValueError: no placement of 3 queens exists
    """
    if result.status == Status.IMPOSSIBLE:
        raise ValueError(f"no {what} exists{advice and f': {advice}'}")
    if not result.success:
        raise ValueError(f"no {what} was found: {hint or result.message}{advice and f' {advice}'}")
