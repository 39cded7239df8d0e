"""Annealed replicas of the network and nothing else: hard-limited units, or a Boltzmann machine."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from hopopt import Monitor
from hopopt.core import Array
from hopopt.fast import Ready, Units
from hopopt.search import Annealer, most_sweeps
from problems.spins.annealing import (
    HOUR,
    SECONDS,
    affordable,
    at_least_one,
    check_units,
    downhill_seconds,
)
from problems.spins.dynamics import Dynamics

FEWEST = 4  # replicas in a batch, where there is no time for more
FIRST_SHARE = 0.1  # of the time, for the first batch


class AnnealedReplicas(Dynamics):
    """Annealed noisy replicas of the network, and nothing else: no crossover, no reheats.

    Hard-limited units v ← clip((Jv + h + a·z)/T, −1, 1), or two-valued ones, whose temperature and
    noise fall together; then T = 0. The first batch takes a tenth of the time, the next one all
    that is left.

    Parameters
    ----------
    target : float, optional
        Stop at this cost, or a better one.
    units : {"clip", "sign"}, default "clip"
        Hard-limited units with uniform noise, or two-valued heat-bath units.
    replicas : int, optional
        In a batch: 64 by default, 16 of a network of higher order.
    sweeps : int, optional
        Of a batch; by default what the time allows, but no more than 100 + N²/16 for N spins. Below
        that the clock decides, and a seed alone does not repeat a run.
    batches : int, optional
        How many batches at most; by default as many as there is time for.
    compiled : bool, optional
        Whether sweeps are compiled loops (numba, the extra ``fast``), as for `Anneal`.
    """

    name: ClassVar[str] = "replicas"
    summary: ClassVar[str] = "presolve, annealed noisy networks in replicas, nothing else"

    def __init__(
        self,
        target: float | None = None,
        units: Units = "clip",
        replicas: int | None = None,
        sweeps: int | None = None,
        batches: int | None = None,
        compiled: bool | None = None,
    ) -> None:
        check_units(units)
        at_least_one(sweeps=sweeps)
        super().__init__(target, replicas, batches, units, compiled)
        self.sweeps = sweeps

    def batch(self, ready: Ready, rng: np.random.Generator, monitor: Monitor) -> Array:
        annealer = Annealer(ready, rng, paced=self.sweeps is None)
        count = self.replicas or ready.replicas
        if self.replicas is None and self.sweeps is None:
            count = affordable(downhill_seconds(ready), count, FEWEST, monitor.remaining())
        sweeps, share = self._plan(ready, monitor)
        return annealer.from_nothing(count, sweeps, monitor, share).T

    def begun(self, ready: Ready, s: Array, rng: np.random.Generator, monitor: Monitor) -> Array:
        """Return where they come to rest at T = 0, and from reheats with noise of all strengths."""
        annealer = Annealer(ready, rng, paced=self.sweeps is None)
        sweeps, share = self._plan(ready, monitor)
        noise = np.linspace(*annealer.schedule.reheat, self.replicas or ready.replicas)
        v = np.repeat(s[:, None].astype(np.float32), len(noise), axis=1)
        reheated = annealer.anneal(v, noise, sweeps, monitor, share).T
        return np.concatenate([super().begun(ready, s, rng, monitor), reheated])

    def _plan(self, ready: Ready, monitor: Monitor) -> tuple[int, float]:
        """Return the sweeps of the next batch, and its share of the time that is left."""
        if self.sweeps is not None:
            return self.sweeps, 1.0
        share = 1.0 if monitor.counts.nit else FIRST_SHARE
        seconds = min(monitor.remaining(), HOUR) if monitor.remaining() < np.inf else SECONDS
        afford = int(share * seconds / ready.seconds(self.replicas or ready.replicas))
        return max(1, min(afford, most_sweeps(ready.size))), share


class Boltzmann(AnnealedReplicas):
    """A Boltzmann machine, annealed: two-valued units in a heat bath (Glauber updates).

    It is `AnnealedReplicas` of two-valued units.

    Parameters
    ----------
    target, replicas, sweeps, batches, compiled
        As there.

    References
    ----------
    Ackley, Hinton & Sejnowski, "A learning algorithm for Boltzmann machines", 1985.
    """

    name: ClassVar[str] = "boltzmann"
    summary: ClassVar[str] = "Boltzmann machine, heat-bath updates, annealed"

    def __init__(
        self,
        target: float | None = None,
        replicas: int | None = None,
        sweeps: int | None = None,
        batches: int | None = None,
        compiled: bool | None = None,
    ) -> None:
        super().__init__(target, "sign", replicas, sweeps, batches, compiled)
