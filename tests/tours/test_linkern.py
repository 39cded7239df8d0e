"""Laws of the Lin-Kernighan search: every step is what it says, every tour stays a tour."""

from __future__ import annotations

import math
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hopopt import Status, minimize
from problems import TSP
from problems.tours import Distances, MatrixDistances, PointDistances
from problems.tours.certificate import Certificate
from problems.tours.exact import held_karp
from problems.tours.linked import Linked
from problems.tours.linkern import KOpt
from problems.tours.linkern.arrays import DEEPEST
from problems.tours.linkern.ascent import Graph, Trees, alphas, ascend
from problems.tours.linkern.candidates import Edges
from problems.tours.linkern.engine import Engine, Settings
from problems.tours.linkern.layout import KINDS, Layout, hilbert
from problems.tours.linkern.metric import FAR, between, draw
from problems.tours.linkern.pool import pool
from problems.tours.linkern.recall import ROW, decide
from problems.tours.linkern.reconnections import reconnections
from problems.tours.merged import Merged, shared_points
from problems.tours.neighbours import quadrant
from problems.tours.route import Route

seeds = st.integers(0, 2**32 - 1)
SHAPES = ["points", "space", "symmetric", "directed", "path", "fixed", "one-way"]
shapes = st.sampled_from(SHAPES)
methods = pytest.mark.parametrize("method", ["k-opt", "lin-kernighan"])


def problem(seed: int, n: int, shape: str) -> TSP:
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 1000, (n, 2))
    matrix = rng.integers(1, 1000, (n, n))
    if shape == "points":
        return TSP.from_points(points, "EUC_2D")
    if shape == "space":
        return TSP.from_points(rng.random((n, 3)))
    if shape == "path":
        return TSP.from_points(points, "EUC_2D", cycle=False, start=1)
    if shape == "fixed":
        return TSP.from_points(points, cycle=False, start=0, end=2, fixed=[(1, 3), (3, 4)])
    if shape == "one-way":
        return TSP.from_matrix(matrix, cycle=False, fixed=[(2, 0), (0, 1)])
    return TSP.from_matrix(matrix + matrix.T if shape == "symmetric" else matrix)


def engine(distances: Distances, seed: int = 0, **options: Any) -> Engine:
    return Engine(Layout(distances), np.random.default_rng(seed), Settings(**options))


def shortest(instance: TSP) -> float:
    """Return the least cost of few cities, by trying all orders."""
    costs = [instance.cost(x) for x in permutations(range(instance.size)) if instance.feasible(x)]
    return min(costs)


# The memory.


@pytest.mark.parametrize("chains", [2, 3, 4, 5, 6])
def test_patterns_are_the_feasible_reconnections(chains: int) -> None:
    memory = reconnections(chains)
    assert len(np.unique(memory.patterns, axis=0)) == len(memory.orders)
    assert (memory.patterns.sum(axis=1) == chains).all()
    assert len(memory.orders) == 2 ** (chains - 1) * math.factorial(chains - 1)


@pytest.mark.parametrize("chains", [2, 3, 4, 5])
@given(seed=seeds)
def test_decisions_are_the_output_of_the_core_network(chains: int, seed: int) -> None:
    memory, rng = reconnections(chains), np.random.default_rng(seed)
    lengths = rng.integers(-9, 50, (10, len(memory.pairs))).astype(float)
    network = memory.network(lengths)
    field = -network.energy.gradient(np.zeros((10, len(memory.orders))))
    output, _ = network.output(field)
    core = memory.memory()
    assert (core.hidden.vertex(core.similarities(-lengths)) == output).all()
    search = engine(PointDistances(rng.random((8, 2))))
    costs = lengths @ memory.patterns.T
    for row, winner in enumerate(output.argmax(axis=-1)):
        least = lengths[row].min()
        for (a, b), length in zip(memory.pairs.tolist(), lengths[row], strict=True):
            search.chains.joined[(a ^ 1) * ROW + b] = length - least
            search.chains.joined[(b ^ 1) * ROW + a] = length - least
        gain = decide(search.chains, chains)
        assert search.chains.best[:chains] == memory.orders[winner].tolist()
        assert gain == costs[row, 0] - costs[row].min()


