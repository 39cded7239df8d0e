from __future__ import annotations

import itertools
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import problems
from hopopt import Monitor, minimize
from problems import GraphMatching, LinearAssignment, QuadraticAssignment
from problems.permutations.heat_bath import HeatBath
from problems.permutations.networks import Form, RestingExchanges, exchange, matrix
from problems.permutations.qaplib import read_qaplib

SEEDS = st.integers(0, 2**32 - 1)


def matrices(seed: int, n: int, symmetric: bool) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    A, B = rng.integers(-4, 9, (2, n, n)).astype(float)
    return (A + A.T, B) if symmetric else (A, B)


@given(seed=SEEDS, n=st.integers(1, 6), symmetric=st.booleans())
def test_form_energy_and_exchanges_are_the_cost(seed: int, n: int, symmetric: bool) -> None:
    A, B = matrices(seed, n, symmetric)
    form, rng = Form.of(A, B), np.random.default_rng(seed)
    p = rng.permutation(n)
    want = sum(A[i, j] * B[p[i], p[j]] for i in range(n) for j in range(n))
    assert form.value(p) == pytest.approx(want)
    a, b = form.scales()
    assert a * b * float(form.energy().value(matrix(p))) == pytest.approx(want)
    delta = form.exchanges(p)
    for r, s in itertools.combinations(range(n), 2):
        q = p.copy()
        q[[r, s]] = q[[s, r]]
        assert delta[r, s] == pytest.approx(form.value(q) - want)


@given(seed=SEEDS, symmetric=st.booleans())
def test_resting_exchanges_keep_their_books(seed: int, symmetric: bool) -> None:
    form = Form.of(*matrices(seed, 7, symmetric))
    rng = np.random.default_rng(seed)
    p = exchange(form, rng.permutation(7))
    assert form.exchanges(p).min() >= -1e-6
    network = RestingExchanges(form, p, rng)
    network.run(60)
    assert network.value == pytest.approx(form.value(network.p))
    assert network.best_value == pytest.approx(form.value(network.best))
    assert network.best_value <= form.value(p)


@given(seed=SEEDS, n=st.integers(2, 7), symmetric=st.booleans())
def test_heat_bath_keeps_its_books(seed: int, n: int, symmetric: bool) -> None:
    form, rng = Form.of(*matrices(seed, n, symmetric)), np.random.default_rng(seed)
    bath = HeatBath(form, 5, rng)
    for r, s in itertools.combinations(range(n), 2):
        before, rise = bath.values(), bath.rises(r, s)
        where = rng.random(5) < 0.5
        bath.exchange(r, s, where)
        np.testing.assert_allclose(bath.values(), before + where * rise, atol=1e-9)
    bath.anneal(0.3, 0.05, 3, Monitor())
    assert np.array_equal(np.sort(bath.images, axis=0), np.tile(np.arange(n)[:, None], 5))
    assert min(form.exchanges(p).min() for p in bath.images.T) >= -1e-6


def test_heat_bath_follows_the_boltzmann_distribution() -> None:
    form = Form.of(*matrices(5, 3, symmetric=False))
    T, lanes = 20.0, 20_000
    bath = HeatBath(form, lanes, np.random.default_rng(0))
    for _ in range(40):
        bath.sweep(T)
    states = np.array(list(itertools.permutations(range(3))))
    weights = np.exp(-np.array([form.value(p) for p in states]) / T)
    share = (bath.images.T[:, None] == states).all(-1).mean(0)
    assert np.ptp(weights / weights.sum()) > 0.1
    np.testing.assert_allclose(share, weights / weights.sum(), atol=0.015)


def test_boltzmann_ends_when_annealings_agree_and_at_the_limit() -> None:
    small = minimize(QuadraticAssignment.load("random-5"), "boltzmann", rng=0, time_limit=60)
    assert small.nit <= 6
    assert small.wall_seconds < 20
    A = np.random.default_rng(0).random((120, 120))
    large = minimize(QuadraticAssignment(A, A), "boltzmann", rng=0, time_limit=0.5)
    assert large.success
    assert large.wall_seconds < 3


@pytest.mark.parametrize("method", ["sinkhorn", "boltzmann", "sinkhorn+exchange"])
def test_small_instances_are_solved(method: str) -> None:
    A, B = matrices(3, 6, symmetric=False)
    best = min(
        sum(A[i, j] * B[p[i], p[j]] for i in range(6) for j in range(6))
        for p in itertools.permutations(range(6))
    )
    result = minimize(QuadraticAssignment(A, B), method, rng=0, target=best, time_limit=5)
    assert (result.fun, result.success) == (best, True)
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
    assert (result.method, result.integrator) == ("sinkhorn", "LSODA")


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
    with pytest.raises(ValueError, match="A and B must have one size"):
        QuadraticAssignment(np.zeros((2, 2)), np.zeros((3, 3)))
    with pytest.raises(ValueError, match="finite"):
        QuadraticAssignment([[np.inf]], [[0]])
    with pytest.raises(ValueError, match="must be symmetric"):
        GraphMatching([[0, 1], [0, 0]], np.zeros((2, 2)))


@pytest.mark.parametrize("name", ["petersen", "grid-3-3"])
def test_a_shuffled_graph_is_laid_over_itself(name: str) -> None:
    problem = GraphMatching.load(f"shuffled-{name}")
    result = minimize(problem, rng=0, target=problem.optimum, time_limit=10)
    assert (result.fun, result.gap) == (problem.optimum, 0)
    assert result.to_dict()["sense"] == "max"


def test_graphs_of_two_sizes() -> None:
    star, path = nx.star_graph(3), nx.path_graph("abcdef")
    found = problems.graph_matching(star, path, time_limit=0.3)
    assert sum(path.has_edge(found[0], found[k]) for k in (1, 2, 3)) == 2
    back = problems.graph_matching(path, star, time_limit=0.3)
    assert len(back) == len(set(back.values())) == 4
    problem = GraphMatching.from_graphs(star, path)
    assert [v.excess for v in problem.violations({0: "a", 1: "a"})] == [1]


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
    with pytest.raises(ValueError, match="square"):
        LinearAssignment([[1, 2]])


@pytest.mark.parametrize("unit", [1e-100, 1e-12, 1e12])
def test_the_unit_of_the_flows_decides_nothing(unit: float) -> None:
    rng = np.random.default_rng(0)
    A, B, p = rng.random((7, 7)), rng.random((7, 7)), rng.permutation(7)
    found = exchange(Form.of(unit * A, B), p)
    assert found.tolist() == exchange(Form.of(A, B), p).tolist()
    assert Form.of(unit * A, B).exchanges(found).min() >= -1e-10 * unit
    network = RestingExchanges(Form.of(unit * A, B), p, np.random.default_rng(1))
    plain = RestingExchanges(Form.of(A, B), p, np.random.default_rng(1))
    network.run(50)
    plain.run(50)
    assert network.best.tolist() == plain.best.tolist()
    assert plain.best_value < Form.of(A, B).value(p)
