"""Exchanges of many replicas of a quadratic assignment: `Exchanges`, step for step, with tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hopopt.core.edge_walk import Walk
from hopopt.core.exchanges import Exchanges
from hopopt.core.kronecker import Kronecker
from hopopt.core.lagrangian import Array
from hopopt.core.network import Network
from hopopt.core.permutations import Order, Placement, permutation_matrix
from hopopt.core.polytope import Polytope


@dataclass(frozen=True, eq=False)
class TableExchanges(Exchanges):
    """`Exchanges` for Sinkhorn units and dense `Kronecker` energies, made fast.

    Whatever else is asked goes the way of `Exchanges`; so do clamped units.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Kronecker, Monitor, Network, Sinkhorn
    >>> flow = np.array([[0.0, 5.0, 2.0], [5.0, 0.0, 3.0], [2.0, 3.0, 0.0]])
    >>> distance = np.array([[0.0, 8.0, 15.0], [8.0, 0.0, 13.0], [15.0, 13.0, 0.0]])
    >>> network = Network(Kronecker(2 * flow, distance), Sinkhorn(), T=0)
    >>> rest = TableExchanges().run(network, np.eye(3)[[2, 1, 0]], Monitor())
    >>> network.output(rest.u)[0].argmax(-1), float(network.lyapunov(rest.u))
    (array([0, 1, 2]), 218.0)
    """

    def _walk(self, network: Network, v: Array) -> Walk:
        """Return the replicas at vertices v, ready to walk."""
        units, energy = network.lagrangian, network.energy
        rows_first = isinstance(units, Polytope) and units.sums == ((1,), (0,)) and units.ndim == 2
        placement = Placement.of_energy(energy) if isinstance(energy, Kronecker) else None
        if not rows_first or placement is None:
            return super()._walk(network, v)
        return TableWalk(placement, v)


class TableWalk:
    """Replicas at permutations, all looking at the same two rows at a time.

    With a_k = A_rk − A_sk the couplings give, for an exchange of the images of r and s,

        ΔH = Σ_{k≠r,s} a_k·(B_p(s)p(k) − B_p(r)p(k)) + the same by columns + what r, s do alone,

    which is one product of a vector with a table of B, shape (n, replicas), that follows the
    exchanges.

    Parameters
    ----------
    placement : Placement
    v : array, shape (..., n, n)
        Permutation matrices.
    """

    def __init__(self, placement: Placement, v: Array) -> None:
        self.placement, self._lead = placement, v.shape[:-2]
        A, B = placement.A, placement.B
        self._A = 2 * A if placement.symmetric else np.hstack([A, A.T])
        tables = (B,) if placement.symmetric else (B, B.T)
        n = placement.size
        self.images: Order = v.reshape(-1, n, n).argmax(-1).T.copy()
        self._table = np.concatenate([M[self.images[:, None], self.images] for M in tables], axis=1)

    @property
    def v(self) -> Array:
        """The outputs, shape (..., n, n)."""
        n = self.placement.size
        return permutation_matrix(self.images.T).reshape(*self._lead, n, n)

    def rises(self, r: int, s: int) -> Array:
        """Return ΔH, replica by replica, of an exchange of rows r and s."""
        placement, n = self.placement, self.placement.size
        near = self._A[r] - self._A[s]
        near[r::n] = near[s::n] = 0
        rise = near @ (self._table[s] - self._table[r])
        alone = placement.A[r, s] - placement.A[s, r]
        if alone:
            rise += alone * (self._table[s, r] - self._table[r, s])
        there = placement.C[r] - placement.C[s]
        if there.any():
            rise += there[self.images[s]] - there[self.images[r]]
        return np.asarray(rise)

    def exchange(self, r: int, s: int, where: NDArray[np.bool_]) -> None:
        """Exchange the images of rows r and s in some replicas."""
        for rows in (self.images, self._table):
            _exchange(rows[r], rows[s], where)
        n = self.placement.size
        for first in range(0, self._table.shape[1], n):
            _exchange(self._table[:, first + r], self._table[:, first + s], where)

    def meet(self, pairs: Array, noise: Array | None) -> int:
        """Let pairs of rows meet one after another; return how many changes there were."""
        count, rounding = 0, self.placement.rounding
        kicks = np.zeros((len(pairs), 1))
        if noise is not None:
            kicks = noise.reshape(len(pairs), self.images.shape[1])
        for (_, r, s), kick in zip(pairs.tolist(), kicks - rounding, strict=True):
            where = self.rises(r, s) < kick
            if where.any():
                self.exchange(r, s, where)
                count += int(np.count_nonzero(where))
        return count


def _exchange(one: Array, other: Array, where: NDArray[np.bool_]) -> None:
    """Exchange what two arrays hold in some replicas."""
    kept = one.copy()
    np.copyto(one, other, where=where)
    np.copyto(other, kept, where=where)