@pytest.mark.no_cover
@pytest.mark.parametrize("shape", SHAPES)
def test_searches_whose_every_recall_is_a_motion_of_the_core_make_the_same_tour(shape: str) -> None:
    instance = problem(5, 24, shape)
    loop, core = (
        minimize(instance, "k-opt", rng=1, kicks=20, compiled=False, reference=reference)
        for reference in (False, True)
    )
    assert (loop.x, loop.nit, loop.nfev) == (core.x, core.nit, core.nfev)
    assert core.nit > 20
    assert (loop.integrator, core.integrator) == ("recalls + walks", "majorize + walks")


# Distances and layouts.


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("gate", [False, True])
def test_nodes_are_as_far_apart_as_cities(name: str, gate: bool) -> None:
    rng = np.random.default_rng(3)
    points = rng.uniform(-80, 80, (30, 3 if name.endswith("_3D") else 2))
    distances: Distances = PointDistances(points, name)
    if gate:
        distances = Linked(distances, np.zeros((0, 2), dtype=np.intp), gate=2)
    layout = Layout(distances)
    prices = rng.integers(-5, 5, layout.n).astype(float)
    kind, where = layout.table(prices)
    assert kind < 100
    for i in range(layout.n):
        for j in range(layout.n):
            if i != j:
                d = float(distances(layout.city[i], layout.city[j])) + prices[i] + prices[j]
                assert between(kind, where, i, j) == pytest.approx(d, abs=1e-9)
                assert layout.apart(i, j) + prices[i] + prices[j] == pytest.approx(d)


@given(seed=seeds, shape=shapes, n=st.integers(5, 20))
def test_tours_of_the_nodes_are_as_long_as_those_of_the_cities(
    seed: int, shape: str, n: int
) -> None:
    route, rng = problem(seed, n, shape).route, np.random.default_rng(seed)
    layout = Layout(route.encoded)
    cities = route.encode(route.decode(rng.permutation(route.encoded.n)))
    nodes = layout.encode(cities)
    assert sorted(nodes) == list(range(layout.n))
    bonus = route.offset
    length = layout.apart(nodes, np.roll(nodes, -1)).sum()
    decoded = route.decode(layout.decode(nodes[::-1] if layout.directed else nodes))
    assert route.length(decoded) == pytest.approx(route.encoded.tour_length(cities) + bonus)
    free = 0.0
    if isinstance(route.encoded, Linked) and route.encoded.free is not None:
        free = float(route.encoded.base(*route.encoded.free))
    assert length - free == pytest.approx(route.length(decoded))


def test_what_no_kind_fits_is_read_from_a_matrix_or_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    points = np.random.default_rng(0).random((9, 2))
    distances = PointDistances(points, lambda a, b: float(np.abs(a - b).sum()))
    layout = Layout(distances)
    kind, where = layout.table(np.arange(9.0))
    monkeypatch.setattr("problems.tours.linkern.layout.TABLE_NODES", 4)
    assert layout.looked_up
    other, looked = layout.table(np.arange(9.0))
    for i, j in [(0, 3), (3, 0), (8, 1), (0, 3)]:
        assert between(kind, where, i, j) == between(other, looked, i, j)
    directed = Layout(MatrixDistances([[0, 1, 5], [7, 0, 2], [3, 9, 0]]))
    kind, where = directed.table(np.zeros(6))
    assert [between(kind, where, *pair) for pair in [(1, 2), (2, 1), (5, 0), (0, 3)]] == [
        1,
        1,
        3,
        7,
    ]
    assert between(kind, where, 0, 2) == FAR


def test_points_many_cities_share_are_read_once() -> None:
    points = np.repeat(np.random.default_rng(6).random((9, 2)), 20, axis=0)
    merged = shared_points(PointDistances(points))
    assert isinstance(merged, Merged)
    layout = Layout(merged)
    kind, where = layout.table(np.zeros(9))
    assert between(kind, where, 2, 7) == pytest.approx(float(layout.apart(2, 7)))


@given(seed=seeds, n=st.integers(1, 60), d=st.integers(1, 3))
def test_hilbert_curves_pass_every_point(seed: int, n: int, d: int) -> None:
    points = np.random.default_rng(seed).integers(0, 4, (n, d)).astype(float)
    assert sorted(hilbert(points)) == list(range(n))


def test_hilbert_curves_keep_neighbours_together() -> None:
    grid = np.stack(np.divmod(np.arange(256), 16), axis=1).astype(float)
    steps = np.diff(grid[hilbert(grid)], axis=0)
    assert (np.abs(steps).sum(axis=1) == 1).mean() > 0.9


