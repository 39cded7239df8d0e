"""The energy along a run, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from hopopt.core.lagrangian import Array

Subject = Literal["energy", "cost"]


@dataclass(frozen=True, eq=False)
class Trace:
    """The energy along a run: one row a recorded step.

    Attributes
    ----------
    stage : array of int
        The annealing stage of each row; E may jump where it changes, for the network does.
    time : array
        The network's own time (units of τ; steps for the motions that have no time).
    temperature, energy : array
    subject : {"energy", "cost"}
        What `energy` holds: a network's E, or the best cost that a search had found after `time`
        seconds.

    Examples
    --------
    >>> from hopopt import Trace
    >>> rows = [(0, 0.0, 1.0, 5.0), (0, 1.0, 1.0, 2.0), (1, 2.0, 0.5, 3.0), (1, 3.0, 0.5, 3.3)]
    >>> trace = Trace.of(rows)
    >>> len(trace), round(trace.rise(), 3)  # up by .3 in the second stage, down by 3 in the first
    (4, 0.1)
    """

    stage: Array
    time: Array
    temperature: Array
    energy: Array
    subject: Subject = "energy"

    @classmethod
    def of(
        cls, rows: Sequence[tuple[int, float, float, Array | float]], subject: Subject = "energy"
    ) -> Self:
        """Build a trace from rows (stage, time, temperature, energy), the least of all replicas."""
        least = [(*row[:3], np.min(row[3])) for row in rows]
        stage, time, temperature, energy = np.array(least, dtype=float).reshape(-1, 4).T
        return cls(stage.astype(int), time, temperature, energy, subject)

    def __len__(self) -> int:
        return len(self.energy)

    def rise(self) -> float:
        """Return the largest rise of E inside a stage, as a share of the whole fall."""
        if len(self) < 2:
            return 0.0
        inside = np.diff(self.stage) == 0
        steps = np.diff(self.energy)[inside]
        size = float(np.abs(self.energy).max())
        fall = max(float(-steps[steps < 0].sum()), 1e-9 * size, np.finfo(float).tiny)
        return max(0.0, float(steps.max(initial=0.0))) / fall
