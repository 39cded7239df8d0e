from __future__ import annotations

import io
import itertools
import json
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import problems
from hopopt import minimize
from hopopt.app.cli import main
from problems.shared.external import External
from problems.tours import TSP, TSPLIBError, lower_bound, read_tsplib, write_tsplib
from problems.tours.distances import MatrixDistances
from problems.tours.embedding import embed
from problems.tours.linked import Linked, chains
from problems.tours.methods import METHODS
from problems.tours.route import Route

SEEDS = st.integers(0, 2**32 - 1)
NOISE = st.sampled_from([0.0, 1e-15, 1e-14, 1e-13, 1e-12])
QUICK = {
    "ring": {"solver": "majorize", "stages": 20},
    "assignment": {"solver": "exponential-euler", "stages": 60},
    "talavan-yanez-2002": {},
    "clamped": {"sweeps": 2, "replicas": 1},
}

FAST = {"method": "ring", "solver": "majorize", "restarts": 3}


@st.composite
def routes(draw: st.DrawFn) -> tuple[Route, list[np.ndarray]]:
    """Draw small constrained problems, and all of their solutions by enumeration."""
    n, symmetric, cycle = draw(st.integers(1, 5)), draw(st.booleans()), draw(st.booleans())
    rng = np.random.default_rng(draw(SEEDS))
    matrix = np.floor(rng.random((n, n)) * 20)
    distances = MatrixDistances(matrix + matrix.T if symmetric else matrix)
    city = st.integers(0, n - 1)
    start, end = (None, None) if cycle else (draw(st.none() | city), draw(st.none() | city))
    fixed = draw(st.lists(st.tuples(city, city).filter(lambda p: p[0] != p[1]), max_size=3))
    every = map(np.array, itertools.permutations(range(n)))
    good = [p for p in every if _keeps(p.tolist(), distances.symmetric, cycle, start, end, fixed)]
    try:
        return Route(distances, cycle, start, end, fixed), good
    except ValueError:
        assert not good
        assume(False)
        raise


def _keeps(order, symmetric, cycle, start, end, fixed) -> bool:
    steps = set(itertools.pairwise([*order, order[0]] if cycle else order))
    steps |= {(b, a) for a, b in steps} if symmetric else set()
    ends = start in (None, order[0]) and end in (None, order[-1])
    return ends and all(edge in steps for edge in fixed)


@given(routes(), SEEDS)
def test_every_permutation_decodes_to_a_solution(drawn, seed: int) -> None:
    route, good = drawn
    order = route.decode(np.random.default_rng(seed).permutation(route.encoded.n))
    assert order.tolist() in [solution.tolist() for solution in good]
    every = map(np.array, itertools.permutations(range(route.distances.n)))
    assert [p.tolist() for p in every if route.keeps(p)] == [p.tolist() for p in good]


@given(routes())
def test_shortest_encoded_tour_is_the_shortest_solution(drawn) -> None:
    """Law 8: lengths under the encoded distances differ from the true ones by a constant."""
    route, good = drawn
    best = min(map(route.length, good))
    rest = itertools.permutations(range(1, route.encoded.n))
    tour = min(((0, *p) for p in rest), key=route.encoded.tour_length)
    assert route.length(route.decode(tour)) == best
    if isinstance(route.encoded, Linked) and route.distances.n > 2:
        assert route.encoded.tour_length(tour) + route.encoded.constant == best


@pytest.mark.no_cover
@given(routes())
def test_no_solution_is_shorter_than_the_bound(drawn) -> None:
    route, good = drawn
    problem = TSP(
        route.distances, cycle=route.cycle, start=route.start, end=route.end, fixed=route.fixed
    )
    assert lower_bound(problem, steps=60) <= min(map(route.length, good))


