"""Exchanges: the discrete network on permutations, where two rows exchange their firing units."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar, Literal, Protocol

import numpy as np

from hopopt.core.checks import check_limits, checked_numbers
from hopopt.core.face import Face
from hopopt.core.lagrangian import Array, per_replica, total
from hopopt.core.motion import Monitor, Rest, Status
from hopopt.core.network import Network
from hopopt.core.permutations import ROUNDING
from hopopt.core.polytope import Polytope


class Walk(Protocol):
    """Replicas at vertices of a polytope, which walk along its edges.

    Attributes
    ----------
    v : array, shape (..., *shape)
        The outputs.
    """

    @property
    def v(self) -> Array: ...

    def meet(self, pairs: Array, noise: Array | None) -> int:
        """Let pairs of rows meet one after another; return how many changes there were.

        Parameters
        ----------
        pairs : array of int, shape (P, 3)
            A block of the domain, and two of its rows.
        noise : array, shape (P, K − 1, ...), optional
            In units of H, by how much each change is favoured over none.
        """
        ...


@checked_numbers
@dataclass(frozen=True, eq=False)
class Exchanges:
    """The discrete network on permutations: two rows of a block exchange their firing units.

    What a flip is to the cube, the least that can change while all sums stay 1 is to a `Polytope`
    with two families of sums, Sinkhorn units above all: an edge between two permutations. In a
    sweep every two rows meet once.

    - T = 0: they exchange where that lowers H, judged by its exact change; ties keep their state.
      H never rises. The sweeps end when one changes nothing: no exchange is left that lowers H
      (2-opt).
    - T > 0, with `noise`: they exchange with probability 1/(1 + exp(ΔH/gT)), a heat bath, so that
      states come to follow the Boltzmann distribution exp(−H/gT) over permutations (g the leak, 1
      where there is none). Physics knows such exchanges, which keep all sums, as Kawasaki dynamics.
      All `max_sweeps` are made. A network's own `Network.noise` a stands in for T.

    Where units of a row share a column, as the orientations of a chain do in
    ``Polytope(((1, 2), (0, 2)))``, two rows that meet choose among all their configurations.
    Clamped units stay as they are.

    Parameters
    ----------
    order : {"random", "fixed"}
        In which rows meet in a sweep.
    noise : numpy.random.Generator, optional
        Where the noise comes from; None is deterministic, at T = 0 only.
    max_sweeps : int, default 1000
    rng : numpy.random.Generator, optional
        For the random order; a generator seeded with 0 by default.
    pairs : int, optional
        How many pairs of rows meet in a sweep with noise, so that large networks may cool in
        stages of less than a sweep; all by default.

    References
    ----------
    Kawasaki, "Diffusion constants near the critical point for time-dependent Ising models", 1966;
    Aarts & Korst, "Simulated Annealing and Boltzmann Machines", 1989.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Diagonal, Exchanges, Monitor, Network, Sinkhorn
    >>> costs = np.array([[4.0, 1.0, 3.0], [2.0, 0.0, 5.0], [3.0, 2.0, 2.0]])
    >>> network = Network(Diagonal((3, 3), 0.0, costs), Sinkhorn(), T=0)
    >>> rest = Exchanges().run(network, np.eye(3), Monitor())
    >>> network.output(rest.u)[0].argmax(-1)
    array([1, 0, 2])
    """

    order: Literal["random", "fixed"] = "random"
    noise: np.random.Generator | None = None
    max_sweeps: int = 1000
    rng: np.random.Generator | None = None
    pairs: int | None = None
    name: ClassVar[str] = "exchanges"
    slack: ClassVar[float] = 1e-9

    def __post_init__(self) -> None:
        if self.order not in ("random", "fixed"):
            raise ValueError(f"order must be 'random' or 'fixed'; got {self.order!r}")
        for name in ("noise", "rng"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, np.random.Generator):
                raise TypeError(f"{name} must be a numpy Generator or None; got {value!r}")
        check_limits(0.0, max_sweeps=self.max_sweeps)
        if self.pairs is not None and self.pairs < 1:
            raise ValueError(f"pairs must be at least 1, or None for all; got {self.pairs}")

    @property
    def descends(self) -> bool:
        """Whether H is claimed never to rise: without noise."""
        return self.noise is None

    def run(self, network: Network, u: Array, monitor: Monitor, warm: Array | None = None) -> Rest:
        """Sweep until nothing changes, or `max_sweeps` times where there is noise."""
        units, strength = polytope(network), self._strength(network)
        v = network.lagrangian.vertex(u)
        walk = self._walk(network, v)
        rng = self.rng if self.rng is not None else np.random.default_rng(0)
        pairs, count = _pairs(units, network.shape), 0
        _tell(network, monitor, u, v, 0.0)
        for sweep in range(1, self.max_sweeps + 1):
            order = rng.permutation(pairs) if self.order == "random" else pairs
            order = order if strength is None else order[: self.pairs]
            moved, met = 0, 0
            for part in np.split(order, range(network.shape[0], len(order), network.shape[0])):
                moved += walk.meet(part, self._kicks(units, part, strength, v.shape))
                met += len(part)
                if monitor.over():
                    monitor.step(network.state(walk.v), sweep - 1 + met / max(1, len(order)), 0.0)
            v, count = walk.v, count + moved
            u = network.state(v)
            _tell(network, monitor, u, v, float(sweep))
            if strength is None and not moved:
                return Rest(u, None, Status.CONVERGED, sweep, count)
        status = Status.MAX_STEPS if strength is None else Status.CONVERGED
        return Rest(u, None, status, self.max_sweeps, count)

    def _walk(self, network: Network, v: Array) -> Walk:
        """Return the replicas at vertices v, ready to walk."""
        return EdgeWalk(network, v)

    def _strength(self, network: Network) -> Array | None:
        """Return the temperature of the heat bath, g·T or g·a, unit by unit; None without noise."""
        source = network.T if network.noise is None else network.noise
        if not np.any(source) and not np.any(network.T):
            return None
        if self.noise is None:
            raise ValueError(
                f"noise must be a numpy Generator at T > 0; got None at T = {network.T}"
            )
        leak = np.where(np.greater(network.leak, 0), network.leak, 1.0)
        return np.asarray(leak * per_replica(source, len(network.shape)))

    def _kicks(
        self, units: Polytope, pairs: Array, strength: Array | None, shape: tuple[int, ...]
    ) -> Array | None:
        """Return what noise favours each change by, for pairs of rows: g·T·(z_k − z_0)."""
        if strength is None or self.noise is None:
            return None
        *_, inner = units.sizes(shape)
        lead, others = shape[: len(shape) - units.ndim], 2 * inner**2 - 1
        if others == 1:  # the difference of two Gumbel variables
            z = self.noise.logistic(size=(len(pairs), 1, *lead))
        else:
            z = self.noise.gumbel(size=(len(pairs), 1 + others, *lead))
            z = z[:, 1:] - z[:, :1]
        if not strength.ndim:
            return np.asarray(strength * z)
        wide = np.broadcast_to(strength, np.broadcast_shapes(strength.shape, shape))
        by_block = units.canonical(wide)[..., 0, 0, 0]
        return np.asarray(np.moveaxis(by_block[..., pairs[:, 0]], -1, 0)[:, None] * z)


def polytope(network: Network) -> Polytope:
    """Return the network's domain, or refuse what is no polytope with two families of sums."""
    units = network.lagrangian
    units = units.base if isinstance(units, Face) else units
    if not isinstance(units, Polytope) or len(units.sums) != 2:
        raise TypeError(
            "exchanges need a polytope with two families of sums, such as Sinkhorn(); got "
            f"{network.lagrangian!r}"
        )
    return units


