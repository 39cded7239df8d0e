"""Graph partition: classes of equal size with as little as possible between them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from itertools import product
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from hopopt import Method, Violation
from hopopt.core import replacing
from problems.classes.networks import seated
from problems.classes.partition_methods import METHODS, Classes
from problems.shared import files
from problems.shared.graph_problem import GraphProblem
from problems.shared.graphs import Weight
from problems.shared.one_call import solved

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEW = 5


class Partition(GraphProblem):
    """Split a graph's nodes into classes of equal size so that the edges between them weigh least.

    Build it from a matrix, `from_graph`, or `load` (METIS, rudy, DIMACS). Sizes may differ by one
    node where n is no multiple of the number of classes. A solution maps each node to its class.

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
    >>> problem = Partition.from_graph(nx.barbell_graph(4, 0))
    >>> minimize(problem, rng=0).fun
    1.0
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

    def write(self, x: Mapping[Hashable, int], path: str | PathLike[str]) -> None:
        """Write a solution: to ``NAME.part…`` as METIS does, a class a line; to others as JSON."""
        if ".part" not in Path(path).suffixes:
            super().write(x, path)
            return
        with replacing(path) as file:
            file.write_text("".join(f"{c}\n" for c in self.classes(x).tolist()), encoding="utf-8")

    def read(self, path: str | PathLike[str]) -> Any:
        """Read a solution that `write` wrote, or that METIS did."""
        if ".part" not in Path(path).suffixes:
            return super().read(path)
        words = Path(path).read_text(encoding="utf-8").split()
        classes = files.numbers(" ".join(words), self.size, str(path))
        return self.solution(np.array(classes, dtype=np.intp))

    def adopt(self, x: Any) -> Any:
        """Return what class each node has, also from the list of classes."""
        if not isinstance(x, Mapping | np.ndarray):
            x = {node: k for k, part in enumerate(x) for node in part}
        return super().adopt(x)

    def classes(self, x: Mapping[Hashable, int] | Classes) -> Classes:
        """Return the classes of the nodes 0 … n − 1; an array of them is what it is."""
        if isinstance(x, np.ndarray):
            return x
        return np.array([x[node] for node in self.labels], dtype=np.intp)

    def solution(self, classes: Classes) -> dict[Hashable, int]:
        """Return classes as a solution."""
        return dict(zip(self.labels, classes.tolist(), strict=True))

    def decode(self, output: NDArray[Any]) -> dict[Hashable, int]:
        """Return the balanced classes that outputs (n, k) stand for; see `seated`."""
        return self.solution(seated(output))

    def corners(self) -> Iterable[NDArray[Any]]:
        every = product(range(self.parts), repeat=self.size) if self.size <= FEW else ()
        return (np.eye(self.parts)[list(classes)] for classes in every)

    def plot(self, x: Mapping[Hashable, int], ax: Axes | None = None) -> Axes:
        """Draw the graph in the colours of its classes, or its sorted matrix where it is large."""
        return self.picture(self.classes(x), self.cost(x), ax)


def partition(
    G: nx.Graph[Any],
    parts: int = 2,
    weight: Weight = "weight",
    *,
    method: str | Method = "auto",
    **options: Any,
) -> list[set[Any]]:
    """Return classes of equal size with little between them.

    Parameters
    ----------
    G : networkx.Graph
    parts : int, default 2
    weight : str, callable or None, default "weight"
        See `weights_of`.
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Examples
    --------
    >>> import networkx as nx
    >>> import problems
    >>> sorted(map(sorted, problems.partition(nx.barbell_graph(3, 0))))
    [[0, 1, 2], [3, 4, 5]]
    """
    problem = Partition.from_graph(G, weight, parts=parts)
    found = solved(problem, method, **options).x
    return [{node for node, c in found.items() if c == k} for k in range(parts)]