def test_bound_of_a_path_with_few_candidates() -> None:
    points = np.random.default_rng(5).random((200, 2))
    free = TSP.from_points(points, cycle=False)
    tied = TSP.from_points(points, cycle=False, start=3, end=8, fixed=[(0, 1), (1, 2), (9, 4)])
    lengths = [minimize(p, "greedy").fun for p in (free, tied)]
    bounds = [lower_bound(p, steps=300) for p in (free, tied)]
    assert 0.8 * lengths[0] < bounds[0] < lengths[0]
    assert bounds[0] < bounds[1] < lengths[1] < 1.6 * bounds[1]


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_method_keeps_every_constraint(method: str, symmetric: bool) -> None:
    rng = np.random.default_rng(1)
    matrix = np.hypot(*(lambda p: (p[:, None] - p[None]).T)(rng.random((9, 2))))
    matrix = matrix if symmetric else matrix + 0.1 * rng.random((9, 9))
    names = list("abcdefghi")
    cases = [
        {"cycle": False},
        {"cycle": False, "start": "d"},
        {"cycle": False, "end": "d", "fixed": [("a", "d")]},
        {"cycle": False, "start": "a", "end": "i", "fixed": [("b", "c"), ("c", "i")]},
        {"fixed": [("a", "i"), ("i", "e"), ("b", "h")]},
    ]
    for case in cases:
        problem = TSP.from_matrix(matrix, labels=names, **case)
        chosen = problem.method(method, **QUICK.get(method, {}))
        refusal = chosen.refusal(problem)
        if refusal:
            pytest.skip(refusal)
        limit = 0.2 if chosen.budget(problem) else None
        try:
            result = minimize(problem, chosen, restarts=1, rng=0, time_limit=limit)
        except ValueError as late:
            assert isinstance(chosen, External)
            pytest.skip(str(late))
        assert result.success
        assert problem.feasible(result.x)
        assert result.fun == pytest.approx(problem.cost(result.x))


def test_paths_are_open_and_begin_and_end_where_asked() -> None:
    line = TSP.from_points([[0.0, 0], [1, 0], [2, 0], [3, 0], [4, 0]], cycle=False)
    assert minimize(line, rng=0, **FAST).fun == 4
    assert line.cost([0, 1, 2, 3, 4]) == 4
    tied = TSP.from_points([[0.0, 0], [1, 0], [2, 0], [3, 0]], cycle=False, start=2, end=1)
    result = minimize(tied, rng=0, **FAST)
    assert (result.x[0], result.x[-1]) == (2, 1)
    assert result.fun == 5
    assert not tied.feasible([0, 1, 2, 3])


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("ends", "length"), [({}, 4), ({"start": 1}, 5), ({"end": 2}, 6), ({"start": 3, "end": 1}, 6)]
)
@settings(max_examples=3)
@given(order=st.permutations(range(5)), angle=st.floats(0, 6.28), noise=NOISE, seed=SEEDS)
def test_a_path_along_a_line_needs_no_luck(
    ends: dict[str, int], length: float, order: list[int], angle: float, noise: float, seed: int
) -> None:
    """Where no unit of a chain has a twin, no rounding chooses between two."""
    rng = np.random.default_rng(seed)
    points = np.outer(order, [np.cos(angle), np.sin(angle)])
    points += noise * rng.standard_normal((5, 2))
    line = TSP.from_points(points, cycle=False, labels=order, **ends)
    result = minimize(line, "ring", solver="majorize", restarts=1, rng=rng)
    assert result.fun == pytest.approx(length)


@pytest.mark.no_cover
@pytest.mark.parametrize("ends", [{}, {"start": 5}, {"end": 5}, {"start": 5, "end": 7}])
@pytest.mark.parametrize("n", [150, 320])
def test_geometry_leads_the_chain_of_a_path(n: int, ends: dict[str, int]) -> None:
    points = np.random.default_rng(3).random((n, 2))
    path = TSP.from_points(points, cycle=False, **ends)
    result = minimize(path, "ring", solver="majorize", stages=60, restarts=1, rng=0)
    assert result.success
    assert result.fun < 1.25 * lower_bound(path, steps=60)
    assert result.output is not None
    assert result.output.shape == (int(2.5 * n), 2)
    box = embed(path.route.distances)
    for unit, name in ((0, "start"), (-1, "end")):
        if name in ends:
            assert np.hypot(*(result.output[unit] - box[ends[name]])) < 0.5 / np.sqrt(n)


def test_drawing_and_graph_of_a_path() -> None:
    from matplotlib.figure import Figure

    problem = TSP.from_points([[0, 0], [3, 0], [3, 4]], cycle=False, start=0)
    axes = problem.plot([0, 1, 2], ax=Figure().subplots())
    assert len(axes.collections[0].get_paths()) == 2
    marked = [edge for *edge, on in problem.to_graph([0, 1, 2]).edges(data="tour") if on]
    assert sorted(map(sorted, marked)) == [[0, 1], [1, 2]]
    assert "open" in repr(problem)


LINKED = """NAME : five
TYPE : TSP
DIMENSION : 5
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 10 0
3 20 0
4 20 10
5 0 10
FIXED_EDGES_SECTION
1 4
5 2
-1
EOF"""


