"""Graphs, arrays and frames as people have them, and what their other tools call things."""

from __future__ import annotations

from collections import OrderedDict
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Any

import networkx as nx
import numpy as np
import pytest
from scipy import sparse

import problems
from hopopt import minimize
from hopopt.app.cli import main
from problems import TSP

COMPLETE: nx.Graph[int] = nx.complete_graph(5)
INF = float("inf")
RING = [[0, 1, INF, 1], [1, 0, 1, INF], [INF, 1, 0, 1], [1, INF, 1, 0]]


def weighted() -> nx.Graph[int]:
    G = nx.complete_graph(5)
    nx.set_edge_attributes(G, {(a, b): 2 + abs(a - b) for a, b in G.edges}, "weight")
    return G


@pytest.mark.parametrize(
    ("weight", "length"),
    [
        ("missing", 5),
        (None, 5),
        ("weight", 18),
        (lambda u, v, data: 10, 50),
        (lambda u, v, data: None if data["weight"] > 5 else data["weight"], 18),
    ],
)
def test_weights_are_networkxs(weight: Any, length: float) -> None:
    problem = TSP.from_graph(weighted(), weight, complete="shortest-path")
    assert minimize(problem, rng=0).fun == length


@pytest.mark.parametrize("name", ["source", "start"])
@pytest.mark.parametrize("node", [0, 3])
def test_closed_tours_begin_where_they_are_asked_to(name: str, node: int) -> None:
    tour = problems.tsp(weighted(), **{name: node})
    assert tour[0] == tour[-1] == node
    assert sorted(tour[1:]) == [0, 1, 2, 3, 4]
    problem = TSP.from_graph(weighted(), start=node)
    assert problem.feasible([4, 3, 2, 1, 0])  # where it begins is a way to tell it


def test_seed_is_networkxs_name_of_rng() -> None:
    assert problems.tsp(weighted(), seed=3) == problems.tsp(weighted(), rng=3)
    with pytest.raises(ValueError, match="start and source must not both"):
        problems.tsp(weighted(), start=1, source=1)


def test_open_paths_go_along_one_way_streets() -> None:
    G: nx.DiGraph[int] = nx.DiGraph()
    G.add_weighted_edges_from([(0, 1, 1), (1, 2, 1)])
    options: dict[str, Any] = {"complete": "shortest-path", "cycle": False}
    assert problems.tsp(G, start=0, end=2, **options) == [0, 1, 2]
    assert problems.tsp(G, **options) == [0, 1, 2]
    with pytest.raises(ValueError, match="no tour along the edges of G exists: complete="):
        problems.tsp(G, start=1, **options)
    with pytest.raises(ValueError, match="there is no path from"):
        problems.tsp(G, complete="shortest-path")


@pytest.mark.parametrize("pos", ['"27,18"', 1234, "NOUN", None, (1, "a"), (1,), (np.nan, 0), {}])
def test_positions_of_other_tools_do_no_harm(pos: Any) -> None:
    G = weighted()
    nx.set_node_attributes(G, pos, "pos")
    assert TSP.from_graph(G).points is None
    for build in (problems.MaxCut, problems.Partition, problems.Coloring):
        assert build.from_graph(G).points is None
    assert problems.GraphMatching.from_graphs(G, G).points is None


def test_positions_are_two_numbers_of_any_kind() -> None:
    G = weighted()
    nx.set_node_attributes(G, {k: np.array([k, Decimal(1), 7]) for k in G}, "pos")
    for points in (TSP.from_graph(G).points, problems.MaxCut.from_graph(G).points):
        assert points.tolist() == [[k, 1] for k in range(5)]


MATRIX = [[0, 1, 4], [1, 0, 2], [4, 2, 0]]


