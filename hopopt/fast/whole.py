"""Couplings as whole numbers, where sums of them are exact in 16 bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from hopopt.core.matrices import Matrix

# The largest sum; how much, of a row's root of squares, rounding may change its couplings; how many
# units may be coupled in all pairs.
LARGEST, ROUNDED, MOST_DENSE = 2**15 - 1, 0.06, 3000
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
    sizes = np.abs(entries[entries != 0])
    if not len(sizes):
        return None
    binade = int(np.frexp(sizes.max())[1])
    if abs(binade) > FAR:
        found = whole_numbers(J * np.ldexp(1.0, -binade), tops)
        return None if found is None else (found[0], found[1] * np.ldexp(1.0, binade), found[2])
    K, squares = J.copy(), (J * J).sum(axis=1)
    sums, widest = float(abs(J).sum(axis=1).max()), int((J != 0).sum(axis=1).max())
    least = float(sizes.min())
    most = LARGEST * least / sums * (1 - 1e-9)  # the top that whole multiples allow
    multiples = most >= tops[-1] and np.allclose(sizes, least * np.rint(sizes / least), 1e-9, 0)
    for top in tops:
        unit = sums / max(1, LARGEST // top - widest)
        if multiples and top <= most:
            unit = least
        (K if dense else K.data)[...] = np.rint(entries / unit)
        off = J - unit * K
        if np.all((off * off).sum(axis=1) <= min(ROUNDED, 0.5 / top) ** 2 * squares):
            return K.astype(np.int16), unit, top
    return None