def test_fixed_edges_are_read_kept_and_written(tmp_path: Path) -> None:
    path = tmp_path / "five.tsp"
    path.write_text(LINKED)
    instance = read_tsplib(path)
    assert instance.fixed == ((0, 3), (4, 1))
    problem = TSP.load(str(path))
    result = minimize(problem, rng=0, **FAST)
    ring = [*result.x, result.x[0]]
    pairs = {frozenset(pair) for pair in itertools.pairwise(ring)}
    assert {frozenset((1, 4)), frozenset((5, 2))} <= pairs
    write_tsplib(instance, tmp_path / "again.tsp")
    assert read_tsplib(tmp_path / "again.tsp").fixed == instance.fixed


def test_hamiltonian_path_files_are_open_tours(tmp_path: Path) -> None:
    text = LINKED[: LINKED.index("FIXED")].replace("TYPE : TSP", "TYPE : HPP") + "EOF"
    (tmp_path / "five.tsp").write_text(text)
    problem = TSP.load("five", tmp_path)
    assert not problem.route.cycle
    assert minimize(problem, rng=0, **FAST).fun == 40
    write_tsplib(read_tsplib(io.StringIO(text)), tmp_path / "again.tsp")
    assert read_tsplib(tmp_path / "again.tsp").kind == "HPP"


@pytest.mark.parametrize(
    ("section", "fault"),
    [
        ("1 4 5", "pairs of cities, got 3"),
        ("1 9", r"cities in 1 … 5, got 9"),
        ("1 -1 2", "nothing after its -1"),
        ("1 two", "finite numbers, got 'two'"),
    ],
)
def test_damaged_fixed_edges_are_named(section: str, fault: str) -> None:
    with pytest.raises(TSPLIBError, match=f"FIXED_EDGES_SECTION: expected {fault}"):
        read_tsplib(io.StringIO(LINKED.replace("1 4\n5 2\n-1", section)))


