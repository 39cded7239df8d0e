"""Whole numbers that must stay exact: as Python's, or refused where float64 would round sums."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from scipy import sparse

EXACT = 2**53
"""Below it, sums of whole numbers are exact in float64."""


def refuse_large(values: Any, name: str) -> None:
    """Refuse integers whose sizes add up to 2⁵³ or more, which sums in float64 would round.

    Numbers that come as floats are rounded already, and pass.

    Parameters
    ----------
    values : array_like or sparse array
    name : str
        What to call them.

    Examples
    --------
    >>> refuse_large([2.0**60, 1.0], "weights")
    >>> refuse_large([2**60, 1], "weights")
    Traceback (most recent call last):
    ValueError: weights must be integers whose sizes add up to less than 2**53, or sums are not \
exact; got 1.15e+18
    """
    try:
        given = np.asarray(getattr(values, "data", values) if sparse.issparse(values) else values)
        kind = given.dtype.kind
        if kind not in "iu" and not (
            kind == "O" and all(isinstance(v, Integral) for v in given.flat)
        ):
            return
        total = float(np.abs(given.astype(float)).sum())
    except (TypeError, ValueError, OverflowError):  # `real` says what these are
        return
    if total >= EXACT:
        raise ValueError(
            f"{name} must be integers whose sizes add up to less than 2**53, or sums are not "
            f"exact; got {total:.3g}"
        )


def whole(values: Any) -> list[int] | None:
    """Return numbers as Python's integers, of any size, or None where one is not whole.

    Examples
    --------
    >>> whole([2**60 + 1, 2.0]), whole([0.5])
    ([1152921504606846977, 2], None)
    """
    numbers = np.asarray(values, dtype=object).ravel().tolist()
    if not all(isinstance(v, Integral) or float(v).is_integer() for v in numbers):
        return None
    return [int(v) for v in numbers]
