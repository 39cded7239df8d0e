"""Number partitioning: two heaps of numbers whose sums differ as little as can be.

The network is the wrong tool here, and this file says so with figures. H(s) = (Σ a_i·s_i)² couples
every spin to every other by the product of two numbers, so its landscape is almost that of random
energies (Mertens 1998): no flip says where the next good one is. Karmarkar & Karp's differencing
of 1982 needs n·log n steps, and wins: on 100 uniform numbers below 10⁶ (`random-100`) it leaves a
difference of 1 in a millisecond, where the annealed network leaves 181 and tabu search 195 after
one second of CPU; ``hopopt compare random-100 --problem number-partition`` prints all. Below 30
numbers the sums of two halves are gone through (Horowitz & Sahni 1974), and the answer is exact.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from hopopt import Attempt, IsingEnergy, Method, Monitor, Status, Violation
from hopopt.core import real
from hopopt.solve import Kind
from problems.shared import files
from problems.shared.one_call import solved
from problems.shared.text import words
from problems.shared.whole import exact
from problems.spins.heaps import differencing, matched
from problems.spins.instance import Spins
from problems.spins.methods import METHODS as DYNAMICS
from problems.spins.quadratic import QuadraticProblem, outer
from problems.spins.tabu import Tabu

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BUILT_IN: Mapping[str, str] = {
    "random-N": "N uniform integers from 1 to 10⁶; random-N-SEED for another seed than 0",
}
MOST = 5000
MANY = 30  # numbers, from which on differencing is the best, and all sums of halves too many
_RANDOM = re.compile(r"random-([1-9][0-9]{0,4})(?:-([0-9]{1,9}))?")


class KarmarkarKarp(Method):
    """Put the two largest numbers on different sides, again and again: largest differencing.

    References
    ----------
    Karmarkar & Karp, "The differencing method of set partitioning", 1982.
    """

    name: ClassVar[str] = "karmarkar-karp"
    summary: ClassVar[str] = "largest differencing, 1982; deterministic"
    kind: Kind = "classical"

    def attempt(self, problem: NumberPartition, rng: np.random.Generator, _: Monitor) -> Attempt:
        return Attempt(problem.decode(differencing(problem.terms)), Status.CONVERGED)


class HorowitzSahni(Method):
    """Match the signed sums of one half of the numbers with those of the other: exact, 2^(n/2).

    References
    ----------
    Horowitz & Sahni, "Computing partitions with applications to the knapsack problem", 1974.
    """

    name: ClassVar[str] = "horowitz-sahni"
    summary: ClassVar[str] = "all sums of two halves, matched, 1974; exact"
    kind: Kind = "classical"

    def refusal(self, problem: NumberPartition) -> str | None:
        n = problem.size
        return f"{self.name} takes fewer than {MANY} numbers; got {n}" if n >= MANY else None

    def attempt(self, problem: NumberPartition, rng: np.random.Generator, _: Monitor) -> Attempt:
        if refusal := self.refusal(problem):
            raise ValueError(refusal)
        heap = problem.decode(matched(problem.terms))
        return Attempt(heap, Status.OPTIMAL, bound=problem.cost(heap))


class NumberPartition(QuadraticProblem):
    """Split numbers into two heaps so that the difference of their sums is least.

    A solution is the list of the indices in the first number's heap.

    Parameters
    ----------
    numbers : array_like, shape (n,)
        Positive; whole numbers of any size are added up exactly.
    instance : str, optional
    optimum : float, optional

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems.spins.number_partition import NumberPartition
    >>> result = minimize(NumberPartition([4, 5, 6, 7, 8]), rng=0)
    >>> result.x, result.fun
    ([0, 1, 2], 0.0)
    """

    name: ClassVar[str] = "number-partition"
    exact: bool = False
    methods: ClassVar[Mapping[str, type[Method]]] = {
        **DYNAMICS,
        Tabu.name: Tabu,
        HorowitzSahni.name: HorowitzSahni,
        KarmarkarKarp.name: KarmarkarKarp,
    }

    def __init__(
        self, numbers: ArrayLike, *, instance: str | None = None, optimum: float | None = None
    ) -> None:
        self.numbers = real(numbers, "numbers", sums=True)
        if self.numbers.ndim != 1 or not self.numbers.size:
            raise ValueError(
                f"numbers must be a list of one or more; got shape {self.numbers.shape}"
            )
        if not np.all(self.numbers > 0):
            raise ValueError(f"numbers must be positive; got {self.numbers.min():g}")
        self.terms = exact(numbers)
        scale = float(self.numbers.mean())
        a = self.numbers / scale
        self.energy = IsingEnergy(outer(a, -2.0))
        self.instance, self.optimum = instance or self.name, optimum

    def ranking(self) -> Sequence[str]:
        """Return the methods by name, the best one first: differencing, from 30 numbers on."""
        best = HorowitzSahni.name if self.size < MANY else KarmarkarKarp.name
        return [best, *(name for name in super().ranking() if name != best)]

    @classmethod
    def load(cls, source: str, data: str | PathLike[str] | None = None) -> Self:
        """Load a built-in instance, or a file of numbers parted by white space."""
        if match := _RANDOM.fullmatch(source):
            n, seed = int(match[1]), int(match[2] or 0)
            if n > MOST:
                raise ValueError(f"source must have at most {MOST} numbers; got {n}")
            return cls(np.random.default_rng(seed).integers(1, 10**6, n), instance=source)
        found = files.find(source, data, (".txt",))
        listed = words(found.text)
        if not listed:
            raise ValueError(f"{found.label}: expected numbers; got an empty file")
        numbers = files.numbers(" ".join(listed), len(listed), found.label)
        return cls(numbers, instance=found.name)

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return BUILT_IN

    @property
    def size(self) -> int:
        return len(self.numbers)

    def decode(self, s: Spins) -> list[int]:
        return [int(k) for k in np.flatnonzero(np.asarray(s) * s[0] > 0)]

    def encode(self, x: Sequence[int]) -> Spins:
        return np.where(np.isin(np.arange(self.size), list(x)), 1.0, -1.0)

    def cost(self, x: Sequence[int]) -> float:
        """Return the difference of the two sums, exact but for floats, which are rounded once."""
        first = set(x)
        signed = [a if k in first else -a for k, a in enumerate(self.terms)]
        return float(abs(math.fsum(signed) if isinstance(signed[0], float) else sum(signed)))

    def feasible(self, x: Sequence[int]) -> bool:
        return not self.violations(x)

    def violations(self, x: Sequence[int]) -> list[Violation]:
        return [
            Violation(f"{k!r} is the index of a number", 1, f"take 0 … {self.size - 1}")
            for k in x
            if not 0 <= k < self.size
        ]

    def plain(self, x: Sequence[int]) -> list[int]:
        return [int(k) for k in x]

    def plot(self, x: Sequence[int], ax: Axes | None = None) -> Axes:
        """Draw the two heaps as stacked bars."""
        from hopopt.plotting import caption
        from problems.spins.pictures import plot_heaps

        first = np.isin(np.arange(self.size), list(x))
        return plot_heaps(self.numbers, first, ax, title=caption(self, self.cost(x)))

    def __repr__(self) -> str:
        return f"NumberPartition({self.instance!r}, n = {self.size})"


def number_partition(
    numbers: ArrayLike, *, method: str | Method = "auto", **options: Any
) -> tuple[float, list[int]]:
    """Return the difference of two heaps, and the indices in the first.

    Parameters
    ----------
    numbers : array_like, shape (n,)
    method : str or Method, default "auto"
        Exact below 30 numbers, from then on differencing; for networks see the file's warning.
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Examples
    --------
    >>> import problems
    >>> problems.number_partition([3, 1, 1, 2, 2, 1])[0]
    0.0
    """
    result = solved(NumberPartition(numbers), method, **options)
    return result.fun, result.x