def test_numbers_are_drawn_evenly() -> None:
    state = [1]
    counts = np.bincount([draw(state, 10) for _ in range(10_000)], minlength=10)
    assert ((counts - 1000) ** 2 / 1000).sum() < 40


# Candidates.


@given(seed=seeds, n=st.integers(5, 60), d=st.integers(2, 3))
def test_each_sector_has_its_nearest_among_the_neighbours(seed: int, n: int, d: int) -> None:
    points = np.random.default_rng(seed).random((n, d))
    near = quadrant(points, min(16, n - 1))
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    for i, row in enumerate(near):
        assert len(set(row.tolist()) | {i}) == len(row) + 1
        side = (points > points[i]) @ (2 ** np.arange(d))
        for s in set(np.delete(side, i).tolist()) if n > 2 ** (d + 2) else ():
            inside = np.flatnonzero((side == s) & (np.arange(n) != i))
            assert inside[apart[i, inside].argmin()] in row


def test_costs_of_nodes_do_not_choose_neighbours() -> None:
    rng = np.random.default_rng(2)
    points = rng.random((60, 2))
    matrix = PointDistances(points).matrix()
    costs = rng.uniform(0, 20, 60)
    plain, spoilt = (
        pool(Layout(MatrixDistances(np.maximum(0, m))), 10)
        for m in (matrix, matrix + (costs[:, None] + costs[None, :]))
    )
    pairs = [{tuple(sorted(pair)) for pair in each.tolist()} for each in (plain, spoilt)]
    assert len(pairs[0] & pairs[1]) > 0.8 * len(pairs[0])


@given(seed=seeds, n=st.integers(5, 9), shape=shapes)
@hypothesis_settings(max_examples=30)
def test_ascents_bound_every_tour(seed: int, n: int, shape: str) -> None:
    layout = Layout(problem(seed, n, shape).distances)
    i, j = np.triu_indices(layout.n, 1)
    away = layout.apart(i, j)
    usable = away < FAR
    edges = Edges(layout, np.stack([i[usable], j[usable]], axis=1))
    stays = edges.holds(layout.links)
    graph = Graph(layout.n, edges.tails, edges.heads, edges.lengths, stays)
    bound, prices = ascend(graph, 60)
    assert Trees(graph).bound(prices)[0] <= bound + 1e-6 * abs(bound) + 2 * n
    rng = np.random.default_rng(seed)
    route = problem(seed, n, shape).route
    for _ in range(20):
        nodes = layout.encode(route.encode(route.decode(rng.permutation(route.encoded.n))))
        assert bound <= layout.apart(nodes, np.roll(nodes, -1)).sum() + 1e-6


@given(seed=seeds, n=st.integers(4, 14))
@hypothesis_settings(max_examples=25)
def test_alpha_is_what_an_edge_costs_the_tree(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = np.triu_indices(n, 1)
    graph = Graph(n, a, b, rng.integers(1, 50, len(a)).astype(float), np.zeros(len(a), dtype=bool))
    prices = rng.integers(-5, 5, n).astype(float)
    costs = graph.costs(prices)
    least = costs[Trees(graph).tree(costs)].sum()
    for k, alpha in enumerate(alphas(graph, prices)):
        forced = graph._replace(stays=np.arange(len(a)) == k)
        assert costs[Trees(forced).tree(costs)].sum() - least == pytest.approx(alpha)


# The search.


@pytest.mark.no_cover
@given(seed=seeds, shape=shapes, n=st.integers(8, 40), chains=st.sampled_from([0, 5]))
@hypothesis_settings(max_examples=12)
def test_searches_account_for_every_length(seed: int, shape: str, n: int, chains: int) -> None:
    instance = problem(seed, n, shape)
    search = engine(instance.distances, seed, chains=chains)
    layout, links = search.layout, {frozenset(pair) for pair in search.layout.links.tolist()}
    before = search.length

    def check() -> None:
        order = search.order
        assert sorted(order) == list(range(layout.n))
        assert [order[p] for p in search.tour.place] == list(range(layout.n))
        assert search.measure(order) == pytest.approx(search.length)
        assert links <= set(map(frozenset, zip(order.tolist(), np.roll(order, -1), strict=True)))

    check()
    for _ in search.descend():
        check()
    assert search.length <= before
    search.refine(20)
    for T in (0.0, 100.0, 0.0):
        search.kick(20, 10, T, 0, layout.n)
        check()
    for worth in (search.edges.costs, search.edges.alpha):
        search.begin(worth)
        check()
    assert instance.feasible(instance.tour(layout.decode(search.order)))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("chains", [0, 5])
def test_compiled_and_interpreted_searches_make_the_same_tour(shape: str, chains: int) -> None:
    pytest.importorskip("numba", reason="numba, the extra 'fast', is not installed")
    distances = problem(7, 60, shape).distances
    tours = []
    for fast in (False, True):
        search = engine(distances, 3, chains=chains, fast=fast)
        for T in (0.0, 30.0):
            assert len(list(search.descend())) >= 1
            search.kick(60, 20, T, 0, search.layout.n)
            search.refine(30)
        tours.append((search.order.tolist(), search.length, list(search.plan.counts)))
    assert tours[0] == tours[1]


@pytest.mark.no_cover
@methods
@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_kicks_make_the_same_tour(method: str, shape: str) -> None:
    pytest.importorskip("numba", reason="numba, the extra 'fast', is not installed")
    instance = problem(5, 40, shape)
    results = [
        minimize(instance, method, rng=1, kicks=300, compiled=compiled)
        for compiled in (True, False, False)
    ]
    assert results[0].x == results[1].x == results[2].x
    assert len({(r.fun, r.nit, r.nfev) for r in results}) == 1
    assert results[0].integrator == f"compiled {results[1].integrator}"


@methods
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 7])
def test_few_cities_are_solved_to_optimality(n: int, shape: str, method: str) -> None:
    if n < 5 and shape in ("path", "fixed", "one-way"):
        pytest.skip("has more fixed than there is")
    instance = problem(n, n, shape)
    assert minimize(instance, method, rng=0, kicks=100).fun == pytest.approx(shortest(instance))


