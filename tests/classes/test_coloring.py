from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy import sparse

import problems
from hopopt import minimize
from hopopt.search import TabuSearch
from problems.classes.coloring import Coloring
from problems.classes.colors import clashes, conflicts, greedy, one_hot
from problems.classes.tabu import Coupling, PottsMoves

SEEDS = st.integers(0, 2**32 - 1)


def chromatic(G: nx.Graph) -> int:
    nodes = list(G)
    for k in range(1, len(nodes) + 1):
        for colours in itertools.product(range(k), repeat=len(nodes)):
            colour = dict(zip(nodes, colours, strict=True))
            if all(colour[a] != colour[b] for a, b in G.edges):
                return k
    raise AssertionError


@settings(max_examples=40)
@given(seed=SEEDS, n=st.integers(1, 7), p=st.floats(0, 1))
def test_small_graphs_get_their_chromatic_number(seed: int, n: int, p: float) -> None:
    G = nx.gnp_random_graph(n, p, seed=seed)
    result = minimize(Coloring.from_graph(G), rng=seed)
    assert result.success
    assert result.fun == chromatic(G)


@given(
    seed=SEEDS, n=st.integers(2, 12), k=st.integers(2, 4), background=st.sampled_from([0, 0.25, 1])
)
def test_fields_and_energy_stay_those_of_the_core(
    seed: int, n: int, k: int, background: float
) -> None:
    rng = np.random.default_rng(seed)
    W = np.triu(rng.integers(-2, 3, (n, n)), 1)
    W = (W + W.T).astype(float)
    coupling = Coupling(sparse.csr_array(W), background)
    loose = Coupling(sparse.csr_array(W), background)
    loose.rows = None
    full = W + background * (1 - np.eye(n))
    energy = conflicts(full, k)
    state = rng.integers(k, size=n)
    start = float(energy.value(one_hot_k(state, k)))
    both = [
        PottsMoves(c.fields(state, k), state, start, c, troubled=False) for c in (coupling, loose)
    ]
    for moves in both:
        search = TabuSearch(moves, np.random.default_rng(seed), 0.5)
        search.run(25)
        V = one_hot_k(moves.state[0], k)
        assert moves.value == pytest.approx(float(energy.value(V)))
        np.testing.assert_allclose(moves.fields.T, energy.gradient(V), atol=1e-5)
        assert search.best_value <= start
        assert search.best_value == pytest.approx(float(energy.value(one_hot_k(search.best[0], k))))
    assert_array_equal(both[0].state, both[1].state)


def one_hot_k(state: np.ndarray, k: int) -> np.ndarray:
    return np.eye(k)[state]


@given(seed=SEEDS)
def test_greedy_colours_are_a_colouring(seed: int) -> None:
    problem = Coloring.from_graph(nx.gnp_random_graph(20, 0.4, seed=seed))
    classes = greedy(problem, np.random.default_rng(seed))
    assert clashes(problem, classes) == 0
    assert one_hot(classes).sum() == 20


@pytest.mark.parametrize("method", ["tabu", "mean-field", "dsatur"])
def test_every_method_colours(method: str) -> None:
    """The largest clique of the karate club has five nodes; a mean field alone may need more."""
    result = minimize(Coloring.load("karate"), method, rng=0, time_limit=60)
    assert result.success
    assert result.fun == 5 or (method == "mean-field" and result.fun > 5)


@given(seed=SEEDS, n=st.integers(1, 8), p=st.floats(0, 1))
@settings(max_examples=15)
def test_mean_field_is_a_network_alone(seed: int, n: int, p: float) -> None:
    G = nx.gnp_random_graph(n, p, seed=seed)
    problem = Coloring.from_graph(G)
    result = minimize(problem, pure=True, rng=seed, stages=30)
    assert (result.method, result.kind) == ("mean-field", "pure")
    assert result.x == problem.decode(result.output)
    assert result.success
    assert result.fun >= chromatic(G)


def test_mean_field_by_a_solver_of_scipy() -> None:
    result = minimize(Coloring.load("petersen"), "mean-field", solver="RK45", rng=0)
    assert result.success
    assert result.fun >= 3
    assert result.integrator.startswith("RK45")


def test_a_given_number_of_colours() -> None:
    cycle = nx.cycle_graph(5)
    assert minimize(Coloring.from_graph(cycle, colors=4), rng=0).success
    for method in ("tabu", "mean-field"):
        result = minimize(Coloring.from_graph(cycle, colors=2), method, rng=0)
        assert not result.success
        (broken,) = result.violations
        assert "joins two colours" in broken.constraint
        assert "another colour" in broken.remedy
        assert result.to_dict()["violations"][0]["excess"] == 1
    with pytest.raises(ValueError, match="no colouring with 2 colours exists"):
        problems.coloring(cycle, 2)


def test_violations_name_what_is_wrong() -> None:
    problem = Coloring.from_graph(nx.path_graph("ab"), colors=1)
    assert [v.constraint for v in problem.violations({"a": 0})] == ["node 'b' has a colour"]
    assert "'c' is a node" in problem.violations({"a": 0, "b": 1, "c": 0})[0].constraint
    assert problem.violations({"a": 0, "b": 1})[0].constraint == "at most 1 colours"


@pytest.mark.parametrize(
    ("G", "message"),
    [
        (nx.Graph(), "at least one node"),
        (nx.DiGraph([(0, 1)]), "undirected"),
        (nx.Graph([(0, 0)]), "no self-loops"),
    ],
)
def test_bad_graphs(G: nx.Graph, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Coloring.from_graph(G)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"effort": 0}, "effort must be"),
        ({"replicas": 0}, "stages and replicas"),
        ({"solver": "RK99"}, "solver must be one of"),
    ],
)
def test_bad_options(options: dict, message: str) -> None:
    method = "tabu" if "effort" in options else "mean-field"
    with pytest.raises(ValueError, match=message):
        minimize(Coloring.load("petersen"), method, rng=0, **options)


def test_former_names_are_told() -> None:
    problem = Coloring.load("petersen")
    with pytest.raises(ValueError, match="'refractory' is now called 'tabu'"):
        minimize(problem, "refractory")
    with pytest.raises(TypeError, match=r"no option 'rest'; .*'rest' is now called 'tenure'"):
        minimize(problems.Queens(4), "tabu", rest=2.0)


def test_bad_matrices() -> None:
    for matrix, message in (
        (np.zeros((0, 0)), "square"),
        (np.zeros((2, 3)), "square"),
        ([[0, 1], [0, 0]], "symmetric"),
        ([[0, np.nan], [np.nan, 0]], "finite"),
    ):
        with pytest.raises(ValueError, match=message):
            Coloring(matrix)
    with pytest.raises(ValueError, match="colors must be"):
        Coloring(np.zeros((2, 2)), colors=0)
