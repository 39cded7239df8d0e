"""Annealings of replicas: networks whose noise and temperature fall together, then T = 0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from hopopt.core.annealing import Cooling, Relaxation, anneal
from hopopt.core.lagrangian import Array
from hopopt.core.motion import Monitor
from hopopt.core.network import Network
from hopopt.fast.ready import Ready, Units
from hopopt.fast.replicas import Replicas
from hopopt.search.swinging import Swing

LOOK, MOST_LOOK, PAUSE = 8, 64, 1e-2  # sweeps, and seconds, from one look at the clock to the next
LAST = 0.05  # the share of an annealing in which the last noise vanishes


@dataclass(frozen=True)
class Schedule:
    """How an annealing cools; temperatures and noise in units of ρ, the energy's scale.

    Attributes
    ----------
    hot, cold : float
        First and last temperature of hard-limited units; two-valued ones have none but the noise.
    noise : float
        First amplitude of the noise.
    rest : float
        Its amplitude, as a share of the first, where the last part begins, in which it vanishes.
    reheat : (float, float)
        Weakest and strongest first noise of a reheat.
    """

    hot: float
    cold: float
    noise: float
    rest: float
    reheat: tuple[float, float]

    def T(self, f: Array) -> Array:
        """Return the temperature when a share f of the annealing is over."""
        return self.hot + (self.cold - self.hot) * f

    def fading(self, f: Array) -> Array:
        """Return the noise, as a share of the first, when a share f is over."""
        return np.minimum(1 - (1 - self.rest) * f / (1 - LAST), self.rest * (1 - f) / LAST)


SCHEDULES: dict[Units, Schedule] = {
    "clip": Schedule(0.3, 0.05, 1.2, 0.2, (0.4, 1.5)),
    "sign": Schedule(0.0, 0.0, 1.0, 0.2, (0.25, 0.9)),
}


class Annealer:
    """Anneals replicas of one network: `anneal` by the motion `Replicas`, at last at T = 0.

    Parameters
    ----------
    couplings : Ready
        Of hard-limited units, v ← clip((Jv + h + a·z)/T, −1, 1) with uniform noise, or of
        two-valued ones, v ← sign(Jv + h + a·z) with logistic noise: heat-bath (Glauber) updates.
    rng : numpy.random.Generator
    paced : bool, default True
        Whether an annealing cools faster where it would take more than its share of the time.
        Otherwise it keeps to its sweeps, so that a seed repeats it, until the time is over.
    swing : Swing, optional
        What brings replicas to rest from nothing, by inertia; by default an annealing does.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import IsingEnergy
    >>> energy = IsingEnergy([[0.0, 1.0, 0.0], [1.0, 0.0, -1.0], [0.0, -1.0, 0.0]])
    >>> from hopopt.fast import made_ready
    >>> annealer = Annealer(made_ready(energy, "sign"), np.random.default_rng(0))
    >>> annealer.couplings.size, annealer.schedule.noise
    (3, 1.0)
    """

    def __init__(
        self,
        couplings: Ready,
        rng: np.random.Generator,
        paced: bool = True,
        swing: Swing | None = None,
    ) -> None:
        self.couplings, self.rng, self.paced, self.swing = couplings, rng, paced, swing
        self.schedule = SCHEDULES[couplings.units]
        self.cold = Network(couplings.energy, couplings.domain, T=0.0)

    def start(self, count: int) -> Array:
        """Return outputs to begin with, shape (N, count): nearly undecided, or random signs."""
        shape = (self.couplings.size, count)
        if self.couplings.units == "clip":
            return self.rng.uniform(-0.1, 0.1, shape).astype(np.float32)
        return self.rng.choice(np.array([-1, 1], dtype=np.float32), shape)

    def from_nothing(self, count: int, sweeps: int, monitor: Monitor, share: float) -> Array:
        """Return the spins of replicas that were annealed from where they `start`, or swung."""
        if self.swing is not None:
            of_time = share if self.paced else None
            s = self.swing.batch(self.couplings, count, self.rng, monitor, of_time)
            return np.ascontiguousarray(s.T)
        noise = np.full(count, self.schedule.noise)
        return self.anneal(self.start(count), noise, sweeps, monitor, share)

    def anneal(
        self, v: Array, noise: Array, sweeps: int, monitor: Monitor, share: float = 1.0
    ) -> Array:
        """Return the spins, shape (N, B), in which replicas come to rest.

        Parameters
        ----------
        v : array, shape (N, B)
        noise : array, shape (B,)
            First amplitude of each replica's noise, in units of ρ.
        sweeps : int
        monitor : Monitor
        share : float, default 1
            Of the time that is left, if the annealer is paced by it.
        """
        rest = self.relax(v, noise, sweeps, monitor, share)
        return np.ascontiguousarray(rest.v.T)

    def relax(
        self, v: Array, noise: Array, sweeps: int, monitor: Monitor, share: float = 1.0
    ) -> Relaxation:
        """Return how the core's `anneal` of this annealing ended."""
        ready, plan = self.couplings, self.schedule
        network = Network(ready.rounded, ready.domain, T=plan.hot, noise=noise)
        cooling = (
            Cooling(network, plan.T(f), plan.fading(f))
            for f in self._course(sweeps, monitor, share, v.shape[1])
        )
        motion = Replicas(couplings=ready, noise=self.rng)
        u = v.T * np.float32(network.T) if plan.hot else v.T
        rest = anneal(chain(cooling, [self.cold]), motion, u, monitor=monitor.aside())
        return rest.uninterrupted()

    def _course(
        self, sweeps: int, monitor: Monitor, share: float, replicas: int
    ) -> Iterator[Array]:
        """Yield how far along the next sweeps are, 0 to 1: by the count, or the clock if late."""
        began, count = monitor.remaining(), max(2, sweeps)
        clock = 0.0
        look = int(np.clip(PAUSE / self.couplings.seconds(replicas), LOOK, MOST_LOOK))
        for first in range(0, count, look):
            if began < np.inf:
                used = began - monitor.remaining()
                over = used >= began or began <= 0
                clock = 1.0 if over else used / (share * began) if self.paced else 0.0
            by_count = np.arange(first, min(first + look, count)) / (count - 1)
            f = np.minimum(1, np.maximum(by_count, clock))
            yield f[: 1 + np.searchsorted(f, 1)]
            if f[-1] == 1:
                return
