"""Exact presolve of Ising energies: spins whose best value follows from the others are taken out.

Every step keeps the minimum: the reduced energy at its best spins equals the energy at the lifted
ones. What is left is the hard core of the problem.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain, combinations, pairwise
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from hopopt.core.ising import IsingEnergy
from hopopt.core.lagrangian import Array
from hopopt.core.matrices import filled
from hopopt.core.motion import Monitor
from hopopt.core.structured import Structured

MOST_COUPLINGS = 2_000_000
ROUNDING = 1e-13
SHARE, SECONDS, LOOK = 0.25, 7e-7, 256  # of the time; for a coupling; spins between two looks

Removal = tuple[int, float, tuple[tuple[int, float], ...]]


@dataclass(frozen=True, eq=False)
class Presolved:
    """A reduced energy, and the way back.

    Attributes
    ----------
    energy : IsingEnergy
        Of the spins that are left; its constant makes its minimum that of the original.
    kept : array of int
        The original spins that are left, in order.
    size : int
        The number of spins of the original.
    removals : list of (spin, field, couplings)
        In the order in which the spins were taken out.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import IsingEnergy
    >>> energy = IsingEnergy([[0.0, 1.0, 0.0], [1.0, 0.0, -1.0], [0.0, -1.0, 0.0]])
    >>> presolved = presolve(energy)  # a chain: nothing is left
    >>> presolved.energy.size, energy.value(presolved.lift(np.zeros(0))).item()
    (0, -2.0)
    """

    energy: IsingEnergy
    kept: Array
    size: int
    removals: list[Removal]

    def lift(self, s: Array) -> Array:
        """Return the original spins, shape (size, …), from those that are left.

        A spin that was taken out points along its field, the last one first: the discrete
        network's update at T = 0.
        """
        full = np.ones((self.size, *np.shape(s)[1:]))
        full[self.kept] = s
        if full.ndim > 1:
            for spin, h, couplings in reversed(self.removals):
                full[spin] = np.where(h + sum(w * full[j] for j, w in couplings) >= 0, 1.0, -1.0)
            return full
        values = full.tolist()
        for spin, h, couplings in reversed(self.removals):
            field = h + sum(w * values[j] for j, w in couplings)
            values[spin] = 1.0 if field >= 0 else -1.0
        return np.array(values)

    def components(self) -> list[Array]:
        """Return the spins of each connected component of the reduced energy, largest first."""
        count, labels = connected_components(sparse.csr_array(self.energy.J), directed=False)
        order = np.argsort(labels, kind="stable")
        parts = np.split(order, np.cumsum(np.bincount(labels, minlength=count))[:-1])
        return sorted(parts, key=len, reverse=True)


def presolve(energy: IsingEnergy, monitor: Monitor | None = None) -> Presolved:
    """Take out, one after another, the spins whose best value is a known function of the others.

    The best that spin i can do against its neighbours is f = |h_i + Σ_j J_ij·s_j|, and where f is
    again a quadratic function of the neighbours, it takes the spin's place:

    - up to two neighbours j, k: f = c + c_j·s_j + c_k·s_k + c_jk·s_j·s_k, always;
    - three neighbours and no field: f = c + c_jk·s_j·s_k + c_jl·s_j·s_l + c_kl·s_k·s_l, the
      star–triangle transformation;
    - a field that outweighs the couplings, |h_i| ≥ Σ_j |J_ij|: f is linear;
    - a coupling that outweighs the rest, |J_ij| ≥ |h_i| + Σ_k≠j |J_ik|: s_i = ±s_j.

    Parameters
    ----------
    energy : IsingEnergy
        Where it has more than two million couplings it is returned as it is.
    monitor : Monitor, optional
        No spins are taken out once a quarter of the time that it leaves is over.

    Returns
    -------
    Presolved

    References
    ----------
    Boros, Hammer & Tavares, "Preprocessing of unconstrained quadratic binary optimization", 2006.

    Examples
    --------
    >>> path = IsingEnergy.from_edges(4, ([0, 1, 2], [1, 2, 3]), [1.0, -2.0, 1.0])
    >>> reduced = presolve(path)
    >>> reduced.energy.size, reduced.lift(np.zeros(0)).tolist()
    (0, [-1.0, -1.0, 1.0, 1.0])
    """
    untouched = Presolved(energy, np.arange(energy.size), energy.size, [])
    if isinstance(energy.Q, Structured) or filled(energy.Q) > MOST_COUPLINGS:
        return untouched
    left = monitor.remaining() if monitor is not None else np.inf
    share = SHARE * left
    if SECONDS * filled(energy.Q) > share or not np.any(_reducible(energy.Q, energy.h)):
        return untouched
    core = _Core(sparse.csr_array(energy.J), energy.h, float(energy.constant))
    core.reduce(lambda: monitor is not None and monitor.remaining() < left - share)
    return core.presolved()


def _reducible(Q: Any, h: Array) -> Array:
    """Return which spins can be taken out at once."""
    sizes, field = abs(Q), np.abs(h)
    total, strongest = np.asarray(sizes.sum(1)), sizes.max(axis=1)
    if isinstance(Q, np.ndarray):
        degree = np.count_nonzero(Q, axis=1)
    else:
        degree = np.diff(Q.indptr)
        strongest = strongest.toarray() if Q.nnz else total
    strongest = np.asarray(strongest).ravel()
    few = (degree <= 2) | ((degree == 3) & (field == 0))
    return np.asarray(few | (field >= total) | (2 * strongest >= total + field))


def best_response(h: float, weights: list[float]) -> tuple[float, list[float], list[float]]:
    """Return |h + Σ w_j·s_j| of up to three spins as a constant, fields and couplings of pairs.

    Three spins must come without a field h: then s and −s are alike, and there are as many
    couplings as values.

    Examples
    --------
    >>> best_response(0.0, [1.0, 1.0])
    (1.0, [0.0, 0.0], [1.0])
    """
    if not weights:
        return abs(h), [], []
    if len(weights) == 1:
        (a,) = weights
        up, down = abs(h + a) / 2, abs(h - a) / 2
        return up + down, [up - down], []
    if len(weights) == 2:
        a, b = weights
        pp, pm, mp, mm = (abs(h + x) / 4 for x in (a + b, a - b, b - a, -a - b))
        return pp + pm + mp + mm, [pp + pm - mp - mm, pp - pm + mp - mm], [pp - pm - mp + mm]
    a, b, c = weights
    ppp, ppm, pmp, mpp = (abs(x) / 4 for x in (a + b + c, a + b - c, a - b + c, b + c - a))
    couplings = [ppp + ppm - pmp - mpp, ppp - ppm + pmp - mpp, ppp - ppm - pmp + mpp]
    return ppp + ppm + pmp + mpp, [0.0, 0.0, 0.0], couplings


class _Core:
    """The spins that are left, as dictionaries of neighbours, while others are taken out."""

    def __init__(self, J: sparse.csr_array[Any], h: Array, constant: float) -> None:
        ends, columns, values = J.indptr.tolist(), J.indices.tolist(), J.data.tolist()
        self.J: list[dict[int, float] | None] = [
            dict(zip(columns[a:b], values[a:b], strict=True)) for a, b in pairwise(ends)
        ]
        self.h, self.constant = h.tolist(), constant
        self.removals: list[Removal] = []
        self.queue = [(len(row), i) for i, row in enumerate(self.J) if row is not None]
        heapq.heapify(self.queue)

    def reduce(self, late: Callable[[], bool]) -> None:
        """Take out spins, those with the fewest neighbours first, until none can or it is late."""
        for count in itertools.count():
            if not self.queue or (count % LOOK == 0 and late()):
                return
            degree, i = heapq.heappop(self.queue)
            row = self.J[i]
            if row is None or len(row) != degree:
                continue
            h = self.h[i]
            if degree <= 2 or (degree == 3 and not h):
                self._replace(i, row, h)
            elif sum(map(abs, row.values())) <= abs(h):
                self._fix(i, row, h)
            else:
                strongest = max(row, key=lambda j: abs(row[j]))
                if 2 * abs(row[strongest]) >= abs(h) + sum(map(abs, row.values())):
                    self._follow(i, row, h, strongest)

    def _remove(self, i: int, row: dict[int, float], h: float) -> None:
        self.removals.append((i, h, tuple(row.items())))
        self.J[i] = None
        for j in row:
            del self._row(j)[i]

    def _replace(self, i: int, row: dict[int, float], h: float) -> None:
        """Put |h + Σ J_ij·s_j|, a quadratic function of up to three spins, in the place of i."""
        self._remove(i, row, h)
        spins = list(row)
        constant, fields, couplings = best_response(h, list(row.values()))
        self.constant -= constant
        for j, c in zip(spins, fields, strict=True):
            self._add_field(j, c)
        for (j, k), c in zip(combinations(spins, 2), couplings, strict=True):
            self._couple(j, k, c)
        self._touch(spins)

    def _fix(self, i: int, row: dict[int, float], h: float) -> None:
        """Let i point along its field."""
        self._remove(i, row, h)
        sign = 1.0 if h >= 0 else -1.0
        self.constant -= abs(h)
        for j, w in row.items():
            self._add_field(j, sign * w)
        self._touch(row)

    def _follow(self, i: int, row: dict[int, float], h: float, leader: int) -> None:
        """Let i be equal, or opposite, to the spin that it is coupled to most strongly."""
        self._remove(i, row, h)
        sign = 1.0 if row[leader] > 0 else -1.0
        self.constant -= abs(row[leader])
        self._add_field(leader, sign * h)
        for k, w in row.items():
            if k != leader:
                self._couple(leader, k, sign * w)
        self._touch(row)

    def _row(self, i: int) -> dict[int, float]:
        row = self.J[i]
        assert row is not None
        return row

    def _add_field(self, j: int, value: float) -> None:
        total = self.h[j] + value
        self.h[j] = 0.0 if abs(total) <= ROUNDING * abs(value) else total

    def _couple(self, j: int, k: int, value: float) -> None:
        row, other = self._row(j), self._row(k)
        total = row.get(k, 0.0) + value
        if abs(total) > ROUNDING * abs(value):
            row[k] = other[j] = total
        else:
            row.pop(k, None)
            other.pop(j, None)

    def _touch(self, spins: Iterable[int]) -> None:
        for j in spins:
            heapq.heappush(self.queue, (len(self._row(j)), j))

    def presolved(self) -> Presolved:
        """Return what is left."""
        size = len(self.J)
        kept = np.array([i for i, row in enumerate(self.J) if row is not None], dtype=np.intp)
        place = np.full(size, -1)
        place[kept] = np.arange(len(kept))
        rows = [self._row(i) for i in kept.tolist()]
        indptr = np.cumsum([0, *map(len, rows)])
        columns = place[np.fromiter(chain.from_iterable(rows), dtype=np.intp, count=indptr[-1])]
        values = np.fromiter(
            chain.from_iterable(row.values() for row in rows), dtype=float, count=indptr[-1]
        )
        J = sparse.csr_array((values, columns, indptr), shape=(len(kept), len(kept)))
        energy = IsingEnergy(J, np.array(self.h)[kept], self.constant)
        return Presolved(energy, kept, size, self.removals)