@pytest.mark.parametrize(
    "matrix",
    [
        np.array(MATRIX, dtype=object),
        [[Decimal(x) for x in row] for row in MATRIX],
        [[Fraction(x) for x in row] for row in MATRIX],
        np.array(MATRIX, dtype=np.uint8),
        *(getattr(sparse, f"{kind}_array")(np.array(MATRIX)) for kind in ("csr", "coo", "dok")),
        *(getattr(sparse, f"{kind}_matrix")(np.array(MATRIX)) for kind in ("lil", "csc", "dia")),
    ],
)
def test_matrices_of_any_kind_are_the_same_numbers(matrix: Any) -> None:
    result = minimize(TSP.from_matrix(matrix), rng=0)
    assert (result.fun, result.x) == (7, [0, 1, 2])


def test_sparse_costs_are_of_pairs_that_exist() -> None:
    costs = sparse.csr_array(np.array([[5, 1], [7, 0]]))
    assert problems.assignment(costs) == (8, [1, 0])
    assert problems.assignment(costs, sense="max") == (8, [1, 0])


def test_rounding_below_zero_is_zero() -> None:
    assert TSP.from_matrix([[0, -1e-17], [0, 0]]).cost([0, 1]) == 0
    with pytest.raises(ValueError, match=r"matrix\[0, 1\] must be at least 0, got -1e-17"):
        TSP.from_matrix([[0, -1e-17], [1e-17, 0]])


def test_points_and_labels_may_be_mappings() -> None:
    points = OrderedDict(b=(0, 0), a=(3, 4))
    problem = TSP.from_points(points)
    assert list(problem.labels) == ["b", "a"]
    assert problem.cost(["a", "b"]) == 10
    assert list(TSP.from_matrix([[0, 1], [1, 0]], labels=points.keys()).labels) == ["b", "a"]


def test_frames_bring_their_labels() -> None:
    pd = pytest.importorskip("pandas")
    names = ["x", "y", "z"]
    frame = pd.DataFrame(MATRIX, index=names, columns=names)
    for each in (frame, frame[["z", "x", "y"]], frame.astype("Int64"), frame.astype(object)):
        problem = TSP.from_matrix(each)
        assert list(problem.labels) == names
        assert problem.cost(["x", "y", "z"]) == 7
        assert list(problems.MaxCut.from_matrix(each).labels) == names
        assert list(problems.Partition(each).labels) == names
        assert list(problems.QUBO(each).labels) == names
    assert list(TSP.from_matrix(frame.reset_index(drop=True)).labels) == names
    assert list(TSP.from_matrix(pd.DataFrame(MATRIX)).labels) == [0, 1, 2]
    with pytest.raises(ValueError, match="matrix must have the same names for its rows and col"):
        TSP.from_matrix(frame.rename(columns={"x": "w"}))
    with pytest.raises(ValueError, match="matrix must be a rectangular array of numbers"):
        TSP.from_matrix(frame.astype("Int64").mask(frame == 4))
    jobs = pd.DataFrame([[1, 9], [9, 2]], columns=["p", "q"])
    assert problems.assignment(jobs) == (3, ["p", "q"])
    cities = pd.DataFrame({"lat": [0, 0], "lon": [0, 1]}, index=["p", "q"])
    assert list(TSP.from_points(cities, "great-circle").labels) == ["p", "q"]
    assert list(TSP.from_points(cities.reset_index(drop=True)).labels) == [0, 1]


def test_infinity_is_no_way() -> None:
    result = minimize(TSP.from_matrix([[0, 1, INF], [2, 0, 1], [1, INF, 0]]), rng=0)
    assert (result.success, result.x, result.fun) == (True, [0, 1, 2], 3)
    ring = TSP.from_matrix(RING)
    assert not ring.feasible([0, 2, 1, 3])
    assert minimize(ring, rng=0).fun == 4
    star = TSP.from_matrix([[0, 1, 1, 1], [1, 0, INF, INF], [1, INF, 0, INF], [1, INF, INF, 0]])
    assert not minimize(star, rng=0).success
    assert not minimize(
        TSP.from_matrix(sparse.csr_array(nx.to_scipy_sparse_array(nx.star_graph(14)))),
        rng=0,
        time_limit=0.2,
    ).success


