"""Couplings as whole numbers, where sums of them are exact in 16 bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from hopopt.core.lagrangian import Array
from hopopt.core.matrices import Matrix

# The largest sum; how much, of a row's root of squares, rounding may change its couplings; how many
# units may be coupled in all pairs. Measured at 4,000 units and ±1: a sweep of 64 replicas takes 22
# ms instead of 50, but first come seconds, and a gigabyte, for the numbers; units with inertia, who
# lead there, sweep not at all; and normal couplings are too many for 16 bits.
LARGEST, ROUNDED, MOST_DENSE, MULTIPLE = 2**15 - 1, 0.06, 3000, 1e-9
FAR = 300  # binades: beyond it squares are no numbers


def whole_numbers(J: Matrix, tops: Sequence[int]) -> tuple[Any, float, int] | None:
    """Return couplings as whole numbers K, J ≈ unit·K, of which 16 bits hold every sum.

    Whole multiples of the smallest coupling are kept as they are, if the sums allow it. Others are
    rounded, as little as the sums allow, and no more than the outputs are.

    Parameters
    ----------
    J : array or sparse array, shape (N, N)
    tops : sequence of int
        What may stand for v = 1, the finest first.

    Returns
    -------
    K : array or CSR array of int16, shape (N, N)
    unit : float
    top : int
        The first one with which Σ_j |K_ij|·top fits for all i.
        None, instead of all three, where there are no couplings, where they are too unlike each
        other, or where there are too many.
    """
    dense = isinstance(J, np.ndarray)
    if dense and len(J) > MOST_DENSE:
        return None
    if not dense:
        J = sparse.csr_array(J, dtype=float, copy=True)
        J.sum_duplicates()  # and sorts, which a sum would do behind the back of K
    entries = J if dense else J.data
    sizes = np.abs(entries)
    least = float(sizes.min(where=sizes > 0, initial=np.inf))
    if not np.isfinite(least):
        return None
    binade = int(np.frexp(sizes.max())[1])
    if abs(binade) > FAR:
        found = whole_numbers(J * np.ldexp(1.0, -binade), tops)
        return None if found is None else (found[0], found[1] * np.ldexp(1.0, binade), found[2])
    K, squares, largest = J.copy(), (J * J).sum(axis=1), float(sizes.max())
    sums, widest = float(abs(J).sum(axis=1).max()), int((J != 0).sum(axis=1).max())
    most = LARGEST * least / sums * (1 - 1e-9)  # the top that whole multiples allow
    multiples = most >= tops[-1] and _multiples(sizes, least)
    for top in tops:
        unit = sums / max(1, LARGEST // top - widest)
        if multiples and top <= most:
            unit = least
        if unit > 2 * largest:
            continue  # all would be rounded to nothing
        (K if dense else K.data)[...] = np.rint(entries / unit)
        off = J - unit * K
        if np.all((off * off).sum(axis=1) <= min(ROUNDED, 0.5 / top) ** 2 * squares):
            return K.astype(np.int16), unit, top
    return None


def _multiples(sizes: Array, unit: float) -> bool:
    """Whether all sizes are whole multiples of a unit."""
    off = sizes / unit
    off -= np.rint(off)
    off *= unit
    return bool(np.all(np.abs(off, out=off) <= MULTIPLE * sizes))
