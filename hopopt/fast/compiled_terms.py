"""Sweeps of replicas of an energy of any order as a compiled loop (numba): numpy's numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from hopopt.fast.jit import interruptible


@interruptible
@njit(cache=True)
def sweep(
    found: Any, h: Any, picks: Any, pool: Any, state: Any, gain: Any, noise: Any, hard: Any
) -> None:
    """Move unit after unit in S sweeps, in place, as `Terms.sweep` does.

    Parameters
    ----------
    found : Occurrences
    h : array of float32, shape (N,)
        The part of the fields that is constant.
    picks : array of int, shape (S, N)
        In sweep t unit i meets the noise ``noise[t] * pool[picks[t, i]]``.
    pool, state : arrays of float32, shapes (POOL, B) and (N, B)
    gain, noise : arrays of float32, shape (S,)
        What multiplies the fields and the noise.
    hard : bool
        Whether units are limited to −1 … 1, or else are one of both.
    """
    indptr, starts, weights, others, offsets, slopes = found
    replicas, one = state.shape[1], np.uint32(1)
    u, p = np.empty(replicas, np.float32), np.empty(replicas, np.float32)
    for t in range(len(gain)):
        for i in range(np.uint32(len(h))):
            u[:] = 0
            for e in range(indptr[i], indptr[i + one]):
                first, last, w = starts[e], starts[e + one], weights[e]
                a, b, v = offsets[first], slopes[first], state[others[first]]
                if last - first == 2:
                    c, d, z = offsets[first + one], slopes[first + one], state[others[first + one]]
                    for k in range(replicas):
                        u[k] += w * ((a + b * v[k]) * (c + d * z[k]))
                    continue
                for k in range(replicas):
                    p[k] = a + b * v[k]
                for q in range(first + one, last):
                    a, b, v = offsets[q], slopes[q], state[others[q]]
                    for k in range(replicas):
                        p[k] *= a + b * v[k]
                for k in range(replicas):
                    u[k] += w * p[k]
            out, kick = state[i], pool[picks[t, i]]
            for k in range(replicas):
                x = gain[t] * (u[k] + h[i]) + noise[t] * kick[k]
                if hard:
                    out[k] = min(max(x, np.float32(-1)), np.float32(1))
                else:
                    out[k] = np.copysign(np.float32(1), x)
