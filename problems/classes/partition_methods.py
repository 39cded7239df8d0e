"""Ways to part a graph: Potts units under an exact balance, then tabu search; Kernighan–Lin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Protocol

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import eigsh

from hopopt import Attempt, Method, Monitor, Status
from hopopt.search import Incumbent, TabuSearch, search
from hopopt.solve import Kind
from problems.classes.tabu import Coupling, PottsMoves

Array = NDArray[Any]
Classes = NDArray[np.intp]

REPLICAS, STAGES, STEPS = 16, 300, 3000
COLD, NOISE, DAMPING, SWEEPS = 0.07, 0.6, 0.5, 3
PRESSURE = 0.3
SECONDS = 5.0
PATIENCE = 120


class Graph(Protocol):
    """What the methods see of a problem: a graph of nonnegative weights, and how many classes."""

    @property
    def adjacency(self) -> sparse.csr_array[Any]: ...

    @property
    def size(self) -> int: ...

    @property
    def parts(self) -> int: ...

    def cut(self, classes: Classes) -> float: ...

    def solution(self, classes: Classes) -> Any: ...


class Balanced(Method):
    """Potts units under an exact balance, annealed in replicas, then tabu search: a hybrid.

    The field of unit (i, c) is Σ_j w_ij·v_jc + μ_c, and v the softmax over the classes; at every
    step the potentials μ are set so that each class holds n/k, as in Sinkhorn's scaling. T falls
    from where the classes part, λ₂(W)/k, to 7 % of that; in half of the replicas noise fades out,
    of a strength of its own. From the best replicas tabu search goes on, with
    H = ½·Σ_{i≠j} (λ − w_ij)·Σ_c v_ic·v_jc, λ above the mean of w over all pairs.

    Parameters
    ----------
    replicas : int, default 16
    stages : int, default 300
    steps : int, default 3000
        Of the tabu search from each of the two best replicas.

    References
    ----------
    Peterson & Anderson, "Neural networks and NP-complete optimization problems: a performance study
    on the graph bisection problem", 1988.
    """

    name: ClassVar[str] = "balanced"
    summary: ClassVar[str] = (
        "Potts units under exact balance, annealed in replicas, then tabu search"
    )
    kind: Kind = "hybrid"

    def __init__(self, replicas: int = REPLICAS, stages: int = STAGES, steps: int = STEPS) -> None:
        if replicas < 1 or stages < 2 or steps < 0:
            raise ValueError(
                "replicas must be positive, stages at least 2, steps nonnegative; "
                f"got {replicas}, {stages}, {steps}"
            )
        self.replicas, self.stages, self.steps = replicas, stages, steps

    def attempt(self, problem: Graph, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        found = search(
            self._rounds(problem, rng), monitor, patience=PATIENCE, decode=problem.solution
        )
        output = np.eye(problem.parts)[found.best.x]
        return Attempt.of(found, "tabu", problem.solution, output=output)

    def budget(self, problem: Graph) -> float:
        return SECONDS

    def _rounds(self, problem: Graph, rng: np.random.Generator) -> Iterator[Incumbent]:
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
            V = anneal_classes(W, k, hot, self.replicas, self.stages, rng)
            for classes in sorted((seated(v) for v in V), key=problem.cut)[:2]:
                yield Incumbent(classes, problem.cut(classes))
                tabu = tabu_search(problem, coupling, classes, rng)
                tabu.run(self.steps)
                yield Incumbent(tabu.best[0], problem.cut(tabu.best[0]))


class KernighanLin(Method):
    """networkx's Kernighan–Lin bisection, from a random one; two classes only.

    References
    ----------
    Kernighan & Lin, "An efficient heuristic procedure for partitioning graphs", 1970.
    """

    name: ClassVar[str] = "kernighan-lin"
    summary: ClassVar[str] = "networkx kernighan_lin_bisection, from random halves; two classes"
    kind: Kind = "classical"

    def attempt(self, problem: Graph, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        if problem.parts != 2:
            raise ValueError(f"kernighan-lin makes 2 classes; got parts = {problem.parts}")
        G = nx.from_scipy_sparse_array(problem.adjacency)
        seed = int(rng.integers(2**31))
        _, second = nx.community.kernighan_lin_bisection(G, weight="weight", seed=seed)
        classes = np.zeros(problem.size, dtype=np.intp)
        classes[list(second)] = 1
        return Attempt(problem.solution(classes), Status.CONVERGED)


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
    replicas: int,
    stages: int,
    rng: np.random.Generator,
) -> Array:
    """Return outputs (replicas, n, k) of annealed Potts units whose classes hold n/k each."""
    n = W.shape[0]
    weights = (W / hot).astype(np.float32)
    shape = (n, k, replicas)
    strength = np.maximum(rng.uniform(-NOISE, NOISE, replicas), 0).astype(np.float32)
    field = 0.01 * rng.standard_normal(shape).astype(np.float32)
    v, mu = balanced(field, np.zeros((k, replicas), np.float32))
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
    x : array, shape (n, k, replicas)
    mu : array, shape (k, replicas)
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


def tabu_search(
    problem: Graph, coupling: Coupling, classes: Classes, rng: np.random.Generator
) -> TabuSearch:
    """Return the search under pressure to balance that starts from these classes."""
    fields = coupling.fields(classes, problem.parts)
    value = float(fields[classes, np.arange(len(classes))].sum()) / 2
    moves = PottsMoves(
        fields,
        classes,
        value,
        coupling,
        tenure=min(10.0, 1 + 0.15 * problem.size),
        share=0.02,
        troubled=False,
        balanced=True,
    )
    return TabuSearch(moves, rng, 0.05 * float(np.abs(coupling.weights.data).mean()))


METHODS: Mapping[str, type[Method]] = {m.name: m for m in (Balanced, KernighanLin)}
