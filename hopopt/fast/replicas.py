"""Many replicas of an Ising network, updated unit after unit: `Updates`, made fast.

The law, a test: sweep for sweep the outputs are those of `Updates` of the same network in the same
number type, unit by unit in visiting order, with the same noise.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hopopt.core.annealing import Cooling
from hopopt.core.lagrangian import Array
from hopopt.core.motion import Monitor, Rest, Status
from hopopt.core.network import Network
from hopopt.core.updates import Updates
from hopopt.fast.ready import Ready

POOL = 1024


class Pool:
    """Rows of noise z of amplitude 1, drawn once, from which every unit of a sweep takes one.

    Parameters
    ----------
    couplings : Ready
        The units, whose own noise it is: uniform for hard-limited ones, logistic for others.
    rng : numpy.random.Generator
    """

    def __init__(self, couplings: Ready, rng: np.random.Generator) -> None:
        self.couplings, self.rng = couplings, rng
        self._rows = np.zeros((0, 0))
        self._amplitude: float | Array | None = None
        self._scaled = self._rows

    def rows(self, replicas: int) -> Array:
        """Return all rows, shape (POOL, replicas)."""
        if self._rows.shape != (POOL, replicas):
            self._rows = self.couplings.domain.noise(self.rng, (POOL, replicas))
        return self._rows

    def scaled(self, amplitude: float | Array, replicas: int) -> Array:
        """Return all rows times the amplitude of each replica, in single precision."""
        if self._amplitude is not amplitude:
            rows = self.rows(replicas)
            self._amplitude, self._scaled = amplitude, (rows * amplitude).astype(np.float32)
        return self._scaled

    def picks(self, sweeps: int) -> Array:
        """Draw which row each unit takes in each sweep, shape (sweeps, N)."""
        return self.rng.integers(POOL, size=(sweeps, self.couplings.size), dtype=np.uint32)


@dataclass(frozen=True, eq=False)
class Replicas(Updates):
    """`Updates` of B replicas of one Ising network in visiting order, made fast.

    A `Cooling` of the network of `couplings.rounded`, hard-limited or two-valued units, is taken
    whole, one sweep a stage; the network of `couplings.energy` at T = 0 goes downhill unit by unit.
    Whatever else is asked goes the way of `Updates`. The state of the replicas, shape (B, N), is in
    single precision.

    Parameters
    ----------
    couplings : Ready
    noise : numpy.random.Generator, optional
    pool : Pool, optional
        Of noise; by default a new one for this motion.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Cooling, IsingEnergy, Monitor, Network, anneal
    >>> from hopopt.fast import Replicas, couplings_of
    >>> ring = IsingEnergy(np.roll(np.eye(6), 1, 0) + np.roll(np.eye(6), -1, 0))
    >>> ready, rng = couplings_of(ring), np.random.default_rng(0)
    >>> hot = Network(ready.rounded, ready.domain, T=1.0, noise=np.ones(3))
    >>> cold = Network(ready.energy, ready.domain, T=0)
    >>> fall = np.linspace(1, 0.05, 50)
    >>> motion = Replicas(couplings=ready, noise=rng)
    >>> start = rng.uniform(-0.1, 0.1, (3, 6)).astype(np.float32)
    >>> rest = anneal([Cooling(hot, fall, fall), cold], motion, start)
    >>> ring.value(ready.outside(rest.v.T).T)
    array([-6., -6., -6.])
    """

    order: str | Array = "fixed"  # type: ignore[assignment]
    couplings: Ready = field(kw_only=True)
    pool: Pool | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pool is None and self.noise is not None:
            object.__setattr__(self, "pool", Pool(self.couplings, self.noise))

    def run(self, network: Network, u: Array, monitor: Monitor, warm: Array | None = None) -> Rest:
        """Go downhill at T = 0; all else goes the way of `Updates`."""
        flips = not np.any(network.T) and not self._noisy(network) and u.ndim == 2
        if not flips or network.energy is not self.couplings.energy or self.order != "fixed":
            return super().run(network, u, monitor, warm)
        s = np.ascontiguousarray(network.lagrangian.vertex(u).T, dtype=np.float32)
        sweeps, count = self.couplings.descend(s)
        monitor.step(s.T, float(sweeps), 0.0)
        return Rest(s.T, None, Status.CONVERGED, sweeps, count)

    def cool(self, cooling: Cooling, u: Array, monitor: Monitor, warm: Array | None = None) -> Rest:
        """Take one noisy sweep a stage."""
        network, ready = cooling.network, self.couplings
        if network.energy is not ready.rounded or self.pool is None or network.noise is None:
            raise ValueError("cooling must be of `couplings.rounded`, and noisy like the motion")
        monitor.disclaim()
        count, factors = len(u), np.ones(len(cooling)) if cooling.noise is None else cooling.noise
        state = warm
        if state is None:
            v, _ = cooling.stage(0).output(u)
            state = np.ascontiguousarray(ready.inner(v.T))
        pool = self.pool.scaled(network.noise, count)
        T = np.where(cooling.T > 0, cooling.T, 1.0)
        ready.sweep(state, pool, self.pool.picks(len(cooling)), factors, T)
        last = np.float32(cooling.T[-1] or 1.0)
        out = np.multiply(state.T, last / ready.top, dtype=np.float32)
        monitor.step(out, float(len(cooling)), float(cooling.T[-1]))
        return Rest(out, state, Status.CONVERGED, len(cooling), len(cooling) * ready.size)
