"""How the kicks cool: how many coolings there are, how long, and how hot each one begins."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import NamedTuple

import numpy as np

RATE = {True: 14_000.0, False: 350.0}
PASS = 300.0
HEATS = ((17.0, 0.6), (1.7, 0.3), (0.85, 0.1))
COLD = 0.95
FEWEST, PROBE = 12, 0.12


class Limits(NamedTuple):
    """What ends the kicks.

    Attributes
    ----------
    kicks : int or None
        How many, at most.
    patience : float
        How many a city in a row that bring nothing.
    """

    kicks: int | None
    patience: float


class Schedule:
    """How n nodes are kicked in the time that is left.

    Temperatures are in mean edges of the tour, and fall linearly to 0. They begin the higher the
    more kicks there are, and where there are more than 300 a node, the tour is cooled again.

    Parameters
    ----------
    n : int
    limits : Limits
    left : float
        Seconds, perhaps without end.
    fast : bool
        Whether the search is compiled.

    Attributes
    ----------
    total : float
        How many kicks there will be, or about so many.
    pace : float or None
        Seconds for each kick, where it is the time that counts.
    ample : bool
        Whether there are kicks enough to try several beginnings.
    """

    def __init__(self, n: int, limits: Limits, left: float, fast: bool) -> None:
        self.n, self.most = n, min(PASS, limits.patience) * n
        timed = limits.kicks is None and left < np.inf
        self.total = self.most if limits.kicks is None else float(limits.kicks)
        if timed:
            self.total = RATE[fast] * max(left, 0.0)
        self.pace = left / max(self.total, 1.0) if timed else None
        self.ample = self.total >= FEWEST * n

    def coolings(self, beginnings: int) -> Iterator[float]:
        """Yield how many kicks each cooling takes, without end; those that probe come first."""
        probe = min(PROBE * self.total, self.most)
        probes = beginnings if beginnings > 1 else 0
        yield from repeat(probe, probes)
        rest = self.total - probes * probe
        yield from repeat(rest / max(1, round(rest / self.most)))

    def heat(self, kicks: float, done: float) -> float:
        """Return the temperature once a share of a cooling is done."""
        first = next((T for least, T in HEATS if kicks >= least * self.n), 0.0)
        return max(0.0, first * (1 - done / COLD))
