"""Partition from coarse to fine and back: the method, and what it sees of a problem."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import reverse_cuthill_mckee

from hopopt import Attempt, Method, Monitor
from hopopt.fast import require, worthwhile
from hopopt.search import Incumbent, search
from hopopt.solve import Kind
from problems.classes.cycles import Cycles, Member
from problems.classes.loops import loops

SECONDS = 5.0
PATIENCE = 300
MANY = 100_000  # nodes and edges, times classes: not waited for where there is a deadline


class Graph(Protocol):
    """What the methods see of a problem: a graph of nonnegative weights, and how many classes."""

    @property
    def adjacency(self) -> sparse.csr_array[Any]: ...

    @property
    def size(self) -> int: ...

    @property
    def parts(self) -> int: ...

    def cut(self, classes: NDArray[np.intp]) -> float: ...

    def solution(self, classes: NDArray[np.intp]) -> Any: ...

    def classes(self, x: Any) -> NDArray[np.intp]: ...

    def decode(self, output: NDArray[Any]) -> Any: ...


class Multilevel(Method):
    """Contract heavy edges, part the coarsest graph by a network, move nodes on the way back.

    See `Cycles`.

    Parameters
    ----------
    compiled : bool, optional
        Whether the moves are compiled (numba, the extra ``fast``): many times as fast. By default
        where numba's cache holds them; True compiles them now if need be.

    Attributes
    ----------
    initial : solution or None
        A member of the first population.

    References
    ----------
    Sanders & Schulz, "Engineering multilevel graph partitioning algorithms", 2011, and "Distributed
    evolutionary graph partitioning", 2012; Benlic & Hao, "An effective multilevel tabu search
    approach for balanced graph partitioning", 2011.
    """

    name: ClassVar[str] = "multilevel"
    summary: ClassVar[str] = "contracted graphs, a network on the coarsest, moves on the way back"
    kind: Kind = "hybrid"
    initial: Any = None

    def __init__(self, compiled: bool | None = None) -> None:
        if compiled:
            require()
        self.compiled = compiled

    def budget(self, problem: Graph) -> float:
        return SECONDS

    def attempt(self, problem: Graph, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        rounds = self.rounds(problem, rng, monitor)
        found = search(rounds, monitor, patience=PATIENCE, decode=problem.solution)
        return Attempt.of(found, "none", problem.solution)

    def rounds(
        self, problem: Graph, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Incumbent]:
        """Yield the best classes after each round, and their cut.

        Where no V-cycle may be in time, classes along Cuthill and McKee's order come first.
        """
        W, n, k = problem.adjacency, problem.size, problem.parts
        if k == 1 or not W.nnz:
            yield known(problem, np.arange(n) % k)
            return
        early = monitor.over() or ((n + W.nnz) * k > MANY and monitor.deadline is not None)
        first = None
        if self.initial is not None:
            first = known(problem, problem.classes(self.initial))
        elif early:
            rank = np.argsort(reverse_cuthill_mckee(W, symmetric_mode=True))
            first = known(problem, rank * k // n)
        if first is not None:
            yield first
        ready = loops(worthwhile(self.compiled, monitor.remaining()), n)
        cycles = Cycles(W, k, rng, monitor, ready, first is not None)
        if self.initial is not None and first is not None:
            yield known(problem, cycles.add(first.x).classes)
        for best in self.improved(cycles):
            yield known(problem, best.classes)

    def improved(self, cycles: Cycles) -> Iterator[Member]:
        """Yield the best member, round after round."""
        while True:
            yield cycles.step()


def known(problem: Graph, classes: NDArray[Any]) -> Incumbent:
    """Return classes with their cut."""
    classes = np.asarray(classes, dtype=np.intp)
    return Incumbent(classes, problem.cut(classes))
