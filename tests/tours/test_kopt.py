"""Laws of the K-opt networks: every move is what it says, every tour stays a tour."""

from __future__ import annotations

import math
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hopopt import Monitor, Status, minimize
from problems import TSP
from problems.tours import MatrixDistances, PointDistances
from problems.tours.candidates import candidates
from problems.tours.kopt import Descent, Tour, Windows
from problems.tours.kopt.crossover import cross
from problems.tours.kopt.descent import double_bridges, exchange_orders
from problems.tours.kopt.engines import ENGINES
from problems.tours.kopt.neighbourhood import around, pairwise, typical
from problems.tours.kopt.oropt import best_moves
from problems.tours.kopt.reconnections import reconnections
from problems.tours.kopt.starts import first_tour, joined_cycles

seeds = st.integers(0, 2**32 - 1)
sizes = pytest.mark.parametrize(
    ("chains", "symmetric"), [(2, True), (3, True), (4, True), (5, True), (3, False), (5, False)]
)


def problem(seed: int, n: int, kind: str) -> TSP:
    rng = np.random.default_rng(seed)
    if kind == "points":
        return TSP.from_points(rng.integers(0, 1000, (n, 2)), "EUC_2D")
    matrix = rng.integers(1, 1000, (n, n))
    return TSP.from_matrix(matrix + matrix.T if kind == "symmetric" else matrix)


@sizes
def test_patterns_are_the_feasible_reconnections(chains: int, symmetric: bool) -> None:
    memory = reconnections(chains, symmetric)
    assert len(np.unique(memory.patterns, axis=0)) == len(memory.orders)
    assert (memory.patterns.sum(axis=1) == chains).all()
    factor = 2 ** (chains - 1) if symmetric else 1
    assert len(memory.orders) == factor * len(list(permutations(range(1, chains))))


@sizes
@given(seed=seeds)
def test_recall_is_the_output_of_the_core_network(chains: int, symmetric: bool, seed: int) -> None:
    memory = reconnections(chains, symmetric)
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 50, (20, len(memory.pairs))).astype(float)
    network = memory.network(lengths)
    field = -network.energy.gradient(np.zeros((20, len(memory.orders))))
    output, _ = network.output(field)
    assert (output.argmax(axis=-1) == memory.recall(lengths)).all()
    core = memory.memory()
    hidden = core.hidden.vertex(core.similarities(-lengths))
    assert (hidden == output).all()


@sizes
@given(seed=seeds)
def test_memory_is_exact(chains: int, symmetric: bool, seed: int) -> None:
    memory = reconnections(chains, symmetric)
    rng = np.random.default_rng(seed)
    lengths = rng.random((10, len(memory.pairs)))
    gains = [
        memory.gain(lengths, ENGINES[name].orders(memory, lengths, rng))
        for name in ("memory", "exact", "random")
    ]
    np.testing.assert_allclose(gains[0], gains[1], atol=1e-5)
    assert (gains[2] <= gains[1] + 1e-9).all()


