"""Sweeps and pieces of sparse lanes as compiled loops (numba): the same sums, in the same order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True)
def sweep(
    indptr: Any,
    indices: Any,
    J: Any,
    h: Any,
    picks: Any,
    state: Any,
    strength: Any,
    gain: Any,
    hard: Any,
) -> None:
    """Move unit after unit, in place, as `SparseLanes.sweep` does; all numbers in single precision.

    Four couplings at a time pass over the lanes, which cuts the traffic of the sums.

    Parameters
    ----------
    indptr, indices, J : arrays
        The couplings in CSR form, four or a multiple of it in every row, some of them zero.
    h : array, shape (N,)
    picks : array of int, shape (N,)
        Unit i meets the noise ``strength * state[N + picks[i]]``.
    state : array, shape (N + POOL + 1, B)
    strength, gain : float
        Of the noise, in units of T, and 1/T.
    hard : bool
        Whether units are limited to −1 … 1, or else take the sign.
    """
    size, lanes = len(h), state.shape[1]
    u, one = np.empty(lanes, np.float32), np.float32(1)
    for i in range(size):
        e, end = indptr[i], indptr[i + 1]
        a, b, c, d = gain * J[e], gain * J[e + 1], gain * J[e + 2], gain * J[e + 3]
        va, vb = state[indices[e]], state[indices[e + 1]]
        vc, vd = state[indices[e + 2]], state[indices[e + 3]]
        for k in range(lanes):
            u[k] = ((a * va[k] + b * vb[k]) + c * vc[k]) + d * vd[k]
        e += 4
        while e < end:
            a, b, c, d = gain * J[e], gain * J[e + 1], gain * J[e + 2], gain * J[e + 3]
            va, vb = state[indices[e]], state[indices[e + 1]]
            vc, vd = state[indices[e + 2]], state[indices[e + 3]]
            for k in range(lanes):
                u[k] = (((u[k] + a * va[k]) + b * vb[k]) + c * vc[k]) + d * vd[k]
            e += 4
        field, noise, v = gain * h[i], state[size + picks[i]], state[i]
        if hard:
            for k in range(lanes):
                v[k] = min(max((u[k] + strength * noise[k]) + field, -one), one)
        else:
            for k in range(lanes):
                v[k] = np.copysign(one, (u[k] + strength * noise[k]) + field)


@njit(cache=True)
def pieces(indptr: Any, indices: Any, J: Any, s: Any, parent: Any, field: Any) -> Any:
    """Return the pieces of `crossover.pieces`, numbered in the same order, as a plain tuple."""
    size, lanes = s.shape
    total = np.count_nonzero(s != parent)
    unit, lane = np.empty(total, np.intp), np.empty(total, np.intp)
    piece, stack = np.full(total, -1, np.intp), np.empty(total, np.intp)
    rise, owner = np.zeros(total), np.empty(total, np.intp)
    slot = np.full(size, -1, np.intp)
    end = count = 0
    for k in range(lanes):
        first = end
        for i in range(size):
            if s[i, k] != parent[i, k]:
                unit[end], lane[end], slot[i] = i, k, end
                end += 1
        for root in range(first, end):
            if piece[root] >= 0:
                continue
            piece[root], owner[count], stack[0] = count, k, root
            top = 1
            while top:
                top -= 1
                i = unit[stack[top]]
                for e in range(indptr[i], indptr[i + 1]):
                    other = slot[indices[e]]
                    if other >= 0 and piece[other] < 0:
                        piece[other], stack[top] = count, other
                        top += 1
            count += 1
        for q in range(first, end):
            i, bonds = unit[q], 0.0
            for e in range(indptr[i], indptr[i + 1]):
                if slot[indices[e]] >= 0:
                    bonds += J[e] * parent[i, k] * parent[indices[e], k]
            rise[piece[q]] += 2 * (parent[i, k] * field[i, k] - bonds)
        for q in range(first, end):
            slot[unit[q]] = -1
    return unit, lane, piece, rise[:count], owner[:count]
