"""N queens: a chessboard full of queens, none of which attacks another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hopopt import Attempt, Method, Monitor, Problem, Quadratic, Violation
from hopopt.search import Incumbent, search
from hopopt.solve import Encoding, construct
from problems.classes.tabu import RefractoryPotts
from problems.shared.encodings import permutation_encoding

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[Any]
Board = NDArray[np.intp]

BUILT_IN: Mapping[str, str] = {"N": "a board of N×N squares, as 8"}
MOST = 2000
CHUNK = 500
EFFORT = 1000
SECONDS = 30.0
_N = re.compile(r"(?:queens-)?([1-9][0-9]{0,4})")


class Refractory(Method):
    """A Potts network, one group of units a row, whose units rest after they have fired.

    H counts the pairs of queens that attack each other along columns and diagonals. From random
    columns, the unit fires that lowers H most in a row whose queen is attacked.

    Parameters
    ----------
    effort : int, default 1000
        Steps per row before the network starts again from other columns.
    rest : float, default 3
        Longest rest of a unit, in steps.

    References
    ----------
    Adorf & Johnston, "A discrete stochastic neural network algorithm for constraint satisfaction
    problems", 1990, the network behind the min-conflicts heuristic (Minton et al. 1992).
    """

    name: ClassVar[str] = "refractory"
    summary: ClassVar[str] = "Potts units, a group a row, that rest after they have fired"

    def __init__(self, effort: int = EFFORT, rest: float = 3.0) -> None:
        if effort < 1 or not rest >= 0:
            raise ValueError(f"effort must be positive, rest nonnegative; got {effort}, {rest}")
        self.effort, self.rest = effort, rest

    def attempt(self, problem: Queens, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        rounds = self._rounds(problem.size, rng)
        found = search(
            rounds, monitor, target=0, patience=4 * self.effort, decode=np.ndarray.tolist
        )
        return Attempt.of(
            found,
            "refractory",
            np.ndarray.tolist,
            valid_before_decoding=found.best.cost == 0,
            output=np.eye(problem.size)[found.best.x],
        )

    def budget(self, problem: Queens) -> float:
        return SECONDS

    def _rounds(self, n: int, rng: np.random.Generator) -> Iterator[Incumbent]:
        best = Incumbent(np.arange(n), np.inf)
        while True:
            board = rng.permutation(n)
            fields = attacks(board)
            energy = float(fields[board, np.arange(n)].sum()) / 2
            network = RefractoryPotts(
                fields, board, energy, move_queen, rng, rest=self.rest, share=0.0
            )
            while network.step < self.effort * n:
                solved = network.run(CHUNK)
                if network.best_energy < best.cost:
                    best = Incumbent(network.best.copy(), network.best_energy)
                yield best
                if solved:
                    break


METHODS: Mapping[str, type[Method]] = {Refractory.name: Refractory}


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
        if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MOST:
            raise ValueError(f"n must be an integer from 1 to {MOST}; got {n!r}")
        self.n, self.instance = n, f"queens-{n}"
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

    def encoding(self) -> Encoding:
        """Return the problem over n×n units; feasible are the permutations, H counts diagonals."""
        n = self.n
        row, col = np.divmod(np.arange(n * n), n)
        same = np.abs(row[:, None] - row) == np.abs(col[:, None] - col)
        np.fill_diagonal(same, False)
        largest = float(min(n - 1, int(same.sum(1).max())))
        return permutation_encoding(n, Quadratic(same.astype(float), shape=(n, n)), largest)

    def auto(self, **options: Any) -> Method:
        return construct(Refractory, options)

    def plot(self, x: Sequence[int], ax: Axes | None = None) -> Axes:
        """Draw the board; queens that are attacked are vermilion."""
        from problems.classes.boards import plot_board

        return plot_board(self, x, ax)

    def __repr__(self) -> str:
        return f"Queens({self.n})"


def attacks(board: ArrayLike) -> Array:
    """Return, for each square [column, row], how many queens of other rows attack it.

    It is ∂H/∂v of H(V) = the pairs of queens that share a column or a diagonal.

    Examples
    --------
    >>> attacks([0, 2])
    array([[0., 1.],
           [1., 1.],
           [1., 0.]], dtype=float32)
    """
    columns = np.asarray(board, dtype=np.intp)
    rows = np.arange(len(columns))
    width = max(len(columns), int(columns.max()) + 1)
    fields = np.zeros((width, len(columns)), dtype=np.float32)
    for row, col in zip(rows.tolist(), columns.tolist(), strict=True):
        _add(fields, row, col, 1)
    return fields


def _add(fields: Array, row: int, col: int, count: int) -> None:
    """Add a queen's attacks (or take them away) on the squares of the other rows."""
    width, rows = fields.shape
    fields[col] += count
    for step in (1, -1):
        first = max(0, row - (col if step == 1 else width - 1 - col))
        last = min(rows, row + (width - col if step == 1 else col + 1))
        reach = np.arange(first, last)
        fields[col + step * (reach - row), reach] += count
    fields[col, row] -= 3 * count


def move_queen(fields: Array, row: int, old: int, new: int) -> None:
    """Update the fields after the queen of a row has gone to another column."""
    _add(fields, row, old, -1)
    _add(fields, row, new, 1)


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
        Where none was found, as for n = 2 and 3.

    Examples
    --------
    >>> import problems
    >>> sorted(problems.queens(6))
    [0, 1, 2, 3, 4, 5]
    """
    from hopopt import minimize

    options.setdefault("rng", 0)
    result = minimize(Queens(n), method, **options)
    if not result.success:
        raise ValueError(f"no placement of {n} queens was found: {result.violations[0].constraint}")
    found: list[int] = result.x
    return found
