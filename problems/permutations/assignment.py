"""Linear assignment: a teaching case, for its optimum can be computed exactly."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from math import isqrt
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

from hopopt import (
    Method,
    Problem,
    Violation,
)
from hopopt.core import Array, Order, numbers
from hopopt.solve import Encoding, Sense
from problems.permutations.cooling import METHODS, linear
from problems.permutations.placing import placed, seated
from problems.shared import files
from problems.shared.encodings import permutation_corners, permutation_encoding
from problems.shared.frames import unframed_costs
from problems.shared.labels import broken, check_labels, plain, recalled
from problems.shared.one_call import refuse_infeasible, solved
from problems.shared.text import words
from problems.shared.whole import EXACT, refuse_blurred

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

BUILT_IN: Mapping[str, str] = {
    "random-N": "uniform costs of N workers at N jobs; random-N-SEED for another seed than 0",
}
MOST, LARGE = 2000, 300  # workers; from LARGE on the network takes more than a second
_RANDOM = re.compile(r"random-([1-9][0-9]{0,5})(?:-([0-9]{1,9}))?")


class LinearAssignment(Problem):
    """Give every worker a job of its own so that the costs Σ_i c_i,p(i) are least, or largest.

    Build it from a matrix, or `load` (a file of n² costs, n before them or not). A solution is the
    list of the workers' jobs. Where there are fewer jobs than workers, each is done, and those
    without one have None.

    Parameters
    ----------
    costs : array_like, frame or sparse, shape (n, m)
        Infinite (−∞ for "max"), or no entry, where a worker cannot do a job.
    sense : {"min", "max"}, default "min"
    labels : sequence of hashable, optional
        The jobs' names, all different; by default a frame's columns, or 0 … m − 1.
    instance : str, optional
    optimum : float, optional
        By default computed by SciPy.

    Attributes
    ----------
    placed : array, shape (N, N)
        What the methods minimise: costs ≥ 0 that rank assignments alike, with rows and columns
        reduced by their least, filled up to a square, finite, and of moderate size.
    ties : float
        What may be added to each without a change of rank but among equals; 0 where unknown.
    possible : bool
        Whether there is an assignment without a pair that cannot be.

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems.permutations.assignment import LinearAssignment
    >>> result = minimize(LinearAssignment([[4, 1, 3], [2, 0, 5], [3, 2, 2]]), rng=0)
    >>> result.x, result.fun, result.gap
    ([1, 0, 2], 5.0, 0.0)
    """

    name: ClassVar[str] = "assignment"
    methods: ClassVar[Mapping[str, type[Method]]] = METHODS
    sense: Sense  # type: ignore[misc]  # an instance's own, where the base has one for all

    def __init__(
        self,
        costs: Any,
        *,
        sense: Sense = "min",
        labels: Sequence[Hashable] | None = None,
        instance: str | None = None,
        optimum: float | None = None,
    ) -> None:
        if sense not in ("min", "max"):
            raise ValueError(f"sense must be 'min' or 'max'; got {sense!r}")
        costs, names = unframed_costs(costs, np.inf if sense == "min" else -np.inf)
        self.sense, self.costs = sense, numbers(costs, "costs").astype(float)
        if np.abs(self.costs).max(initial=0.0, where=np.isfinite(self.costs)) >= EXACT:
            refuse_blurred(costs, "costs")
        if self.costs.ndim != 2 or not self.costs.size:
            raise ValueError(f"costs must be a matrix; got shape {self.costs.shape}")
        loss = self.costs if sense == "min" else -self.costs
        if not np.all(loss > -np.inf):
            odd = "-inf" if sense == "min" else "inf"
            raise ValueError(f"costs must be numbers, and none of them {odd}; got NaN or {odd}")
        self.workers, jobs = self.costs.shape
        self.labels = check_labels(names if labels is None else labels, jobs, "jobs")
        self.index = {label: k for k, label in enumerate(self.labels)}
        self.instance = instance or self.name
        self.placed, self.ties = placed(loss)
        best = linear_sum_assignment(self.placed)
        order = self.solution(best[1])
        self.possible = not self.violations(order)
        known = self.cost(order) if self.possible else None
        self.optimum = known if optimum is None else optimum

    @classmethod
    def load(
        cls, source: str, data: str | PathLike[str] | None = None, *, sense: Sense = "min"
    ) -> Self:
        """Load a built-in instance, or a file of n and n² costs, or of n² costs, a table."""
        if match := _RANDOM.fullmatch(source):
            n, seed = int(match[1]), int(match[2] or 0)
            if n > MOST:
                raise ValueError(f"source must have at most {MOST} workers; got {n}")
            return cls(np.random.default_rng(seed).random((n, n)), instance=source, sense=sense)
        found = files.find(source, data, (".txt", ".dat"))
        told = words(re.sub("[,;]", " ", found.text))
        n = isqrt(len(told))
        ahead = int(len(told) != n * n and told[0] == str(n))
        if not n or len(told) - ahead != n * n:
            raise ValueError(
                f"{found.label}: expected n and n² costs, or n²; got {len(told)} words"
            )
        values = files.numbers(" ".join(told[ahead:]), n * n, found.label)
        labels = range(1, n + 1)
        return cls(np.reshape(values, (n, n)), labels=labels, instance=found.name, sense=sense)

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return BUILT_IN

    @property
    def size(self) -> int:
        return int(self.workers)

    def ranking(self) -> Sequence[str]:
        """Return the methods by name, the network first where workers are few."""
        return list(self.methods)[:: 1 if self.size < LARGE else -1]

    def cost(self, x: Sequence[Hashable | None]) -> float:
        """Return Σ_i c_i,x(i)."""
        return float(self.costs[self.pairs(x)].sum())

    def feasible(self, x: Sequence[Hashable | None]) -> bool:
        return not self.violations(x)

    def violations(self, x: Sequence[Hashable | None]) -> list[Violation]:
        taken = [label for label in x if label is not None]
        found = broken(self.index, taken)
        if len(self.labels) > self.workers:  # some jobs are left undone
            found = [violation for violation in found if not violation.remedy.startswith("give")]
        short = min(self.workers, len(self.labels)) - len(taken)
        if short > 0 or len(x) != self.workers:
            text = "every worker has a job, or every job a worker"
            found.append(Violation(text, max(1, short), f"give {self.workers} workers their jobs"))
        if found:
            return found
        rows, jobs = self.pairs(x)
        cannot = np.flatnonzero(np.isinf(self.costs[rows, jobs])).tolist()
        return [
            Violation(f"worker {rows[k]} can do {self.labels[jobs[k]]!r}", 1, "give it to another")
            for k in cannot
        ]

    def describe(self, x: Sequence[Hashable | None]) -> dict[str, Any]:
        return {"sense": self.sense, "solution": [None if k is None else plain(k) for k in x]}

    def adopt(self, x: Any) -> Any:
        return recalled(self.labels, x)

    def pairs(self, x: Sequence[Hashable | None]) -> tuple[Order, Order]:
        """Return the workers that have a job, and their jobs, as numbers."""
        rows = np.array([i for i, label in enumerate(x) if label is not None], dtype=np.intp)
        jobs = [self.index[label] for label in x if label is not None]
        return rows, np.array(jobs, dtype=np.intp)

    def solution(self, order: Order) -> list[Hashable | None]:
        """Return the labels of the workers' jobs, None for one that there is not."""
        named = [*self.labels, *[None] * (len(order) - len(self.labels))]
        return [named[k] for k in order[: self.workers].tolist()]

    def decode(self, output: Floats) -> list[Hashable | None]:
        """Return the assignment in which workers have the job of their largest output: `seated`."""
        return self.solution(seated(output))

    def corners(self) -> Iterable[Array]:
        return permutation_corners(len(self.placed))

    def encoding(self) -> Encoding:
        """Return the problem over n×n units, the costs shifted so that the least is 0.

        Where they are not square, or some infinite, they are as `placed`.
        """
        costs = self.placed
        if self.costs.shape == costs.shape and np.isfinite(self.costs).all():
            loss = self.costs if self.sense == "min" else -self.costs
            costs = loss - loss.min()
        return permutation_encoding(len(costs), linear(costs), float(costs.max()))

    def plot(self, x: Sequence[Hashable | None], ax: Axes | None = None) -> Axes:
        """Draw the costs as an image, the assignment marked on it."""
        from hopopt.plotting import caption
        from problems.permutations.pictures import plot_costs

        return plot_costs(self.costs, self.pairs(x), ax, title=caption(self, self.cost(x)))

    def __repr__(self) -> str:
        return f"LinearAssignment({self.instance!r}, n = {self.size})"


def assignment(
    costs: ArrayLike, *, sense: Sense = "min", method: str | Method = "auto", **options: Any
) -> tuple[float, list[Any]]:
    """Return the cost of an assignment that the network finds, and the job of each worker.

    Parameters
    ----------
    costs : array_like, shape (n, m)
        Infinite where a worker cannot do a job.
    sense : {"min", "max"}, default "min"
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Raises
    ------
    ValueError
        Where no assignment without a pair that cannot be was found, or none exists.

    Examples
    --------
    >>> import problems
    >>> problems.assignment([[1, 2], [2, 4]])
    (4.0, [1, 0])
    >>> problems.assignment([[1, 2, 9], [4, 5, float("-inf")]], sense="max")
    (14.0, [2, 1])
    """
    result = solved(LinearAssignment(costs, sense=sense), method, **options)
    refuse_infeasible(result, "assignment")
    return result.fun, result.x
