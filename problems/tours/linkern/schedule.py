"""What is done in the time that is left: how many tours are crossed, and how the kicks cool."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

RATE = {True: 14_000.0, False: 350.0}
PASS = 300.0
HEATS = ((17.0, 0.6), (1.7, 0.3), (0.85, 0.1))
COLD = 0.95
SHARE, TOUR, KICKED = 0.8, 0.1, 0.25
ENOUGH, MANY, MOST = 8, 150, 300
MEMORY = 30_000_000
STEPS, FEWEST_STEPS, STEP_SECONDS, STEPS_SHARE = 100, 20, 1.3e-6, 0.2


def steps(n: int, left: float) -> int:
    """Return how many steps an ascent of the prices of n nodes may take; none where few would."""
    most = min(STEPS, STEPS_SHARE * left / (STEP_SECONDS * n))
    return int(most) if most >= FEWEST_STEPS else 0


class Limits(NamedTuple):
    """What ends a search, but for its time.

    Attributes
    ----------
    kicks : int or None
        How many, at most.
    patience : float
        How many a city in a row that bring nothing.
    tours : int or None
        How many are crossed; by default what the time allows, and none where kicks are counted.
    """

    kicks: int | None
    patience: float
    tours: int | None = None


class Plan(NamedTuple):
    """How many tours are crossed, and how many kicks each has had before."""

    tours: int
    kicks: int


class Schedule:
    """How n nodes are searched in the time that is left.

    Temperatures are in mean edges of the tour, and fall linearly to 0. They begin the higher the
    more kicks there are, and where there are more than 300 a node, the tour is cooled again.

    Parameters
    ----------
    n : int
    limits : Limits
    made : int
        How many kicks there were.
    left : float
        Seconds, perhaps without end.
    fast : bool
        Whether the search is compiled.

    Attributes
    ----------
    length : float
        How many kicks the next cooling takes, or about so many.
    pace : float or None
        Seconds for each kick, where it is the time that counts.
    """

    def __init__(self, n: int, limits: Limits, made: int, left: float, fast: bool) -> None:
        self.n, most = n, min(PASS, limits.patience) * n
        timed = limits.kicks is None and left < np.inf
        self.total = most if limits.kicks is None else float(limits.kicks - made)
        if timed:
            self.total = RATE[fast] * max(left, 0.0)
        self.pace = left / max(self.total, 1.0) if timed else None
        self.length = self.total / max(1, round(self.total / most))

    def plan(self) -> Plan:
        """Return how many tours the time and the memory allow to cross, if it is eight.

        To make a tour and to cross it takes as long as .1 kicks a node. Up to 150 tours are worth
        more than kicks, then .25 kicks a node, then more tours. All tours have 3·10⁷ nodes at most.
        """
        share = SHARE * self.total / self.n
        kicks = min(max(share / MANY - TOUR, 0.0), KICKED)
        tours = min(int(share / (TOUR + kicks)), MOST, MEMORY // self.n)
        return Plan(tours if tours >= ENOUGH else 0, int(kicks * self.n))

    def done(self, kicks: float, seconds: float) -> float:
        """Return the share of a cooling that is done, after so many kicks, or seconds."""
        if self.pace is None:
            return kicks / self.length
        return seconds / max(self.pace * self.length, 1e-9)

    def heat(self, done: float, most: float) -> float:
        """Return the temperature once a share of a cooling is done, `most` at its beginning."""
        first = next((T for least, T in HEATS if self.length >= least * self.n), 0.0)
        return max(0.0, min(first, most) * (1 - done / COLD))
