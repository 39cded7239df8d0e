"""Sweeps of replicas and pieces of their differences as compiled loops (numba): numpy's numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from hopopt.fast.jit import interruptible
from hopopt.fast.ready import REPLICAS


@intrinsic
def _stack(_: Any, like: Any) -> Any:
    """Return a pointer to REPLICAS numbers on the stack, of the type that the array has.

    Nothing else can point to them: the compiler need not ask before every pass over the replicas
    whether sums and outputs overlap, which takes almost as long as the pass.
    """

    def code(context: Any, builder: Any, _: Any, __: Any) -> Any:
        return cgutils.alloca_once(builder, context.get_data_type(like.dtype), size=REPLICAS)

    return types.CPointer(like.dtype)(like), code


@interruptible
@njit(cache=True)
def sweep(
    weights: Any, h: Any, picks: Any, pool: Any, state: Any, factors: Any, top: Any, hard: Any
) -> None:
    """Move unit after unit in S sweeps, in place, as `Couplings.sweep` does.

    Parameters
    ----------
    weights : (indptr, indices, K)
        In CSR form, four or a multiple of it in every row, some of them zero: whole numbers, summed
        up as such, or in single precision.
    h : array, shape (N,)
    picks : array of int, shape (S, N)
        In sweep t unit i meets the noise ``strength[t] * pool[picks[t, i]]``.
    pool : array, shape (POOL, B)
    state : array, shape (N, B)
    factors : (gain, strength, field), arrays, shape (S,)
        What multiplies the sums of weights, the noise and the fields h.
    top : float
        Where units are limited.
    hard : bool
        Whether units are limited to −top … top, or else are one of both.
    """
    gain, strength, field = factors
    replicas, K = state.shape[1], weights[2]
    many, fixed = np.empty(replicas, K.dtype), carray(_stack(K), (REPLICAS,))
    for t in range(len(gain)):
        now = gain[t], strength[t], field[t]
        if replicas == REPLICAS:
            _sweep(weights, h, picks[t], pool, state, now, top, hard, fixed, REPLICAS)
        else:
            _sweep(weights, h, picks[t], pool, state, now, top, hard, many, replicas)


@njit(inline="always")
def _sweep(
    weights: Any,
    h: Any,
    picks: Any,
    pool: Any,
    state: Any,
    factors: Any,
    top: Any,
    hard: Any,
    u: Any,
    replicas: Any,
) -> None:
    """Make one sweep: four weights at a time pass over the replicas; a fixed number is faster.

    All indices are unsigned, or each would be looked at for whether it counts from the end.
    """
    (indptr, indices, K), (gain, strength, field) = weights, factors
    one, two, three, four = np.uint32(1), np.uint32(2), np.uint32(3), np.uint32(4)
    for i in range(np.uint32(len(h))):
        for k in range(replicas):
            u[k] = 0
        for e in range(indptr[i], indptr[i + one], four):
            a, b, c, d = K[e], K[e + one], K[e + two], K[e + three]
            va, vb = state[indices[e]], state[indices[e + one]]
            vc, vd = state[indices[e + two]], state[indices[e + three]]
            for k in range(replicas):
                u[k] = (((u[k] + a * va[k]) + b * vb[k]) + c * vc[k]) + d * vd[k]
        push, noise, v = field * h[i], pool[picks[i]], state[i]
        if hard:
            for k in range(replicas):
                v[k] = min(max(gain * np.float32(u[k]) + (strength * noise[k] + push), -top), top)
        else:
            for k in range(replicas):
                v[k] = np.copysign(top, gain * np.float32(u[k]) + (strength * noise[k] + push))


@interruptible
@njit(cache=True)
def pieces(indptr: Any, indices: Any, J: Any, s: Any, parent: Any, field: Any) -> Any:
    """Return the pieces of `crossover.pieces`, numbered in the same order, as a plain tuple."""
    size, replicas = s.shape
    total = np.count_nonzero(s != parent)
    unit, replica = np.empty(total, np.intp), np.empty(total, np.intp)
    piece, stack = np.full(total, -1, np.intp), np.empty(total, np.intp)
    rise, owner = np.zeros(total), np.empty(total, np.intp)
    slot = np.full(size, -1, np.intp)
    end = count = 0
    for k in range(replicas):
        first = end
        for i in range(size):
            if s[i, k] != parent[i, k]:
                unit[end], replica[end], slot[i] = i, k, end
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
    return unit, replica, piece, rise[:count], owner[:count]
