"""Whole numbers that must stay exact: as Python's, or refused where float64 would round sums."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational
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
    stored: Any = values
    try:
        given = np.asarray(stored.tocoo().data if sparse.issparse(values) else values)
        kind = given.dtype.kind
        if kind == "f" and not hasattr(values, "dtype"):  # of integers beyond 64 bits among others
            given = np.asarray(values, dtype=object)
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


def refuse_blurred(values: Any, name: str) -> None:
    """Refuse integers of 2⁵³ or more, which float64 would round, unless all of them are one number.

    That stands for a pair that must not be (a "big M"), however it is rounded.

    Examples
    --------
    >>> refuse_blurred([[1, 2**63 - 1], [2**63 - 1, 2]], "costs")
    >>> refuse_blurred([[2**60, 2**60 + 1]], "costs")
    Traceback (most recent call last):
    ValueError: costs must be integers below 2**53, but for one that stands for what cannot be; \
got 1152921504606846976 and 1152921504606846977
    """
    given = values if hasattr(values, "dtype") else np.asarray(values, dtype=object)
    if given.dtype.kind not in "iuO" or sparse.issparse(given):
        return
    large = sorted({int(v) for v in given.flat if isinstance(v, Integral) and abs(int(v)) >= EXACT})
    if len(large) > 1:
        raise ValueError(
            f"{name} must be integers below 2**53, but for one that stands for what cannot be; "
            f"got {large[0]} and {large[1]}"
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


def exact(values: Any) -> list[Any]:
    """Return numbers in a form whose sums are exact: integers or fractions; others as floats.

    Examples
    --------
    >>> exact([2, 1.0]), exact(np.array([Fraction(1, 3), 1])), exact([0.5, 1])
    ([2, 1], [Fraction(1, 3), Fraction(1, 1)], [0.5, 1.0])
    """
    numbers = np.asarray(values, dtype=object).ravel().tolist()
    if all(isinstance(v, Rational | Decimal) for v in numbers):
        parts = [Fraction(v) for v in numbers]
        return parts if any(part.denominator > 1 for part in parts) else [int(v) for v in numbers]
    return whole(values) or [float(v) for v in numbers]
