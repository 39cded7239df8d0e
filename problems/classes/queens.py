"""N queens: a chessboard full of queens, none of which attacks another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from hopopt import Method, Problem, Quadratic, Violation
from hopopt.core import is_whole
from hopopt.solve import Encoding
from problems.classes.queens_methods import METHODS
from problems.shared.encodings import permutation_corners, permutation_encoding
from problems.shared.one_call import refuse_infeasible, solved

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[Any]

BUILT_IN: Mapping[str, str] = {"N": "a board of N×N squares, as 8"}
MOST = 2000
_N = re.compile(r"(?:queens-)?([1-9][0-9]{0,4})")


class Queens(Problem):
    """Place n queens on an n×n board so that none attacks another.

    A solution is the list of the columns of the queens in rows 0 … n − 1; its cost is the number of
    pairs that attack each other. There is no solution for n = 2 and 3.

    Parameters
    ----------
    n : int

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems.classes.queens import Queens
    >>> result = minimize(Queens(8), rng=0)
    >>> result.success, result.fun
    (True, 0.0)
    """

    name: ClassVar[str] = "queens"
    methods: ClassVar[Mapping[str, type[Method]]] = METHODS

    def __init__(self, n: int) -> None:
        if not is_whole(n) or not 1 <= n <= MOST:
            raise ValueError(f"n must be an integer from 1 to {MOST}; got {n!r}")
        self.n, self.instance = int(n), f"queens-{n}"
        self.optimum = None if n in (2, 3) else 0.0

    @classmethod
    def load(cls, source: str, data: str | PathLike[str] | None = None) -> Self:
        """Return the board of that many rows: "8" or "queens-8"."""
        match = _N.fullmatch(source)
        if match is None:
            raise ValueError(f"source must be the size of a board, as 8; got {source!r}")
        return cls(int(match[1]))

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return BUILT_IN

    @property
    def size(self) -> int:
        return self.n

    def cost(self, x: Sequence[int]) -> float:
        """Return how many pairs of queens attack each other."""
        return float(len(self._pairs(x)))

    def _pairs(self, x: Sequence[int]) -> Array:
        """Return the rows of every two queens that attack each other."""
        row, col = np.arange(len(x)), np.asarray(x)
        dr, dc = row[:, None] - row, col[:, None] - col
        return np.argwhere(np.triu((dc == 0) | (np.abs(dc) == np.abs(dr)), 1))

    def feasible(self, x: Sequence[int]) -> bool:
        return not self.violations(x)

    def violations(self, x: Sequence[int]) -> list[Violation]:
        if len(x) != self.n:
            return [Violation("one queen a row", abs(len(x) - self.n), f"place {self.n} queens")]
        outside = [row for row, col in enumerate(x) if not 0 <= col < self.n]
        if outside:
            text = f"the queen of row {outside[0]} is on the board"
            return [Violation(text, 1, f"take a column from 0 to {self.n - 1}")]
        return [
            Violation(f"the queens of rows {a} and {b} are at peace", 1, "move one of them")
            for a, b in self._pairs(x).tolist()
        ]

    def describe(self, x: Sequence[int]) -> dict[str, Any]:
        return {"sense": self.sense, "solution": [int(col) for col in x]}

    def decode(self, output: NDArray[Any]) -> list[int]:
        """Return the board on which every row's queen stands on its largest output."""
        columns: list[int] = output.argmax(-1).tolist()
        return columns

    def corners(self) -> Iterable[Array]:
        return permutation_corners(self.n)

    def encoding(self) -> Encoding:
        """Return the problem over n×n units; feasible are the permutations, H counts diagonals."""
        n = self.n
        row, col = np.divmod(np.arange(n * n), n)
        same = np.abs(row[:, None] - row) == np.abs(col[:, None] - col)
        np.fill_diagonal(same, False)
        largest = float(min(n - 1, int(same.sum(1).max())))
        return permutation_encoding(n, Quadratic(same.astype(float), shape=(n, n)), largest)

    def plot(self, x: Sequence[int], ax: Axes | None = None) -> Axes:
        """Draw the board; queens that are attacked are vermilion."""
        from hopopt.plotting import caption
        from problems.classes.pictures import plot_board

        return plot_board(np.asarray(x), self.n, ax, title=caption(self, self.cost(x)))

    def __repr__(self) -> str:
        return f"Queens({self.n})"


def queens(n: int, *, method: str | Method = "auto", **options: Any) -> list[int]:
    """Return the columns of n queens that do not attack each other.

    Parameters
    ----------
    n : int
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Raises
    ------
    ValueError
        Where none was found, or none exists, as for n = 2 and 3.

    Examples
    --------
    >>> import problems
    >>> sorted(problems.queens(6))
    [0, 1, 2, 3, 4, 5]
    """
    result = solved(Queens(n), method, **options)
    hint = "" if result.success else result.violations[0].constraint
    refuse_infeasible(result, f"placement of {n} queens", hint)
    found: list[int] = result.x
    return found
