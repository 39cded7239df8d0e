"""Knapsack: by prices, by a table, and with slack bits, an encoding to learn from.

One budget is the case of `Packing` that dynamic programming solves in n·W steps where weights are
whole and the table is not too large, and branch and bound elsewhere. Units under a price find the
optimum likewise, and so does sorting by value for weight with exchanges after.

With slack bits the capacity becomes an equation, and the equation a penalty: H(x, y) = −Σ v_i·x_i
+ P·(Σ w_i·x_i + Σ c_k·y_k − W)². A unit that should enter has to push another out and to set the
slack anew, three flips through states of high penalty, so that single flips get stuck early, and
states that are stable need not be feasible: `certify` counts them and makes no claim. Items then go
in as far as they fit. On `random-20`, whose best is 458, that finds 423 in a second;
``hopopt compare random-20 --problem knapsack`` prints all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hopopt import (
    Attempt,
    Energy,
    IsingEnergy,
    LowRank,
    Method,
    Monitor,
    Quadratic,
    Status,
    Violation,
)
from hopopt.core import Array, real
from hopopt.solve import Encoding, Kind, Sense
from problems.shared import files
from problems.shared.one_call import solved
from problems.shared.text import rows
from problems.shared.whole import EXACT, refuse_large
from problems.spins.budgeted import Budgeted
from problems.spins.filling import refuse_odd
from problems.spins.instance import Spins
from problems.spins.methods import METHODS as DYNAMICS
from problems.spins.packing_methods import (
    BranchAndBound,
    Exchanges,
    Greedy,
    Prices,
)
from problems.spins.quadratic import QuadraticProblem, outer
from problems.spins.tabu import Tabu

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BUILT_IN: Mapping[str, str] = {
    "random-N": "N items, weights 1 to 30, values 1 to 60, half fit; random-N-SEED likewise",
}
MOST = 500
MANY = 5000  # items above which branch and bound does not keep to a limit of time
FINEST = 2**20  # slack bits tell the capacity's parts down to this one
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
        if problem.weights.dtype.kind != "i":
            return f"{self.name} takes whole weights; got floats"
        entries = problem.size * (int(problem.capacity) + 1)
        if entries > TABLE:
            return f"{self.name} makes a table of at most {TABLE:,} entries; got {entries:,}"
        return None

    def attempt(self, problem: Knapsack, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        if refusal := self.refusal(problem):
            raise ValueError(refusal)
        capacity = int(problem.capacity)
        best = np.zeros(capacity + 1)
        taken = np.zeros((problem.size, capacity + 1), dtype=bool)
        for k, (w, v) in enumerate(
            zip(problem.weights.tolist(), problem.worth.tolist(), strict=True)
        ):
            if monitor.over():  # the table is of no use before its end
                return Attempt(problem.decode(problem.greedy()), Status.TIME_LIMIT)
            if w > capacity:
                continue
            better = best[: capacity + 1 - w] + v > best[w:]
            taken[k, w:] = better
            best[w:] = np.where(better, best[: capacity + 1 - w] + v, best[w:])
        x, room = [], capacity
        for k in reversed(range(problem.size)):
            if taken[k, room]:
                x.append(k)
                room -= int(problem.weights[k])
        return Attempt(x[::-1], Status.CONVERGED)


class Knapsack(Budgeted, QuadraticProblem):
    """Pack items of the highest value that together are not too heavy.

    A solution is the list of the items' indices. In the order of a network's outputs, and of value
    for weight where these are equal, the items go in that fit: every answer is feasible.

    Parameters
    ----------
    weights : array_like, shape (n,)
        Nonnegative; the sum of integers is below 2⁵³, so that it is exact.
    values : array_like, shape (n,)
        Nonnegative; the sum of integers is below 2⁵³.
    capacity : float
        Nonnegative.
    instance : str, optional
    optimum : float, optional

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems.spins.knapsack import Knapsack
    >>> result = minimize(Knapsack([2, 3, 4], [3, 4, 6], 6), rng=0)
    >>> result.x, result.fun
    ([0, 2], 9.0)
    """

    name: ClassVar[str] = "knapsack"
    sense: ClassVar[Sense] = "max"
    exact: bool = False
    methods: ClassVar[Mapping[str, type[Method]]] = {
        DynamicProgramming.name: DynamicProgramming,
        BranchAndBound.name: BranchAndBound,
        Exchanges.name: Exchanges,
        Prices.name: Prices,
        Greedy.name: Greedy,
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
        w, self.values = (
            real(part, name, sums=True) for part, name in ((weights, "weights"), (values, "values"))
        )
        if w.ndim != 1 or w.shape != self.values.shape or not w.size:
            raise ValueError(f"weights and values must match; got {w.shape}, {self.values.shape}")
        room = float(real(capacity, "capacity", sums=True))
        refuse_odd(values=self.values, weights=w, capacity=room)
        refuse_large(weights, "weights")
        if w.sum() >= EXACT:  # what is too heavy weighs no more than need be
            w = np.where(w > 2 * room + 1, np.floor(2 * room) + 2, w)
        if np.all(w == np.rint(w)) and w.sum() < EXACT:
            w, room = w.astype(np.int64), float(np.floor(room))
        refuse_large(values, "values")
        self.weights, self.capacity = w, room
        self.rows, self.bounds = w[None].astype(float), np.array([room])
        exact = w.dtype.kind == "i" and room <= FINEST
        self.grain = 1.0 if exact or not room else room / FINEST
        self.slack = slack_bits(int(room / self.grain))
        self.penalty = PENALTY * (float(self.worth.max()) or 1.0)
        self.energy = self.encoded(self.penalty)
        self.instance, self.optimum = instance or self.name, optimum

    def encoded(self, P: float) -> IsingEnergy:
        """Return −Σ v_i·x_i + P·(Σ w_i·x_i + Σ c_k·y_k − W)² as an energy of spins.

        Where weights are no integers, or the capacity is large, in units of W/2²⁰.
        """
        a = np.concatenate(
            [np.minimum(self.weights, 2 * self.capacity + 1) / self.grain, self.slack]
        )
        W = self.capacity / self.grain
        excess = float(a.sum()) - 2 * W  # Σ a_i·s_i + excess is twice what the bits exceed W by
        h = -P / 2 * excess * a
        h[: self.size] += self.worth / 2
        constant = P / 4 * excess**2 - float(self.worth.sum()) / 2
        return IsingEnergy(outer(a, -P / 2), h, constant)

    def ranking(self) -> Sequence[str]:
        """Return the methods by name, the best one first: exact ones unless items are many."""
        late = BranchAndBound.name if self.size > MANY else None
        return sorted(super().ranking(), key=lambda name: name == late)

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
        lines = [line for _, line in rows(found.text)]
        if not lines:
            raise ValueError(f"{found.label}: expected 'n capacity'; got an empty file")
        n, capacity = files.numbers(lines[0], 2, f"{found.label}, line 1")
        if not n >= 1 or len(lines) - 1 != n:
            raise ValueError(
                f"{found.label}: expected {n:g} items, 1 or more; got {len(lines) - 1}"
            )
        table = [
            files.numbers(t, 2, f"{found.label}, item {k}") for k, t in enumerate(lines[1:], 1)
        ]
        v, w = np.array(table).T
        return cls(w, v, capacity, instance=found.name)

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return BUILT_IN

    def encode(self, x: Sequence[int]) -> Spins:
        """Return the spins of items, and of slack bits for the room that they leave."""
        taken = np.isin(np.arange(self.size), list(x))
        room, filled = (self.capacity - float(self.weights @ taken)) / self.grain, []
        for bit in self.slack[::-1].tolist():
            filled.append(bit <= room)
            room -= bit * filled[-1]
        return np.where(np.concatenate([taken, filled[::-1]]), 1.0, -1.0)

    def violations(self, x: Sequence[int]) -> list[Violation]:
        if found := self.foreign(x):
            return found
        if not (excess := float(self.over(x)[0])):
            return []
        light = min(x, key=lambda k: (self.weights[k] < excess, self.weights[k]))
        remedy = f"take out items of weight {excess:g} or more, such as {light}"
        return [Violation(f"the weight is at most {self.capacity:g}", excess, remedy)]

    def encoding(self) -> Encoding:
        """Return the problem over items and slack bits; there is no theorem for it."""
        a, W = np.concatenate([self.weights / self.grain, self.slack]), self.capacity / self.grain
        c = np.concatenate([-self.worth, np.zeros(len(self.slack))])

        def energy(P: float) -> Energy:
            linear = c - 2 * P * W * a + P * a * a
            off = LowRank(a, 2 * P, -2 * P * a * a)
            return Quadratic(off, linear, constant=P * W**2)

        def feasible(v: Array) -> Array:
            return np.asarray(v[:, : self.size] @ self.weights <= self.capacity)

        return Encoding(energy, feasible, self.penalty)

    def plot(self, x: Sequence[int], ax: Axes | None = None) -> Axes:
        """Draw items by weight and value, those taken blue."""
        return self.picture(x, self.weights, self.capacity, ax)

    def __repr__(self) -> str:
        return f"Knapsack({self.instance!r}, n = {self.size}, capacity {self.capacity:g})"


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
    capacity: float,
    *,
    method: str | Method = "auto",
    **options: Any,
) -> tuple[float, list[int]]:
    """Return the value of a packing, and its items.

    Parameters
    ----------
    weights, values : array_like, shape (n,)
    capacity : float
    method : str or Method, default "auto"
        Dynamic programming where weights are whole and its table is not too large.
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Examples
    --------
    >>> import problems
    >>> problems.knapsack([2, 3], [3, 4], 3)
    (4.0, [1])
    """
    result = solved(Knapsack(weights, values, capacity), method, **options)
    return result.fun, result.x
