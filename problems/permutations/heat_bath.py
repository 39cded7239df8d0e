"""Permutation networks in a heat bath: exchanges of two at a falling temperature, in lanes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hopopt import Monitor
from hopopt.search import Incumbent
from problems.permutations.networks import Form, Order, matrix

Floats = NDArray[np.float64]

HOT, COLD = 0.25, (0.02, 0.06)
SAMPLE = 100
GROWTH = 2
AGREE = 2


class HeatBath:
    """B copies of a two-valued network of n×n units, one firing in every row and column.

    The least that can happen is that two rows exchange their firing units. At temperature T they
    do so with probability 1/(1 + exp(ΔH/T)), a heat bath, so that states come to follow the
    Boltzmann distribution exp(−H/T). Physics knows such exchanges, which keep all sums, as Kawasaki
    dynamics; with one lane it is simulated annealing by exchanges.

    All lanes look at the same two rows r, s at a time. With a_k = A_rk − A_sk the couplings give

        ΔH = Σ_{k≠r,s} a_k·(B_p(s)p(k) − B_p(r)p(k)) + the same by columns + what r, s do alone,

    which is one product of a vector with a table of B, shape (n, lanes), that follows the
    exchanges.

    Parameters
    ----------
    form : Form
    lanes : int
    rng : numpy.random.Generator
        The permutations are random until others are placed.

    Attributes
    ----------
    images : array of int, shape (n, lanes)
        Which unit fires in each row.
    scale : float
        Standard deviation of ΔH over exchanges in random permutations.

    References
    ----------
    Kawasaki, "Diffusion constants near the critical point for time-dependent Ising models", 1966;
    Aarts & Korst, "Simulated Annealing and Boltzmann Machines", 1989.

    Examples
    --------
    >>> form = Form.of(np.array([[0.0, 3.0], [1.0, 0.0]]), np.array([[0.0, 1.0], [5.0, 0.0]]))
    >>> bath = HeatBath(form, 4, np.random.default_rng(0))
    >>> bath.place(np.array([[0], [1]]))
    >>> form.value(np.array([0, 1])), bath.rises(0, 1)
    (8.0, array([8.]))
    """

    def __init__(self, form: Form, lanes: int, rng: np.random.Generator) -> None:
        self.form, self.rng, n = form, rng, form.size
        symmetric = np.array_equal(form.A, form.A.T) and np.array_equal(form.B, form.B.T)
        self._A = 2 * form.A if symmetric else np.hstack([form.A, form.A.T])
        self._B = (form.B,) if symmetric else (form.B, form.B.T)
        self._pairs = np.stack(np.tril_indices(n, -1), axis=1)
        self.shuffle(lanes)
        some = rng.permutation(self._pairs)[:SAMPLE].tolist()
        self.scale = float(np.std([self.rises(r, s) for r, s in some])) if some else 0.0

    def shuffle(self, lanes: int) -> None:
        """Start from so many permutations at random."""
        rows = np.arange(self.form.size)[:, None]
        self.place(self.rng.permuted(np.tile(rows, lanes), axis=0))

    def place(self, images: Order) -> None:
        """Start from these permutations, one a column."""
        self.images = images.copy()
        self._table = np.concatenate([B[images[:, None], images] for B in self._B], axis=1)

    def values(self) -> Floats:
        """Return H of every lane."""
        return np.array([self.form.value(p) for p in self.images.T])

    def rises(self, r: int, s: int) -> Floats:
        """Return ΔH, lane by lane, of an exchange of rows r and s."""
        form, n = self.form, self.form.size
        near = self._A[r] - self._A[s]
        near[r::n] = near[s::n] = 0
        rise = near @ (self._table[s] - self._table[r])
        alone = form.A[r, s] - form.A[s, r]
        if alone:
            rise += alone * (self._table[s, r] - self._table[r, s])
        there = form.C[r] - form.C[s]
        if there.any():
            rise += there[self.images[s]] - there[self.images[r]]
        return np.asarray(rise)

    def exchange(self, r: int, s: int, where: NDArray[np.bool_]) -> None:
        """Exchange rows r and s in some lanes."""
        for rows in (self.images, self._table):
            _exchange(rows[r], rows[s], where)
        for first in range(0, self._table.shape[1], self.form.size):
            _exchange(self._table[:, first + r], self._table[:, first + s], where)

    def sweep(self, T: float | Floats) -> None:
        """Let every two rows meet once, in random order, at one temperature in units of H."""
        for part in self._parts():
            self._meet(part, T)

    def anneal(
        self, hot: float | Floats, cold: float | Floats, sweeps: int, monitor: Monitor
    ) -> None:
        """Cool all lanes geometrically, then go downhill until no exchange lowers H.

        In a sweep every two rows meet once, in random order. Lanes cool faster, by the clock, where
        the time limit would come first.

        Parameters
        ----------
        hot, cold : float or array, shape (lanes,)
            First and last temperature, in units of `scale`.
        sweeps : int
        monitor : Monitor
        """
        began, step, f = monitor.remaining(), 0.0, 0.0
        while f < 1:
            parts = self._parts()
            for part in parts:
                self._meet(part, self.scale * hot * (cold / hot) ** f)
                step += 1 / (sweeps * len(parts))
                clock = 1 - monitor.remaining() / began if 0 < began < np.inf else 0.0
                f = max(step, clock) if began > 0 else 1.0
                if f >= 1:
                    break
        moved = True
        while moved:
            moved = False
            for part in self._parts():
                if monitor.remaining() <= 0:
                    return
                moved |= self._meet(part, 0.0)

    def _parts(self) -> list[Any]:
        """Return all pairs of rows in random order, n or fewer at a time."""
        order, n = self.rng.permutation(self._pairs), self.form.size
        return np.split(order, range(n, len(order), n))

    def _meet(self, pairs: Any, T: float | Floats) -> bool:
        """Let pairs of rows exchange or not, one after another; return whether any did."""
        any_did = False
        noise = T * self.rng.logistic(size=(len(pairs), self.images.shape[1]))
        for (r, s), z in zip(pairs.tolist(), noise, strict=True):
            where = self.rises(r, s) < z - self.form.rounding
            if where.any():
                self.exchange(r, s, where)
                any_did = True
        return any_did


def _exchange(one: NDArray[Any], other: NDArray[Any], where: NDArray[np.bool_]) -> None:
    """Exchange what two arrays hold in some lanes."""
    kept = one.copy()
    np.copyto(one, other, where=where)
    np.copyto(other, kept, where=where)


def heat_baths(
    form: Form, lanes: int, sweeps: int, rng: np.random.Generator, monitor: Monitor
) -> Iterator[Incumbent]:
    """Yield the best permutation matrix after each annealing from nothing, twice as long each time.

    The first to come is random, so that there is one whenever the search is stopped. Lanes end at
    temperatures of their own. It is over when half of the lanes of two annealings in a row have
    come to the lowest H that is known.
    """
    bath, agreed = HeatBath(form, lanes, rng), 0
    best = Incumbent(matrix(bath.images[:, 0]), form.value(bath.images[:, 0]))
    yield best
    while agreed < AGREE:
        bath.shuffle(lanes)
        bath.anneal(HOT, rng.uniform(*COLD, lanes), sweeps, monitor)
        values = bath.values()
        lowest = int(values.argmin())
        if values[lowest] < best.cost - form.rounding:
            best, agreed = Incumbent(matrix(bath.images[:, lowest]), float(values[lowest])), 0
        agree = np.count_nonzero(values <= best.cost + form.rounding)
        agreed = agreed + 1 if 2 * agree >= lanes else 0
        sweeps *= GROWTH
        yield best
