"""Packing: the multidimensional knapsack, items of the highest value within several budgets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hopopt import Method, Violation
from hopopt.core import real
from hopopt.solve import Sense
from problems.shared import files
from problems.shared.one_call import solved
from problems.shared.text import words
from problems.shared.whole import refuse_large
from problems.spins.budgeted import Budgeted
from problems.spins.filling import limited, refuse_odd
from problems.spins.packing_methods import METHODS, SMALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BUILT_IN: Mapping[str, str] = {
    "random-N-M": "N items and M budgets, each of half of what all items cost, values that go with "
    "the weights (Chu & Beasley); random-N-M-SEED for another seed than 0",
}
MOST = 10_000
_RANDOM = re.compile(r"random-([1-9][0-9]{0,4})-([1-9][0-9]{0,2})(?:-([0-9]{1,9}))?")


class Packing(Budgeted):
    """Choose items of the highest value whose weights keep within every budget.

    Σ v_i·x_i is to be large, Σ w_ki·x_i ≤ b_k for every k. One budget is the knapsack; rows of 0
    and 1 with b = 1 are set packing. A solution is the list of the items' indices; every answer is
    feasible. The network's units are bipolar, on for what is taken, on a domain that holds nothing
    beyond the budgets (`hopopt.Budget`).

    Parameters
    ----------
    weights : array_like, shape (m, n)
        Nonnegative.
    values : array_like, shape (n,)
        Nonnegative.
    bounds : array_like, shape (m,)
        Nonnegative.
    instance : str, optional
    optimum : float, optional

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems import Packing
    >>> problem = Packing([[2, 3, 4], [3, 1, 3]], [3, 4, 6], [6, 6])
    >>> minimize(problem, rng=0).x
    [0, 2]
    """

    name: ClassVar[str] = "packing"
    sense: ClassVar[Sense] = "max"
    methods: ClassVar[Mapping[str, type[Method]]] = METHODS

    def __init__(
        self,
        weights: ArrayLike,
        values: ArrayLike,
        bounds: ArrayLike,
        *,
        instance: str | None = None,
        optimum: float | None = None,
    ) -> None:
        for name, given in (("weights", weights), ("values", values), ("bounds", bounds)):
            refuse_large(given, name)
        self.rows = real(weights, "weights", sums=True)
        self.values, self.bounds = (
            real(part, name, sums=True) for part, name in ((values, "values"), (bounds, "bounds"))
        )
        shape = len(self.bounds) if self.bounds.ndim == 1 else -1, self.values.size
        if self.values.ndim != 1 or not self.rows.size or self.rows.shape != shape:
            raise ValueError(
                "weights must have one row a bound and one column a value; got shapes "
                f"{self.rows.shape}, {self.bounds.shape}, {self.values.shape}"
            )
        refuse_odd(values=self.values, weights=self.rows, bounds=self.bounds)
        self.rows = limited(self.rows, self.bounds)
        self.instance, self.optimum = instance or self.name, optimum

    @classmethod
    def load(cls, source: str, data: str | PathLike[str] | None = None, *, number: int = 1) -> Self:
        """Load a built-in instance, or the one of this number from a file of the OR-Library.

        The format of mknap1.txt and mknapcb1.txt: the number of problems; of each, n, m and the
        optimum (0 where it is not known), n values, m rows of n weights, m bounds.
        """
        if match := _RANDOM.fullmatch(source):
            n, m, seed = int(match[1]), int(match[2]), int(match[3] or 0)
            if n * m > MOST * 10:
                raise ValueError(f"source must have at most {MOST * 10} weights; got {n * m}")
            rng = np.random.default_rng(seed)
            w = rng.integers(1, 1001, (m, n)).astype(float)
            values = np.rint(w.mean(axis=0) + 500 * rng.random(n))
            return cls(w, values, np.floor(w.sum(axis=1) / 2), instance=source)
        found = files.find(source, data, (".mknap", ".txt"), cls.instances())
        return cls._from_file(found, number)

    @classmethod
    def _from_file(cls, found: files.Source, number: int) -> Self:
        told, name = words(found.text), found.label
        numbers = iter(files.numbers(" ".join(told), len(told), name)) if told else iter(())
        (count,) = _whole(numbers, 1, name)
        if not 1 <= number <= count:
            raise ValueError(
                f"number must lie in 1 … {count}, the problems in {name}; got {number}"
            )
        for k in range(1, number + 1):
            n, m = _whole(numbers, 2, name)
            optimum = _next(numbers, 1, name)[0]
            values, rows, bounds = (_next(numbers, size, name) for size in (n, n * m, m))
            if k == number:
                known = float(optimum) if optimum > 0 else None
                called = found.name if count == 1 else f"{found.name}-{k}"
                return cls(rows.reshape(m, n), values, bounds, instance=called, optimum=known)
        raise AssertionError

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return BUILT_IN

    def ranking(self) -> Sequence[str]:
        """Return the methods by name, the best one first: branch and bound where items are few."""
        names = list(super().ranking())
        return sorted(names, key=lambda name: name != "milp") if self.size <= SMALL else names

    def violations(self, x: Sequence[int]) -> list[Violation]:
        if found := self.foreign(x):
            return found
        over = self.over(x)
        return [
            Violation(f"budget {k} is at most {self.bounds[k]:g}", over[k], "take something out")
            for k in np.flatnonzero(over).tolist()
        ]

    def plot(self, x: Sequence[int], ax: Axes | None = None) -> Axes:
        """Draw items by value and their largest share of a budget, those taken blue."""
        share = 100 * (self.rows / np.maximum(self.bounds, 1e-300)[:, None]).max(axis=0)
        return self.picture(x, share, 100, ax)

    def __repr__(self) -> str:
        return f"Packing({self.instance!r}, n = {self.size}, m = {len(self.bounds)})"


def _next(numbers: Iterator[float], count: int, name: str) -> NDArray[np.float64]:
    """Return so many numbers, or refuse a file that ends before."""
    found = np.fromiter((x for _, x in zip(range(count), numbers, strict=False)), dtype=float)
    if len(found) < count:
        raise ValueError(f"{name}: expected {count} more numbers; the file ends after {len(found)}")
    return found


def _whole(numbers: Iterator[float], count: int, name: str) -> list[int]:
    """Return so many positive integers."""
    found = _next(numbers, count, name)
    for odd in found[(found < 1) | (found != np.rint(found)) | (found > MOST)][:1]:
        raise ValueError(f"{name}: expected a number of 1 … {MOST}; got {odd:g}")
    return [int(x) for x in found]


def packing(
    weights: ArrayLike,
    values: ArrayLike,
    bounds: ArrayLike,
    *,
    method: str | Method = "auto",
    **options: Any,
) -> tuple[float, list[int]]:
    """Return the value of a packing within several budgets, and its items.

    Parameters
    ----------
    weights : array_like, shape (m, n)
    values : array_like, shape (n,)
    bounds : array_like, shape (m,)
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Examples
    --------
    >>> import problems
    >>> problems.packing([[2, 3], [1, 2]], [3, 4], [3, 3])
    (4.0, [1])
    """
    result = solved(Packing(weights, values, bounds), method, **options)
    return result.fun, result.x
