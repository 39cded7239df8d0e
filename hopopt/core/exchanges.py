"""Exchanges: the discrete network on permutations, where two rows exchange their firing units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from hopopt.core.checks import check_limits, checked_numbers
from hopopt.core.edge_walk import EdgeWalk, Walk, polytope
from hopopt.core.lagrangian import Array, per_replica
from hopopt.core.motion import Monitor, Rest, Status
from hopopt.core.network import Network
from hopopt.core.polytope import Polytope
from hopopt.core.sweeping import tell


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
        tell(network, monitor, u, v, 0.0)
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
            tell(network, monitor, u, v, float(sweep))
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


def _pairs(units: Polytope, shape: tuple[int, ...]) -> Array:
    """Return every two rows of every block, shape (P, 3)."""
    kept, rows, *_ = units.sizes(shape)
    r, s = np.triu_indices(rows, 1)
    block = np.repeat(np.arange(kept), len(r))
    return np.stack([block, np.tile(r, kept), np.tile(s, kept)], axis=1)
