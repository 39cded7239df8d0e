"""The products of an energy, seen from each of their units, and the factors that they share."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from hopopt.core.lagrangian import Array
from hopopt.core.multilinear import Multilinear

Block = tuple[Any, list[tuple[slice, Array]]]


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


class Factors(NamedTuple):
    """The factors a + b·v of all products, each once, in the order of their units.

    Attributes
    ----------
    units : array of int, shape (F,)
    offsets, slopes : arrays of float32, shape (F, 1)
    numbers : array of int
        Which of them the factors in `Occurrences` are.
    indptr : array of int, shape (N + 1,)
        Those of unit i are numbers indptr[i] … indptr[i + 1] − 1.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Clauses
    >>> found = factors_of(occurrences(Clauses([[1, -2], [2, -1], [1, 2]])), 2)
    >>> found.units.tolist(), found.slopes.T.tolist()
    ([0, 0, 1, 1], [[-0.5, 0.5, -0.5, 0.5]])
    """

    units: Array
    offsets: Array
    slopes: Array
    numbers: Array
    indptr: Array

    def at(self, v: Array, some: slice = slice(None)) -> Array:
        """Return some of the factors at outputs, shape (N, B)."""
        out = v[self.units[some]]
        out *= self.slopes[some]
        out += self.offsets[some]
        return np.asarray(out)

    def rows(self, units: slice) -> slice:
        """Return which factors are those of these units."""
        return slice(int(self.indptr[units.start]), int(self.indptr[units.stop]))


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


def factors_of(found: Occurrences, size: int) -> Factors:
    """Return the factors that occur, each once.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Polynomial
    >>> factors_of(occurrences(Polynomial({(0, 1): 1.0, (1, 2): 1.0})), 3).numbers.tolist()
    [1, 2, 0, 1]
    """
    pairs, which = np.unique(found.offsets + 1j * found.slopes, return_inverse=True)
    each, numbers = np.unique(found.others * np.intp(len(pairs)) + which, return_inverse=True)
    units, which = np.divmod(each, max(1, len(pairs)))
    a, b = (x[which, None].astype(np.float32) for x in (pairs.real, pairs.imag))
    return Factors(units, a, b, numbers, np.searchsorted(units, np.arange(size + 1)))


def block_of(found: Occurrences, numbers: Array, rows: slice) -> Block:
    """Return the weights of a class's occurrences as a matrix, and their other factors.

    Parameters
    ----------
    found : Occurrences
    numbers : array of int
        Which factors they are.
    rows : slice
        The units of the class.

    Returns
    -------
    weights : sparse array, shape (units, occurrences)
    groups : list of (slice, array)
        The occurrences with k other factors, and which these are, shape (k, occurrences).
    """
    first, last = (int(found.indptr[i]) for i in (rows.start, rows.stop))
    starts = found.starts[first : last + 1].astype(np.intp)
    counts, indptr = np.diff(starts), found.indptr[rows.start : rows.stop + 1].astype(np.intp)
    order, place = np.argsort(counts, kind="stable"), np.empty(last - first, dtype=np.intp)
    place[order] = np.arange(last - first)
    weights = sparse.csr_array(
        (found.weights[first:last], place, indptr - first),
        shape=(rows.stop - rows.start, last - first),
    )
    groups, begin = [], 0
    for count in np.unique(counts).tolist():
        mine = slice(begin, begin + int(np.count_nonzero(counts == count)))
        groups.append((mine, numbers[starts[order[mine]] + np.arange(count)[:, None]]))
        begin = mine.stop
    return weights, groups


def _joined(arrays: list[Array]) -> Array:
    return np.concatenate([np.zeros(0, dtype=np.intp), *arrays])
