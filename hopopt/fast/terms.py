"""Energies of any order made ready for fast sweeps of many replicas."""

from __future__ import annotations

from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np
from scipy import sparse

from hopopt.core.lagrangian import Array
from hopopt.core.multilinear import Multilinear
from hopopt.fast.colouring import colour_classes
from hopopt.fast.products import Block, Factors, Occurrences, block_of, factors_of, occurrences
from hopopt.fast.ready import Ready, Units


class Terms(Ready):
    """A `Multilinear` energy made ready for sweeps over B replicas, in single precision.

    A field is the sum of the products of the other factors, one an occurrence, in the same order
    whoever adds them up.

    Parameters
    ----------
    energy : Multilinear
    units : {"clip", "sign"}, default "clip"
    loops : module, optional
        The compiled loops, as `term_loops` gives them.

    Attributes
    ----------
    h : array, shape (N, 1)
        The part of the fields that is constant.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Multilinear, Products
    >>> three = Products(np.arange(3)[:, None], np.array([1.0]), np.zeros((3, 1)), np.ones((3, 1)))
    >>> Terms(Multilinear(3, [three]), "sign").size
    3
    """

    replicas = 16

    def __init__(
        self, energy: Multilinear, units: Units = "clip", loops: ModuleType | None = None
    ) -> None:
        classes = colour_classes(neighbours(energy))
        super().__init__(energy.size, energy.scale, classes, units, loops)
        self.outer = energy
        h = np.zeros(self.size)
        for part in self.energy.products:
            if len(part.units) == 1:
                np.add.at(h, part.units[0], -part.weights * part.slopes[0])
        self.h = h.astype(np.float32)[:, None]
        self.fields = bool(self.h.any())

    @cached_property
    def energy(self) -> Multilinear:
        """The energy with its units in visiting order, in units of ρ."""
        place = np.empty(self.size, dtype=np.intp)
        place[self.order] = np.arange(self.size)
        parts = [
            part._replace(units=place[part.units], weights=part.weights / self.scale)
            for part in self.outer.products
        ]
        return Multilinear(self.size, parts, self.outer.constant / self.scale)

    @cached_property
    def occurrences(self) -> Occurrences:
        """The products, seen from each of their units."""
        return occurrences(self.energy)

    @cached_property
    def _factors(self) -> Factors:
        """The factors of all products, each once: a clause shares its literals with others."""
        return factors_of(self.occurrences, self.size)

    @cached_property
    def _classes(self) -> list[Block]:
        """For each class what adds up the products, and these by their number of factors."""
        return [block_of(self.occurrences, self._factors.numbers, rows) for rows in self.rows]

    def slopes(self, s: Array, k: int) -> Array:
        return self._slopes(self._factors.at(s), k)

    def _slopes(self, factors: Array, k: int) -> Array:
        """Return −∇H of the units of class k at the factors' values, shape (F, B)."""
        weights, groups = self._classes[k]
        products = np.empty((weights.shape[1], factors.shape[1]), dtype=np.float32)
        for where, numbers in groups:
            product = products[where]
            factors.take(numbers[0], 0, out=product, mode="clip")
            for others in numbers[1:]:
                product *= factors.take(others, 0)
        field = weights @ products
        field += self.h[self.rows[k]]
        return np.asarray(field)

    def sweep(self, state: Array, pool: Array, picks: Array, strength: Array, T: Array) -> None:
        gain, noise = (a.astype(np.float32) for a in (1 / T, strength / T))
        if self.loops is not None:
            hard = self.units == "clip"
            self.loops.sweep(self.occurrences, self.h[:, 0], picks, pool, state, gain, noise, hard)
            return
        factors = self._factors.at(state)
        for t, mine in enumerate(picks):
            push = (pool * noise[t])[mine]
            for k, rows in enumerate(self.rows):
                u = self._slopes(factors, k)
                u *= gain[t]
                u += push[rows]
                self.settle(u, state[rows])
                own = self._factors.rows(rows)
                factors[own] = self._factors.at(state, own)

    def seconds(self, count: int) -> float:
        factors = len(self.occurrences.others) + 2 * self.size
        if self.loops is None:
            return 4.5e-10 * count * factors + 1.6e-5 * len(self.rows)
        return (2.2e-9 + 1.1e-10 * count) * factors + 1e-6

    def forces(self, v: Array) -> Array:
        return -self.energy.gradient(v)

    def values(self, s: Array) -> Array:
        return self.energy.value(s.T.astype(float))


def neighbours(energy: Multilinear) -> Any:
    """Return a sparse matrix, shape (N, N), of the units that meet in a product."""
    size = energy.size
    found = sparse.csr_array((size, size))
    for part in energy.products:
        count = part.weights.size
        ends = (part.units.ravel(), np.tile(np.arange(count), len(part.units)))
        members = sparse.csr_array((np.ones(part.units.size), ends), (size, count))
        found = found + members @ members.T
    found = sparse.csr_array(found - sparse.diags_array(found.diagonal()))
    found.eliminate_zeros()
    return found
