from __future__ import annotations

import itertools
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import problems
from hopopt import Monitor, Network, Sinkhorn, Status, minimize
from hopopt.core import Placement, is_permutation
from problems import GraphMatching, LinearAssignment, QuadraticAssignment
from problems.permutations import networks
from problems.permutations.networks import anneal_exchanges, anneal_sinkhorn
from problems.permutations.qaplib import read_qaplib
from problems.permutations.tabu import SwapMoves, tabu_search

SEEDS = st.integers(0, 2**32 - 1)


def matrices(seed: int, n: int, symmetric: bool) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    A, B = rng.integers(-4, 9, (2, n, n)).astype(float)
    return (A + A.T, B) if symmetric else (A, B)


@given(seed=SEEDS, n=st.integers(1, 6), symmetric=st.booleans())
def test_placement_is_the_cost(seed: int, n: int, symmetric: bool) -> None:
    A, B = matrices(seed, n, symmetric)
    problem, p = QuadraticAssignment(A, B), np.random.default_rng(seed).permutation(n)
    want = sum(A[i, j] * B[p[i], p[j]] for i in range(n) for j in range(n))
    assert problem.cost(p.tolist()) == pytest.approx(want)


@given(seed=SEEDS, n=st.integers(2, 7), symmetric=st.booleans())
def test_swaps_keep_their_books(seed: int, n: int, symmetric: bool) -> None:
    placement = Placement.of(*matrices(seed, n, symmetric))
    rng = np.random.default_rng(seed)
    p = rng.permutation(n)
    search = tabu_search(placement, p, rng)
    moves = search.moves
    assert isinstance(moves, SwapMoves)
    for _ in range(6):
        rise = moves.rises().reshape(n, n)
        for r, s in itertools.combinations(range(n), 2):
            q = moves.state[0].copy()
            q[[r, s]] = q[[s, r]]
            assert rise[r, s] == pytest.approx(placement.value(q) - moves.value[0])
        assert np.isinf(rise[np.tril_indices(n)]).all()
        search.run(10)
        assert moves.value[0] == pytest.approx(placement.value(moves.state[0]))
        assert search.best_value[0] == pytest.approx(placement.value(search.best[0]))
    assert search.best_value[0] <= placement.value(p)


@given(seed=SEEDS, n=st.integers(1, 6), symmetric=st.booleans())
@settings(max_examples=20)
def test_annealings_end_where_no_exchange_lowers_the_cost(
    seed: int, n: int, symmetric: bool
) -> None:
    placement, rng = Placement.of(*matrices(seed, n, symmetric)), np.random.default_rng(seed)
    for rest in (
        anneal_exchanges(placement, 5, 3, rng, Monitor()),
        anneal_sinkhorn(placement, 5, 3, rng, Monitor(record=False)),
    ):
        assert rest.v.shape == (5, n, n)
        for V in rest.v:
            assert is_permutation(V)
            assert placement.exchanges(V.argmax(-1)).min(initial=0) >= -1e-6


def test_boltzmann_ends_when_annealings_agree_and_at_the_limit() -> None:
    small = minimize(QuadraticAssignment.load("random-5"), "boltzmann", rng=0, time_limit=60)
    assert small.message == Status.CONVERGED.advice
    A = np.random.default_rng(0).random((120, 120))
    large = minimize(QuadraticAssignment(A, A), "boltzmann", rng=0, time_limit=0.0)
    assert large.success
    assert large.message == Status.TIME_LIMIT.advice


@pytest.mark.parametrize("method", ["sinkhorn", "boltzmann", "sinkhorn+exchange", "tabu"])
def test_small_instances_are_solved(method: str) -> None:
    A, B = matrices(3, 6, symmetric=False)
    best = min(
        sum(A[i, j] * B[p[i], p[j]] for i in range(6) for j in range(6))
        for p in itertools.permutations(range(6))
    )
    problem = QuadraticAssignment(A, B)
    result = minimize(problem, method, rng=0, target=best, time_limit=60)
    assert (result.fun, result.success) == (best, True)
    assert result.pure == (method in ("sinkhorn", "boltzmann"))
    assert result.x == problem.decode(result.output)
    assert result.to_dict()["sense"] == "min"


