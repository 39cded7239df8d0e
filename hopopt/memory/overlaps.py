"""How a recall comes closer to its pattern, sweep by sweep."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.lagrangian import Array
from hopopt.memory.coding import to_bipolar
from hopopt.memory.estimator import AssociativeMemory


def overlap_trace(
    memory: AssociativeMemory,
    cues: ArrayLike,
    index: ArrayLike | None = None,
    *,
    rng: int = 0,
    **options: Any,
) -> Array:
    """Return the overlap with a stored pattern at the start and after each sweep or step.

    The recall is run to its end once, then again for one sweep, two sweeps, …, with the same seed,
    so that each is the beginning of the next.

    Parameters
    ----------
    memory : AssociativeMemory
        Fitted without y, two-valued.
    cues : array_like, shape (B, N) or (N,)
    index : int or array_like of int, shape (B,), optional
        The pattern that each cue should recall; by default the one that it ends closest to.
    rng : int, default 0
    **options
        For `AssociativeMemory.recall`.

    Returns
    -------
    array, shape (steps + 1, B)

    Examples
    --------
    >>> memory = AssociativeMemory("projection").fit([[1, 1, 1, 1, -1, -1], [1, -1, 1, -1, 1, -1]])
    >>> overlap_trace(memory, [1, 1, 1, 1, -1, 1]).round(2).ravel()
    array([0.67, 1.  , 1.  ])
    """
    if memory.coding_ == "real" or memory.n_features_in_ != memory.patterns_.shape[1]:
        raise ValueError("memory must be two-valued and fitted without y for overlap_trace")
    given = np.atleast_2d(np.asarray(cues))
    last = memory.recall(given, rng=rng, **options)
    chosen = last.index if index is None else np.broadcast_to(np.asarray(index), last.index.shape)
    target = to_bipolar(memory.patterns_[chosen], memory.coding_)
    states = [given] + [
        memory.recall(given, rng=rng, **{**options, "max_iter": count}).state
        for count in range(1, int(last.n_iter.max()) + 1)
    ]
    bipolar = (to_bipolar(state, memory.coding_) for state in states)
    return np.array([np.einsum("bi,bi->b", v, target) / target.shape[1] for v in bipolar])
