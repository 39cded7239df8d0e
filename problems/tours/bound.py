"""A lower bound on every tour: cutting planes for few cities, 1-trees on few edges for many."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

from hopopt.core import Deadline, now
from problems.tours.cutting import CITIES, CuttingPlanes
from problems.tours.distances import TSPLIB_METRICS, Distances, MatrixDistances, PointDistances
from problems.tours.instance import Instance
from problems.tours.linked import Linked
from problems.tours.merged import Merged
from problems.tours.one_trees import COMPLETE_CITIES, NEAREST, Neighbourhood, ascend, undercut
from problems.tours.route import Route

__all__ = ["lower_bound"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

MATRIX_CITIES = 6000
STEPS = 1000
EDGE_STEPS = 4e8
ROUNDS = 4
STEP_FALL = 0.4
DOUBLINGS = 6
MOST_EDGES = 12_000_000
ROUNDING = 1e-10
ROUNDED = ("EUC_2D", "EUC_3D", "MAN_2D", "MAN_3D", "MAX_2D", "MAX_3D")


def lower_bound(
    problem: Instance, *, steps: int | None = None, time_limit: float | None = None
) -> float:
    """Return a length that no tour of the problem can go below.

    w(π) = min over 1-trees of Σ_(i,j) (d_ij + π_i + π_j) − 2·Σ_i π_i is at most the shortest tour's
    length for every price π, for a tour is a 1-tree in which all degrees are 2. The prices climb
    along the subgradient, degree − 2. The trees are grown on each city's nearest neighbours only;
    what is left out costs at least r_i/2 + r_j/2 + π_i + π_j, with r_i the distance of the last
    neighbour kept, and a star of such edges stands for all of them: the bound holds with any
    neighbourhood. Memory O(n) where there are coordinates.

    Up to 200 cities cutting planes reach the best of these bounds (`CuttingPlanes`). More of them
    with asymmetric distances have two bounds: the best assignment of successors, and the 1-trees of
    min(d_ij, d_ji). The larger one is returned. Where all distances are whole numbers, so is it.

    Parameters
    ----------
    problem : Instance
        Without coordinates, or asymmetric: of at most 6,000 cities.
    steps : int, optional
        Steps of the ascent: by default 1,000, fewer from about 30,000 cities on, and cutting planes
        instead of an ascent up to 200.
    time_limit : float, optional
        Seconds after which the best bound so far is returned.

    Returns
    -------
    float
        On the scale of `TSP.cost`.

    Raises
    ------
    ValueError
        If an argument is out of range, or the problem too large for its matrix.

    References
    ----------
    Held & Karp, "The traveling-salesman problem and minimum spanning trees", 1970 and 1971;
    Volgenant & Jonker, "A branch and bound algorithm for the symmetric traveling salesman problem
    based on the 1-tree relaxation", 1982 (the steps' lengths).

    Examples
    --------
    >>> from problems import TSP
    >>> lower_bound(TSP.from_points([[0, 0], [0, 1], [1, 1], [1, 0]], "EUC_2D"))
    4.0
    """
    if steps is not None and (isinstance(steps, bool) or steps < 1):
        raise ValueError(f"steps must be a positive integer; got {steps!r}")
    if time_limit is not None and not time_limit >= 0:
        raise ValueError(f"time_limit must be nonnegative seconds; got {time_limit!r}")
    deadline = np.inf if time_limit is None else Deadline.after(time_limit)
    distances = problem.distances
    if problem.size < 4:
        return shortest(problem.route)
    if distances.coordinates is None and distances.n > MATRIX_CITIES:
        raise ValueError(
            f"problem must have coordinates, or at most {MATRIX_CITIES} cities, for a lower bound; "
            f"got {problem!r}"
        )
    if distances.n < 4:
        best = distances.tour_length(np.arange(distances.n)) - shortcuts(distances)
    elif distances.n <= CITIES and steps is None:
        best = CuttingPlanes(distances).relax(deadline) - shortcuts(distances)
    else:
        cheaper = cheaper_way(distances)
        best = climb(cheaper, steps, deadline) + bonuses(cheaper) - shortcuts(distances)
    if not distances.symmetric and (steps or distances.n > CITIES):
        best = max(best, assignment_bound(distances.matrix()) + bonuses(distances))
    best = problem.route.factor * (best - ROUNDING * abs(best))
    return float(np.ceil(best)) if whole(problem.route.distances) else best


def shortest(route: Route) -> float:
    """Return the least length of a few cities' solutions."""
    orders = map(np.array, itertools.permutations(range(route.distances.n)))
    return min(route.length(order) for order in orders if route.keeps(order))


def whole(distances: Distances) -> bool:
    """Whether all distances are known to be whole numbers."""
    if isinstance(distances, PointDistances):
        return distances.metric in TSPLIB_METRICS
    if isinstance(distances, MatrixDistances):
        matrix = distances.matrix()
        return bool(np.array_equal(matrix, np.floor(matrix)))
    return False


