"""V-cycles of one graph, and crosses of the classes that they have found."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hopopt import Monitor
from problems.classes.coarsening import Nodes, coarsened, handed, induced
from problems.classes.exchanges import evened, exchanged
from problems.classes.loops import Loops, plain
from problems.classes.networks import annealed, sides

Classes = NDArray[np.int64]

# The coarsest graph: nodes at least, and for each class; the network's replicas and stages, at most
# and at least; moves in a row, from each replica, that bring nothing better.
COARSEST, FOR_EACH, REPLICAS, STAGES, SHORT = 60, 15, (8, 2), (40, 5), 300

# The moves of a level: in a row that bring nothing better, and when it is late; the
# pressure to balance, from and to, in mean edges by the square of the mean weight; ties, in mean
# edges; how long a node is tabu, about; random numbers.
QUIET, LATE, PRESSURE, TIE, TENURE, NOISE = 200, 5, (0.1, 5.0), 1e-3, 8.0, 997
EXCHANGED = 20_000  # nodes times classes, up to which the best is improved by exchanges, too

# The population: members, the share of the time for new ones, and how many times as long as the
# last one took there has to be for one more.
POOL, FRESH, LASTING = 6, 0.25, 1.5


class Member(NamedTuple):
    """Classes, and the weight between them."""

    cut: float
    classes: Classes


class Cycles:
    """Classes of equal size, better and better: V-cycles, and crosses of what these have found.

    A V-cycle contracts the graph, lets a network find the halves of the coarsest one (`annealed`),
    and moves nodes on the way back, at each level the best move that is not tabu (`settle`); halves
    are halved again, until there are k classes. Further cycles, of all classes at once, contract
    inside the classes that are there, which so survive to the coarsest graph and are improved at
    all scales. A cross contracts inside the cells that two results have in common, so
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
        Whether the first halving, too, raises `TimeUp` when the time is over.
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
        self.sizes, self.pool = (float(n // k), float(-(-n // k))), list[Member]()
        left = monitor.remaining()
        self.fresh_until, self.taken = left * (1 - FRESH) if left < np.inf else 0.0, 0.0

    def step(self) -> Member:
        """Make a new member, cross two, or improve the only one; return the best so far."""
        least, left = self.pool[0].cut if self.pool else np.inf, self.monitor.remaining()
        most = POOL if left > self.fresh_until else 2
        if not self.pool or (len(self.pool) < most and LASTING * self.taken < left):
            self.pool.append(self.cycle())
            self.taken = left - self.monitor.remaining() if left < np.inf else 0.0
        elif len(self.pool) > 1:
            self._cross()
        else:
            self.pool[0] = self.again(self.pool[0])
        self.pool.sort(key=by_cut)
        if len(self.pool) > 1 and self.pool[0].cut == self.pool[-1].cut:
            del self.pool[1:]
        if self.pool[0].cut < least and self.k * len(self.pool[0].classes) <= EXCHANGED:
            best = exchanged(self.W, self.pool[0].classes, self.k, self.monitor.over)
            self.pool[0] = self.member(best)
        return self.pool[0]

    def add(self, classes: NDArray[Any]) -> Member:
        """Improve classes of equal size, and take them in if they are good; return the best."""
        classes = classes.astype(np.int64)
        self.settle(self.graph, classes, QUIET)
        self.pool.append(self.member(evened(self.W, classes, self.k, self.monitor.over)))
        self.pool, self.urgent = sorted(self.pool, key=by_cut)[:POOL], True
        return self.pool[0]

    def _cross(self) -> None:
        i, j = sorted(self.rng.choice(len(self.pool), 2, replace=False).tolist())
        one, other = self.pool[i], self.pool[j]
        _, cells = np.unique(one.classes * self.k + other.classes, return_inverse=True)
        child = self.again(self.cycle(cells.astype(np.int64), one.classes))
        if child.cut <= other.cut:
            self.pool[j] = child

    def again(self, best: Member) -> Member:
        """Return the better of a member and one more V-cycle, inside the classes that are there."""
        if self.monitor.over():
            return best
        return min(best, self.cycle(best.classes, best.classes), key=by_cut)

    def cycle(self, cells: Classes | None = None, classes: Classes | None = None) -> Member:
        """Return what one V-cycle comes to: inside cells, from classes, or from none by halving."""
        if classes is None:
            classes = self.halved(self.graph, self.k)
            self.settle(self.graph, classes, QUIET)
        else:
            classes = self._cycled(self.graph, np.ones(self.k), cells, classes)[1]
        self.urgent = True
        return self.member(evened(self.W, classes, self.k, self.monitor.over))

    def halved(self, graph: Nodes, k: int) -> Classes:
        """Return k classes: halves by V-cycles, and their halves, until there are enough.

        Two V-cycles each where there has been time to spare. When it is over, what is left is cut
        along its order.
        """
        n = len(graph.size)
        if k == 1 or n <= k or (self.monitor.over() and n < len(self.graph.size)):
            return np.arange(n) * k // max(1, n)
        counts = np.array([k - k // 2, k // 2])
        best = self._cycled(graph, counts)
        if self.pool or self.monitor.remaining() > self.fresh_until:
            best = min(best, self._cycled(graph, counts, best[1], best[1]), key=by_state)
        classes = best[1]
        first, second = np.flatnonzero(classes == 0), np.flatnonzero(classes)
        classes[first] = self.halved(induced(graph, first), int(counts[0]))
        classes[second] = counts[0] + self.halved(induced(graph, second), int(counts[1]))
        return classes

    def _cycled(
        self, graph: Nodes, counts: Any, cells: Classes | None = None, classes: Any = None
    ) -> tuple[tuple[float, float], Classes]:
        """Return the state of `settle`, and classes, each of which stands for so many in the end.

        Without classes to begin from, a network finds two.
        """
        whole = len(graph.size) == len(self.graph.size)
        check = self.monitor.check if self.urgent and whole else lambda: None
        fewest = max(COARSEST, FOR_EACH * len(counts))
        levels, coarsest = coarsened(graph, fewest, self.rng, self.loops, cells, check)
        if classes is None:
            classes = self._told(coarsest, counts)
        else:
            for level in levels:
                classes = handed(classes, level.parent)
            classes = classes.copy()
        state = self.settle(coarsest, classes, QUIET, counts)
        for level in reversed(levels):
            check()
            classes = classes[level.parent]
            state = self.settle(level.graph, classes, QUIET, counts)
        return state, classes

    def _told(self, graph: Nodes, counts: Classes) -> Classes:
        """Return the two classes that a network, and moves, come to."""
        size, total = graph.size, float(graph.size.sum())
        target = total * float(counts[1] / counts.sum())
        options: Any = {"more": 2 * target - total}
        for name, (most, least) in (("replicas", REPLICAS), ("stages", STAGES)):
            options[name] = max(least, int(most * total / len(self.graph.size)))
        outputs = annealed(graph.matrix(), size, 2, self.rng, self.monitor, **options)
        found: list[tuple[tuple[float, float], int, Classes]] = []
        for v in outputs[: 1 if self.monitor.over() else None]:
            classes = sides(v, size, target).astype(np.int64)
            found.append((self.settle(graph, classes, SHORT, counts), len(found), classes))
        return min(found)[2]

    def settle(
        self, graph: Nodes, classes: Classes, patience: int, counts: Classes | None = None
    ) -> tuple[float, float]:
        """Move nodes in place; return the excess of the classes, and what they cut.

        Each class stands for one in the end, or for so many.
        """
        if not graph.weights.size:
            return 0.0, 0.0
        each = np.ones(self.k) if counts is None else counts
        wanted = float(graph.size.sum()) / each.sum() * each
        heaviest, mean = float(wanted.max()), float(graph.size.mean())
        low, high = (heaviest + s * (float(graph.size.max()) + 1) / 2 for s in (-1, 1))
        if len(graph.size) == len(self.graph.size) and len(each) == self.k:
            low, high = self.sizes
        unit = float(graph.weights.mean())
        pressure = float(np.exp(self.rng.uniform(*np.log(PRESSURE)))) * unit / mean**2
        rule, bounds = (pressure, unit, TIE * unit, TENURE), (heaviest - wanted, low, high)
        z = self.rng.random(NOISE)
        while True:
            quiet = LATE if self.monitor.over() else patience // self.loops.haste
            steps = quiet, self.loops.moves
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


def by_state(one: tuple[tuple[float, float], Classes]) -> tuple[float, float]:
    """Return the excess and the cut, to compare V-cycles by."""
    return one[0]
