"""Noisy networks in lanes that cool: noise and temperature fall together, then single flips."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hopopt.core.lagrangian import Array
from hopopt.core.motion import Monitor
from hopopt.fast.replicas import POOL, Lanes, Units

LOOK = 8  # sweeps from one look at the clock, and one draw of noise, to the next
LAST = 0.05  # the share of an annealing in which the last noise vanishes


@dataclass(frozen=True)
class Schedule:
    """How an annealing cools; temperatures and noise in units of ρ, the energy's scale.

    Attributes
    ----------
    hot, cold : float
        First and last temperature of hard-limited units; two-valued ones have none but the noise.
    noise : float
        First strength of the noise.
    rest : float
        Its strength, as a share of the first, where the last part begins, in which it vanishes.
    reheat : (float, float)
        Weakest and strongest first noise of a reheat.
    """

    hot: float
    cold: float
    noise: float
    rest: float
    reheat: tuple[float, float]


SCHEDULES: dict[Units, Schedule] = {
    "clip": Schedule(0.3, 0.05, 1.2, 0.2, (0.4, 1.5)),
    "sign": Schedule(1.0, 1.0, 1.0, 0.2, (0.25, 0.9)),
}


class Annealer:
    """Anneals lanes of one energy: noise and temperature fall together, then single flips.

    Parameters
    ----------
    lanes : Lanes
        Of hard-limited units, v ← clip((Jv + h + noise)/T, −1, 1) with uniform noise, or of
        two-valued ones, v ← sign(Jv + h + noise) with logistic noise: heat-bath (Glauber) updates.
    rng : numpy.random.Generator
    """

    def __init__(self, lanes: Lanes, rng: np.random.Generator) -> None:
        self.lanes, self.units, self.rng = lanes, lanes.units, rng
        self.schedule = SCHEDULES[lanes.units]

    def start(self, count: int) -> Array:
        """Return outputs to begin with, shape (N, count): nearly undecided, or random signs."""
        shape = (self.lanes.size, count)
        if self.units == "clip":
            return self.rng.uniform(-0.1, 0.1, shape).astype(np.float32)
        return self.rng.choice(np.array([-1, 1], dtype=np.float32), shape)

    def from_nothing(self, count: int, sweeps: int, monitor: Monitor, share: float) -> Array:
        """Return the spins of lanes that were annealed from where they `start`."""
        noise = np.full(count, self.schedule.noise)
        return self.anneal(self.start(count), noise, sweeps, monitor, share)

    def noise(self, shape: tuple[int, ...]) -> Array:
        """Draw noise of strength 1."""
        if self.units == "clip":
            return self.rng.uniform(-1, 1, shape)
        return self.rng.logistic(scale=0.5, size=shape)

    def anneal(
        self, v: Array, noise: Array, sweeps: int, monitor: Monitor, share: float = 1.0
    ) -> Array:
        """Return the spins, shape (N, B), in which lanes come to rest.

        Parameters
        ----------
        v : array, shape (N, B)
        noise : array, shape (B,)
            First strength of each lane's noise.
        sweeps : int
        monitor : Monitor
        share : float, default 1
            Of the time that is left: an annealing that would take more cools faster, by the clock.
        """
        lanes, plan = self.lanes, self.schedule
        state = lanes.state(v)
        pool = (self.noise((POOL, v.shape[1])) * noise).astype(np.float32)
        for f in self._course(sweeps, monitor, share):
            picks = self.rng.integers(POOL, size=(len(f), lanes.size), dtype=np.uint32)
            strength = np.minimum(1 - (1 - plan.rest) * f / (1 - LAST), plan.rest * (1 - f) / LAST)
            lanes.sweep(state, pool, picks, strength, plan.hot + (plan.cold - plan.hot) * f)
        s = np.where(state < 0, np.float32(-1), np.float32(1))
        lanes.descend(s)
        return s

    @staticmethod
    def _course(sweeps: int, monitor: Monitor, share: float) -> Iterator[Array]:
        """Yield how far along the next sweeps are, 0 to 1: by the count, or the clock if late."""
        began, count = monitor.remaining(), max(2, sweeps)
        clock = 0.0
        for first in range(0, count, LOOK):
            if began < np.inf:
                used = began - monitor.remaining()
                clock = used / (share * began) if began > 0 else 1.0
            by_count = np.arange(first, min(first + LOOK, count)) / (count - 1)
            f = np.minimum(1, np.maximum(by_count, clock))
            yield f[: 1 + np.searchsorted(f, 1)]
            if f[-1] == 1:
                return
