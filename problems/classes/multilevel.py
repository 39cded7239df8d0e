"""Partition from coarse to fine and back: V-cycles, and crosses of what they have found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import reverse_cuthill_mckee

from hopopt import Attempt, Method, Monitor
from hopopt.fast import require, worthwhile
from hopopt.search import Incumbent, search
from hopopt.solve import Kind
from problems.classes.coarsening import Nodes, coarsened, handed
from problems.classes.exchanges import evened, exchanged
from problems.classes.loops import Loops, loops, plain
from problems.classes.networks import annealed, placed

Classes = NDArray[np.int64]

SECONDS = 5.0
PATIENCE = 300
MANY = 5000  # nodes, whose first V-cycle is not waited for where there is a deadline

# The coarsest graph: nodes at least, and for each class; the network's replicas and stages, fewer
# of both where it has more units than these, and its pressure to balance; moves in a row, from each
# replica, that bring nothing better.
COARSEST, FOR_EACH, REPLICAS, STAGES, FEWEST_STAGES, UNITS = 60, 15, 8, 40, 5, 20_000
BALANCE, SHORT = 3.0, 300

# The moves of a level: in a row that bring nothing better, in haste, and when it is late; the
# pressure to balance, from and to, in mean edges by the square of the mean weight; ties, in mean
# edges; how long a node is tabu, about; random numbers; moves between two looks at the clock.
QUIET, HASTY, LATE, PRESSURE, TIE, TENURE, NOISE = 200, 25, 5, (0.1, 5.0), 1e-3, 8.0, 997
FEWEST = 20
EXCHANGED = 20_000  # nodes times classes, up to which the best is improved by exchanges, too

# The population: members, the share of the time for new ones, V-cycles that follow each of them.
POOL, FRESH, AGAIN = 6, 0.25, 2


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
        early = monitor.over() or (n > MANY and monitor.deadline is not None)
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
        """Yield the best member, round after round, the first one as soon as there is one."""
        yield cycles.begin()
        while True:
            yield cycles.step()


def known(problem: Graph, classes: NDArray[Any]) -> Incumbent:
    """Return classes with their cut."""
    classes = np.asarray(classes, dtype=np.intp)
    return Incumbent(classes, problem.cut(classes))


class Member(NamedTuple):
    """Classes, and the weight between them."""

    cut: float
    classes: Classes


class Cycles:
    """Classes of equal size, better and better: V-cycles, and crosses of what these have found.

    A V-cycle contracts the graph, lets a network part the coarsest one (`annealed`), and moves
    nodes on the way back, at each level the best move that is not tabu (`settle`). Further cycles
    contract inside the classes that are there, which so survive to the coarsest graph and are
    improved at all scales. A cross contracts inside the cells that two results have in common, so
    that the better one is improved by moving whole cells. The result of a cross takes the place of
    the worse parent; where all are alike, a new population begins beside the best.

    Parameters
    ----------
    W : sparse array, shape (n, n)
    k : int
    rng : numpy.random.Generator
    monitor : Monitor
    loops : Loops
    urgent : bool, default False
        Whether the first cycle, too, raises `TimeUp` when the time is over.
    """

    def __init__(
        self,
        W: sparse.csr_array[Any],
        k: int,
        rng: np.random.Generator,
        monitor: Monitor,
        loops: Loops,
        urgent: bool = False,
    ) -> None:
        n = W.shape[0]
        self.W, self.k, self.rng, self.monitor, self.loops = W, k, rng, monitor, loops
        self.graph, self.urgent = Nodes(*plain(W), np.ones(n)), urgent
        self.sizes, self.fewest = (float(n // k), float(-(-n // k))), max(COARSEST, FOR_EACH * k)
        self.pool, self.quiet = list[Member](), QUIET
        self.fresh_until = monitor.remaining() * (1 - FRESH)

    def step(self) -> Member:
        """Make a new member, or cross two; return the best so far."""
        least, left = self.pool[0].cut if self.pool else np.inf, self.monitor.remaining()
        early = left > self.fresh_until or left == np.inf
        if len(self.pool) < 2 or (len(self.pool) < POOL and early):
            self.pool.append(self.again(self.cycle(), AGAIN))
        else:
            self._cross()
        self.pool.sort(key=by_cut)
        if len(self.pool) > 2 and self.pool[0].cut == self.pool[-1].cut:
            del self.pool[1:]
        if self.pool[0].cut < least and self.k * len(self.pool[0].classes) <= EXCHANGED:
            best = exchanged(self.W, self.pool[0].classes, self.k, self.monitor.over)
            self.pool[0] = self.member(best)
        return self.pool[0]

    def begin(self) -> Member:
        """Make a member by one hasty V-cycle; return the best."""
        self.quiet = HASTY
        self.pool = sorted([*self.pool, self.cycle()], key=by_cut)
        self.quiet = QUIET
        return self.pool[0]

    def add(self, classes: NDArray[Any]) -> Member:
        """Improve classes of equal size, and take them in if they are good; return the best."""
        classes = classes.astype(np.int64)
        self.settle(self.graph, classes, self.quiet)
        self.pool.append(self.member(evened(self.W, classes, self.k, self.monitor.over)))
        self.pool, self.urgent = sorted(self.pool, key=by_cut)[:POOL], True
        return self.pool[0]

    def _cross(self) -> None:
        i, j = sorted(self.rng.choice(len(self.pool), 2, replace=False).tolist())
        one, other = self.pool[i], self.pool[j]
        _, cells = np.unique(one.classes * self.k + other.classes, return_inverse=True)
        child = self.again(self.cycle(cells.astype(np.int64), one.classes), 1)
        if child.cut <= other.cut:
            self.pool[j] = child

    def again(self, best: Member, times: int) -> Member:
        """Return the best of some more V-cycles, inside the classes that are there."""
        for _ in range(times):
            if not self.monitor.over():
                best = min(best, self.cycle(best.classes, best.classes), key=by_cut)
        return best

    def cycle(self, cells: Classes | None = None, classes: Classes | None = None) -> Member:
        """Return what one V-cycle comes to: inside cells, from classes, if there are any."""
        check = self.monitor.check if self.urgent else lambda: None
        levels, coarsest = coarsened(self.graph, self.fewest, self.rng, self.loops, cells, check)
        if classes is None:
            classes = self.parted(coarsest)
        else:
            for level in levels:
                classes = handed(classes, level.parent)
            classes = classes.copy()
        self.settle(coarsest, classes, self.quiet)
        for level in reversed(levels):
            check()
            classes = classes[level.parent]
            self.settle(level.graph, classes, self.quiet)
        self.urgent = True
        return self.member(evened(self.W, classes, self.k, self.monitor.over))

    def parted(self, graph: Nodes) -> Classes:
        """Return the classes of the coarsest graph that a network, and moves, come to."""
        ends, others, weights, size = graph
        W = sparse.csr_array((weights, others, ends), shape=(len(size), len(size)))
        share = min(1.0, UNITS / (len(size) * self.k))
        options: Any = {"replicas": max(1, int(REPLICAS * share)), "balance": BALANCE}
        options["stages"] = max(FEWEST_STAGES, int(STAGES * share))
        outputs = annealed(W, size, self.k, self.rng, self.monitor, **options)
        found: list[tuple[tuple[float, float], int, Classes]] = []
        for v in outputs[: 1 if self.monitor.over() else None]:
            classes = placed(v, size).astype(np.int64)
            found.append((self.settle(graph, classes, SHORT), len(found), classes))
        return min(found)[2]

    def settle(self, graph: Nodes, classes: Classes, patience: int) -> tuple[float, float]:
        """Move nodes in place; return the excess of the classes, and what they cut."""
        if not graph.weights.size:
            return 0.0, 0.0
        (low, high), mean = self.sizes, float(graph.size.mean())
        if (most := float(graph.size.max())) > 1:
            low, high = (float(graph.size.sum()) / self.k + s * (most + 1) / 2 for s in (-1, 1))
        unit = float(graph.weights.mean())
        pressure = float(np.exp(self.rng.uniform(*np.log(PRESSURE)))) * unit / mean**2
        rule, bounds = (pressure, unit, TIE * unit, TENURE), (self.k, low, high)
        z, most = self.rng.random(NOISE), int(self.loops.work / (len(classes) * self.k))
        while True:
            quiet = LATE if self.monitor.over() else patience // self.loops.haste
            steps = quiet, max(FEWEST, most)
            least, cut, last = self.loops.settle(tuple(graph), classes, bounds, rule, steps, z)
            if self.monitor.over() or not last or last + quiet <= steps[1]:
                return float(least), float(cut)

    def member(self, classes: Classes) -> Member:
        """Return classes with the weight between them."""
        rows = np.repeat(np.arange(len(classes)), np.diff(self.graph.ends))
        apart = classes[rows] != classes[self.graph.others]
        return Member(float(self.graph.weights[apart].sum() / 2), classes)


def by_cut(member: Member) -> float:
    """Return the cut, to compare members by."""
    return member.cut
