"""The travelling salesman problem: cities, distances, tours."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

from hopopt import Method, Problem, Violation
from hopopt.core import check_kind, listed, numbers
from hopopt.solve import Encoding
from problems.shared.encodings import permutation_corners
from problems.shared.frames import named_points, unframed
from problems.shared.graphs import Weight, positions_of
from problems.shared.labels import check_labels, couples, number_of, plain, recalled
from problems.tours.bound import lower_bound
from problems.tours.distances import Distances, PointDistances, both_ways
from problems.tours.elastic import Ends, order_along, places
from problems.tours.encoders import tour_encoding, tour_of
from problems.tours.graphs import Roads, complete_graph, matrix_of
from problems.tours.instances import BUILT_IN, find
from problems.tours.methods import METHODS, ranking
from problems.tours.route import Route, absent, lacking
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
    optimum : float, optional
        Length of the shortest tour, where it is known.
    cycle : bool, default True
        Whether the way back to the first city counts; else a solution is an open path.
    start, end : hashable, optional
        First and last city of an open path; a closed tour may begin at `start`.
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
    suffixes: ClassVar[tuple[str, ...]] = (".tsp", ".atsp", ".hcp")
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
        check_kind("distances", distances, "n", "symmetric", "coordinates")
        self.labels: Sequence[Any] = check_labels(labels, distances.n, "cities")
        self._index = {label: k for k, label in enumerate(self.labels)}
        number = partial(number_of, self._index)
        pairs = [(number("fixed", a), number("fixed", b)) for a, b in couples(fixed, "fixed")]
        first = None if start is None else number("start", start)
        last = None if end is None else number("end", end)
        self.route = Route(distances, cycle, first, last, pairs, self.labels)
        self.distances, self.geographic = self.route.encoded, geographic
        self.points = None if points is None else numbers(points, "points").astype(float)
        self.instance, self.optimum, self.unit = instance, optimum, distances.unit

    @classmethod
    def from_points(
        cls, points: ArrayLike, metric: Any = "euclidean", *, symmetric: bool = True, **options: Any
    ) -> Self:
        """Build from points, shape (n, d), and a metric: scipy's, TSPLIB's or a callable.

        A mapping ``{name: (x, y)}``, or the index of a pandas frame, has the cities' names. See
        `PointDistances` for the metrics; other options are those of `TSP`.
        """
        if not isinstance(symmetric, bool | np.bool_):
            raise ValueError(f"symmetric must be True or False; got {symmetric!r}")
        points, names = named_points(points)
        options.setdefault("labels", names)
        distances = PointDistances(points, metric, symmetric=symmetric)
        if distances.coordinates is not None and distances.points.shape[1] > 1:
            globe, flat = metric in ("great-circle", "GEO", "GEOM"), distances.points[:, :2]
            options.setdefault("points", distances.points[:, 1::-1] if globe else flat)
            options.setdefault("geographic", globe)
        return cls(distances, **options)

    @classmethod
    def from_matrix(cls, matrix: Any, **options: Any) -> Self:
        """Build from an n×n matrix of nonnegative distances, symmetric or not.

        Infinity, and no entry in a sparse matrix, is no way. The diagonal is ignored. The names of
        a pandas frame's rows are the labels. Other options are those of `TSP`.
        """
        matrix, names = unframed(matrix, "matrix")
        options.setdefault("labels", names)
        return cls(both_ways(matrix), **options)

    @classmethod
    def from_graph(
        cls,
        G: nx.Graph[Any],
        weight: Weight = "weight",
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
        weight : str, callable or None, default "weight"
            What says how long an edge is: see `weights_of`.
        complete : {None, "shortest-path"}
            None takes edges alone: a tour needs one at every step. "shortest-path" takes the
            lengths of the shortest paths, and of a multigraph's parallel edges the shortest; `walk`
            then tells a solution as the nodes on the way.
        nodes : iterable of hashable, optional
            The nodes to visit, by default all.
        **options
            As for `TSP`.
        """
        roads = Roads(G, weight)
        cities = roads.nodes if nodes is None else listed(nodes, "nodes", "the graph's nodes")
        matrix = matrix_of(roads, cities, complete, one_way=not options.get("cycle", True))
        options.setdefault("points", positions_of(G, cities))
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
        """Load an instance by its name or path; a solve begins with a file's TOUR_SECTION.

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
        problem, tour = cls(found.distances, **found.options(cycle, start, end)), found.tour
        problem.initial = tour if tour and problem.feasible(tour) else None
        return problem

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
        whole = len(x) == self.size and set(x) == self._index.keys()
        return whole and self.route.keeps(self.order(x))

    def violations(self, x: Sequence[Hashable]) -> list[Violation]:
        """Return what no tour can do without, and the missing ways that x takes."""
        gaps = self.route.missing(self.order(x)).tolist() if len(x) == self.size else []
        return [*lacking(self.route.torn, self.labels), *absent(gaps, self.labels)]

    def bound(self, time_limit: float | None = None) -> float:
        """Return a length that no tour can go below: see `bound.lower_bound`."""
        return lower_bound(self, time_limit=time_limit)

    def order(self, x: Sequence[Hashable]) -> Order:
        """Return a tour of labels as city numbers, or refuse it by the label that is at fault."""
        try:
            return np.fromiter(map(self._index.__getitem__, x), np.intp, len(x))
        except KeyError as error:
            raise ValueError(f"x must be a tour of the problem's cities; got {error}") from None

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
        >>> nx.set_edge_attributes(G := nx.path_graph(5), 1.0, "weight")
        >>> street = TSP.from_graph(G, complete="shortest-path", nodes=[0, 2, 4], cycle=False)
        >>> street.walk([0, 2, 4]), street.cost([0, 2, 4])
        ([0, 1, 2, 3, 4], 4.0)
        """
        stops = [*x, *list(x)[: self.route.cycle]]
        return stops if self.roads is None else self.roads.walk(stops)

    def describe(self, x: Sequence[Hashable]) -> dict[str, Any]:
        return {"tour": list(map(plain, x))}

    def write(self, x: Sequence[Hashable], path: str | PathLike[str]) -> None:
        """Write a solution as a TSPLIB tour, cities 1 … n in the order of `labels`."""
        write_tour(self.order(x), path, length=self.cost(x))

    def read(self, path: str | PathLike[str]) -> list[Hashable]:
        """Read a TSPLIB tour as labels, or refuse it by a `TSPLIBError`."""
        return [self.labels[k] for k in read_tour(path, self.size)]

    def adopt(self, x: Any) -> list[Hashable]:
        """Return the cities in the order in which a tour, perhaps told as a walk, comes to them."""
        cities = recalled(self.labels, x)
        again = len(cities) > self.size and (self.roads or cities[0] == cities[-1])
        return list(dict.fromkeys(c for c in cities if c in self._index)) if again else cities

    def plot(self, x: Sequence[Hashable], ax: Axes | None = None) -> Axes:
        """Draw a tour: on a map where cities have longitudes, else on a plane, embedded if need be.

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

        A matrix, shape (n, n), is drawn with its cities in the order of the tour that it, or the
        `reference`, decodes to. A ring, shape (units, d), is in the unit box of `embed`.
        """
        from problems.tours.pictures import plot_output

        closed, n = self.route.cycle, self.distances.n
        return plot_output(self._cities(), n, output, ax, reference, closed=closed)

    def _cities(self) -> Cities:
        from problems.tours.pictures import Cities

        return Cities(self.route.distances, self.labels, self.points, self.geographic)

    def decode(self, output: Floats) -> list[Hashable]:
        """Return the tour of largest total output V[city, position], or that along a ring.

        `output`: V, shape (n, n), the city at each position, (n,), or a ring (`embed`), (units, d).
        """
        if set(output.shape) == {self.distances.n}:
            return self.tour(tour_of(output))
        return self.tour(order_along(places(self.distances), output, Ends.of(self.route)))

    def ranking(self) -> list[str]:
        """Return the methods' names, the best for this instance first: see `methods.ranking`."""
        return ranking(self)

    def corners(self) -> Iterable[Floats]:
        return permutation_corners(self.distances.n)

    def encoding(self) -> Encoding:
        """Return the problem over V[city, position]; permutations are tours of `distances`."""
        return tour_encoding(self.distances.matrix())

    def to_graph(self, x: Sequence[Hashable] | None = None) -> nx.Graph[Any]:
        """Return the complete (di)graph with `weight` on its edges, and `tour` on those of x."""
        order, route = None if x is None else self.order(x), self.route
        return complete_graph(self.labels, route.distances, order, route.cycle, self.points)

    def __repr__(self) -> str:
        kind = "" if self.distances.symmetric else ", asymmetric"
        kind += "" if self.route.cycle else ", open"
        kind += f", {fixed} fixed" if (fixed := len(self.route.fixed)) else ""
        return f"TSP({self.instance!r}, {self.size} cities{kind})"
