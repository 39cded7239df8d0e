"""Lanes: many copies of an Ising network, swept unit after unit.

The units of a colour class do not feel each other, so that moving them together is the same as
one after another. One product of a block of couplings with all the lanes moves a class.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import pairwise
from types import ModuleType
from typing import Any, Literal

import numpy as np
from scipy import sparse

from hopopt.ising.colouring import colour_classes
from hopopt.ising.energy import IsingEnergy
from hopopt.lagrangian import Array

Units = Literal["clip", "sign"]

DENSE = 0.25
PANEL = 32
POOL = 1024
LANES = 32
TIE = 1e-5


def lanes_of(energy: IsingEnergy, units: Units = "clip", loops: ModuleType | None = None) -> Lanes:
    """Return an energy ready for sweeps: by colour classes where sparse, in panels where dense.

    Parameters
    ----------
    energy : IsingEnergy
    units : {"clip", "sign"}, default "clip"
        Hard-limited units v = clip(u, −1, 1), or two-valued ones v = ±1.
    loops : module, optional
        The compiled loops, as `loops.loops` gives them, for sparse couplings.
    """
    J: Any = energy.Q
    count = np.count_nonzero(J) if isinstance(J, np.ndarray) else J.nnz
    dense = count > DENSE * energy.size**2 and energy.size > 1
    return DenseLanes(energy, units) if dense else SparseLanes(energy, units, loops)


def _clip(u: Array, out: Array) -> None:
    np.clip(u, -1, 1, out=out)


def _sign(u: Array, out: Array) -> None:
    np.copysign(np.float32(1), u, out=out)


SQUASH: dict[Units, Callable[[Array, Array], None]] = {"clip": _clip, "sign": _sign}


class Lanes(ABC):
    """An Ising energy made ready for sweeps over B lanes, in single precision.

    A state is a float32 array of shape (N + POOL + 1, B): the outputs v of the units, in the order
    in which a sweep visits them; a pool of noise; and a row of ones. Temperatures and noise are
    in units of ρ, the energy's `scale`.

    Parameters
    ----------
    energy : IsingEnergy
    classes : list of arrays of int
        The units that move together, in the order of their turns.
    units : {"clip", "sign"}

    Attributes
    ----------
    order : array of int
        The energy's units in visiting order.
    J : array or CSR array, shape (N, N)
        Couplings in visiting order, in units of ρ.
    h : array, shape (N, 1)
        Fields likewise.
    loops : module or None
        The compiled loops, where they may be used.
    """

    loops: ModuleType | None = None

    def __init__(self, energy: IsingEnergy, classes: list[Array], units: Units) -> None:
        self.energy, self.scale, self.size = energy, energy.scale, energy.size
        self.units, self.squash = units, SQUASH[units]
        self.order = np.concatenate([np.zeros(0, dtype=np.intp), *classes])
        self.rows = [slice(a, b) for a, b in pairwise(np.cumsum([0, *map(len, classes)]).tolist())]
        self.h = (energy.h[self.order] / self.scale).astype(np.float32)[:, None]
        self.J: Any = (energy.J / self.scale)[self.order][:, self.order].astype(np.float32)

    def state(self, count: int) -> Array:
        """Return a state of `count` lanes, all zero."""
        state = np.zeros((self.size + POOL + 1, count), dtype=np.float32)
        state[-1] = 1
        return state

    @abstractmethod
    def sweep(self, state: Array, picks: Array, strength: float, T: float) -> None:
        """Move every unit once, in place: v_i ← squash((Σ_j J_ij·v_j + h_i + noise_i)/T).

        Parameters
        ----------
        state : array, shape (N + POOL + 1, B)
        picks : array of int, shape (N,)
            Unit i meets the noise ``strength * pool[picks[i]]``.
        strength, T : float
        """

    @abstractmethod
    def descend(self, s: Array) -> None:
        """Flip single spins of every lane, shape (N, B), in place, until no flip lowers E."""

    @abstractmethod
    def seconds(self, count: int) -> float:
        """Return about how long a sweep of `count` lanes takes, for plans that need no clock."""

    def values(self, s: Array) -> Array:
        """Return −½·sᵀJs − hᵀs of each lane, in units of ρ."""
        fields = self.J @ s
        fields *= np.float32(0.5)
        fields += self.h
        return np.asarray(-np.einsum("ik,ik->k", s, fields, dtype=float))

    def turns(self) -> Iterator[tuple[slice, Any]]:
        """Yield the rows of units that move together, and their couplings, in a sweep's order."""
        for rows in self.rows:
            yield rows, self.J[rows]

    def outside(self, s: Array) -> Array:
        """Return spins, shape (N, …), in the energy's order and double precision."""
        out = np.empty(s.shape)
        out[self.order] = s
        return out


