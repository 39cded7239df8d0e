"""Knapsack with slack bits: an encoding to learn from, and the wrong tool, as the figures say.

The capacity becomes an equation with slack bits, and the equation a penalty: H(x, y) = −Σ v_i·x_i
+ P·(Σ w_i·x_i + Σ c_k·y_k − W)². A unit that should enter has to push another out and to set the
slack anew, three flips through states of high penalty, so that single flips get stuck early, and
states that are stable need not be feasible: `certify` counts them and makes no claim, and answers
are repaired (`packed`). Dynamic programming is exact in n·W steps: on `random-20` it finds the
value 458 in less than a millisecond, where the annealed network finds 423 in a second, repair and
all; ``hopopt compare random-20 --problem knapsack`` prints all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hopopt import Attempt, Energy, IsingEnergy, Method, Monitor, Quadratic, Status, Violation
from hopopt.core import Array, real
from hopopt.solve import Encoding, Kind, Sense
from problems.shared import files
from problems.shared.whole import refuse_large, whole
from problems.spins.instance import Spins
from problems.spins.methods import METHODS as DYNAMICS
from problems.spins.quadratic import QuadraticProblem
from problems.spins.qubo import energy_of_bits
from problems.spins.tabu import Tabu

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BUILT_IN: Mapping[str, str] = {
    "random-N": "N items, weights 1 to 30, values 1 to 60, half fit; random-N-SEED likewise",
}
MOST, MOST_CAPACITY = 500, 10**6
TABLE = 2 * 10**8  # entries, a byte each
PENALTY = 1.05
_RANDOM = re.compile(r"random-([1-9][0-9]{0,4})(?:-([0-9]{1,9}))?")


class DynamicProgramming(Method):
    """Bellman's table over capacities: exact, n·W steps.

    References
    ----------
    Bellman, "Dynamic programming", 1957.
    """

    name: ClassVar[str] = "dynamic-programming"
    summary: ClassVar[str] = "the table over capacities; exact"
    kind: Kind = "classical"

    def refusal(self, problem: Knapsack) -> str | None:
        entries = problem.size * (problem.capacity + 1)
        if entries > TABLE:
            return f"{self.name} makes a table of at most {TABLE:,} entries; got {entries:,}"
        return None

    def attempt(self, problem: Knapsack, rng: np.random.Generator, _: Monitor) -> Attempt:
        if refusal := self.refusal(problem):
            raise ValueError(refusal)
        best = np.zeros(problem.capacity + 1)
        taken = np.zeros((problem.size, problem.capacity + 1), dtype=bool)
        for k, (w, v) in enumerate(
            zip(problem.weights.tolist(), problem.values.tolist(), strict=True)
        ):
            if w > problem.capacity:
                continue
            better = best[: problem.capacity + 1 - w] + v > best[w:]
            taken[k, w:] = better
            best[w:] = np.where(better, best[: problem.capacity + 1 - w] + v, best[w:])
        x, room = [], problem.capacity
        for k in reversed(range(problem.size)):
            if taken[k, room]:
                x.append(k)
                room -= int(problem.weights[k])
        return Attempt(x[::-1], Status.CONVERGED)


class Knapsack(QuadraticProblem):
    """Pack items of the highest value that together are not too heavy.

    A solution is the list of the items' indices. What a network settles in is unpacked until it is
    light enough, and filled up, so that every answer is feasible (see `packed`).

    Parameters
    ----------
    weights : array_like of int, shape (n,)
        Positive; their sum is below 2⁵³, so that it is exact.
    values : array_like, shape (n,)
        Positive; the sum of integers is below 2⁵³.
    capacity : int
    instance : str, optional
    optimum : float, optional

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems.spins.knapsack import Knapsack
    >>> result = minimize(Knapsack([2, 3, 4], [3, 4, 6], 6), rng=0, time_limit=0.2)
    >>> result.x, result.fun
    ([0, 2], 9.0)
    """

    name: ClassVar[str] = "knapsack"
    sense: ClassVar[Sense] = "max"
    exact: ClassVar[bool] = False
    methods: ClassVar[Mapping[str, type[Method]]] = {
        DynamicProgramming.name: DynamicProgramming,
        **DYNAMICS,
        Tabu.name: Tabu,
    }

    def __init__(
        self,
        weights: ArrayLike,
        values: ArrayLike,
        capacity: float,
        *,
        instance: str | None = None,
        optimum: float | None = None,
    ) -> None:
        w, self.values = real(weights, "weights"), real(values, "values")
        if w.ndim != 1 or w.shape != self.values.shape or not w.size:
            raise ValueError(f"weights and values must match; got {w.shape}, {self.values.shape}")
        for odd in w[(w <= 0) | (w != np.rint(w))][:1]:
            raise ValueError(f"weights must be positive integers; got {odd:g}")
        for odd in self.values[self.values <= 0][:1]:
            raise ValueError(f"values must be positive; got {odd:g}")
        refuse_large(np.asarray(whole(weights), dtype=object), "weights")
        refuse_large(values, "values")
        if not 0 <= capacity <= MOST_CAPACITY or capacity != int(capacity):
            raise ValueError(f"capacity must be an integer to {MOST_CAPACITY}; got {capacity!r}")
        self.weights, self.capacity = w.astype(np.int64), int(capacity)
        self.slack = slack_bits(self.capacity)
        self.penalty = PENALTY * float(self.values.max())
        self.energy = self.encoded(self.penalty)
        self.instance, self.optimum = instance or self.name, optimum

    def encoded(self, P: float) -> IsingEnergy:
        """Return −Σ v_i·x_i + P·(Σ w_i·x_i + Σ c_k·y_k − W)² as an energy of spins."""
        a = np.concatenate([self.weights, self.slack]).astype(float)
        Q = P * np.outer(a, a)
        Q[np.diag_indices(len(a))] -= 2 * P * self.capacity * a
        Q[np.arange(self.size), np.arange(self.size)] -= self.values
        return energy_of_bits(Q, P * self.capacity**2)

    @classmethod
    def load(cls, source: str, data: str | PathLike[str] | None = None) -> Self:
        """Load a built-in instance, or a file ``n capacity``, then n lines ``value weight``."""
        if match := _RANDOM.fullmatch(source):
            count, seed = int(match[1]), int(match[2] or 0)
            if count > MOST:
                raise ValueError(f"source must have at most {MOST} items; got {count}")
            rng = np.random.default_rng(seed)
            drawn, worth = rng.integers(1, 31, count), rng.integers(1, 61, count)
            return cls(drawn, worth, int(drawn.sum()) // 2, instance=source)
        found = files.find(source, data, (".txt", ".kp"))
        lines = [line for line in found.text.splitlines() if line.strip()]
        if not lines:
            raise ValueError(f"{found.name}: expected 'n capacity'; got an empty file")
        n, capacity = files.numbers(lines[0], 2, f"{found.name}, line 1")
        if not n >= 1 or len(lines) - 1 != n:
            raise ValueError(f"{found.name}: expected {n:g} items, 1 or more; got {len(lines) - 1}")
        rows = [files.numbers(t, 2, f"{found.name}, item {k}") for k, t in enumerate(lines[1:], 1)]
        v, w = np.array(rows).T
        return cls(w, v, capacity, instance=found.name)

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return BUILT_IN

    @property
    def size(self) -> int:
        return len(self.weights)

    def decode(self, s: Spins) -> list[int]:
        taken = self.packed(np.asarray(s)[: self.size] > 0)
        return [int(k) for k in np.flatnonzero(taken)]

    def packed(self, taken: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return a packing without what is worth least for its weight while it is too heavy.

        Then what is worth most for its weight goes in, as far as there is room.
        """
        taken, dear = taken.copy(), np.argsort(self.values / self.weights, kind="stable").tolist()
        room = self.capacity - int(self.weights[taken].sum())
        for k in dear:
            if room < 0 and taken[k]:
                taken[k], room = False, room + int(self.weights[k])
        for k in reversed(dear):
            if not taken[k] and self.weights[k] <= room:
                taken[k], room = True, room - int(self.weights[k])
        return taken

    def cost(self, x: Sequence[int]) -> float:
        """Return the value of the items."""
        return float(self.values[list(x)].sum())

    def feasible(self, x: Sequence[int]) -> bool:
        return not self.violations(x)

    def violations(self, x: Sequence[int]) -> list[Violation]:
        foreign = [k for k in x if not 0 <= k < self.size]
        if foreign or len(set(x)) < len(x):
            return [Violation("items are taken once each", 1, f"take some of 0 … {self.size - 1}")]
        excess = int(self.weights[list(x)].sum()) - self.capacity
        if excess <= 0:
            return []
        light = min(x, key=lambda k: (self.weights[k] < excess, self.weights[k]))
        remedy = f"take out items of weight {excess} or more, such as {light}"
        return [Violation(f"the weight is at most {self.capacity}", excess, remedy)]

    def plain(self, x: Sequence[int]) -> list[int]:
        return [int(k) for k in x]

    def encoding(self) -> Encoding:
        """Return the problem over items and slack bits; there is no theorem for it."""
        a = np.concatenate([self.weights, self.slack]).astype(float)
        c = np.concatenate([-self.values, np.zeros(len(self.slack))])

        def energy(P: float) -> Energy:
            linear = c - 2 * P * self.capacity * a + P * a * a
            off = 2 * P * (np.outer(a, a) - np.diag(a * a))
            return Quadratic(off, linear, constant=P * self.capacity**2)

        def feasible(v: Array) -> Array:
            return np.asarray(v[:, : self.size] @ self.weights <= self.capacity)

        return Encoding(energy, feasible, self.penalty)

    def plot(self, x: Sequence[int], ax: Axes | None = None) -> Axes:
        """Draw items by weight and value, those taken blue."""
        from hopopt.plotting import caption
        from problems.spins.pictures import plot_items

        taken = np.isin(np.arange(self.size), list(x))
        title = caption(self, self.cost(x))
        return plot_items(self.weights, self.values, taken, ax, capacity=self.capacity, title=title)

    def __repr__(self) -> str:
        return f"Knapsack({self.instance!r}, n = {self.size}, capacity {self.capacity})"


def slack_bits(capacity: int) -> NDArray[np.int64]:
    """Return coefficients whose sums take every value from 0 to the capacity, and none above.

    Examples
    --------
    >>> slack_bits(6)
    array([1, 2, 3])
    """
    bits: list[int] = []
    left = capacity
    while left > 0:
        step = min(2 ** len(bits), left)
        bits.append(step)
        left -= step
    return np.array(bits, dtype=np.int64)


def knapsack(
    weights: ArrayLike,
    values: ArrayLike,
    capacity: int,
    *,
    method: str | Method = "auto",
    **options: Any,
) -> tuple[float, list[int]]:
    """Return the value of a packing, and its items.

    Parameters
    ----------
    weights, values : array_like, shape (n,)
    capacity : int
    method : str or Method, default "auto"
        Dynamic programming, where its table is not too large; for networks see the file's warning.
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Examples
    --------
    >>> import problems
    >>> problems.knapsack([2, 3], [3, 4], 3, time_limit=0.1)
    (4.0, [1])
    """
    from hopopt import minimize

    options.setdefault("rng", 0)
    result = minimize(Knapsack(weights, values, capacity), method, **options)
    return result.fun, result.x
