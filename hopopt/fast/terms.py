"""Energies of any order made ready for fast sweeps of many replicas."""

from __future__ import annotations

from functools import cached_property
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from hopopt.core.lagrangian import Array
from hopopt.core.multilinear import Multilinear, Products
from hopopt.fast.colouring import colour_classes
from hopopt.fast.ready import Ready, Units


class Occurrences(NamedTuple):
    """Where each unit occurs in a product, unit by unit, and the factors beside it.

    Attributes
    ----------
    indptr : array of uint32, shape (N + 1,)
        The occurrences of unit i are numbers indptr[i] … indptr[i + 1] − 1.
    starts : array of uint32
        The other factors of occurrence e are numbers starts[e] … starts[e + 1] − 1.
    weights : array of float32
        −w·b: what the product of the other factors adds to the field of the unit.
    others, offsets, slopes : arrays of uint32 and float32
        The other factors a + b·v.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Multilinear, Products
    >>> pair = Products(np.array([[0], [1]]), np.array([2.0]), np.zeros((2, 1)), np.ones((2, 1)))
    >>> occurrences(Multilinear(2, [pair])).indptr.tolist()
    [0, 1, 2]
    """

    indptr: Array
    starts: Array
    weights: Array
    others: Array
    offsets: Array
    slopes: Array


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
        h, alone = np.zeros(self.size), (part for part in self.energy.products if _one(part))
        for part in alone:
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
    def _classes(self) -> list[tuple[Any, list[tuple[Array, Array, Array, Array]]]]:
        """For each class what adds up the products, and these by their number of factors."""
        return [_block(self.occurrences, rows) for rows in self.rows]

    def slopes(self, s: Array, k: int) -> Array:
        weights, groups = self._classes[k]
        products = np.empty((weights.shape[1], s.shape[1]), dtype=np.float32)
        for where, others, offsets, slopes in groups:
            product = offsets[0] + slopes[0] * s[others[0]]
            for i, a, b in zip(others[1:], offsets[1:], slopes[1:], strict=True):
                product *= a + b * s[i]
            products[where] = product
        field = weights @ products
        field += self.h[self.rows[k]]
        return np.asarray(field)

    def sweep(self, state: Array, pool: Array, picks: Array, strength: Array, T: Array) -> None:
        gain, noise = (a.astype(np.float32) for a in (1 / T, strength / T))
        if self.loops is not None:
            hard = self.units == "clip"
            self.loops.sweep(self.occurrences, self.h[:, 0], picks, pool, state, gain, noise, hard)
            return
        for t, mine in enumerate(picks):
            push = (pool * noise[t])[mine]
            for k, rows in enumerate(self.rows):
                u = self.slopes(state, k)
                u *= gain[t]
                u += push[rows]
                self.settle(u, state[rows])

    def seconds(self, count: int) -> float:
        factors = len(self.occurrences.others) + 2 * self.size
        if self.loops is None:
            return 3e-9 * count * factors + 1.5e-4 * len(self.rows)
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


def occurrences(energy: Multilinear) -> Occurrences:
    """Return where each unit occurs in products of two factors or more.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Multilinear, Products
    >>> three = Products(np.arange(3)[:, None], np.array([1.0]), np.zeros((3, 1)), np.ones((3, 1)))
    >>> occurrences(Multilinear(3, [three])).others.tolist()  # beside units 0, 1 and 2
    [1, 2, 0, 2, 0, 1]
    """
    units, weights, counts, rest = [], [], [], []
    for part in energy.products:
        order = len(part.units)
        for j in range(order if order > 1 else 0):
            others = np.delete(np.arange(order), j)
            units.append(part.units[j])
            weights.append(-part.weights * part.slopes[j])
            counts.append(np.full(part.weights.size, order - 1))
            rest.append([x[others].T for x in (part.units, part.offsets, part.slopes)])
    unit, weight, count = (_joined(x) for x in (units, weights, counts))
    by_unit = np.argsort(unit, kind="stable")
    starts = np.concatenate([[0], np.cumsum(count[by_unit])]).astype(np.uint32)
    begin = np.empty(len(unit), dtype=np.intp)
    begin[by_unit] = starts[:-1]
    flat = np.zeros((3, int(starts[-1])))
    first = 0
    for block in rest:
        rows, factors = block[0].shape
        places = begin[first : first + rows, None] + np.arange(factors)
        for out, values in zip(flat, block, strict=True):
            out[places] = values
        first += rows
    indptr = np.searchsorted(unit[by_unit], np.arange(energy.size + 1)).astype(np.uint32)
    single = (weight[by_unit].astype(np.float32), flat[0].astype(np.uint32))
    return Occurrences(indptr, starts, *single, *flat[1:].astype(np.float32))


def _one(part: Products) -> bool:
    return len(part.units) == 1


def _joined(arrays: list[Array]) -> Array:
    return np.concatenate([np.zeros(0, dtype=np.intp), *arrays])


def _block(found: Occurrences, rows: slice) -> tuple[Any, list[tuple[Array, Array, Array, Array]]]:
    """Return the weights of a class's occurrences as a matrix, and their other factors."""
    first, last = (int(found.indptr[i]) for i in (rows.start, rows.stop))
    starts = found.starts[first : last + 1].astype(np.intp)
    counts, indptr = np.diff(starts), found.indptr[rows.start : rows.stop + 1].astype(np.intp)
    weights = sparse.csr_array(
        (found.weights[first:last], np.arange(last - first), indptr - first),
        shape=(rows.stop - rows.start, last - first),
    )
    groups = []
    for count in np.unique(counts).tolist():
        where = np.flatnonzero(counts == count)
        places = starts[where] + np.arange(count)[:, None]
        a, b = (x[places][..., None] for x in (found.offsets, found.slopes))
        groups.append((where, found.others[places].astype(np.intp), a, b))
    return weights, groups