def test_other_constraints_point_to_the_right_tool() -> None:
    with pytest.raises(TypeError, match=r"'time_windows': PyVRP and OR-Tools"):
        TSP.from_matrix(np.ones((3, 3)), time_windows=[(0, 1)] * 3)
    with pytest.raises(TypeError, match=r"no option 'colour'$"):
        TSP.from_matrix(np.ones((3, 3)), colour="red")
    capacities = LINKED.replace("TYPE : TSP", "TYPE : CVRP").replace("-1\nEOF", "-1\nCAPACITY : 3")
    with pytest.raises(TSPLIBError, match=r"got 'CVRP'; PyVRP and OR-Tools"):
        read_tsplib(io.StringIO(capacities))
    windows = LINKED.replace("FIXED_EDGES_SECTION", "TIME_WINDOW_SECTION")
    with pytest.raises(TSPLIBError, match=r"TIME_WINDOW_SECTION cannot.*PyVRP"):
        read_tsplib(io.StringIO(windows))


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"end": "a"}, "end needs cycle=False"),
        ({"cycle": False, "start": "z"}, "start must be one of the problem's cities; got 'z'"),
        ({"cycle": False, "start": "a", "end": "a"}, "two cities; got 'a' for both"),
        ({"fixed": [("a", "b"), ("b", "c"), ("c", "a")]}, "close a cycle on some cities"),
        ({"fixed": [("a", "b"), ("a", "c"), ("a", "d")]}, "got 'a' joined to 'b', 'c', 'd'"),
        ({"fixed": [("a", "a")]}, "join two cities; got 'a' twice"),
        (
            {"cycle": False, "start": "a", "fixed": [("a", "b"), ("a", "c")]},
            "got 'a' joined to 'b', 'c', an open end",
        ),
    ],
)
def test_impossible_constraints_are_named(options: dict, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        TSP.from_points(np.eye(4), labels=list("abcd"), **options)


def test_chains_have_the_direction_of_arcs() -> None:
    arcs = np.array([[2, 1], [3, 2]])
    assert chains(arcs, 5, symmetric=False) == [[3, 2, 1]]
    with pytest.raises(ValueError, match="both directions"):
        chains(np.array([[2, 1], [2, 3]]), 5, symmetric=False)


@given(SEEDS, st.booleans(), st.integers(1, 5))
def test_walks_follow_edges_and_cost_what_they_say(seed: int, directed: bool, count: int) -> None:
    rng = np.random.default_rng(seed)
    G = nx.cycle_graph(8, create_using=nx.DiGraph if directed else nx.Graph)
    G.add_edges_from((int(a), int(b)) for a, b in rng.integers(8, size=(6, 2)))
    for *_, data in G.edges(data=True):
        data["km"] = float(rng.integers(0, 9))
    cities = rng.permutation(8)[:count].tolist()
    problem = TSP.from_graph(G, "km", complete="shortest-path", nodes=cities)
    walk = problem.walk(cities)
    assert walk[0] == walk[-1] == cities[0]
    assert set(cities) <= set(walk)
    total = sum(G.edges[step]["km"] for step in itertools.pairwise(walk) if len(set(step)) > 1)
    assert total == problem.cost(cities)


def test_front_door_agrees_with_networkx_about_what_a_walk_is() -> None:
    G = nx.grid_2d_graph(4, 4)
    nx.set_edge_attributes(G, 1.0, "weight")
    corners = [(0, 0), (3, 3), (0, 3), (3, 0)]
    walk = problems.tsp(G, nodes=corners, complete="shortest-path")
    theirs = nx.approximation.traveling_salesman_problem(G, nodes=corners)
    assert len(walk) == 13 <= len(theirs)
    assert all(G.has_edge(*step) for step in itertools.pairwise(walk))
    path = problems.tsp(G, nodes=corners, cycle=False, start=(0, 3), complete="shortest-path")
    assert path[0] == (0, 3)
    assert len(path) == 10


def test_road_graphs_may_have_parallel_edges() -> None:
    G = nx.MultiDiGraph()
    G.add_weighted_edges_from([(0, 1, 5.0), (0, 1, 2.0), (1, 2, 1.0), (2, 0, 1.0)])
    assert TSP.from_graph(G, complete="shortest-path").cost([0, 1, 2]) == 4
    with pytest.raises(ValueError, match="got a multigraph: complete='shortest-path' takes"):
        TSP.from_graph(G)
    with pytest.raises(ValueError, match=r"nodes must be in the graph; got 7"):
        TSP.from_graph(G, complete="shortest-path", nodes=[0, 7])


@given(n=st.integers(2, 6), directed=st.booleans(), seed=SEEDS)
def test_of_parallel_edges_the_shortest_counts(n: int, directed: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    G: nx.MultiGraph[int] = nx.MultiDiGraph() if directed else nx.MultiGraph()
    thin: nx.Graph[int] = nx.DiGraph() if directed else nx.Graph()
    for a, b in itertools.permutations(range(n), 2):
        lengths = rng.integers(1, 50, rng.integers(1, 4)).tolist()
        G.add_weighted_edges_from((a, b, length) for length in lengths)
    for a, b, length in G.edges(data="weight"):
        known = thin.get_edge_data(a, b, {"weight": np.inf})["weight"]
        thin.add_edge(a, b, weight=min(length, known))
    many, few = (TSP.from_graph(graph, complete="shortest-path") for graph in (G, thin))
    for tour in itertools.permutations(range(n)):
        assert many.cost(tour) == few.cost(tour)


def test_command_solves_a_file_with_fixed_edges(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "five.tsp").write_text(LINKED)
    assert (
        main(["solve", "five", "--data", str(tmp_path), "--method", "greedy", "--json", "--bound"])
        == 0
    )
    answer = json.loads(capsys.readouterr().out)
    assert answer["valid"]
    assert answer["bound"] <= answer["cost"]


def test_a_tour_file_warms_the_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem = TSP.load("random-60")
    start = minimize(problem, "greedy").x
    problem.write(start, tmp_path / "start.tour")
    assert problem.feasible(problem.read(tmp_path / "start.tour"))
    assert problem.cost(problem.read(tmp_path / "start.tour")) == problem.cost(start)
    words = ["solve", "random-60", "--json", "--time-limit", "0"]
    assert main([*words, "--initial", str(tmp_path / "start.tour")]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["cost"] == pytest.approx(problem.cost(start))
    assert not answer["pure"]
    for option in (["--method", "ring"], ["--pure"]):
        code = main([*words, *option, "--initial", str(tmp_path / "start.tour")])
        out, err = capsys.readouterr()
        if option == ["--pure"]:
            assert (code, out) == (2, "")
            assert "initial must not be given with pure" in err
        else:
            assert code == 0
            assert json.loads(out)["cost"] <= answer["cost"]
    assert main(["solve", "random-9", "--initial", str(tmp_path / "start.tour")]) == 2
    assert "expected a tour of 9 cities, got 60" in capsys.readouterr().err
    assert main([*words, "--initial", str(tmp_path / "none.tour")]) == 2
