"""First populations from units with inertia: what leads on dense couplings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hopopt.core.annealing import anneal
from hopopt.core.lagrangian import Array
from hopopt.core.masses import Range
from hopopt.core.motion import Monitor
from hopopt.core.network import Network
from hopopt.fast.inertial import SingleInertial
from hopopt.fast.ready import Ready
from hopopt.search.resting import downhill

# Steps of a batch where none are given: at least, and for each unit. Then the fewest; after how
# many the clock is looked at; the share of the time for steps, the rest being for the way down.
STEPS, PER_UNIT, FEWEST_STEPS, LOOK, FILL = 200, 0.2, 60, 8, 0.95
READ, PRODUCT = 8e-10, 4e-11  # seconds: twice what a step takes a coupling, and a replica of it


class Pace:
    """Steps that keep to the time: so many that whole batches, of about `plan` steps, fill it.

    Parameters
    ----------
    monitor : Monitor
    share : float
        Of the time that is left, for these batches.
    plan : int
    """

    def __init__(self, monitor: Monitor, share: float, plan: int) -> None:
        self.monitor, self.plan, self.taken = monitor, plan, 0
        self.began, self.end = 0.0, monitor.remaining() * (1 - FILL * share)

    def __call__(self, left: int) -> int:
        """Return how many steps are to come, of which there would be so many."""
        self.taken += 1
        if self.taken == 1:
            self.began = self.monitor.remaining()
        if self.taken % LOOK:
            return left
        now = self.monitor.remaining()
        step = (self.began - now) / (self.taken - 1)
        if step <= 0:
            return left
        afford = max(0.0, now - self.end) / step
        if self.taken > LOOK:
            return max(int(afford), FEWEST_STEPS - self.taken, 0)
        batches = max(1, round((afford + LOOK) / self.plan))
        steps = max((afford + LOOK) / batches, FEWEST_STEPS)
        self.end = now - (steps - LOOK) * step
        return int(steps) - LOOK


@dataclass(frozen=True)
class Swing:
    """Batches of `Inertial` motions, then T = 0.

    Step, hold and pull are by default those whose batches end lowest, measured at ±1 and normal
    couplings of all pairs of 500 to 2,000 spins. There the stiffest mode, p + 2·c·ρ, allows steps
    up to 1.26.

    Parameters
    ----------
    step : float, default 1
    hold, pull : (float, float), default (0, .4) and (.5, .75)
    discrete : bool, default False
        As in `Inertial`.
    steps : int, optional
        Of a batch, about: so many that whole batches fill the time that there is, but no fewer than
        60. By default 200, or a fifth of the units where that is more.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import IsingEnergy, Monitor
    >>> from hopopt.fast import made_ready
    >>> ready = made_ready(IsingEnergy([[0.0, 1.0, 0.0], [1.0, 0.0, -1.0], [0.0, -1.0, 0.0]]))
    >>> Swing(steps=99).batch(ready, 4, np.random.default_rng(0), Monitor()).shape
    (4, 3)
    """

    step: float = 1.0
    hold: Range = (0.0, 0.4)
    pull: Range = (0.5, 0.75)
    discrete: bool = False
    steps: int | None = None

    @staticmethod
    def seconds(size: int, count: int) -> float:
        """Return how long so many replicas should have, where all pairs of units are coupled.

        Examples
        --------
        >>> round(Swing.seconds(1000, 64), 2)
        0.2
        """
        return FEWEST_STEPS * size**2 * (READ + PRODUCT * count)

    def batch(
        self,
        ready: Ready,
        count: int,
        rng: np.random.Generator,
        monitor: Monitor,
        share: float | None = 1.0,
    ) -> Array:
        """Return the spins, shape (B, N), in which a batch of so many replicas comes to rest.

        Parameters
        ----------
        ready : Ready
        count : int
        rng : numpy.random.Generator
        monitor : Monitor
        share : float or None, default 1
            Of the time that is left, for this batch and others like it; None for all steps.
        """
        steps, pace = self.steps or max(STEPS, round(PER_UNIT * ready.size)), None
        if share is not None and monitor.remaining() < np.inf:
            pace = Pace(monitor, share, steps)
        u = rng.uniform(-0.1, 0.1, (ready.size, count)).astype(np.float32).T
        options = self.step, self.hold, self.pull, self.discrete, rng
        motion = SingleInertial(steps, *options, couplings=ready, pace=pace)
        network = Network(ready.energy, ready.domain, T=0.0)
        rest = anneal([network], motion, u, monitor=monitor.silent()).uninterrupted()
        return downhill(ready, rest.v, monitor)
