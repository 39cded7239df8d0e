"""Walks of replicas along the edges of a polytope, and what each edge changes."""

from __future__ import annotations

from math import prod
from typing import Protocol

import numpy as np

from hopopt.core.face import Face
from hopopt.core.lagrangian import Array, per_replica, total
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
