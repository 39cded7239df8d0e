"""Refusals, by name, of numbers that many functions take."""

from __future__ import annotations

import numpy as np


def check_counts(**counts: object) -> None:
    """Refuse what is no whole number of at least 1.

    Examples
    --------
    >>> check_counts(restarts=3)
    >>> check_counts(restarts=2.0)
    Traceback (most recent call last):
    ValueError: restarts must be a positive integer; got 2.0
    """
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 1:
            raise ValueError(f"{name} must be a positive integer; got {count!r}")


def check_limits(tol: float, **counts: object) -> None:
    """Refuse a tolerance that is negative or NaN, and limits that are no whole numbers."""
    check_counts(**counts)
    if not tol >= 0:
        raise ValueError(f"tol must be nonnegative; got {tol!r}")