@pytest.mark.no_cover
@methods
@pytest.mark.parametrize("shape", ["points", "symmetric", "directed"])
def test_more_cities_too(shape: str, method: str) -> None:
    instance = problem(11, 11, shape)
    found = minimize(instance, method, rng=0, kicks=500, compiled=False)
    assert found.fun == held_karp(instance.distances.matrix())[0]


def test_kinds_are_said() -> None:
    instance = problem(0, 30, "points")
    assert instance.method("k-opt").kind == "hybrid"
    assert instance.method("lin-kernighan").kind == "classical"
    result = minimize(instance, "k-opt", rng=0, kicks=50)
    assert result.nfev > 0
    assert minimize(instance, "lin-kernighan", rng=0, kicks=50).nfev == 0


def test_initial_is_never_made_worse() -> None:
    for shape in SHAPES:
        instance = problem(1, 30, shape)
        initial = instance.tour(np.random.default_rng(0).permutation(instance.distances.n))
        for limits in ({"time_limit": 0}, {"kicks": 20}):
            result = minimize(instance, "k-opt", initial=initial, rng=0, **limits)
            assert result.success
            assert result.fun <= instance.cost(initial)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"chains": 9}, "chains must be an integer in 2 … 6"),
        ({"depth": 2}, "depth must be an integer in 3 … 16"),
        ({"kicks": -1}, "kicks must be a nonnegative integer"),
        ({"patience": 0}, "patience must be a positive number"),
        ({"tours": -1}, "tours must be a nonnegative integer"),
        ({"divide": 0}, "divide must be a positive number of cities"),
        ({"workers": 0}, "workers must be a positive integer"),
    ],
)
def test_options_are_refused_by_name(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        problem(0, 9, "points").method("k-opt", **options)


def test_initial_that_is_no_permutation_is_refused() -> None:
    instance = problem(0, 9, "points")
    with pytest.raises(ValueError, match="initial must be a feasible solution of tsp; got"):
        minimize(instance, "k-opt", initial=[0] * 9, rng=0)
    with pytest.raises(ValueError, match=r"got \['nowhere'"):
        minimize(instance, "k-opt", initial=["nowhere"] * 9, rng=0)


@pytest.mark.parametrize("where", ["__init__", "descend", "refine", "kick"])
def test_interrupts_keep_the_best_tour(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Engine, where, interrupted)
    instance = problem(4, 60, "path")
    result = minimize(instance, "k-opt", rng=0, time_limit=60)
    assert result.status == Status.INTERRUPTED
    assert instance.feasible(result.x)
    assert result.fun == instance.cost(result.x)


@pytest.mark.no_cover
@pytest.mark.parametrize("scale", [2.0**-30, 2.0**40])
def test_units_do_not_matter(scale: float) -> None:
    """Powers of two, which no rounding tells from one another."""
    points = np.random.default_rng(5).random((20, 2))
    lengths = [
        minimize(TSP.from_points(points * s), "k-opt", rng=0, kicks=400).fun / s
        for s in (1.0, scale)
    ]
    assert lengths[0] == pytest.approx(lengths[1], rel=1e-6)


@pytest.mark.no_cover
@pytest.mark.parametrize("shape", ["line", "circle", "grid", "one place", "two far places"])
@pytest.mark.parametrize("n", [8, 12, 40])
def test_degenerate_points_make_a_tour(shape: str, n: int) -> None:
    k = np.arange(n)
    points = {
        "line": np.stack([k * 1.5, 2.0 * k], axis=1),
        "circle": np.stack([np.cos(k), np.sin(k)], axis=1),
        "grid": np.stack([k % 4, k // 4], axis=1).astype(float),
        "one place": np.ones((n, 2)),
        "two far places": np.stack([1e9 * (k % 2), k / n], axis=1),
    }[shape]
    instance = TSP.from_points(points)
    result = minimize(instance, "k-opt", rng=0, kicks=200)
    assert result.success
    least = {"line": 5.0 * (n - 1), "grid": float(n), "one place": 0.0}.get(shape, 0.0)
    assert result.fun >= least - 1e-9
    if shape in ("line", "one place"):
        assert result.fun == pytest.approx(least)


def test_patience_ends_a_search_without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Certificate, "able", lambda problem: False)
    result = minimize(problem(2, 20, "points"), "k-opt", rng=0, patience=5, time_limit=math.inf)
    assert result.status == Status.CONVERGED
    assert 0 < result.nit < 5000


def test_a_walk_is_not_deeper_than_its_rows() -> None:
    instance = problem(3, 40, "points")
    assert minimize(instance, "k-opt", rng=0, kicks=100, depth=DEEPEST).success
    with pytest.raises(ValueError, match="depth"):
        KOpt(depth=DEEPEST + 1)


def test_compiled_on_the_command_line_needs_numba(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from hopopt.app.cli import main
    from hopopt.fast import jit

    monkeypatch.setattr(jit, "installed", lambda: False)
    assert main(["solve", "random-20", "--compiled"]) == 2
    assert "compiled=True needs numba" in capsys.readouterr().err
    assert main(["solve", "regular-60", "--problem", "maxcut", "--compiled"]) == 2
    assert "compiled=True needs numba" in capsys.readouterr().err
    words = ["solve", "karate", "--problem", "clique", "--method", "tabu", "--compiled"]
    assert main(words) == 2
    assert "--compiled is taken with the methods anneal" in capsys.readouterr().err
    assert main(["solve", "random-20", "--method", "ring", "--compiled"]) == 2
    assert "--compiled is taken with the methods k-opt" in capsys.readouterr().err


def test_routes_keep_their_links_where_the_gate_is_far() -> None:
    rng = np.random.default_rng(4)
    fixed = [(k, k + 1) for k in range(0, 300, 5)]
    route = Route(PointDistances(rng.random((600, 2))), cycle=False, start=9, fixed=fixed)
    search = engine(route.encoded)
    for _ in search.descend():
        pass
    search.kick(50, 50, 0.0, 0, search.layout.n)
    order = route.decode(search.layout.decode(search.order))
    assert route.keeps(order)
    assert route.length(order) == pytest.approx(search.length)


def test_cities_that_all_want_the_same_few_share_them() -> None:
    """Under d_ij = v_i·v_j the nearest are the same for all; in a short tour they are not."""
    v = np.random.default_rng(0).random(60)
    pairs = pool(Layout(MatrixDistances(np.outer(v, v))), 6)
    assert len(np.unique(pairs[:, 1])) >= 55


@pytest.mark.parametrize("directed", [False, True])
def test_what_cities_cost_heats_no_kick(directed: bool) -> None:
    rng = np.random.default_rng(2)
    points, costs = rng.random((60, 2)), 50 * rng.random(60)
    plain = np.hypot(*(points[:, None] - points).T)
    plain += directed * 0.2 * rng.random((60, 60))
    units = []
    for matrix in (plain, plain + costs):
        layout = Layout(MatrixDistances(matrix))
        engine = Engine(layout, np.random.default_rng(0), Settings(chains=5))
        engine.refine(100)
        units.append(engine.unit)
    assert layout.directed == directed
    assert units[1] < 3 * units[0] < 0.1 * engine.length / layout.n
