"""Tabu search for queens at peace, and the fields of their attacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hopopt import Attempt, Method, Monitor
from hopopt.search import Incumbent, TabuSearch, search
from hopopt.solve import Kind
from problems.classes.tabu import PottsMoves

Array = NDArray[Any]

CHUNK = 500
EFFORT = 1000
SECONDS = 30.0
JITTER = 0.5


class Board(Protocol):
    """What the methods see of a problem: the number of rows."""

    @property
    def size(self) -> int: ...


class Tabu(Method):
    """Tabu search over the columns of the queens, a row each, restarted where it is stuck.

    H counts the pairs of queens that attack each other along columns and diagonals. From random
    columns, the move is made that lowers H most in a row whose queen is attacked.

    Parameters
    ----------
    effort : int, default 1000
        Steps per row before the search starts again from other columns.
    tenure : float, default 3
        Most steps for which a queen may not go back.

    References
    ----------
    Minton, Johnston, Philips & Laird, "Minimizing conflicts", 1992; Glover, "Tabu search, part I",
    1989.
    """

    name: ClassVar[str] = "tabu"
    summary: ClassVar[str] = "tabu search over the queens' columns, restarted where it is stuck"
    kind: Kind = "classical"

    def __init__(self, effort: int = EFFORT, tenure: float = 3.0) -> None:
        if effort < 1 or not tenure >= 0:
            raise ValueError(f"effort must be positive, tenure nonnegative; got {effort}, {tenure}")
        self.effort, self.tenure = effort, tenure

    def attempt(self, problem: Board, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        rounds = self._rounds(problem.size, rng)
        found = search(
            rounds, monitor, target=0, patience=4 * self.effort, decode=np.ndarray.tolist
        )
        return Attempt.of(
            found,
            "tabu",
            np.ndarray.tolist,
            valid_before_decoding=found.best.cost == 0,
            output=np.eye(problem.size)[found.best.x],
        )

    def budget(self, problem: Board) -> float:
        return SECONDS

    def _rounds(self, n: int, rng: np.random.Generator) -> Iterator[Incumbent]:
        best = Incumbent(np.arange(n), np.inf)
        while True:
            board = rng.permutation(n)
            fields = attacks(board)
            value = float(fields[board, np.arange(n)].sum()) / 2
            moves = PottsMoves(fields, board, value, move_queen, tenure=self.tenure, share=0.0)
            tabu = TabuSearch(moves, rng, JITTER)
            while tabu.step < self.effort * n:
                solved = tabu.run(CHUNK, 0)
                if tabu.best_value[0] < best.cost:
                    best = Incumbent(tabu.best[0].copy(), float(tabu.best_value[0]))
                yield best
                if solved:
                    break


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


METHODS: Mapping[str, type[Method]] = {Tabu.name: Tabu}
