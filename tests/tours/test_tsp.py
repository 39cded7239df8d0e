"""The problem: from graphs, matrices, points and files, to tours of labels and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networkx.algorithms.approximation import traveling_salesman_problem
from scipy import sparse

import problems
from hopopt import minimize
from problems import TSP
from problems.tours import MatrixDistances, PointDistances, write_tsplib

SQUARE = [[0, 0], [0, 1], [1, 1], [1, 0]]
RING = {"method": "ring", "solver": "majorize"}
ASSIGNMENT = {"method": "assignment", "solver": "exponential-euler"}
ROUND = [[0, 1, 9, 9], [9, 0, 1, 9], [9, 9, 0, 1], [1, 9, 9, 0]]


def complete(nodes: list[Any], kind: type[nx.Graph[Any]] = nx.Graph, seed: int = 0) -> Any:
    """Return a complete graph of random weights on these nodes."""
    rng = np.random.default_rng(seed)
    G = kind()
    G.add_nodes_from(nodes)
    for i, a in enumerate(nodes):
        for j, b in enumerate(nodes):
            if i < j or (i != j and G.is_directed()):
                G.add_edge(a, b, weight=float(rng.random()))
    return G


def around(G: Any, tour: list[Any]) -> float:
    """Return the length of a closed tour, edge by edge."""
    return float(sum(G[a][b]["weight"] for a, b in zip(tour, [*tour[1:], tour[0]], strict=True)))


# From a graph.


def test_any_hashable_is_a_city() -> None:
    nodes = ["a", 7, (1, 2), frozenset({3}), True, 2.5]
    G = complete(nodes)
    problem = TSP.from_graph(G)
    assert list(problem.labels) == nodes
    result = minimize(problem, rng=0)
    assert result.success
    assert result.fun == pytest.approx(around(G, result.x))
    assert result.x[0] == "a"
    assert all(isinstance(label, int | str) for label in result.to_dict()["tour"])


def test_other_weights_by_name() -> None:
    G = nx.Graph([("a", "b", {"km": 3, "weight": 9})])
    assert TSP.from_graph(G, "km").cost(["a", "b"]) == 6


def test_directions_count() -> None:
    G = nx.DiGraph()
    G.add_weighted_edges_from((a, b, ROUND[a][b]) for a in range(4) for b in range(4) if a != b)
    problem = TSP.from_graph(G)
    assert not problem.distances.symmetric
    assert (problem.cost([0, 1, 2, 3]), problem.cost([3, 2, 1, 0])) == (4, 36)
    assert minimize(problem, rng=0).x == [0, 1, 2, 3]
    assert repr(problem) == "TSP('tsp', 4 cities, asymmetric)"


def test_self_loops_are_ignored() -> None:
    G = complete(list("abc"))
    loops = G.copy()
    loops.add_edge("a", "a", weight=-1.0)
    assert np.array_equal(
        TSP.from_graph(G).distances.matrix(), TSP.from_graph(loops).distances.matrix()
    )


def test_positions_of_nodes_are_drawn_but_do_not_measure() -> None:
    G = complete(list("abcd"))
    nx.set_node_attributes(G, dict(zip("abcd", SQUARE, strict=True)), "pos")
    problem = TSP.from_graph(G)
    assert problem.points is not None
    assert problem.points.tolist() == SQUARE
    assert problem.distances.coordinates is None
    del G.nodes["a"]["pos"]
    assert TSP.from_graph(G).points is None


def test_missing_edges_are_completed_only_when_asked() -> None:
    G = nx.path_graph(4)
    nx.set_edge_attributes(G, 2.0, "weight")
    torn = minimize(TSP.from_graph(G), rng=0)
    assert (torn.success, torn.message) == (False, "No feasible solution exists.")
    assert torn.violations[0].constraint == "0 has two ways at least"
    assert "complete='shortest-path'" in torn.violations[0].remedy
    assert TSP.from_graph(G, cycle=False).cost([0, 1, 2, 3]) == 6
    problem = TSP.from_graph(G, complete="shortest-path")
    assert problem.distances(0, 3) == 6
    assert minimize(problem, rng=0).fun == 12


def test_free_edges_survive_completion() -> None:
    G = nx.path_graph(3)
    nx.set_edge_attributes(G, 0.0, "weight")
    problem = TSP.from_graph(G, complete="shortest-path")
    assert not problem.distances.matrix().any()


def test_one_way_roads_that_do_not_lead_back() -> None:
    G = nx.DiGraph([("a", "b", {"weight": 1})])
    with pytest.raises(ValueError, match="no path from 'b' to 'a'"):
        TSP.from_graph(G, complete="shortest-path")


@pytest.mark.parametrize(
    ("make", "options", "error", "says"),
    [
        (nx.Graph, {}, ValueError, "G must have at least one node; got an empty graph"),
        (
            lambda: nx.Graph([(0, 1, {"weight": 1}), (2, 3, {"weight": 1})]),
            {"complete": "shortest-path"},
            ValueError,
            "G must be connected: there is no path from 0 to 2",
        ),
        (
            lambda: nx.Graph([(0, 1, {"weight": 1}), (2, 3, {"weight": 1})]),
            {"complete": "shortest-path", "cycle": False},
            ValueError,
            "G must be connected: there is no path from 0 to 2",
        ),
        (lambda: complete([0, 1]), {"complete": "yes"}, ValueError, "complete must be None or"),
        (lambda: [[0, 1], [1, 0]], {}, TypeError, "G must be a networkx graph; got list"),
        *(
            (lambda w=w: nx.Graph([("x", "y", {"weight": w})]), {}, ValueError, r"\('x', 'y'\).*")
            for w in (-1, float("nan"), -float("inf"), "far", None)
        ),
    ],
)
def test_bad_graphs_are_refused(
    make: Callable[[], Any], options: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        TSP.from_graph(make(), **options)


# From a matrix and from points.


@pytest.mark.no_cover
@pytest.mark.parametrize("scale", [2.0**-30, 2.0**30])
def test_the_unit_of_length_does_not_matter(scale: float) -> None:
    """Powers of two, which no rounding tells from one another."""
    points = np.random.default_rng(1).random((7, 2))
    near, far = TSP.from_points(points), TSP.from_points(scale * points)
    bare = TSP.from_matrix(scale * near.distances.matrix())
    for problem, method in ((far, RING), (bare, ASSIGNMENT)):
        a, b = (minimize(p, **method, restarts=1, rng=0) for p in (near, problem))
        assert a.x == b.x
        assert b.fun == pytest.approx(scale * a.fun)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [("euclidean", 12), ("EUC_2D", 12), ("MAX_2D", 12), (lambda p, q: abs(p[0] - q[0]), 6)],
)
def test_any_metric(metric: Any, expected: float) -> None:
    problem = TSP.from_points(3 * np.array(SQUARE), metric)
    assert problem.cost([0, 1, 2, 3]) == pytest.approx(expected)


def test_geographical_points_are_latitude_then_longitude_and_drawn_the_other_way() -> None:
    problem = TSP.from_points([[52.5, 13.4], [48.9, 2.35]], "great-circle")
    assert problem.geographic
    assert problem.points is not None
    assert problem.points.tolist() == [[13.4, 52.5], [2.35, 48.9]]
    assert problem.cost([0, 1]) == pytest.approx(2 * 877, rel=0.01)


@pytest.mark.parametrize(
    ("matrix", "says"),
    [
        ([], "matrix"),
        ([[0, 1, 2], [1, 0, 3]], r"square, got shape \(2, 3\)"),
        ([[0, float("nan")], [1, 0]], "finite"),
        ([[0, -float("inf")], [1, 0]], "at least 0"),
        (np.triu(np.ones((3, 3))), r"upper triangle alone: matrix \+ matrix.T is the whole"),
        (sparse.csr_array(np.tril(np.ones((3, 3)))), "lower triangle alone"),
        ([[0, -1], [1, 0]], "at least 0"),
    ],
)
def test_bad_matrices_are_refused(matrix: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        TSP.from_matrix(matrix)


@pytest.mark.parametrize("points", [[], [[0, float("nan")]], [[float("inf"), 0]], [1.0, 2.0]])
def test_bad_points_are_refused(points: Any) -> None:
    with pytest.raises(ValueError, match="points"):
        TSP.from_points(points)


@pytest.mark.parametrize(
    ("labels", "says"),
    [(["a", "b"], "all 4 cities; got 2"), (list("abca"), "got 'a' more than once")],
)
def test_bad_labels_are_refused(labels: list[str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        TSP.from_points(SQUARE, labels=labels)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("method", ["auto", "ring", "assignment"])
def test_few_cities_have_one_tour(count: int, method: str) -> None:
    problem = TSP.from_points(SQUARE[:count], labels=list("abc")[:count])
    result = minimize(problem, method, rng=0)
    assert (result.x, result.restarts) == (list("abc")[:count], 1)
    assert result.fun == pytest.approx([0, 2, 2 + 2**0.5][count - 1])


def test_a_file_is_the_problem_it_was_written_from(tmp_path: Path) -> None:
    square = TSP.from_points(9 * np.array(SQUARE), "EUC_2D")
    write_tsplib(square.distances, tmp_path / "square.tsp")
    loaded = TSP.load(str(tmp_path / "square.tsp"))
    assert list(loaded.labels) == [1, 2, 3, 4]
    assert loaded.cost([1, 2, 3, 4]) == 36


# Tours.


def test_costs_of_labels() -> None:
    problem = TSP.from_points(SQUARE, labels=list("abcd"))
    assert problem.cost("abcd") == 4
    assert problem.feasible("dcba")
    assert not problem.feasible("abc")
    assert not problem.feasible("abcc")
    with pytest.raises(ValueError, match="x must be a tour of the problem's cities; got 'z'"):
        problem.cost("abcz")
    with pytest.raises(ValueError, match="order"):
        problem.cost("abcc")


@given(st.permutations(range(7)), st.booleans())
def test_a_tour_begins_at_the_first_city_and_keeps_its_length(
    order: list[int], symmetric: bool
) -> None:
    matrix = np.random.default_rng(0).random((7, 7))
    problem = TSP.from_matrix(matrix + matrix.T if symmetric else matrix)
    tour = problem.tour(order)
    assert tour[0] == 0
    assert problem.cost(tour) == pytest.approx(problem.distances.tour_length(order))
    assert problem.tour(np.roll(order, 3)) == tour
    assert (problem.tour(order[::-1]) == tour) == symmetric
    assert not symmetric or tour[1] < tour[-1]


@pytest.mark.parametrize("matrix", [ROUND, np.add.outer(range(4), range(4)).tolist()])
def test_to_graph_round_trip(matrix: list[list[float]]) -> None:
    problem = TSP.from_matrix(matrix, labels=list("wxyz"), points=SQUARE)
    G = problem.to_graph(list("wxyz"))
    again = TSP.from_graph(G)
    assert G.is_directed() != problem.distances.symmetric
    assert list(again.labels) == list("wxyz")
    assert np.array_equal(again.distances.matrix(), problem.distances.matrix())
    assert again.points is not None
    assert again.points.tolist() == SQUARE
    marked = {(a, b) for a, b, on in G.edges(data="tour") if on}
    assert len(marked) == 4
    assert all({a, b} in map(set, ("wx", "xy", "yz", "zw")) for a, b in marked)
    assert not any(on for *_, on in problem.to_graph().edges(data="tour"))


# In networkx's manner.


def test_one_line_for_a_graph() -> None:
    G = complete(list("abcdefg"))
    tour = problems.tsp(G)
    assert tour[0] == tour[-1] == "a"
    assert sorted(tour[:-1]) == list("abcdefg")
    assert tour == problems.tsp(G)
    assert set(problems.tsp(G, **ASSIGNMENT, restarts=2, rng=3)) == set(G)


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph])
def test_a_method_of_networkx(kind: type[nx.Graph[Any]]) -> None:
    G = complete(list("abcde"), kind)
    tour = traveling_salesman_problem(G, method=problems.tsp)
    assert tour[0] == tour[-1]
    assert set(tour) == set(G)


def test_networkx_completes_what_is_not_complete() -> None:
    G = nx.cycle_graph(6)
    nx.set_edge_attributes(G, 1, "weight")
    assert len(traveling_salesman_problem(G, method=problems.tsp)) == 7
    assert problems.tsp(G) == [0, 1, 2, 3, 4, 5, 0]
    G.add_edge(0, 3, weight=0.5)
    assert problems.tsp(G) == [0, 1, 2, 3, 4, 5, 0]
    assert len(problems.tsp(G, complete="shortest-path")) == 7
    star = nx.complete_bipartite_graph(2, 3)
    nx.set_edge_attributes(star, 1, "weight")
    with pytest.raises(ValueError, match=r"exists.*complete='shortest-path'"):
        problems.tsp(star)


@pytest.mark.parametrize(
    ("method", "options", "error", "says"),
    [
        ("rign", {}, ValueError, "did you mean 'ring'"),
        ("ring", {"solver": "RK4"}, ValueError, "solver must be one of auto, RK23"),
        ("ring", {"solver": "majorize", "rtol": 1e-3}, ValueError, "takes no options"),
        ("ring", {"stages": 2}, ValueError, "stages must be at least 3; got 2"),
        ("ring", {"jitter": -1}, ValueError, "jitter must be"),
        ("assignment", {"stages": 0}, ValueError, "stages must be a positive integer; got 0"),
        ("assignment", {"hot": 3, "cold": 2}, ValueError, "hot and cold must satisfy"),
        ("assignment", {"jitter": 1}, ValueError, r"jitter must lie in \[0, 1\); got 1"),
        ("assignment", {"solver": "majorize"}, ValueError, "solver must be one of"),
    ],
)
def test_bad_options_are_refused(
    method: str, options: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        minimize(TSP.load("random-5"), method, **options)


def test_distances_of_both_kinds_are_taken() -> None:
    for distances in (PointDistances(SQUARE), MatrixDistances(ROUND)):
        assert TSP(distances).size == 4