def _pairs(units: Polytope, shape: tuple[int, ...]) -> Array:
    """Return every two rows of every block, shape (P, 3)."""
    kept, rows, *_ = units.sizes(shape)
    r, s = np.triu_indices(rows, 1)
    block = np.repeat(np.arange(kept), len(r))
    return np.stack([block, np.tile(r, kept), np.tile(s, kept)], axis=1)


def _tell(network: Network, monitor: Monitor, u: Array, v: Array, sweep: float) -> None:
    energy = network.energy.value(v) + network.conjugate(v) if monitor.record else None
    monitor.step(u, sweep, float(np.max(network.T)), energy)


class EdgeWalk:
    """The walk on any energy: by ∇H and ∇²H·d where it is quadratic, else by its values.

    ∇²H·d is a few columns of ∇²H where the energy has them at hand.

    Parameters
    ----------
    network : Network
    v : array, shape (..., *shape)
        Vertices.
    """

    def __init__(self, network: Network, v: Array) -> None:
        self.energy, self.units, self.v = network.energy, polytope(network), v.astype(float)
        self.ndim, (*_, self.inner) = len(network.shape), self.units.sizes(v.shape)
        face = network.lagrangian
        self._held: Array | None = None
        if isinstance(face, Face):
            self._held = self._by_rows(np.broadcast_to(face.mask, v.shape))
        table = self._by_rows(v)
        self._images, self._width = table.argmax(-1), table.shape[-1]
        self._number = self._by_rows(np.arange(prod(network.shape)).reshape(network.shape))
        none = np.zeros(0, dtype=int)
        self._columns = self.energy.quadratic and self.energy.columns(none) is not None
        shifts = np.arange(self.inner)
        grid = np.meshgrid([0, 1], shifts, shifts, indexing="ij")
        self._swap, self._first, self._second = (part.ravel()[1:] for part in grid)
        self._refresh()

    def _refresh(self) -> None:
        """Compute from scratch what changes have kept up to date."""
        if self.energy.quadratic:
            self._gradient = self.energy.gradient(self.v)
            axes = tuple(range(-self.ndim, 0))
            self._small = 4 * ROUNDING * np.abs(self._gradient).max(axes)
        else:
            self._value = self.energy.value(self.v)

    def _by_rows(self, v: Array) -> Array:
        """Return a table with a last axis for all units of a row, shape (..., kept, rows, ·)."""
        table = self.units.canonical(v)
        return table.reshape(*table.shape[:-2], -1)

    def meet(self, pairs: Array, noise: Array | None) -> int:
        """Let pairs of rows meet one after another; return how many changes there were."""
        self._refresh()
        count = 0
        for k, (block, r, s) in enumerate(pairs.tolist()):
            count += self._meet(block, r, s, None if noise is None else noise[k])
        return count

    def _meet(self, block: int, r: int, s: int, kick: Array | None) -> int:
        old = self._images[..., block, [r, s]]
        new = self._configurations(old)
        d = self._changes(block, (r, s), old, new)
        units = self._number[block, [r, s]][
            [0, 1], np.stack([new, np.broadcast_to(old, new.shape)])
        ]
        rise, small, bent = self._rises(d, units)
        push = -rise - small if kick is None else kick - rise - small
        if self._held is not None:
            held = np.broadcast_to(
                self._held[..., block, [r, s], :], (*new.shape, self._held.shape[-1])
            )
            fixed = _pick(held, new) | _pick(held, np.broadcast_to(old, new.shape))
            push = np.where((fixed & (new != old)).any(-1), -np.inf, push)
        best = push.argmax(0)
        goes = np.take_along_axis(push, best[None], 0)[0] > 0
        if not goes.any():
            return 0
        step = _at(d, best) * per_replica(goes, self.ndim)
        self.v = self.v + step
        if bent is not None:
            self._gradient = self._gradient + _at(bent, best) * per_replica(goes, self.ndim)
        else:
            self._value = np.where(goes, self._value + _at(rise, best), self._value)
        chosen = np.where(goes[..., None], _at(new, best), old)
        self._images[..., block, [r, s]] = chosen
        return int(goes.sum())

    def _configurations(self, old: Array) -> Array:
        """Return the other units that two rows could fire, shape (K − 1, ..., 2)."""
        column, place = np.divmod(old, self.inner)
        wide = (slice(None),) + (None,) * (old.ndim - 1)
        swap = self._swap[wide].astype(bool)
        columns = np.where(swap[..., None], column[..., ::-1], column)
        shifts = np.stack([self._first[wide], self._second[wide]], axis=-1)
        return np.asarray(columns * self.inner + (place + shifts) % self.inner)

    def _changes(self, block: int, rows: tuple[int, int], old: Array, new: Array) -> Array:
        """Return the changes of the outputs, shape (K − 1, ..., *shape)."""
        table = np.zeros((len(new), *self._images.shape, self._width))
        for k, row in enumerate(rows):
            here = table[..., block, row, :]
            np.put_along_axis(here, new[..., [k]], 1.0, -1)
            gone = np.broadcast_to(old[..., [k]], new[..., [k]].shape)
            np.put_along_axis(here, gone, np.take_along_axis(here, gone, -1) - 1, -1)
        shape = (*table.shape[:-1], table.shape[-1] // self.inner, self.inner)
        return self.units.restored(table.reshape(shape), self.v.shape)

    def _rises(self, d: Array, units: Array) -> tuple[Array, Array, Array | None]:
        """Return ΔH of changes, what rounding may make of 0, and ∇²H·d for quadratic energies.

        `units`, shape (2, K − 1, ..., 2), holds the numbers of the units that begin to fire, and of
        those that cease.
        """
        if not self.energy.quadratic:
            after = self.energy.value(self.v + d)
            return after - self._value, ROUNDING * (np.abs(after) + np.abs(self._value)), None
        if self._columns:
            begin, cease = (self.energy.columns(part) for part in units)
            assert begin is not None
            assert cease is not None
            bent = (begin - cease).sum(-2).reshape(d.shape)
        else:
            bent = self.energy.hessp(self.v, d)
        return total(d * (self._gradient + bent / 2), self.ndim), self._small, bent


def _pick(table: Array, units: Array) -> Array:
    return np.take_along_axis(table, units[..., None], -1)[..., 0]


def _at(values: Array, best: Array) -> Array:
    """Return values[best], choice by choice of the first axis, replica by replica."""
    index = best.reshape(1, *best.shape, *(1,) * (values.ndim - 1 - best.ndim))
    return np.asarray(np.take_along_axis(values, index, 0)[0])