@given(seed=seeds, n=st.integers(5, 40), kind=st.sampled_from(["points", "symmetric", "directed"]))
@hypothesis_settings(max_examples=25)
def test_descent_and_windows_account_for_every_length(seed: int, n: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    distances = problem(seed, n, kind).distances
    near, lookup = candidates(distances), pairwise(distances)
    tour = Tour(rng.permutation(n), distances.symmetric)
    length = distances.tour_length(tour.order)
    options: dict[str, Any] = {"tries": 2, "scale": typical(lookup, near)}
    for gained in Descent(tour, near, lookup, rng, **options).batches():
        assert gained >= 0
        length -= gained
        assert distances.tour_length(tour.order) == pytest.approx(length)
    windows = Windows(
        tour, near, around(distances), lookup, rng, length, lanes=3, slots=20, **options
    )
    for T in (0.0, 100.0, 0.0):
        windows.T = T
        for _ in range(20):
            windows.step()
            assert distances.tour_length(tour.order) == pytest.approx(windows.length)
    assert sorted(tour.order) == list(range(n))
    assert (tour.order[tour.position] == np.arange(n)).all()


@given(seed=seeds, n=st.integers(8, 40))
@hypothesis_settings(max_examples=20)
def test_classical_moves_shorten_the_tour(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    distances = PointDistances(rng.random((n, 2)))
    near, lookup = candidates(distances), pairwise(distances)
    tour = Tour(rng.permutation(n))
    length = distances.tour_length(tour.order)
    descent = Descent(tour, near, lookup, rng, tries=1, scale=typical(lookup, near), polish=True)
    for gained in descent.batches():
        length -= gained
        assert distances.tour_length(tour.order) == pytest.approx(length)
    edges, count = best_moves(descent, np.arange(n))
    assert edges.shape == (n, 5)
    assert (count == 1).mean() > 0.8


def test_polish_is_hybrid_and_refuses_asymmetric_distances() -> None:
    result = minimize(problem(0, 30, "points"), "k-opt", rng=0, polish=True, patience=2)
    assert result.success
    assert not result.pure
    assert result.method == "k-opt"
    with pytest.raises(ValueError, match="polish needs symmetric distances"):
        minimize(problem(0, 9, "directed"), "k-opt", rng=0, polish=True)


@given(seed=seeds, n=st.integers(8, 30), symmetric=st.booleans())
def test_patch_makes_the_other_tour_or_refuses(seed: int, n: int, symmetric: bool) -> None:
    rng = np.random.default_rng(seed)
    old = rng.permutation(n)
    new = old.copy()
    i, j = sorted(rng.integers(0, n, 2))
    new[i : j + 1] = rng.permutation(new[i : j + 1])
    tour = Tour(old, symmetric)
    assert tour.patch(*exchange_orders(np.arange(n), old, new, symmetric))
    assert exchange_orders(np.arange(n), new, tour.order, symmetric) == ([], [])
    assert (tour.order[tour.position] == np.arange(n)).all()


def test_patch_refuses_two_cycles_and_edges_that_are_not_there() -> None:
    tour = Tour(np.arange(8))
    assert not tour.patch([(1, 2), (5, 6)], [(1, 6), (2, 5)])
    assert not tour.patch([(1, 3), (5, 6)], [(1, 5), (3, 6)])
    assert tour.order.tolist() == list(range(8))


@pytest.mark.parametrize("kind", ["points", "symmetric", "directed"])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 7, 8])
def test_small_instances_are_solved_to_optimality(n: int, kind: str) -> None:
    instance = problem(n, n, kind)
    best = min(
        instance.distances.tour_length(np.array([0, *rest])) for rest in permutations(range(1, n))
    )
    result = minimize(instance, "k-opt", rng=0)
    assert result.fun == best
    assert result.kind == "hybrid"


def test_kind_follows_the_start_and_the_engine() -> None:
    instance = problem(0, 12, "points")
    assert instance.method("k-opt").kind == "hybrid"
    assert instance.method("k-opt", start="greedy").kind == "hybrid"
    assert instance.method("k-opt", engine="exact").kind == "hybrid"
    assert instance.method("k-opt", start="random", engine="exact").kind == "classical"
    assert instance.method("k-opt", initial=list(range(12)), engine="random").kind == "classical"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("k-opt+polish", {"polish": True, "compiled": False}),
        ("k-opt-exact", {"engine": "exact"}),
        ("k-opt-zero-steps", {"engine": "random"}),
    ],
)
def test_hybrid_and_controls_have_names_of_their_own(name: str, options: dict[str, Any]) -> None:
    problem = TSP.load("random-60")
    given = {"compiled": False} if "compiled" in options else {}
    named = minimize(problem, name, rng=1, patience=2, time_limit=math.inf, **given)
    plain = minimize(problem, "k-opt", rng=1, patience=2, time_limit=math.inf, **options)
    assert named.x == plain.x
    assert (named.method, named.kind) == (name, "hybrid")


def test_a_few_cities_are_one_network() -> None:
    counts = [minimize(TSP.load(f"random-{n}"), "k-opt", rng=0).nit for n in (1, 2, 5)]
    assert counts == [0, 1, 1]


