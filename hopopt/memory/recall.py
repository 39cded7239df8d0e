"""What a recall returns, and how it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np

from hopopt.core.lagrangian import Array
from hopopt.core.motion import Status
from hopopt.memory.path import Path
from hopopt.memory.store import RIGHT, Store

BATCH = ("status", "trace", "times", "hint", "path")
"""What is not one entry a cue."""


@dataclass(frozen=True, eq=False)
class Recall:
    """What a memory recalled. For one cue every entry is a number, for a batch an array.

    Attributes
    ----------
    state : array, shape (B, N) or (N,)
        The recalled state, in the memory's coding; analogue outputs after a continuous recall.
        Images where the cues were images.
    index : int or array
        The stored pattern that the state is closest to (two-valued: by |overlap|).
    overlap : float or array
        ⟨ξ, v⟩/N with that pattern in ±1 coding; −1 is its negation. Real: the cosine.
    spurious : bool or array
        Whether the state is neither a stored pattern nor the negation of one.
    negated : bool or array
        Whether it is the negation of a stored pattern; the opposite pattern is then −v
        (0/1: 1 − v).
    distance : float or array
        Two-valued: in how many units the state differs from that pattern (Hamming). Real: the
        largest difference.
    energy : float or array
        E at the end.
    n_iter : int or array
        Sweeps, steps or (continuous) solver steps, the one that changed nothing included.
    converged : bool or array
        Whether it came to rest.
    cycled : bool or array
        Whether synchronous updates ran into a cycle of two states (then finished one by one).
    status : Status
        Of the whole batch; `status.advice` says what to try.
    trace : array, shape (steps + 1, B) or (steps + 1,)
        E at the start and after each step.
    times : array, shape (steps + 1,)
        The network's own time (τ) or sweeps of each row of the trace.
    hint : str
        What the cues make one suspect: that a blackened part was meant as unknown. And that
        asymmetric weights have no energy.
    path : Path or None
        With ``record="flips"``: the state and E after every flip.

    Examples
    --------
    >>> from hopopt.memory import AssociativeMemory
    >>> memory = AssociativeMemory("projection").fit([[1, 1, 1, 1, -1, -1], [1, -1, 1, -1, 1, -1]])
    >>> recall = memory.recall([[1, 1, 1, 1, -1, 1], [-1, 1, -1, 1, -1, 1]])
    >>> recall.index, recall.distance, recall.negated
    (array([0, 1]), array([0, 6]), array([False,  True]))
    """

    state: Array
    index: Any
    overlap: Any
    spurious: Any
    negated: Any
    distance: Any
    energy: Any
    n_iter: Any
    converged: Any
    cycled: Any
    status: Status
    trace: Array = field(repr=False)
    times: Array = field(repr=False)
    hint: str = ""
    path: Path | None = field(default=None, repr=False)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Put the recalls of several batches into one; those that rested early keep their E."""
        if len(parts) == 1:
            return parts[0]
        longest = max(parts, key=lambda part: len(part.trace))
        rows = len(longest.trace)
        trace: Any = [
            np.pad(part.trace, ((0, rows - len(part.trace)), (0, 0)), "edge") for part in parts
        ]
        joined: dict[str, Any] = {
            f.name: np.concatenate([getattr(part, f.name) for part in parts])
            for f in fields(cls)
            if f.name not in BATCH
        }
        status, path = max(part.status for part in parts), Path.joined([p.path for p in parts])
        trace = np.hstack(trace)
        return cls(**joined, status=status, trace=trace, times=longest.times, path=path)

    def single(self) -> Self:
        """Return the recall of the only cue of a batch."""
        row = {f.name: getattr(self, f.name) for f in fields(self)}
        scalars = {
            name: value[0].item() for name, value in row.items() if name not in ("state", *BATCH)
        }
        path = None if self.path is None else self.path.single()
        state, trace = self.state[0], self.trace[:, 0]
        return type(self)(**{**row, **scalars, "state": state, "trace": trace, "path": path})


def judge(
    plain: Array, store: Store, columns: slice = slice(None), hint: Array | None = None
) -> dict[str, Any]:
    """Return index, overlap, spurious, negated and distance of states, shape (B, N).

    A `hint` of the nearest pattern is taken where the state is that very pattern. Where no pattern
    is stored, there is no nearest: index −1, and the rest unknown.
    """
    if not len(store):
        none, blank = np.full(len(plain), -1), np.full(len(plain), np.nan)
        stored = {"index": none, "overlap": blank, "distance": blank}
        return {**stored, "spurious": none < 0, "negated": none > 0}
    if store.coding == "real":
        return _judge_real(plain, store, columns, hint)
    index, overlap = store.nearest(plain, columns, hint)
    width = plain.shape[1]
    distance = np.rint(width * (1 - overlap) / 2).astype(int)
    negated = distance == width
    spurious = (distance > 0) & ~negated
    return {
        "index": index,
        "overlap": overlap,
        "spurious": spurious,
        "negated": negated,
        "distance": distance,
    }


def _judge_real(plain: Array, store: Store, columns: slice, hint: Array | None) -> dict[str, Any]:
    index, overlap = store.nearest(plain, columns, hint)
    distance = np.abs(plain - store.take(index, columns)).max(-1)
    return {
        "index": index,
        "overlap": overlap,
        "spurious": distance >= RIGHT,
        "negated": np.zeros(len(plain), dtype=bool),
        "distance": distance,
    }
