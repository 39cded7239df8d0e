"""Discrete updates: one unit, one group, or everything at once."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar, Literal

import numpy as np

from hopopt.core.checks import check_limits
from hopopt.core.lagrangian import Array, lanes
from hopopt.core.motion import Monitor, Rest, Status
from hopopt.core.network import Network

Order = Literal["random", "fixed", "parallel"]

ROUNDING = 1e-12


@dataclass(frozen=True)
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
      for Sigmoid, whose output is (1 + tanh(u/T))/2), Gumbel noise for Potts groups. All
      `max_sweeps` are taken.
    - ``order="parallel"`` moves everything at once; a cycle of two states is detected (Goles 1990).

    Parameters
    ----------
    order : {"random", "fixed", "parallel"}
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

    order: Order = "random"
    damping: float = 1.0
    noise: np.random.Generator | None = None
    max_sweeps: int = 1000
    tol: float = 1e-10
    rng: np.random.Generator | None = None
    name: ClassVar[str] = "updates"
    slack: ClassVar[float] = 1e-9

    def __post_init__(self) -> None:
        if self.order not in ("random", "fixed", "parallel"):
            raise ValueError(f"order must be 'random', 'fixed' or 'parallel'; got {self.order!r}")
        if not 0 < self.damping <= 1:
            raise ValueError(f"damping must lie in (0, 1]; got {self.damping!r}")
        for name in ("noise", "rng"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, np.random.Generator):
                raise TypeError(f"{name} must be a numpy Generator or None; got {value!r}")
        check_limits(self.tol, max_sweeps=self.max_sweeps)

    @property
    def descends(self) -> bool:
        """Whether the flips claim descent; the iterated map and noise never do."""
        return self.noise is None and self.order != "parallel"

    def run(self, network: Network, u: Array, monitor: Monitor, warm: Array | None = None) -> Rest:
        """Update until a whole sweep changes nothing."""
        noisy = self.noise is not None and bool(np.any(network.T))
        if not (np.all(network.leak) or noisy or not np.any(network.T)):
            raise ValueError("leak must be positive for the iterated map at T > 0; got 0")
        units = network.lagrangian.blocks == "unit" and self.order != "parallel"
        if units and (noisy or not np.any(network.T)):
            return self._flips(network, u, monitor, noisy)
        monitor.disclaim()
        return self._map(network, u, monitor, warm, noisy)

    def _map(
        self, network: Network, u: Array, monitor: Monitor, warm: Array | None, noisy: bool
    ) -> Rest:
        """Send each block's outputs where the field points, block after block."""
        labels = network.lagrangian.labels(network.shape)
        if self.order == "parallel":
            labels = np.zeros_like(labels)
        blocks, rng = int(labels.max()) + 1, self._rng()
        v, warm = network.output(u, warm)
        _tell(network, monitor, u, v, 0)
        before, nit = np.full_like(v, np.nan), 0
        for sweep in range(1, self.max_sweeps + 1):
            start = v
            for k in self._order(blocks, rng):
                u, v, warm = self._step(network, u, v, warm, labels == k, labels)
                nit += 1
            _tell(network, monitor, network.state(v) if noisy else u, v, sweep)
            if not noisy and np.abs(v - start).max() <= self.tol:
                return Rest(u, warm, Status.CONVERGED, sweep, nit)
            if not noisy and self.order != "random" and np.abs(v - before).max() <= self.tol:
                return Rest(u, warm, Status.CYCLE, sweep, nit)
            before = start
        if noisy:
            return Rest(network.state(v), None, Status.CONVERGED, self.max_sweeps, nit)
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
        if np.any(network.T) and self.noise is None:
            v, warm = network.output(u, warm)
            return u, v, warm
        if np.any(network.T) and self.noise is not None:
            z = network.lagrangian.noise(self.noise, u.shape)
            new = network.lagrangian.vertex(u + lanes(network.T, len(network.shape)) * z)
            return u, np.where(block, new, v), None
        new = network.lagrangian.vertex(u)
        stays = block & (block_sums(u * (new - v), labels) <= 0)
        return np.where(stays, network.state(v), u), np.where(block & ~stays, new, v), None

    def _rng(self) -> np.random.Generator:
        return self.rng if self.rng is not None else np.random.default_rng(0)

    def _order(self, count: int, rng: np.random.Generator) -> Array:
        return rng.permutation(count) if self.order == "random" else np.arange(count)

    def _flips(self, network: Network, u: Array, monitor: Monitor, noisy: bool) -> Rest:
        """Visit the units in order, fast: those that would not change are skipped."""
        v = network.lagrangian.vertex(u)
        lead, size = v.shape[: v.ndim - len(network.shape)], prod(network.shape)
        rng, count = self._rng(), 0
        _tell(network, monitor, network.state(v), v, 0)
        for sweep in range(1, self.max_sweeps + 1):
            order = self._order(size, rng)
            kick = self._kick(network, (*lead, size), noisy)
            v, flips = _sweep(network, v, order, kick)
            count += flips
            _tell(network, monitor, network.state(v), v, sweep)
            if not noisy and flips == 0:
                return Rest(network.state(v), None, Status.CONVERGED, sweep, count)
        status = Status.CONVERGED if noisy else Status.MAX_STEPS
        return Rest(network.state(v), None, status, self.max_sweeps, count)

    def _kick(self, network: Network, shape: tuple[int, ...], noisy: bool) -> Array:
        """Return g·T·z, the noise that each unit will meet in this sweep beside its field."""
        if not noisy or self.noise is None:
            return np.zeros(shape)
        z = network.lagrangian.noise(self.noise, (*shape[:-1], *network.shape))
        leak = np.where(np.greater(network.leak, 0), network.leak, 1)
        return np.asarray(leak * lanes(network.T, len(network.shape)) * z).reshape(shape)