def test_initial_is_never_made_worse() -> None:
    instance = problem(1, 30, "directed")
    initial = list(range(30))
    result = minimize(instance, "k-opt", initial=initial, rng=0, time_limit=0)
    assert result.success
    assert result.fun <= instance.cost(initial)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"start": "spiral"}, "start must be one of"),
        ({"engine": "magic"}, "engine must be one of"),
        ({"chains": 9}, "chains must lie in"),
        ({"tries": 0}, "tries must be"),
        ({"patience": 0}, "patience must be"),
    ],
)
def test_options_are_refused_by_name(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        problem(0, 9, "points").method("k-opt", **options)


def test_initial_that_is_no_permutation_is_refused() -> None:
    instance = problem(0, 9, "points")
    with pytest.raises(ValueError, match="initial must visit each of the 9 cities once"):
        minimize(instance, "k-opt", initial=[0] * 9, rng=0)
    with pytest.raises(ValueError, match="got 'nowhere'"):
        minimize(instance, "k-opt", initial=["nowhere"] * 9, rng=0)


def test_windows_keep_fixed_edges() -> None:
    rng = np.random.default_rng(0)
    distances = PointDistances(rng.random((60, 2)))
    near, lookup = candidates(distances), pairwise(distances)
    tour = Tour(rng.permutation(60))
    fixed = rng.random(60) < 0.3
    pairs = {
        frozenset(p) for p in zip(tour.order[fixed], np.roll(tour.order, -1)[fixed], strict=True)
    }
    scale = typical(lookup, near)
    for _ in Descent(tour, near, lookup, rng, fixed, tries=3, scale=scale).batches():
        pass
    edges = {frozenset(p) for p in zip(tour.order, np.roll(tour.order, -1), strict=True)}
    assert pairs <= edges


def test_matrices_give_the_candidates_of_both_directions() -> None:
    near = candidates(MatrixDistances([[0, 1, 5], [7, 0, 2], [3, 9, 0]]), 1)
    assert near.out.tolist() == [[1], [2], [0]]
    assert near.into.tolist() == [[2], [0], [1]]


def test_interrupt_in_a_window_keeps_a_valid_tour(monkeypatch: pytest.MonkeyPatch) -> None:
    step, calls = Windows.step, iter(range(1000))

    def interrupted(windows: Windows) -> None:
        step(windows)
        if next(calls) == 30:
            raise KeyboardInterrupt

    monkeypatch.setattr(Windows, "step", interrupted)
    instance = problem(4, 60, "points")
    result = minimize(instance, "k-opt", rng=0, compiled=False, time_limit=60)
    assert result.status == Status.INTERRUPTED
    assert instance.feasible(result.x)
    assert result.fun == instance.cost(result.x)


@pytest.mark.parametrize("scale", [2.0**-30, 1.0, 2.0**40])
def test_units_do_not_matter(scale: float) -> None:
    """Powers of two, which no rounding tells from one another."""
    points = np.random.default_rng(5).random((20, 2))
    lengths = [
        minimize(TSP.from_points(points * s), "k-opt", rng=0, patience=10).fun / s
        for s in (1.0, scale)
    ]
    assert lengths[0] == pytest.approx(lengths[1], rel=1e-6)


def test_equal_cities_and_no_time() -> None:
    points = np.repeat(np.random.default_rng(6).random((5, 2)), 8, axis=0)
    instance = TSP.from_points(points)
    assert minimize(instance, "k-opt", rng=0, time_limit=0).success
    result = minimize(instance, "k-opt", rng=0, patience=5)
    assert result.fun == pytest.approx(
        minimize(TSP.from_points(points[::8]), "k-opt", rng=0).fun, rel=1e-9
    )


def test_polish_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    from hopopt.app.cli import main

    assert main(["solve", "random-20", "--polish", "--time-limit", "1", "--json"]) == 0
    assert '"kind": "hybrid"' in capsys.readouterr().out
    assert main(["solve", "random-20", "--method", "ring", "--polish"]) == 2
    assert "--polish is taken with the methods k-opt" in capsys.readouterr().err


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


@pytest.mark.parametrize("start", ["ring", "assignment", "cycles", "random", "greedy"])
@pytest.mark.parametrize("kind", ["points", "symmetric", "directed"])
def test_every_start_is_a_tour(start: str, kind: str) -> None:
    if (start, kind) == ("greedy", "directed"):
        pytest.skip("greedy edges are undirected")
    instance = problem(3, 14, kind)
    near = candidates(instance.distances)
    order = first_tour(instance, start, near, np.random.default_rng(0), Monitor())
    assert sorted(order) == list(range(14))


@given(seed=seeds, half=st.integers(2, 6))
def test_two_cycles_are_joined_by_the_shortest_exchange(seed: int, half: int) -> None:
    rng, n = np.random.default_rng(seed), 2 * half
    matrix = rng.integers(10, 100, (n, n))
    following = np.roll(np.arange(n).reshape(2, half), -1, axis=1).ravel()
    matrix[np.arange(n), following] = 1
    exchanges = [
        matrix[i, following[j]] + matrix[j, following[i]] - 2
        for i in range(half)
        for j in range(half, n)
    ]
    distances = MatrixDistances(matrix)
    order = joined_cycles(distances)
    assert sorted(order) == list(range(n))
    assert distances.tour_length(order) == n + min(exchanges)


@given(seed=seeds, n=st.integers(8, 40), symmetric=st.booleans())
def test_crossed_tours_gain_what_is_said(seed: int, n: int, symmetric: bool) -> None:
    rng = np.random.default_rng(seed)
    distances = PointDistances(rng.random((n, 2)))
    tour = Tour(rng.permutation(n), symmetric)
    other = tour.order.copy()
    for _ in range(4):
        a, b = np.sort(rng.integers(0, n, 2))
        other[a:b] = rng.permutation(other[a:b])
    before, apart = distances.tour_length(tour.order), distances.tour_length(other)
    known = arcs(tour.order, symmetric) | arcs(other, symmetric)
    kept = arcs(tour.order, symmetric) & arcs(other, symmetric)
    gained = cross(tour, other, distances)
    assert sorted(tour.order) == list(range(n))
    assert distances.tour_length(tour.order) == pytest.approx(before - gained)
    assert gained >= 0
    assert kept <= arcs(tour.order, symmetric) <= known
    assert cross(tour, tour.order.copy(), distances) == 0
    other = Tour(other, symmetric)
    assert apart - cross(other, tour.order, distances) <= apart


@given(seed=seeds, n=st.integers(8, 16))
@hypothesis_settings(max_examples=30)
def test_double_bridges_gain_and_none_is_missed(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    distances = PointDistances(rng.random((n, 2)))
    order = rng.permutation(n)
    D, following = distances.matrix(), np.roll(order, -1)
    cut = np.empty(n)
    cut[order] = D[order, following]
    near = np.argsort(D, axis=1)[:, 1:]
    edges = double_bridges(order, cut, near, distances, most=n * n)
    position = np.argsort(order)
    for chosen in edges:
        a, b, c, d = np.sort(position[chosen])
        bridged = np.concatenate(
            [order[: a + 1], order[c + 1 : d + 1], order[b + 1 : c + 1], order[a + 1 : b + 1]]
        )
        bridged = np.concatenate([bridged, order[d + 1 :]])
        assert distances.tour_length(bridged) < distances.tour_length(order)
    e, g = order, following
    best = max(
        D[e[a], g[a]] + D[e[b], g[b]] + D[e[c], g[c]] + D[e[d], g[d]]
        - D[e[a], g[c]] - D[e[d], g[b]] - D[e[c], g[a]] - D[e[b], g[d]]
        for a, b, c, d in combinations(range(n), 4)
    )  # fmt: skip
    assert bool(len(edges)) == (best > 1e-12)


def arcs(order: Any, symmetric: bool) -> set[tuple[int, int]]:
    """Return the edges of a tour as pairs, the smaller city first where there is no direction."""
    pairs = zip(order.tolist(), np.roll(order, -1).tolist(), strict=True)
    return {(min(p), max(p)) if symmetric else p for p in pairs}


@pytest.mark.parametrize("start", ["auto", "ring"])
def test_an_interrupted_ring_ends_the_search(start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hopopt.core.majorize.Majorize.run", interrupt)
    instance = problem(3, 30, "points")
    result = minimize(instance, "k-opt", rng=0, start=start)
    assert result.status == Status.INTERRUPTED
    assert sorted(result.x) == sorted(instance.labels)
