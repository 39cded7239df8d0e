"""Graph colouring: neighbours in different colours, with as few colours as can be found."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from itertools import product
from numbers import Integral
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

from hopopt import Method, Violation
from hopopt.solve import Encoding
from problems.classes.coloring_methods import METHODS
from problems.classes.colors import Classes, conflicts, first_come, greedy
from problems.shared.encodings import one_hot_encoding
from problems.shared.graph_problem import GraphProblem
from problems.shared.one_call import refuse_infeasible, solved

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEW, MOST = 8, 256  # nodes and colourings up to which all are looked at


class Coloring(GraphProblem):
    """Give every node a colour, no two neighbours the same, with the fewest colours.

    Build it from a matrix, `from_graph`, or `load` (DIMACS .col). A solution maps each node to its
    colour, 0 … k − 1; its cost is the number of colours. Potts units v_ic say that node i has
    colour c; H = ½·Σ_ij A_ij·Σ_c v_ic·v_jc counts the edges between equal colours, and a colouring
    is a corner of the domain with H = 0.

    Parameters
    ----------
    adjacency, labels, points, instance, optimum
        As in `GraphProblem`.
    colors : int, optional
        Look for a colouring with just so many colours instead of the fewest; if there is none to be
        found, the result names the edges that stay in conflict.

    Examples
    --------
    >>> import networkx as nx
    >>> from hopopt import minimize
    >>> from problems.classes.coloring import Coloring
    >>> result = minimize(Coloring.from_graph(nx.cycle_graph(5)), rng=0)
    >>> result.fun
    3.0
    """

    name: ClassVar[str] = "coloring"
    suffixes: ClassVar[tuple[str, ...]] = (".col",)
    methods: ClassVar[Mapping[str, type[Method]]] = METHODS

    def __init__(self, adjacency: ArrayLike, *, colors: int | None = None, **options: Any) -> None:
        super().__init__(adjacency, **options)
        whole = isinstance(colors, Integral) and not isinstance(colors, bool)
        if colors is not None and not (whole and colors > 0):
            raise ValueError(f"colors must be a positive integer; got {colors!r}")
        for k in np.flatnonzero(self.loops)[:1].tolist():
            got = f"one at {self.labels[k]!r}"
            raise ValueError(f"a graph to be coloured must have no self-loops; got {got}")
        self.colors = colors

    @classmethod
    def load(
        cls, source: str, data: str | PathLike[str] | None = None, *, colors: int | None = None
    ) -> Self:
        """Load a graph as `GraphProblem` does, to be coloured with just so many colours, if given.

        An optimum on record, the fewest colours, is kept.
        """
        return cls._loaded(source, data, colors=colors)

    def cost(self, x: Mapping[Hashable, int]) -> float:
        """Return the number of colours in use."""
        return float(len(set(x.values())))

    def violations(self, x: Mapping[Hashable, int]) -> list[Violation]:
        found = self.unknown(x)
        missing = [node for node in self.labels if node not in x]
        found += [Violation(f"node {node!r} has a colour", 1, "give it one") for node in missing]
        if found:
            return found
        classes, (i, j, _) = self.classes(x), self.edges()
        clash = classes[i] == classes[j]
        for a, b in zip(i[clash].tolist(), j[clash].tolist(), strict=True):
            u, v = self.labels[a], self.labels[b]
            text = f"edge ({u!r}, {v!r}) joins two colours"
            found.append(Violation(text, 1, f"give {u!r} or {v!r} another colour"))
        if self.colors is not None and len(set(x.values())) > self.colors:
            excess = len(set(x.values())) - self.colors
            found.append(Violation(f"at most {self.colors} colours", excess, "merge classes"))
        return found

    def adopt(self, x: Any) -> Any:
        """Return colours by node, also from a list of them, one a node."""
        return super().adopt(
            x if isinstance(x, Mapping) else dict(zip(self.labels, x, strict=True))
        )

    def describe(self, x: Mapping[Hashable, int]) -> dict[str, Any]:
        colours = {str(node): int(x[node]) for node in self.labels if node in x}
        return {"sense": self.sense, "solution": colours}

    def classes(self, x: Mapping[Hashable, int] | Classes) -> Classes:
        """Return the colours of the nodes 0 … n − 1; an array of them is what it is."""
        if isinstance(x, np.ndarray):
            return x
        return np.array([x[node] for node in self.labels], dtype=np.intp)

    def solution(self, classes: Classes) -> dict[Hashable, int]:
        """Return colours as a solution, numbered in the order in which they first come."""
        return dict(zip(self.labels, first_come(classes).tolist(), strict=True))

    def decode(self, output: NDArray[Any]) -> dict[Hashable, int]:
        """Return the colouring in which every node has the colour of its largest output."""
        return self.solution(output.argmax(-1))

    def corners(self) -> Iterable[NDArray[Any]]:
        k = self.colors
        if k is None or self.size > FEW or k**self.size > MOST:
            return ()
        return (np.eye(k)[list(classes)] for classes in product(range(k), repeat=self.size))

    def encoding(self) -> Encoding:
        """Return the problem over n×k one-hot units, k the colours asked for or found greedily."""
        k = self.colors or int(greedy(self, np.random.default_rng(0)).max()) + 1
        degree = float(np.diff(self.adjacency.indptr).max(initial=0))
        return one_hot_encoding(conflicts(self.adjacency, k), degree)

    def plot(self, x: Mapping[Hashable, int], ax: Axes | None = None) -> Axes:
        """Draw the coloured graph, or the sorted adjacency matrix of a large one."""
        classes, (i, j, _) = self.classes(x), self.edges()
        return self.picture(classes, self.cost(x), ax, bold=classes[i] == classes[j])


def coloring(
    G: nx.Graph[Any],
    colors: int | None = None,
    *,
    method: str | Method = "auto",
    **options: Any,
) -> dict[Any, int]:
    """Return a colour for every node, no two neighbours alike, as networkx's `greedy_color` does.

    Parameters
    ----------
    G : networkx.Graph
        Without self-loops.
    colors : int, optional
        How many colours there are; by default as few as can be found.
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Raises
    ------
    ValueError
        Where no colouring with so many colours was found, and the message names an edge in
        conflict, or none exists.

    Examples
    --------
    >>> import networkx as nx
    >>> import problems
    >>> sorted(set(problems.coloring(nx.petersen_graph()).values()))
    [0, 1, 2]
    """
    result = solved(Coloring.from_graph(G, colors=colors), method, **options)
    if not result.success:
        first = result.violations[0]
        hint = (
            f"{len(result.violations)} edges in conflict, first: {first.constraint} is broken; "
            "more time or more colours may help"
        )
        refuse_infeasible(result, f"colouring with {colors} colours", hint)
    found: dict[Any, int] = result.x
    return found