@pytest.mark.parametrize("n", [14, 40])
def test_tours_of_sparse_graphs_take_their_edges(n: int) -> None:
    rng = np.random.default_rng(n)
    ways = np.full((n, n), INF)
    cycle = rng.permutation(n)
    ways[cycle, np.roll(cycle, -1)] = ways[np.roll(cycle, -1), cycle] = 1
    for _ in range(n):
        a, b = rng.integers(n, size=2)
        ways[a, b] = ways[b, a] = min(ways[a, b], rng.integers(1, 9))
    for options in ({}, {"cycle": False}, {"fixed": [(cycle[0], cycle[1])]}):
        result = minimize(TSP.from_matrix(ways, **options), rng=0, kicks=100)
        assert result.success
        assert np.isfinite(result.fun)


HCP = "NAME: h\nTYPE: HCP\nDIMENSION: 4\nEDGE_DATA_FORMAT: {}\nEDGE_DATA_SECTION\n{}\n-1\n"


@pytest.mark.parametrize(
    ("layout", "edges", "status"),
    [
        ("EDGE_LIST", "1 2\n2 3\n3 4\n4 1\n1 3", 0),
        ("ADJ_LIST", "1 2 3 4 -1\n2 3 -1\n3 4 -1", 0),
        ("EDGE_LIST", "1 2\n2 3\n3 4\n1 3", 1),
        ("EDGE_LIST", "1 2\n2 5", 2),
        ("EDGE_LIST", "1 2 3", 2),
        ("EDGE_LIST", "", 1),
        ("EDGE_LIST", "1 2\n2 3\n3 4\n4 1\n1 3\n-1\nFIXED_EDGES_SECTION\n2 3", 0),
        ("EDGE_LIST", "1 2\n2 3\n3 4\n4 1\n-1\nTIME_WINDOW_SECTION\n1 2 3", 2),
    ],
)
def test_hamiltonian_cycles_are_found_or_not(
    layout: str, edges: str, status: int, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "h.hcp").write_text(HCP.format(layout, edges), encoding="utf-8")
    assert main(["solve", str(tmp_path / "h.hcp"), "--json"]) == status
    assert status or '"cost": 4' in capsys.readouterr().out


def test_functions_that_cannot_be_sent_to_workers_are_refused_with_advice() -> None:
    problem = TSP.from_points(np.random.default_rng(0).random((15, 2)), lambda a, b: 1.0)
    with pytest.raises(ValueError, match=r"workers must be 1 .* define lambdas and"):
        minimize(problem, workers=2, restarts=2)


def test_loops_force_their_nodes_into_a_cover() -> None:
    assert problems.vertex_cover(nx.Graph([(0, 0), (0, 1), (1, 2)])) in (
        {0, 1},
        {0, 2},
    )
    rng = np.random.default_rng(0)
    for _ in range(5):
        A = np.triu(rng.random((6, 6)) < 0.3).astype(float)
        problem = problems.VertexCover(np.maximum(A, A.T))
        covers = [x for x in map(list, subsets(6)) if problem.feasible(x)]
        result = minimize(problem, rng=0)
        assert result.success
        assert result.fun == min(map(len, covers))
        assert problem.energy.value(problem.encode(result.x)) == pytest.approx(result.fun)


def subsets(n: int) -> list[tuple[int, ...]]:
    return [x for k in range(n + 1) for x in combinations(range(n), k)]


@pytest.mark.parametrize(
    ("kind", "text", "size"),
    [
        (problems.Knapsack, "# items\n2 5\n3 4\n\n% heavy\n4 5\n", 2),
        (problems.NumberPartition, "c of a tool\n3 1\n# more\n2\n", 3),
        (problems.LinearAssignment, "# costs\n2\n1 2\nc row\n3 4\n", 2),
        (problems.QuadraticAssignment, "# of a library\n2\n0 1 1 0\n# B\n0 3 3 0\n", 2),
    ],
)
def test_comments_are_passed_over_in_every_file(
    kind: Any, text: str, size: int, tmp_path: Any
) -> None:
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    assert kind.load(str(tmp_path / "a.txt")).size == size
