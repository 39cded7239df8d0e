"""The travelling salesman problem: cities, distances, tours."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

from hopopt import Method, Problem
from hopopt.solve import Encoding
from problems.shared.labels import check_labels
from problems.tours.bound import lower_bound
from problems.tours.distances import Distances, MatrixDistances, PointDistances
from problems.tours.encoders import length, tour_of
from problems.tours.graphs import Roads, matrix_of
from problems.tours.instances import BUILT_IN, find
from problems.tours.methods import METHODS, ranking
from problems.tours.ring import order_along, places
from problems.tours.route import Route
from problems.tours.tsplib import read_tour, write_tour
from problems.tours.unsupported import refuse

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from problems.tours.pictures import Cities

Floats = NDArray[np.float64]
Order = NDArray[np.intp]


class TSP(Problem):
    """Visit every city once and return, by the shortest way; symmetric or asymmetric.

    Build it with `from_points`, `from_matrix`, `from_graph`, or `load` (a file, a built-in
    instance). A solution is the list of city labels in order, open: the way back is understood.

    Parameters
    ----------
    distances : Distances
        Between the cities 0 … n − 1.
    labels : sequence of hashable, optional
        The cities' names, all different; 0 … n − 1 by default.
    points : array, shape (n, 2), optional
        Where to draw the cities.
    geographic : bool, default False
        Whether `points` are (longitude, latitude).
    instance : str, default "tsp"
        Name of the instance.
    optimum : float, optional
        Length of the shortest tour, where it is known.
    cycle : bool, default True
        Whether the way back to the first city counts; else a solution is an open path.
    start, end : hashable, optional
        First and last city of an open path.
    fixed : iterable of pairs of hashable, optional
        Edges that every solution takes; from first to second where the distances are asymmetric.

    Attributes
    ----------
    distances : Distances
        What the methods see: with the constraints in it (see `Route`), given distances without.
    route : Route
        The constraints, and the given distances.

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems import TSP
    >>> result = minimize(TSP.from_points([[0, 0], [2, 1], [0, 1], [2, 0]]), rng=0)
    >>> result.x, result.fun
    ([0, 2, 1, 3], 6.0)
    """

    name: ClassVar[str] = "tsp"
    suffixes: ClassVar[tuple[str, ...]] = (".tsp", ".atsp")
    methods: ClassVar[Mapping[str, type[Method]]] = METHODS

    roads: Roads | None = None

    def __init__(
        self,
        distances: Distances,
        *,
        labels: Sequence[Hashable] | None = None,
        points: ArrayLike | None = None,
        geographic: bool = False,
        instance: str = "tsp",
        optimum: float | None = None,
        cycle: bool = True,
        start: Hashable | None = None,
        end: Hashable | None = None,
        fixed: Iterable[tuple[Hashable, Hashable]] = (),
        **unsupported: Any,
    ) -> None:
        refuse(unsupported)
        self.labels: Sequence[Any] = check_labels(labels, distances.n, "cities")
        self._index = {label: k for k, label in enumerate(self.labels)}
        number = partial(city_number, self._index)
        self.route = Route(
            distances,
            cycle,
            None if start is None else number("start", start),
            None if end is None else number("end", end),
            [(number("fixed", a), number("fixed", b)) for a, b in fixed],
            self.labels,
        )
        self.distances = self.route.encoded
        self.points = None if points is None else np.asarray(points, dtype=float)
        self.geographic = geographic
        self.instance, self.optimum = instance, optimum

    @classmethod
    def from_points(
        cls, points: ArrayLike, metric: Any = "euclidean", *, symmetric: bool = True, **options: Any
    ) -> Self:
        """Build from points, shape (n, d), and a metric: scipy's, TSPLIB's or a callable.

        See `PointDistances` for the metrics; other options are those of `TSP`.
        """
        distances = PointDistances(points, metric, symmetric=symmetric)
        if distances.coordinates is not None and distances.points.shape[1] >= 2:
            swap = slice(None, None, -1) if metric in ("great-circle", "GEO") else slice(0, 2)
            options.setdefault("points", distances.points[:, :2][:, swap])
            options.setdefault("geographic", metric in ("great-circle", "GEO"))
        return cls(distances, **options)

    @classmethod
    def from_matrix(cls, matrix: ArrayLike, **options: Any) -> Self:
        """Build from an n×n matrix of nonnegative distances, symmetric or not.

        The diagonal is ignored. Other options are those of `TSP`.
        """
        return cls(MatrixDistances(matrix), **options)

    @classmethod
    def from_graph(
        cls,
        G: nx.Graph[Any],
        weight: str = "weight",
        *,
        complete: str | None = None,
        nodes: Iterable[Hashable] | None = None,
        **options: Any,
    ) -> Self:
        """Build from a networkx Graph or DiGraph; its nodes, or some of them, are the cities.

        Parameters
        ----------
        G : networkx.Graph or networkx.DiGraph
            Self-loops are ignored.
        weight : str, default "weight"
            Edge attribute that holds the distance.
        complete : {None, "shortest-path"}
            None asks for an edge between any two cities. "shortest-path" takes the lengths of the
            shortest paths, for sparse graphs, and of a multigraph's parallel edges the shortest;
            `walk` then tells a solution as the nodes on the way.
        nodes : iterable of hashable, optional
            The nodes to visit, by default all.
        **options
            As for `TSP`.

        Raises
        ------
        ValueError
            Where the graph is empty, disconnected, not complete, or a multigraph without
            "shortest-path", an edge has no such attribute, or a weight is negative or not finite;
            the message names nodes.
        """
        roads = Roads(G, weight)
        cities = roads.nodes if nodes is None else list(nodes)
        matrix = matrix_of(roads, cities, complete)
        options.setdefault("points", _positions(G, cities))
        problem = cls.from_matrix(matrix, labels=cities, **options)
        problem.roads = None if complete is None else roads
        return problem

    @classmethod
    def load(
        cls,
        source: str,
        data: str | PathLike[str] | None = None,
        *,
        cycle: bool | None = None,
        start: Hashable | None = None,
        end: Hashable | None = None,
    ) -> Self:
        """Load a built-in instance, a TSPLIB file, or a name to be looked up in `data`.

        See `instances.find` for where a name is looked for; "-" is standard input.

        Parameters
        ----------
        source, data
            As for `instances.find`.
        cycle : bool, optional
            Instead of what the instance says; an optimum on record then counts no more.
        start, end : hashable, optional
            First and last city of an open path, by their labels: in a TSPLIB file 1 … n.
        """
        found = find(source, data)
        if cycle not in (None, True, False):
            raise ValueError(f"cycle must be true or false; got {cycle!r}")
        closed = found.cycle if cycle is None else bool(cycle)
        as_found = closed == found.cycle and start is None and end is None
        return cls(
            found.distances,
            labels=found.labels,
            points=found.points,
            geographic=found.geographic,
            instance=found.name,
            optimum=found.optimum if as_found else None,
            cycle=closed,
            start=start,
            end=end,
            fixed=found.fixed,
        )

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return BUILT_IN

    @classmethod
    def sample(cls) -> Self:
        return cls.load("random-8")

    @property
    def size(self) -> int:
        return self.route.distances.n

    def cost(self, x: Sequence[Hashable]) -> float:
        """Return the length of the tour x, a sequence of labels; its way back counts if a cycle."""
        return self.route.length(self.order(x))

    def feasible(self, x: Sequence[Hashable]) -> bool:
        """Whether x visits every city once, from start to end, and takes the fixed edges."""
        complete = len(x) == self.size and set(x) == set(self._index)
        return complete and self.route.keeps(self.order(x))

    def bound(self, time_limit: float | None = None) -> float:
        """Return a length that no tour can go below: see `bound.lower_bound`."""
        return lower_bound(self, time_limit=time_limit)

    def order(self, x: Sequence[Hashable]) -> Order:
        """Return a tour of labels as city numbers, or refuse it by the label that is at fault."""
        for label in x:
            if label not in self._index:
                raise ValueError(f"x must be a tour of the problem's cities; got {label!r}")
        return np.array([self._index[label] for label in x], dtype=np.intp)

    def tour(self, order: ArrayLike) -> list[Hashable]:
        """Return a permutation of `distances`' cities as a solution, which keeps all constraints.

        A closed tour begins at the first city (and is turned, where symmetric).
        """
        return [self.labels[k] for k in self.route.decode(order)]

    def walk(self, x: Sequence[Hashable]) -> list[Any]:
        """Return the nodes that a solution passes, the first again at the end of a closed tour.

        On a graph with ``complete="shortest-path"``, those on the shortest paths between the cities
        are among them.

        Examples
        --------
        >>> import networkx as nx
        >>> street = TSP.from_graph(nx.path_graph(5), complete="shortest-path", nodes=[0, 2, 4])
        Traceback (most recent call last):
        ValueError: edge (0, 1) must have the attribute 'weight'; it has none
        >>> nx.set_edge_attributes(G := nx.path_graph(5), 1.0, "weight")
        >>> street = TSP.from_graph(G, complete="shortest-path", nodes=[0, 2, 4], cycle=False)
        >>> street.walk([0, 2, 4]), street.cost([0, 2, 4])
        ([0, 1, 2, 3, 4], 4.0)
        """
        stops = [*x, x[0]] if self.route.cycle else list(x)
        return stops if self.roads is None else self.roads.walk(stops)

    def describe(self, x: Sequence[Hashable]) -> dict[str, Any]:
        return {"tour": [label if isinstance(label, int | str) else str(label) for label in x]}

    def write(self, x: Sequence[Hashable], path: str | PathLike[str]) -> None:
        """Write a solution as a TSPLIB tour, cities 1 … n in the order of `labels`."""
        write_tour(self.order(x), path, length=self.cost(x))

    def read(self, path: str | PathLike[str]) -> list[Hashable]:
        """Read a TSPLIB tour as labels: a start for ``k-opt``'s ``initial=``.

        Raises
        ------
        TSPLIBError
            If the file is not a tour of this many cities.
        """
        return [self.labels[k] for k in read_tour(path, self.size)]

    def plot(self, x: Sequence[Hashable], ax: Axes | None = None) -> Axes:
        """Draw a tour: on a map where the cities have longitudes, else on a plane.

        Cities without points are embedded by their distances, and the axes say so.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> square = TSP.from_points([[0, 0], [0, 1], [1, 1], [1, 0]], instance="square")
        >>> square.plot([0, 1, 2, 3], ax=Figure().subplots()).get_title()
        'square · n = 4 · cost 4'
        """
        from hopopt.plotting import caption
        from problems.tours.pictures import plot_tour

        order, cost = self.order(x), self.cost(x) if self.feasible(x) else np.inf
        cities, closed = self._cities(), self.route.cycle
        return plot_tour(cities, order, ax, closed=closed, title=caption(self, cost))

    def plot_output(
        self, output: ArrayLike, ax: Axes | None = None, *, reference: ArrayLike | None = None
    ) -> Axes:
        """Draw the outputs of a network: an image of V[city, position], or a ring over the cities.

        Parameters
        ----------
        output : array, shape (n, n) or (units, d)
            A matrix is drawn with its cities in the order of the tour that it decodes to, so that a
            tour is the diagonal. A ring is in the unit box of `embed`.
        ax : matplotlib.axes.Axes, optional
        reference : array, shape (n, n), optional
            A matrix whose tour orders the cities instead.

        Raises
        ------
        ValueError
            For other shapes.
        """
        from problems.tours.pictures import plot_assignment, plot_ring

        values, cities, n = np.asarray(output, dtype=float), self._cities(), self.distances.n
        if values.shape == (n, n):
            kept = None if reference is None else np.asarray(reference, dtype=float)
            return plot_assignment(values, self.labels, ax, kept)
        if values.ndim == 2 and len(values) and values.shape[1] == cities.box.shape[1]:
            return plot_ring(cities, values, ax)
        raise ValueError(
            f"output must have shape ({n}, {n}), city × position, or "
            f"(units, {cities.box.shape[1]}), a ring; got {values.shape}"
        )

    def _cities(self) -> Cities:
        """Return what pictures need."""
        from problems.tours.pictures import Cities

        return Cities(self.route.distances, self.labels, self.points, self.geographic)

    def decode(self, output: Floats) -> list[Hashable]:
        """Return the tour of largest total output V[city, position], or that along a ring.

        Parameters
        ----------
        output : array, shape (n, n) or (units, d)
            n counts the cities of `distances`; a ring is in the unit box of `embed`.
        """
        if output.shape == (self.distances.n, self.distances.n):
            return self.tour(tour_of(output))
        return self.tour(order_along(places(self.distances), output))

    def ranking(self) -> list[str]:
        """Return the methods' names, the best for this instance first: see `methods.ranking`."""
        return ranking(self)

    def encoding(self) -> Encoding:
        """Return the problem over n×n units V[city, position], for `hopopt.certify`.

        Its permutations are the closed tours of `distances`, with all constraints in them. Negative
        distances, those of edges that must be taken, are shifted to 0 along with all others, which
        lengthens every tour by the same.
        """
        from problems.shared.encodings import largest_tour_field, permutation_encoding

        matrix = self.distances.matrix()
        off = ~np.eye(len(matrix), dtype=bool)
        matrix[off] -= min(0.0, float(matrix.min(initial=0)))
        return permutation_encoding(len(matrix), length(matrix), largest_tour_field(matrix))

    def to_graph(self, x: Sequence[Hashable] | None = None) -> nx.Graph[Any]:
        """Return the complete (di)graph with `weight` on its edges, and `tour` on those of x."""
        n, matrix = self.size, self.route.distances.matrix()
        G: nx.Graph[Any] = nx.Graph() if self.distances.symmetric else nx.DiGraph()
        G.add_nodes_from(self.labels)
        i, j = (
            np.triu_indices(n, 1)
            if self.distances.symmetric
            else np.nonzero(~np.eye(n, dtype=bool))
        )
        weights = matrix[i, j].tolist()
        on_tour = np.zeros((n, n), dtype=bool)
        if x is not None:
            order = self.order(x)
            steps = slice(None if self.route.cycle else -1)
            on_tour[order[steps], np.roll(order, -1)[steps]] = True
            if self.distances.symmetric:
                on_tour |= on_tour.T
        G.add_edges_from(
            (self.labels[a], self.labels[b], {"weight": w, "tour": t})
            for a, b, w, t in zip(
                i.tolist(), j.tolist(), weights, on_tour[i, j].tolist(), strict=True
            )
        )
        if self.points is not None:
            for label, point in zip(self.labels, self.points.tolist(), strict=True):
                G.nodes[label]["pos"] = tuple(point)
        return G

    def __repr__(self) -> str:
        kind = "" if self.distances.symmetric else ", asymmetric"
        kind += "" if self.route.cycle else ", open"
        fixed = len(self.route.fixed)
        kind += f", {fixed} fixed" if fixed else ""
        return f"TSP({self.instance!r}, {self.size} cities{kind})"


