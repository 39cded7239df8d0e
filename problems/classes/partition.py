"""Graph partition: classes of equal size with as little as possible between them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from numbers import Integral
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.sparse.linalg import eigsh

from hopopt import Attempt, Method, Monitor, Status, Violation
from hopopt.search import Incumbent, search
from hopopt.solve import Kind, construct
from problems.classes.tabu import Coupling, RefractoryPotts
from problems.shared.graph_problem import GraphProblem

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[Any]
Classes = NDArray[np.intp]

LANES, STAGES, STEPS = 16, 300, 3000
COLD, NOISE, DAMPING, SWEEPS = 0.07, 0.6, 0.5, 3
PRESSURE = 0.3
SECONDS = 5.0
PATIENCE = 120


class Balanced(Method):
    """Potts units under an exact balance, annealed in lanes, then one at a time, resting between.

    The field of unit (i, c) is Σ_j w_ij·v_jc + μ_c, and v the softmax over the classes; at every
    step the potentials μ are set so that each class holds n/k, as in Sinkhorn's scaling. T falls
    from where the classes part, λ₂(W)/k, to 7 % of that; in half of the lanes noise fades out, of a
    strength of its own. The best lanes go on as `RefractoryPotts` with
    H = ½·Σ_{i≠j} (λ − w_ij)·Σ_c v_ic·v_jc, λ above the mean of w over all pairs.

    Parameters
    ----------
    lanes : int, default 16
    stages : int, default 300
    steps : int, default 3000
        Of each of the two best lanes, one unit at a time.

    References
    ----------
    Peterson & Anderson, "Neural networks and NP-complete optimization problems: a performance study
    on the graph bisection problem", 1988.
    """

    name: ClassVar[str] = "balanced"
    summary: ClassVar[str] = (
        "Potts units under exact balance, annealed in lanes, then resting units"
    )

    def __init__(self, lanes: int = LANES, stages: int = STAGES, steps: int = STEPS) -> None:
        if lanes < 1 or stages < 2 or steps < 0:
            raise ValueError(
                "lanes must be positive, stages at least 2, steps nonnegative; "
                f"got {lanes}, {stages}, {steps}"
            )
        self.lanes, self.stages, self.steps = lanes, stages, steps

    def attempt(self, problem: Partition, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        found = search(
            self._rounds(problem, rng), monitor, patience=PATIENCE, decode=problem.solution
        )
        output = np.eye(problem.parts)[found.best.x]
        return Attempt.of(found, "updates", problem.solution, output=output)

    def budget(self, problem: Partition) -> float:
        return SECONDS

    def _rounds(self, problem: Partition, rng: np.random.Generator) -> Iterator[Incumbent]:
        W, k = problem.adjacency, problem.parts
        if k == 1 or not W.nnz:
            classes = np.arange(problem.size) % k
            yield Incumbent(classes, problem.cut(classes))
            return
        unit = 2.0 ** np.floor(np.log2(W.data.mean()))
        W, mean = W / unit, float(W.data.mean() / unit)
        hot = max(spread(W), mean) / k
        density = W.nnz / (problem.size * (problem.size - 1))
        coupling = Coupling(-W, (density + PRESSURE) * mean)
        while True:
            V = anneal_classes(W, k, hot, self.lanes, self.stages, rng)
            lanes = sorted((seated(v) for v in V), key=problem.cut)[:2]
            for classes in lanes:
                yield Incumbent(classes, problem.cut(classes))
                network = resting(problem, coupling, classes, rng)
                network.run(self.steps, -np.inf)
                yield Incumbent(network.best, problem.cut(network.best))


class KernighanLin(Method):
    """networkx's Kernighan–Lin bisection, from a random one; two classes only.

    References
    ----------
    Kernighan & Lin, "An efficient heuristic procedure for partitioning graphs", 1970.
    """

    name: ClassVar[str] = "kernighan-lin"
    summary: ClassVar[str] = "networkx kernighan_lin_bisection, from random halves; two classes"
    kind: Kind = "classical"

    def attempt(self, problem: Partition, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        if problem.parts != 2:
            raise ValueError(f"kernighan-lin makes 2 classes; got parts = {problem.parts}")
        G = nx.from_scipy_sparse_array(problem.adjacency)
        seed = int(rng.integers(2**31))
        _, second = nx.community.kernighan_lin_bisection(G, weight="weight", seed=seed)
        classes = np.zeros(problem.size, dtype=np.intp)
        classes[list(second)] = 1
        return Attempt(problem.solution(classes), Status.CONVERGED, "none")


METHODS: Mapping[str, type[Method]] = {m.name: m for m in (Balanced, KernighanLin)}


class Partition(GraphProblem):
    """Split a graph's nodes into classes of equal size so that the edges between them weigh least.

    Build it from a matrix, `from_graph`, or `load` (rudy, DIMACS). Sizes may differ by one node
    where n is no multiple of the number of classes. A solution maps each node to its class.

    Parameters
    ----------
    adjacency : array_like or sparse, shape (n, n)
        Nonnegative weights.
    parts : int, default 2
        Number of classes; 2 is the bisection.
    labels, points, instance, optimum
        As in `GraphProblem`.

    Examples
    --------
    >>> import networkx as nx
    >>> from hopopt import minimize
    >>> from problems.classes.partition import Partition
    >>> problem = Partition.from_graph(nx.grid_2d_graph(4, 4))
    >>> minimize(problem, rng=0, time_limit=0.2).fun
    4.0
    """

    name: ClassVar[str] = "partition"
    weighted: ClassVar[bool] = True
    methods: ClassVar[Mapping[str, type[Method]]] = METHODS

    def __init__(
        self, adjacency: ArrayLike | sparse.sparray, *, parts: int = 2, **options: Any
    ) -> None:
        super().__init__(adjacency, **options)
        whole = isinstance(parts, Integral) and not isinstance(parts, bool)
        if not (whole and 1 <= parts <= self.size):
            raise ValueError(f"parts must lie in 1 … {self.size}, the nodes; got {parts!r}")
        if self.adjacency.nnz and self.adjacency.data.min() < 0:
            raise ValueError("adjacency must be nonnegative; got a negative weight")
        self.parts = parts
        self._edges = self.edges()

    @classmethod
    def load(cls, source: str, data: str | PathLike[str] | None = None, *, parts: int = 2) -> Self:
        """Load a graph as `GraphProblem` does, to be cut into so many classes."""
        return cls._loaded(source, data, parts=parts)

    def cut(self, classes: Classes) -> float:
        """Return the weight of the edges between classes."""
        i, j, w = self._edges
        return float(w[classes[i] != classes[j]].sum())

    def cost(self, x: Mapping[Hashable, int]) -> float:
        """Return the weight of the edges between classes."""
        return self.cut(self.classes(x))

    def violations(self, x: Mapping[Hashable, int]) -> list[Violation]:
        found = self.unknown(x)
        missing = [node for node in self.labels if node not in x]
        found += [Violation(f"node {node!r} has a class", 1, "give it one") for node in missing]
        odd = sorted({c for c in x.values() if not 0 <= c < self.parts})
        found += [Violation(f"{c!r} is a class", 1, f"take 0 … {self.parts - 1}") for c in odd]
        if found:
            return found
        sizes = np.bincount(self.classes(x), minlength=self.parts)
        low, high = self.size // self.parts, -(-self.size // self.parts)
        for c, count in enumerate(sizes.tolist()):
            if not low <= count <= high:
                amount = count - high if count > high else low - count
                remedy = (
                    f"move {amount} of its nodes" if count > high else f"move {amount} nodes in"
                )
                found.append(Violation(f"class {c} has {low} … {high} nodes", amount, remedy))
        return found

    def describe(self, x: Mapping[Hashable, int]) -> dict[str, Any]:
        classes = {str(node): int(x[node]) for node in self.labels if node in x}
        return {"sense": self.sense, "solution": classes}

    def classes(self, x: Mapping[Hashable, int] | Classes) -> Classes:
        """Return the classes of the nodes 0 … n − 1; an array of them is what it is."""
        if isinstance(x, np.ndarray):
            return x
        return np.array([x[node] for node in self.labels], dtype=np.intp)

    def solution(self, classes: Classes) -> dict[Hashable, int]:
        """Return classes as a solution."""
        return dict(zip(self.labels, classes.tolist(), strict=True))

    def auto(self, **options: Any) -> Method:
        return construct(Balanced, options)

    def plot(self, x: Mapping[Hashable, int], ax: Axes | None = None) -> Axes:
        """Draw the graph in the colours of its classes, or its sorted matrix where it is large."""
        from problems.shared.drawing import plot_classes

        return plot_classes(self, self.classes(x), self.cost(x), ax, "cut")


def spread(W: sparse.csr_array[Any]) -> float:
    """Return the second largest eigenvalue of the weights: the first that balance leaves free."""
    if W.shape[0] < 6:
        return float(np.sort(np.linalg.eigvalsh(W.toarray()))[-2:].min()) or 1.0
    start = np.linspace(1, 2, W.shape[0])
    return float(eigsh(W, 2, which="LA", v0=start, tol=1e-3, return_eigenvectors=False).min())


def anneal_classes(
    W: sparse.csr_array[Any],
    k: int,
    hot: float,
    lanes: int,
    stages: int,
    rng: np.random.Generator,
) -> Array:
    """Return outputs, shape (lanes, n, k), of annealed Potts units whose classes hold n/k each."""
    n = W.shape[0]
    weights = (W / hot).astype(np.float32)
    shape = (n, k, lanes)
    strength = np.maximum(rng.uniform(-NOISE, NOISE, lanes), 0).astype(np.float32)
    field = 0.01 * rng.standard_normal(shape).astype(np.float32)
    v, mu = balanced(field, np.zeros((k, lanes), np.float32))
    for f in np.linspace(0, 1, stages, dtype=np.float32):
        noise = rng.random(shape, dtype=np.float32) - np.float32(0.5)
        pull = (weights @ v.reshape(n, -1)).reshape(shape) + noise * strength * (1 - f)
        field += np.float32(DAMPING) * (pull - field)
        v, mu = balanced(field / np.float32(COLD**f), mu)
    return np.moveaxis(v, -1, 0)


def balanced(x: Array, mu: Array) -> tuple[Array, Array]:
    """Return softmax(x + μ) over the classes, each holding n/k, and the potentials μ.

    Parameters
    ----------
    x : array, shape (n, k, lanes)
    mu : array, shape (k, lanes)
        Where to start from; a few scaling sweeps follow.

    Examples
    --------
    >>> v, _ = balanced(np.array([[[1.0], [0.0]], [[1.0], [0.0]]]), np.zeros((2, 1)))
    >>> v[:, :, 0]
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    n, k, _ = x.shape
    y = x + mu
    v = np.exp(y - y.max(1, keepdims=True))
    total = np.ones_like(mu)
    for _ in range(SWEEPS):
        v /= v.sum(1, keepdims=True)
        factor = (n / k) / np.maximum(v.sum(0), 1e-6)
        v *= factor
        total *= factor
    return v / v.sum(1, keepdims=True), mu + np.log(total)


