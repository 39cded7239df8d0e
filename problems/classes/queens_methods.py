"""Ways to queens at peace: tabu search over columns, and exchanges in a heat bath."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from hopopt import (
    Attempt,
    Exchanges,
    Method,
    Monitor,
    Network,
    Quadratic,
    Sinkhorn,
    anneal,
)
from hopopt.core import Array, permutation_matrix
from hopopt.search import Incumbent, TabuSearch, search
from hopopt.solve import Kind
from problems.classes.tabu import PottsMoves

CHUNK = 500
EFFORT = 1000
SECONDS = 30.0
JITTER = 0.5
HOT, COLD = 0.5, 0.2


class Board(Protocol):
    """What the methods see of a problem: the number of rows, and what outputs stand for."""

    @property
    def size(self) -> int: ...

    def decode(self, output: Array) -> Any: ...


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

    Attributes
    ----------
    initial : solution or None
        The first columns.

    References
    ----------
    Minton, Johnston, Philips & Laird, "Minimizing conflicts", 1992; Glover, "Tabu search, part I",
    1989.
    """

    name: ClassVar[str] = "tabu"
    summary: ClassVar[str] = "tabu search over the queens' columns, restarted where it is stuck"
    kind: Kind = "classical"
    initial: Any = None

    def __init__(self, effort: int = EFFORT, tenure: float = 3.0) -> None:
        if effort < 1 or not tenure >= 0:
            raise ValueError(f"effort must be positive, tenure nonnegative; got {effort}, {tenure}")
        self.effort, self.tenure = effort, tenure

    def attempt(self, problem: Board, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        rounds = self._rounds(problem.size, rng)
        found = search(
            rounds,
            monitor,
            target=least(problem.size),
            patience=4 * self.effort,
            decode=np.ndarray.tolist,
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
        first = self.initial
        while True:
            board = rng.permutation(n) if first is None else np.array(first, dtype=np.intp)
            first = None
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


def least(n: int) -> int:
    """Return how many pairs of n queens attack each other at least: one of two or three queens."""
    return int(n in (2, 3))


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


class Boltzmann(Method):
    """Queens of rows and columns of their own, which exchange columns in a heat bath that cools.

    The network has n×n Sinkhorn units, H counts the pairs that attack each other along diagonals,
    and `Exchanges` moves it: a few sweeps at falling temperature, then T = 0, over and over from
    random permutations.

    Parameters
    ----------
    replicas : int, default 4
        Annealings side by side.
    sweeps : int, default 3
        At falling temperature, before T = 0.

    References
    ----------
    Sosič & Gu, "A polynomial time algorithm for the N-queens problem", 1990, for such exchanges at
    T = 0.
    """

    name: ClassVar[str] = "boltzmann"
    summary: ClassVar[str] = "n×n two-valued units, exchanged in a heat bath that cools"
    kind: Kind = "pure"
    initial: Any = None

    def __init__(self, replicas: int = 4, sweeps: int = 3) -> None:
        if replicas < 1 or sweeps < 1:
            raise ValueError(f"replicas and sweeps must be positive; got {replicas}, {sweeps}")
        self.replicas, self.sweeps = replicas, sweeps

    def attempt(self, problem: Board, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        rounds = self._rounds(problem.size, rng, monitor)
        target = least(problem.size)
        found = search(rounds, monitor, target=target, patience=EFFORT, decode=problem.decode)
        V, solved = found.best.x, found.best.cost == 0
        return Attempt.of(found, decode=problem.decode, valid_before_decoding=solved, output=V)

    def budget(self, problem: Board) -> float:
        return SECONDS

    def _rounds(self, n: int, rng: np.random.Generator, monitor: Monitor) -> Iterator[Incumbent]:
        network = Network(diagonals(n), Sinkhorn())
        heat = Exchanges(noise=rng, max_sweeps=1, rng=rng)
        rows = np.tile(np.arange(n), (self.replicas, 1))
        if self.initial is not None:
            u = network.state(permutation_matrix(np.array(self.initial)))
            aside = monitor.aside()
            rest = anneal([network.at(T=0)], Exchanges(rng=rng), u, monitor=aside).uninterrupted()
            yield Incumbent(rest.v, float(np.asarray(network.energy.value(rest.v)).round()))
        while True:
            watch = monitor.silent()
            u = network.state(permutation_matrix(rng.permuted(rows, axis=1)))
            cooled = (network.at(T=T) for T in np.geomspace(HOT, COLD, self.sweeps))
            rest = anneal(cooled, heat, u, monitor=watch).uninterrupted()
            cold = [network.at(T=0)]
            rest = anneal(cold, Exchanges(rng=rng), rest.u, monitor=watch).uninterrupted()
            values = np.asarray(network.energy.value(rest.v))
            lowest = int(values.argmin())
            yield Incumbent(rest.v[lowest], float(values[lowest].round()))


def diagonals(n: int) -> Quadratic:
    """Return H(V), the pairs of queens on a diagonal, for n×n units."""
    row, col = np.divmod(np.arange(n * n), n)
    matrix = sparse.csr_array((n * n, n * n))
    for line in (row + col, row - col + n):
        member = sparse.csr_array((np.ones(n * n), (np.arange(n * n), line)))
        matrix = matrix + member @ member.T
    matrix.setdiag(0)
    return Quadratic(matrix, shape=(n, n))


METHODS: Mapping[str, type[Method]] = {m.name: m for m in (Tabu, Boltzmann)}