def city_number(index: Mapping[Hashable, int], name: str, label: Hashable) -> int:
    """Return the number of a city, or refuse its label as an argument's."""
    if label not in index:
        raise ValueError(f"{name} must be one of the problem's cities; got {label!r}")
    return index[label]


def _positions(G: nx.Graph[Any], nodes: Sequence[Hashable]) -> Floats | None:
    """Return the nodes' `pos` attributes as points, where all have one."""
    positions: list[Any] = [G.nodes[node].get("pos") for node in nodes]
    if not positions or any(p is None or len(p) < 2 for p in positions):
        return None
    return np.array([tuple(p)[:2] for p in positions], dtype=np.float64)


def tsp(
    G: nx.Graph[Any],
    weight: str = "weight",
    nodes: Iterable[Hashable] | None = None,
    cycle: bool = True,
    *,
    method: str | Method = "auto",
    complete: str | None = None,
    start: Hashable | None = None,
    end: Hashable | None = None,
    fixed: Iterable[tuple[Hashable, Hashable]] = (),
    **options: Any,
) -> list[Any]:
    """Return a short tour of a graph's nodes by a Hopfield network, as networkx's functions do.

    Usable as ``method=`` of `networkx.approximation.traveling_salesman_problem`.

    Parameters
    ----------
    G : networkx.Graph or networkx.DiGraph
        Complete, unless `complete` says what to do.
    weight, complete, nodes
        As in `TSP.from_graph`.
    cycle, start, end, fixed
        As in `TSP`.
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`: ``rng=``, ``restarts=``, ``time_limit=``, …. The seed is 0 unless
        `rng` is given.

    Returns
    -------
    list
        Nodes in the order of the tour; the first one comes again at the end of a closed one. With
        ``complete="shortest-path"``, a walk: every node on the way, each next to the one before.

    Examples
    --------
    >>> import networkx as nx
    >>> import problems
    >>> G = nx.grid_2d_graph(3, 3)
    >>> nx.set_edge_attributes(G, 1.0, "weight")
    >>> corners = [(0, 0), (0, 2), (2, 0), (2, 2)]
    >>> len(problems.tsp(G, nodes=corners, complete="shortest-path"))
    9
    """
    from hopopt import minimize

    problem = TSP.from_graph(
        G,
        weight,
        complete=complete,
        nodes=nodes,
        cycle=cycle,
        start=start,
        end=end,
        fixed=fixed,
    )
    options.setdefault("rng", 0)
    return problem.walk(minimize(problem, method, **options).x)