def seated(v: Array) -> Classes:
    """Decode outputs (n, k): the surest nodes first, each to its largest output that has room."""
    n, k = v.shape
    room = np.full(k, n // k)
    extra = n % k
    two = np.sort(v, axis=1)[:, -2:]
    classes = np.empty(n, dtype=np.intp)
    for node in np.argsort(two[:, 0] - two[:, -1], kind="stable").tolist():
        wanted = np.where(room > 0, v[node], -1.0)
        if extra:
            wanted = np.where(room == 0, v[node], wanted)
        c = int(wanted.argmax())
        extra -= int(room[c] == 0)
        room[c] -= 1
        classes[node] = c
    return classes


def resting(
    problem: Partition, coupling: Coupling, classes: Classes, rng: np.random.Generator
) -> RefractoryPotts:
    """Return the network under pressure to balance that starts from these classes."""
    fields = coupling.fields(classes, problem.parts)
    energy = float(fields[classes, np.arange(len(classes))].sum()) / 2
    return RefractoryPotts(
        fields,
        classes.copy(),
        energy,
        coupling,
        rng,
        rest=min(10.0, 1 + 0.15 * problem.size),
        share=0.02,
        troubled=False,
        jitter=0.05 * float(np.abs(coupling.weights.data).mean()),
        balanced=True,
    )


def partition(
    G: nx.Graph[Any],
    parts: int = 2,
    weight: str = "weight",
    *,
    method: str | Method = "auto",
    **options: Any,
) -> list[set[Any]]:
    """Return classes of equal size with little between them.

    Parameters
    ----------
    G : networkx.Graph
    parts : int, default 2
    weight : str, default "weight"
        Edge attribute, 1 where an edge has none.
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Examples
    --------
    >>> import networkx as nx
    >>> import problems
    >>> sorted(map(sorted, problems.partition(nx.barbell_graph(3, 0), time_limit=0.1)))
    [[0, 1, 2], [3, 4, 5]]
    """
    from hopopt import minimize

    options.setdefault("rng", 0)
    problem = Partition.from_graph(G, weight, parts=parts)
    found = minimize(problem, method, **options).x
    return [{node for node, c in found.items() if c == k} for k in range(parts)]