class SparseLanes(Lanes):
    """Lanes whose couplings, noise and fields come from one sparse product a colour class.

    Beside its couplings a row has an entry that finds its noise in the pool, and one that finds
    its field in the row of ones; so nothing but the product and the squash touches the lanes.
    The compiled loops, if given, add up the same numbers in the same order.
    """

    def __init__(
        self, energy: IsingEnergy, units: Units = "clip", loops: ModuleType | None = None
    ) -> None:
        super().__init__(energy, colour_classes(energy.J), units)
        self.loops = loops
        self.J = sparse.csr_array(self.J)
        self.couplings = [self.J[rows] for rows in self.rows]
        wide, self.noise = self._widened()
        self.base, self.data, self.indices = wide.data.copy(), wide.data, wide.indices
        self.blocks = [wide[rows] for rows in self.rows]
        for rows, block in zip(self.rows, self.blocks, strict=True):
            entries = slice(wide.indptr[rows.start], wide.indptr[rows.stop])
            block.data, block.indices = self.data[entries], self.indices[entries]

    def _widened(self) -> tuple[sparse.csr_array[Any], Array]:
        """Return the couplings with the entries for noise and fields, and where the former are."""
        N, fields = self.size, int(self.h.any())
        indptr = (self.J.indptr + (1 + fields) * np.arange(N + 1)).astype(np.int32)
        couplings = np.ones(indptr[-1], dtype=bool)
        noise = indptr[1:] - 1 - fields
        couplings[noise] = False
        data = np.ones(indptr[-1], dtype=np.float32)
        indices = np.full(indptr[-1], N, dtype=np.int32)
        if fields:
            couplings[indptr[1:] - 1] = False
            data[indptr[1:] - 1] = self.h[:, 0]
            indices[indptr[1:] - 1] = N + POOL
        data[couplings], indices[couplings] = self.J.data, self.J.indices
        return sparse.csr_array((data, indices, indptr), shape=(N, N + POOL + 1)), noise

    @cached_property
    def fours(self) -> tuple[Array, Array, Array]:
        """The couplings in CSR form, each row filled up to a multiple of four with zeros."""
        J, degree = self.J, np.diff(self.J.indptr)
        wide = 4 * np.maximum(1, -(-degree // 4))
        indptr = np.concatenate([[0], np.cumsum(wide)]).astype(np.int32)
        indices = np.repeat(np.arange(self.size, dtype=np.int32), wide)
        data = np.zeros(len(indices), dtype=np.float32)
        place = np.arange(J.nnz) + np.repeat(indptr[:-1] - J.indptr[:-1], degree)
        indices[place], data[place] = J.indices, J.data
        return indptr, indices, data

    def sweep(self, state: Array, picks: Array, strength: float, T: float) -> None:
        gain, noise = np.float32(1 / T), np.float32(strength / T)
        if self.loops is not None:
            hard = self.units == "clip"
            self.loops.sweep(*self.fours, self.h[:, 0], picks, state, noise, gain, hard)
            return
        np.multiply(self.base, gain, out=self.data)
        self.data[self.noise] = noise
        self.indices[self.noise] = picks + np.int32(self.size)
        for rows, block in zip(self.rows, self.blocks, strict=True):
            self.squash(block @ state, state[rows])

    def seconds(self, count: int) -> float:
        if self.loops is not None:
            return 6e-11 * count * (len(self.fours[1]) + 2 * self.size) + 5e-6
        entries = int(self.J.nnz) + 4 * self.size
        return 1.4e-10 * count * entries + 8e-6 * len(self.rows)

    def descend(self, s: Array) -> None:
        work, moving = s, np.arange(s.shape[1])
        while len(moving):
            moved = np.zeros(len(moving), dtype=bool)
            for rows, block in zip(self.rows, self.couplings, strict=True):
                field = block @ work
                field += self.h[rows]
                field *= work[rows]
                wrong = field < -TIE
                if wrong.any():
                    work[rows][wrong] *= -1
                    moved |= wrong.any(0)
            if work is not s:
                s[:, moving] = work
            if not moved.all():
                moving = moving[moved]
                work = np.ascontiguousarray(s[:, moving])

    def turns(self) -> Iterator[tuple[slice, Any]]:
        return zip(self.rows, self.couplings, strict=True)


class DenseLanes(Lanes):
    """Lanes whose units all feel each other: one after another, in panels.

    The field of a panel is one matrix product; what its units have moved since is put right unit
    by unit.
    """

    def __init__(self, energy: IsingEnergy, units: Units = "clip") -> None:
        super().__init__(energy, [np.array([i]) for i in range(energy.size)], units)
        if not isinstance(self.J, np.ndarray):
            self.J = self.J.toarray()
        self.panels = [slice(a, min(a + PANEL, self.size)) for a in range(0, self.size, PANEL)]

    def sweep(self, state: Array, picks: Array, strength: float, T: float) -> None:
        v, pool = state[: self.size], state[self.size : -1]
        gain = np.float32(1 / T)
        for panel in self.panels:
            field = self.J[panel] @ v
            field += np.float32(strength) * pool[picks[panel]]
            field += self.h[panel]
            field *= gain
            inner, rows = self.J[panel, panel] * gain, v[panel]
            moved = np.empty_like(rows)
            for i in range(len(rows)):
                u = field[i]
                u += inner[i, :i] @ moved[:i]
                np.negative(rows[i], out=moved[i])
                self.squash(u, rows[i])
                moved[i] += rows[i]

    def seconds(self, count: int) -> float:
        return self.size * (5e-6 + 2.5e-11 * count * self.size)

    def descend(self, s: Array) -> None:
        """Flip, in each lane, the spin that lowers E most, until there is none."""
        field = self.J @ s
        field += self.h
        lane = np.arange(s.shape[1])
        while len(lane):
            gain = field[:, lane] * s[:, lane]
            unit = gain.argmin(0)
            falls = gain[unit, np.arange(len(lane))] < -TIE
            lane, unit = lane[falls], unit[falls]
            s[unit, lane] *= -1
            field[:, lane] += self.J[:, unit] * (2 * s[unit, lane])
