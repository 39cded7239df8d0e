"""What knapsacks, packings and covers share: items with values that share budgets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hopopt import Problem, Violation
from hopopt.core import Array
from problems.shared.magnitudes import lowered
from problems.spins.filling import Taken, packed, sums_exactly

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CLOSE = 1e-9


class Budgeted(Problem):
    """A problem that chooses items whose weights keep within every budget: Σ w_ki·x_i ≤ b_k.

    A solution is the list of the chosen items. Every answer is feasible, for items go in, in the
    order of the outputs, as far as they fit.

    Attributes
    ----------
    values : array, shape (n,)
    rows : array, shape (m, n)
        What each item takes of each budget.
    bounds : array, shape (m,)
    """

    values: Array
    rows: Array
    bounds: Array

    @cached_property
    def worth(self) -> Array:
        """Numbers whose sums rank as those of the values: what the methods see."""
        return lowered(self.values)

    @property
    def size(self) -> int:
        return len(self.values)

    def fitted(self, s: Any) -> Taken:
        """Return what fits, in the order of the outputs and, where these are equal, of density."""
        outputs = np.asarray(s, dtype=float)[None, : self.size]
        taken: Taken = packed(outputs, self.worth, self.rows, self.bounds)[0]
        return taken

    def decode(self, s: Any) -> list[int]:
        return [int(k) for k in np.flatnonzero(self.fitted(s))]

    def encode(self, x: Sequence[int]) -> Array:
        """Return the outputs of a solution, for a search to begin with."""
        return np.where(np.isin(np.arange(self.size), list(x)), 1.0, -1.0)

    def adopt(self, x: Any) -> Any:
        """Return items, also from what says of each whether it is chosen."""
        marks = x if isinstance(x, np.ndarray) else list(x)
        if len(marks) == self.size and all(isinstance(mark, bool | np.bool_) for mark in marks):
            return np.flatnonzero(marks).tolist()
        return x

    def greedy(self) -> Array:
        """Return the outputs of a greedy solution: alike, so that density decides."""
        return np.zeros(self.size)

    def cost(self, x: Sequence[int]) -> float:
        """Return the value of the items."""
        return float(self.values[list(x)].sum())

    def cost_of(self, worth: float) -> float:
        """Return what a solution costs whose items that fit are worth so much together."""
        return worth

    def feasible(self, x: Sequence[int]) -> bool:
        return not self.violations(x)

    def foreign(self, x: Sequence[int]) -> list[Violation]:
        """Return what says that x names items that there are not, or one twice."""
        if all(0 <= k < self.size for k in x) and len(set(x)) == len(x):
            return []
        return [Violation("items are taken once each", 1, f"take some of 0 … {self.size - 1}")]

    def over(self, x: Sequence[int]) -> Array:
        """Return by how much x overspends each budget, 0 where it keeps it, but for rounding."""
        load = self.rows[:, list(x)].sum(axis=1)
        rounding = np.where(sums_exactly(self.rows), 0, CLOSE * load)
        return np.where(load - self.bounds > rounding, load - self.bounds, 0.0)

    def describe(self, x: Sequence[int]) -> dict[str, Any]:
        return {"sense": self.sense, "solution": [int(k) for k in x]}

    def picture(
        self,
        x: Sequence[int],
        weights: NDArray[Any],
        capacity: float,
        ax: Axes | None,
        labels: tuple[str, str] = ("weight", "value"),
    ) -> Axes:
        """Draw items by weight and value, those of x blue."""
        from hopopt.plotting import caption
        from problems.spins.pictures import plot_items

        taken = np.isin(np.arange(self.size), list(x))
        title = caption(self, self.cost(x))
        known: Any = {"capacity": capacity, "labels": labels, "title": title}
        return plot_items(weights, self.values, taken, ax, **known)