@pytest.mark.parametrize("name", ["nug12", "had18", "chr12a", "rou15"])
def test_qaplib(name: str, qaplib: Path) -> None:
    problem = QuadraticAssignment.load(str(qaplib / f"{name}.dat"))
    solution = (qaplib / f"{name}.sln").read_text().split()
    assert problem.optimum == float(solution[1])
    assert problem.cost([int(word) for word in solution[2:]]) == problem.optimum
    result = minimize(problem, rng=0, target=problem.optimum, time_limit=10)
    assert result.fun == problem.optimum


def test_scipy_and_a_solver_of_scipy() -> None:
    problem = QuadraticAssignment.load("random-5")
    for method in ("faq", "2opt"):
        assert minimize(problem, method, rng=0, restarts=2).success
    result = minimize(problem, solver="LSODA", stages=4, rng=0, time_limit=1)
    assert (result.method, result.integrator) == ("sinkhorn", "LSODA + exchanges")


def test_solution_file(tmp_path: Path) -> None:
    problem = QuadraticAssignment([[0, 2], [0, 0]], [[0, 1], [5, 0]])
    problem.write([0, 1], tmp_path / "two.sln")
    assert (tmp_path / "two.sln").read_text() == "2 2\n1 2\n"


def test_violations() -> None:
    problem = QuadraticAssignment(np.zeros((3, 3)), np.zeros((3, 3)))
    twice = {v.constraint: v for v in problem.violations([0, 0, 1])}
    assert "move all but one" in twice["0 is taken once"].remedy
    assert "2 is taken once" in twice
    assert problem.violations([0, 1, "x"])[0].constraint == "'x' is a place"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected the size"),
        ("x", "expected the size"),
        ("2 1 2 3", "2·2² = 8 numbers; got 3"),
        ("1 a 1", "expected numbers only"),
        ("1 nan 1", "finite"),
    ],
)
def test_bad_files(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_qaplib(text, "file")


def test_bad_matrices() -> None:
    with pytest.raises(ValueError, match="A must have a row or more, and no more than B"):
        QuadraticAssignment(np.zeros((3, 3)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="finite"):
        QuadraticAssignment([[np.inf]], [[0]])
    with pytest.raises(ValueError, match="must be symmetric"):
        GraphMatching([[0, 1], [0, 0]], np.zeros((2, 2)))


@pytest.mark.parametrize("name", ["petersen", "grid-3-3"])
def test_a_shuffled_graph_is_laid_over_itself(name: str) -> None:
    problem = GraphMatching.load(f"shuffled-{name}")
    result = minimize(problem, rng=0, target=problem.optimum, time_limit=60)
    assert (result.fun, result.gap) == (problem.optimum, 0)
    assert result.to_dict()["sense"] == "max"


def test_graphs_of_two_sizes() -> None:
    star, path = nx.star_graph(3), nx.path_graph("abcdef")
    found = problems.graph_matching(star, path, target=2, time_limit=60)
    assert sum(path.has_edge(found[0], found[k]) for k in (1, 2, 3)) == 2
    back = problems.graph_matching(path, star, time_limit=0.3)
    assert len(back) == len(set(back.values())) == 4
    problem = GraphMatching.from_graphs(star, path)
    assert [v.excess for v in problem.violations({0: "a", 1: "a"})] == [1]


@given(seed=SEEDS, n=st.integers(1, 5), m=st.integers(1, 5), sense=st.sampled_from(["min", "max"]))
@settings(max_examples=15)
def test_matched_nodes_keep_their_partners(seed: int, n: int, m: int, sense: str) -> None:
    rng, wide = np.random.default_rng(seed), max(n, m)
    A, B = (np.triu(rng.integers(-3, 9, (k, k)), 1) for k in (n, m))
    count = int(rng.integers(0, min(n, m) + 1))
    pairs = list(
        zip(rng.permutation(n)[:count].tolist(), rng.permutation(m).tolist(), strict=False)
    )
    problem = GraphMatching(A + A.T, B + B.T, sense=sense, partial_match=pairs)
    result = minimize(problem, rng=0)
    a, b = (np.pad(M, (0, wide - len(M))) for M in (A + A.T, B + B.T))
    every = [p for p in itertools.permutations(range(wide)) if all(p[u] == v for u, v in pairs)]
    weights = [(a * b[np.ix_(p, p)]).sum() / 2 for p in every]
    assert result.success
    assert result.fun == (min(weights) if sense == "min" else max(weights))
    assert set(pairs) <= set(result.x.items())
    assert problem.cost(problem.given(result)) == result.fun


@pytest.mark.parametrize("pairs", [{9: "a"}, {0: "z"}, [(0, "a"), (1, "a")], [(0, "a"), (0, "b")]])
def test_odd_partners_are_refused_by_name(pairs: object) -> None:
    with pytest.raises(ValueError, match="partial_match must pair nodes of the first graph with"):
        problems.graph_matching(nx.path_graph(3), nx.path_graph("abc"), partial_match=pairs)
    problem = GraphMatching.from_graphs(
        nx.path_graph(2), nx.path_graph("ab"), partial_match={0: "b"}
    )
    assert problem.violations({0: "a", 1: "b"})[0].constraint == "the partner of 0 is 'b'"


@given(seed=SEEDS, n=st.integers(1, 12))
def test_network_finds_scipys_assignment(seed: int, n: int) -> None:
    problem = LinearAssignment(np.random.default_rng(seed).random((n, n)))
    result = minimize(problem, rng=0)
    assert result.pure
    assert result.success
    assert problem.optimum is not None
    assert result.fun <= problem.optimum + 1e-3
    assert minimize(problem, "scipy").fun == pytest.approx(problem.optimum)


def test_assignment_with_ties_and_of_one() -> None:
    assert minimize(LinearAssignment(np.ones((4, 4))), rng=0).fun == 4
    assert minimize(LinearAssignment([[7.0]]), rng=0).fun == 7


@pytest.mark.parametrize("unit", [2.0**-330, 2.0**-40, 2.0**40])
def test_the_unit_of_the_flows_decides_nothing(unit: float) -> None:
    """Powers of two, which no rounding tells from one another."""
    rng = np.random.default_rng(0)
    A, B, p = rng.random((7, 7)), rng.random((7, 7)), rng.permutation(7)
    found = [
        anneal_exchanges(Placement.of(a, B), 3, 5, np.random.default_rng(2), Monitor()).v
        for a in (unit * A, A)
    ]
    assert np.array_equal(*found)
    searches = [tabu_search(Placement.of(a, B), p, np.random.default_rng(1)) for a in (unit * A, A)]
    for search in searches:
        search.run(50)
    assert np.array_equal(searches[0].best, searches[1].best)
    assert searches[1].best_value[0] < Placement.of(A, B).value(p)


@pytest.mark.parametrize("symmetric", [True, False])
def test_critical_temperature_by_the_parts(
    symmetric: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng, n = np.random.default_rng(3), 6
    A, B = rng.normal(size=(2, n, n))
    energy = QuadraticAssignment(*((A + A.T, B + B.T) if symmetric else (A, B))).placement.energy()
    exact = Network(energy, Sinkhorn()).critical_temperature()
    monkeypatch.setattr(networks, "ASYMMETRIC", 0)
    found = networks.critical_temperature(energy)
    assert found == pytest.approx(exact) if symmetric else found >= exact