def _tell(network: Network, monitor: Monitor, u: Array, v: Array, sweep: int) -> None:
    energy = network.energy.value(v) + network.conjugate(v) if monitor.record else None
    monitor.step(u, float(sweep), float(np.max(network.T)), energy)


def _sweep(network: Network, v: Array, order: Array, kick: Array) -> tuple[Array, int]:
    """Visit every unit once, in all lanes together.

    A change costs one column of ∇²H where the energy has it at hand, else all the flips anew.
    """
    energy, flat = network.energy, kick.shape
    follows = energy.quadratic and energy.columns(np.zeros(0, dtype=int)) is not None
    if follows:
        gradient = energy.gradient(v).reshape(flat)
        bend = energy.flip(v, np.ones(v.shape)).reshape(flat) - gradient
    position = np.zeros((*flat[:-1], 1), dtype=int)
    visits = np.arange(flat[-1])
    flips = 0
    while True:
        delta = network.lagrangian.opposite(v) - v
        step = delta.reshape(flat)
        rise = step * (gradient + bend * step) if follows else energy.flip(v, delta).reshape(flat)
        push = kick * step - rise
        noise = ROUNDING * np.abs(rise).max(-1, keepdims=True)
        wants = (push > noise)[..., order] & (visits >= position)
        if not wants.any():
            return v, flips
        first = wants.argmax(-1)[..., None]
        found = np.take_along_axis(wants, first, -1)
        unit = order[first]
        moves = np.where(found, np.take_along_axis(step, unit, -1), 0)
        out = v.reshape(flat).copy()
        np.put_along_axis(out, unit, np.take_along_axis(out, unit, -1) + moves, -1)
        v = out.reshape(v.shape)
        columns = energy.columns(unit[..., 0]) if follows else None
        if columns is not None:
            gradient = gradient + moves * columns
        position = np.where(found, first + 1, flat[-1])
        flips += int(found.sum())


def block_sums(values: Array, labels: Array) -> Array:
    """Return, for each unit, the sum of the values over its block, lane by lane."""
    flat, blocks = values.reshape(-1, labels.size), int(labels.max()) + 1
    numbers = labels.ravel() + blocks * np.arange(len(flat))[:, None]
    sums = np.bincount(numbers.ravel(), flat.ravel(), minlength=len(flat) * blocks)
    return sums[numbers].reshape(values.shape)
