"""Discrete updates: one unit, one group, or everything at once."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar, Literal

import numpy as np

from hopopt.core.checks import check_limits, checked_numbers
from hopopt.core.lagrangian import Array, per_replica
from hopopt.core.motion import Monitor, Rest, Status
from hopopt.core.network import Network
from hopopt.core.sweeping import ROUNDING, block_sums, tell, visit

SweepOrder = Literal["random", "fixed", "parallel", "guarded"]
ORDERS: tuple[SweepOrder, ...] = ("random", "fixed", "parallel", "guarded")


@checked_numbers
@dataclass(frozen=True, eq=False)
class Updates:
    """The discrete network: outputs jump to where the field sends them.

    A sweep visits every block of the domain once, each with the field as it then is: unit by unit,
    group by group, or the whole of a polytope that two families of sums tie together.

    - T = 0, unit by unit: a unit flips if that lowers H, judged by the exact energy of the flip,
      self-term included; ties keep their state. H never rises (Hopfield 1982).
    - T > 0 without noise, or blocks that are more than a unit: the iterated map v ← ∇L_T(−∇H/g),
      whose fixed points are the flow's; at T = 0, v ← vertex(−∇H).
    - `noise`: v ← vertex(−∇H/g + T·z), with the Lagrangian's own noise z: Glauber dynamics for
      two-valued units, by the exact energy of the flip (Boltzmann temperature g·T for Tanh, g·T/2
      for Sigmoid, whose output is (1 + tanh(u/T))/2), Gumbel noise for Potts groups. A network
      that says how strong its `Network.noise` a is has v ← ∇L_T(−∇H/g + a·z) instead, vertices
      only at T = 0. All `max_sweeps` are taken.
    - ``order="parallel"`` moves everything at once; a cycle of two states is detected (Goles 1990).
    - ``order="guarded"``, at T = 0: everything at once for as long as that lowers H, replica by
      replica, then unit by unit in random order. Nearly as fast as "parallel", and H never rises.

    Parameters
    ----------
    order : {"random", "fixed", "parallel", "guarded"} or array of int
        Of the blocks in a sweep; an array names each block once.
    damping : float in (0, 1], default 1
        Share of the new state in the iterated map, u ← (1 − damping)·u + damping·(−∇H/g).
    noise : numpy.random.Generator, optional
        Where the noise comes from; None is deterministic.
    max_sweeps : int, default 1000
    tol : float, default 1e-10
        The iterated map stops when no output moves further.
    rng : numpy.random.Generator, optional
        For the random order; a generator seeded with 0 by default.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Monitor, Network, Quadratic, Tanh
    >>> patterns = np.array([[1.0, 1.0, -1.0, -1.0]])
    >>> network = Network(Quadratic(-patterns.T @ patterns), Tanh(), T=0)
    >>> rest = Updates().run(network, np.array([1.0, 1.0, 1.0, -1.0]), Monitor())
    >>> network.output(rest.u)[0]
    array([ 1.,  1., -1., -1.])
    """

    order: SweepOrder | Array = "random"
    damping: float = 1.0
    noise: np.random.Generator | None = None
    max_sweeps: int = 1000
    tol: float = 1e-10
    rng: np.random.Generator | None = None
    name: ClassVar[str] = "updates"
    slack: ClassVar[float] = 1e-9

    def __post_init__(self) -> None:
        named = isinstance(self.order, str) and self.order in ORDERS
        if not named and not (isinstance(self.order, np.ndarray) and _is_order(self.order)):
            raise ValueError(
                f"order must be one of {', '.join(ORDERS)}, or an array that names each block "
                f"once; got {self.order!r}"
            )
        if not 0 < self.damping <= 1:
            raise ValueError(f"damping must lie in (0, 1]; got {self.damping!r}")
        for name in ("noise", "rng"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, np.random.Generator):
                raise TypeError(f"{name} must be a numpy Generator or None; got {value!r}")
        if self._guarded and self.noise is not None:
            raise ValueError("order 'guarded' takes no noise: H must fall")
        check_limits(self.tol, max_sweeps=self.max_sweeps)

    @property
    def descends(self) -> bool:
        """Whether the flips claim descent; the iterated map and noise never do."""
        return self.noise is None and not self._simultaneous

    @property
    def _simultaneous(self) -> bool:
        return isinstance(self.order, str) and self.order == "parallel"

    @property
    def _guarded(self) -> bool:
        return isinstance(self.order, str) and self.order == "guarded"

    def run(self, network: Network, u: Array, monitor: Monitor, warm: Array | None = None) -> Rest:
        """Update until a whole sweep changes nothing."""
        jumps = self._jumps(network)
        if self._guarded and not network.energy.conservative:
            raise ValueError(f"order 'guarded' needs an energy; got {network.energy!r}")
        if not (np.all(network.leak) or jumps):
            raise ValueError("leak must be positive for the iterated map at T > 0; got 0")
        if network.lagrangian.blocks == "unit" and jumps and not self._simultaneous:
            return self._flips(network, u, monitor)
        if self._guarded:
            raise ValueError(
                f"order 'guarded' needs T = 0 and units that move alone; got T = {network.T} and "
                f"{network.lagrangian!r}"
            )
        monitor.disclaim()
        return self._map(network, u, monitor, warm)

    def _jumps(self, network: Network) -> bool:
        """Whether outputs are vertices: at T = 0, and where the noise is thermal."""
        thermal = self.noise is not None and network.noise is None
        return thermal or not np.any(network.T)

    def _noisy(self, network: Network) -> bool:
        """Whether there is noise in the inputs."""
        if self.noise is None:
            return False
        return network.noise is not None or bool(np.any(network.T))

    def _noise(self, network: Network, shape: tuple[int, ...]) -> Array:
        """Return a·z, the noise in the inputs, or T·z where it is thermal."""
        assert self.noise is not None
        strength = network.T if network.noise is None else network.noise
        z = network.lagrangian.noise(self.noise, shape)
        return np.asarray(per_replica(strength, len(network.shape)) * z)

    def _map(self, network: Network, u: Array, monitor: Monitor, warm: Array | None) -> Rest:
        """Send each block's outputs where the field points, block after block.

        Noisy outputs that are no vertices stay as they are from stage to stage, while T falls: they
        warm the next stage themselves.
        """
        labels = network.lagrangian.labels(network.shape)
        numbers = np.zeros_like(labels) if self._simultaneous else labels
        blocks, rng = int(numbers.max()) + 1, self._rng()
        noisy, kept = self._noisy(network), self._noisy(network) and not self._jumps(network)
        v, warm = (warm, None) if kept and warm is not None else network.output(u, warm)
        tell(network, monitor, u, v, 0)
        before, nit = np.full_like(v, np.nan), 0
        for sweep in range(1, self.max_sweeps + 1):
            start = v
            for k in self._order(blocks, rng):
                new, v_new, warm = self._step(network, u, v, warm, numbers == k, labels)
                u, v = new.astype(u.dtype, copy=False), v_new.astype(u.dtype, copy=False)
                nit += 1
            tell(network, monitor, network.state(v) if noisy else u, v, sweep)
            if not noisy and np.abs(v - start).max() <= self.tol:
                return Rest(u, warm, Status.CONVERGED, sweep, nit)
            cycles = isinstance(self.order, np.ndarray) or self.order != "random"
            if not noisy and cycles and np.abs(v - before).max() <= self.tol:
                return Rest(u, warm, Status.CYCLE, sweep, nit)
            before = start
        if noisy:
            v_kept = v if kept else None
            return Rest(network.state(v), v_kept, Status.CONVERGED, self.max_sweeps, nit)
        return Rest(u, warm, Status.MAX_STEPS, self.max_sweeps, nit)

    def _step(
        self,
        network: Network,
        u: Array,
        v: Array,
        warm: Array | None,
        block: Array,
        labels: Array,
    ) -> tuple[Array, Array, Array | None]:
        field = -network.energy.gradient(v) / np.where(np.greater(network.leak, 0), network.leak, 1)
        u = np.where(block, (1 - self.damping) * u + self.damping * field, u)
        if self._noisy(network):
            kicked = u + self._noise(network, u.shape)
            if self._jumps(network):
                return u, np.where(block, network.lagrangian.vertex(kicked), v), None
            return u, np.where(block, network.output(kicked)[0], v), None
        if np.any(network.T):
            v, warm = network.output(u, warm)
            return u, v, warm
        new = network.lagrangian.vertex(u)
        stays = block & (block_sums(u * (new - v), labels) <= 0)
        return np.where(stays, network.state(v), u), np.where(block & ~stays, new, v), None

    def _rng(self) -> np.random.Generator:
        return self.rng if self.rng is not None else np.random.default_rng(0)

    def _order(self, count: int, rng: np.random.Generator) -> Array:
        if isinstance(self.order, np.ndarray):
            if len(self.order) != count:
                raise ValueError(f"order must name {count} blocks; got {len(self.order)}")
            return self.order
        return rng.permutation(count) if self.order in ("random", "guarded") else np.arange(count)

    def _flips(self, network: Network, u: Array, monitor: Monitor) -> Rest:
        """Visit the units in order, fast: those that would not change are skipped."""
        v = network.lagrangian.vertex(u)
        lead, size = v.shape[: v.ndim - len(network.shape)], prod(network.shape)
        rng, count, done, noisy = self._rng(), 0, 0, self._noisy(network)
        tell(network, monitor, network.state(v), v, 0)
        if self._guarded:
            v, count, done = self._falls(network, v, monitor)
        for sweep in range(done + 1, self.max_sweeps + 1):
            order = self._order(size, rng)
            kick = self._kick(network, (*lead, size))
            v, flips = visit(network, v, order, kick, monitor)
            count += flips
            tell(network, monitor, network.state(v), v, sweep)
            if not noisy and flips == 0:
                return Rest(network.state(v), None, Status.CONVERGED, sweep, count)
        status = Status.CONVERGED if noisy else Status.MAX_STEPS
        return Rest(network.state(v), None, status, self.max_sweeps, count)

    def _falls(self, network: Network, v: Array, monitor: Monitor) -> tuple[Array, int, int]:
        """Move all units at once, in each replica while that lowers H; count moves and sweeps."""
        value, gradient = network.energy.evaluate(v)
        active, flips, sweep = np.full(value.shape, True), 0, 0
        while sweep < self.max_sweeps:
            step = per_replica(active, len(network.shape)) & (gradient != 0)
            new = np.where(step, network.lagrangian.vertex(-gradient), v)
            after, slope = network.energy.evaluate(new)
            active = active & (after < value - ROUNDING * np.abs(value))
            if not active.any():
                break
            falls, sweep = per_replica(active, len(network.shape)), sweep + 1
            flips += int(np.count_nonzero(falls & (new != v)))
            v, gradient = np.where(falls, new, v), np.where(falls, slope, gradient)
            value = np.where(active, after, value)
            tell(network, monitor, network.state(v), v, sweep)
        return v, flips, sweep

    def _kick(self, network: Network, shape: tuple[int, ...]) -> Array:
        """Return g·a·z, the noise that each unit will meet in this sweep beside its field."""
        if not self._noisy(network):
            return np.zeros(shape)
        leak = np.where(np.greater(network.leak, 0), network.leak, 1)
        noise = self._noise(network, (*shape[:-1], *network.shape))
        return np.asarray(leak * noise).reshape(shape)


def _is_order(order: Array) -> bool:
    whole = order.ndim == 1 and order.dtype.kind in "iu"
    return whole and np.array_equal(np.sort(order), np.arange(order.size))
