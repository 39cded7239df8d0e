"""What a recall returns, and how it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np

from hopopt.core.lagrangian import Array
from hopopt.core.motion import Status
from hopopt.memory.store import RIGHT, Store


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
        What the cues make one suspect: that a blackened part was meant as unknown.
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

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Put the recalls of several batches into one; those that rested early keep their E."""
        if len(parts) == 1:
            return parts[0]
        longest = max(parts, key=lambda part: len(part.trace))
        rows = len(longest.trace)
        trace = [
            np.pad(part.trace, ((0, rows - len(part.trace)), (0, 0)), "edge") for part in parts
        ]
        joined: dict[str, Any] = {
            f.name: np.concatenate([getattr(part, f.name) for part in parts])
            for f in fields(cls)
            if f.name not in ("status", "trace", "times", "hint")
        }
        status = max(part.status for part in parts)
        return cls(**joined, status=status, trace=np.hstack(trace), times=longest.times)

    def single(self) -> Self:
        """Return the recall of the only cue of a batch."""
        row = {f.name: getattr(self, f.name) for f in fields(self)}
        scalars = {
            name: value[0].item()
            for name, value in row.items()
            if name not in ("state", "trace", "times", "status", "hint")
        }
        state, trace = self.state[0], self.trace[:, 0]
        return type(self)(**{**row, **scalars, "state": state, "trace": trace})


def judge(
    plain: Array, store: Store, columns: slice = slice(None), hint: Array | None = None
) -> dict[str, Any]:
    """Return index, overlap, spurious, negated and distance of states, shape (B, N).

    A `hint` of the nearest pattern is taken where the state is that very pattern.
    """
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
