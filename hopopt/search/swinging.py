"""First populations from units with inertia: what leads on dense couplings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hopopt.core.annealing import Relaxation, anneal
from hopopt.core.lagrangian import Array
from hopopt.core.masses import Range
from hopopt.core.motion import Monitor
from hopopt.core.network import Network
from hopopt.fast.inertial import SingleInertial
from hopopt.fast.ready import Ready
from hopopt.search.resting import downhill

# Steps of a batch where none are given: at least, and for each unit. Then the fewest, and those of
# a trial; the share of the time that is for steps, the rest being for the way down.
STEPS, PER_UNIT, FEWEST_STEPS, TRIAL_STEPS, FILL = 200, 0.2, 60, 3, 0.95


@dataclass(frozen=True)
class Swing:
    """Batches of `Inertial` motions, then T = 0.

    Step, hold and pull are by default those that bring most replicas to the lowest energies of ±1
    couplings of all pairs, measured at 1,000 and 2,000 spins. There the stiffest mode, p + 2·c·ρ,
    allows steps up to 1.4.

    Parameters
    ----------
    step : float, default 1.375
    hold, pull : (float, float), default (0, .3) and (.4, .5)
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

    step: float = 1.375
    hold: Range = (0.0, 0.3)
    pull: Range = (0.4, 0.5)
    discrete: bool = False
    steps: int | None = None

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
        steps = self.plan(ready, count, monitor, share)
        u = rng.uniform(-0.1, 0.1, (ready.size, count)).astype(np.float32).T
        hot = self._run(ready, u, steps, rng, monitor.silent())
        return downhill(ready, hot.v, monitor)

    def _run(
        self, ready: Ready, u: Array, steps: int, rng: np.random.Generator, monitor: Monitor
    ) -> Relaxation:
        network = Network(ready.energy, ready.domain, T=0.0)
        options = self.step, self.hold, self.pull, self.discrete, rng
        motion = SingleInertial(steps, *options, couplings=ready)
        return anneal([network], motion, u, monitor=monitor).uninterrupted()

    def plan(self, ready: Ready, count: int, monitor: Monitor, share: float | None) -> int:
        """Return how many steps a batch takes, so that whole batches fill the time, by a trial."""
        plan = self.steps or max(STEPS, round(PER_UNIT * ready.size))
        if share is None or monitor.remaining() == np.inf:
            return plan
        u, marks = np.zeros((ready.size, count), dtype=np.float32).T, [monitor.remaining()]
        for steps in (1, 1 + TRIAL_STEPS):
            self._run(ready, u, steps, np.random.default_rng(0), monitor.aside())
            marks.append(monitor.remaining())
        step = (2 * marks[1] - marks[0] - marks[2]) / TRIAL_STEPS
        if step <= 0:
            return plan
        afford = share * marks[2] / step
        return max(FEWEST_STEPS, int(FILL * afford / max(1, round(afford / plan))))