def assignment_bound(matrix: Floats) -> float:
    """Return the least Σ_i d(i, σ(i)) over the permutations σ that leave no city in place."""
    work = np.array(matrix)
    np.fill_diagonal(work, 2 * len(work) * (1 + np.abs(work).max()))
    rows, columns = linear_sum_assignment(work)
    return float(work[rows, columns].sum())


def cheaper_way(distances: Distances) -> Distances:
    """Return min(d_ij, d_ji), whose tours are no longer than those of d."""
    if distances.symmetric:
        return distances
    if isinstance(distances, Linked):
        gate = 0 if distances.has_gate else None
        return Linked(cheaper_way(distances.base), distances.links, gate, distances.free)
    matrix = distances.matrix()
    return MatrixDistances(np.minimum(matrix, matrix.T))


def shortcuts(distances: Distances) -> float:
    """Return what a tour of shared points may be longer by than one of all their cities.

    Rounded distances break the triangle inequality by at most 1 for each city that is left out.
    """
    if not isinstance(distances, Merged) or metric_of(distances) not in ROUNDED:
        return 0.0
    return float(distances.base.n - distances.n)


def bonuses(distances: Distances) -> float:
    """Return what a tour is longer by than its encoded length."""
    return distances.constant if isinstance(distances, Linked) else 0.0


def neighbourhood(distances: Distances, count: int = NEAREST) -> Neighbourhood:
    """Return the edges to each city's nearest neighbours; all edges of few cities."""
    n = distances.n
    if n <= COMPLETE_CITIES:
        tails, heads = np.triu_indices(n, 1)
        return Neighbourhood(n, tails, heads, distances(tails, heads), np.full(n, np.inf))
    pairs = distances.irregular() if isinstance(distances, Linked) else np.zeros((0, 2), np.intp)
    graph = Neighbourhood.of(distances, pairs[:, 0], pairs[:, 1], np.zeros(n))
    return widened(graph, distances, None, count)


def widened(
    graph: Neighbourhood, distances: Distances, cities: Ints | None, count: int
) -> Neighbourhood:
    """Return the graph with the edges from some cities to their `count` nearest neighbours."""
    cities = np.arange(graph.n) if cities is None else cities
    near = nearest(distances, cities, min(count + 1, graph.n))
    reach = graph.reach.copy()
    reach[cities] = distances(cities, near[:, -1]) - slack(distances)
    tails = np.concatenate([graph.tails, np.repeat(cities, near.shape[1])])
    return Neighbourhood.of(distances, tails, np.concatenate([graph.heads, near.ravel()]), reach)


def nearest(distances: Distances, cities: Ints, count: int) -> Ints:
    """Return the nearest cities of some, themselves among them, the farthest of them last."""
    points = distances.coordinates
    if points is not None:
        found = cKDTree(points).query(points[cities], count, p=norm(distances))[1]
        return np.asarray(found, dtype=np.intp)
    rows = distances.matrix()[cities]
    near = np.argpartition(rows, count - 1, axis=1)[:, :count]
    return np.asarray(np.take_along_axis(near, np.take_along_axis(rows, near, 1).argsort(1), 1))


def norm(distances: Distances) -> float:
    """Return the p of the norm that orders the coordinates as the distances do."""
    metric = metric_of(distances)
    if metric in ("cityblock", "MAN_2D", "MAN_3D"):
        return 1
    return np.inf if metric in ("chebyshev", "MAX_2D", "MAX_3D") else 2


def slack(distances: Distances) -> float:
    """Return by how much farther cities may have shorter distances: GEO rounds another formula."""
    return 1.0 if metric_of(distances) == "GEO" else 0.0


def metric_of(distances: Distances) -> object:
    """Return the metric's name or function, None for a matrix."""
    inner = distances.base if isinstance(distances, Linked | Merged) else distances
    return getattr(inner, "metric", None)


def climb(distances: Distances, steps: int | None, deadline: float) -> float:
    """Return the best bound of several ascents, each on a graph that suits the last one's prices.

    Where a cheap star edge could replace a dearer listed one, its city's neighbourhood is doubled.
    """
    graph, count = neighbourhood(distances), NEAREST
    prices, best = np.zeros(graph.n), -np.inf
    if steps is None:
        steps = int(np.clip(EDGE_STEPS / (len(graph.lengths) + graph.n), 40, STEPS))
    for part in range(ROUNDS):
        share = 1 if graph.n <= COMPLETE_CITIES else (part + 1) / (ROUNDS * (ROUNDS + 1) / 2)
        length = max(1, round(share * steps))
        found, prices = ascend(graph, prices, length, STEP_FALL**part, deadline)
        best = max(best, found)
        if graph.n <= COMPLETE_CITIES or now() > deadline:
            break
        for _ in range(DOUBLINGS):
            loose = undercut(graph, prices)
            if not len(loose) or len(graph.lengths) + 2 * count * len(loose) > MOST_EDGES:
                break
            count *= 2
            graph = widened(graph, distances, loose, count)
    return best
