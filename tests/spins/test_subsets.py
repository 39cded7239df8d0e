"""Independent set, clique, vertex cover, partition, number partitioning, knapsack."""

from __future__ import annotations

import itertools
import tracemalloc
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from until import until

import problems
from hopopt import Clauses, minimize
from hopopt.core import Structured
from hopopt.core.ising import IsingEnergy
from hopopt.search import TabuSearch
from problems import (
    Clique,
    Coloring,
    IndependentSet,
    Knapsack,
    MaxCut,
    NumberPartition,
    Partition,
    VertexCover,
)
from problems.shared.dimacs import read_graph
from problems.spins import clique as clique_of
from problems.spins import flips as flips_of
from problems.spins import quadratic as quadratic_of
from problems.spins.flips import FlipMoves, TermMoves

SEEDS = st.integers(0, 2**32 - 1)


@given(seed=SEEDS, n=st.integers(1, 9), p=st.floats(0, 1))
@settings(max_examples=30)
def test_small_graphs_are_solved(seed: int, n: int, p: float) -> None:
    G = nx.gnp_random_graph(n, p, seed=seed)
    largest = max(len(c) for c in nx.find_cliques(G))
    spread = max(len(c) for c in nx.find_cliques(nx.complement(G)))
    for kind, best in ((Clique, largest), (IndependentSet, spread), (VertexCover, n - spread)):
        result = minimize(kind.from_graph(G), rng=0, target=best, time_limit=60)
        assert (result.fun, result.success, result.kind) == (best, True, "classical")


@given(seed=SEEDS, n=st.integers(1, 8))
@settings(max_examples=20)
def test_nodes_may_weigh(seed: int, n: int) -> None:
    """The heaviest sets are found, and what spins decode to is maximal and no higher in energy."""
    rng = np.random.default_rng(seed)
    G, w = nx.gnp_random_graph(n, 0.4, seed=seed), rng.integers(1, 6, n) / 4
    problem, cover = (c.from_graph(G, weights=w) for c in (IndependentSet, VertexCover))
    sets = [np.array(x, dtype=bool) for x in itertools.product((0, 1), repeat=n)]
    free = [x for x in sets if not any(x[i] and x[j] for i, j in G.edges)]
    best = max(float(w[x].sum()) for x in free)
    assert minimize(problem, rng=0, target=best, time_limit=60).fun == pytest.approx(best)
    least = float(w.sum()) - best
    assert minimize(cover, rng=0, target=least, time_limit=60).fun == pytest.approx(least)
    s = rng.choice([-1.0, 1.0], n)
    x = problem.decode(s)
    assert problem.feasible(x)
    assert all(set(G[node]) & set(x) for node in set(G) - set(x))
    spins = np.where(np.isin(np.arange(n), x), 1.0, -1.0)
    assert float(problem.energy.value(spins)) == pytest.approx(-problem.cost(x))
    assert float(problem.energy.value(spins)) <= float(problem.energy.value(s)) + 1e-9


@given(seed=SEEDS, n=st.integers(2, 9), alike=st.booleans())
@settings(max_examples=8)
def test_many_pairs_are_not_written_out(seed: int, n: int, alike: bool) -> None:
    """Cliques, knapsacks and numbers: the same energies, solutions and bounds either way."""
    rng = np.random.default_rng(seed)
    G, w = nx.gnp_random_graph(n, 0.5, seed=seed), np.ones(n) if alike else rng.integers(1, 6, n)
    values = rng.integers(1, 9, n)

    def all_three() -> list[Any]:
        sack = Knapsack(w, values, int(w.sum()) // 2)
        return [Clique.from_graph(G, weights=w), sack, NumberPartition(w)]

    written = all_three()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clique_of, "MOST_WRITTEN", -1)
        patch.setattr(quadratic_of, "MANY", 0)
        kept = all_three()
    for one, other in zip(kept, written, strict=True):
        assert isinstance(one.energy.Q, Structured)
        assert not isinstance(other.energy.Q, Structured)
        s = rng.choice([-1.0, 1.0], (5, one.energy.size))
        scale = other.energy.scale * one.energy.size
        assert one.energy.value(s) == pytest.approx(other.energy.value(s), abs=1e-9 * scale)
        assert one.feasible(one.decode(s[0]))
        for method in ("tabu", "anneal"):
            best = minimize(one, method, rng=0, time_limit=0)
            assert best.success
            assert one.cost(best.x) == other.cost(best.x)
    x = np.flatnonzero(s[0, :n] > 0).tolist()
    assert sorted(kept[0].violations(x)) == sorted(written[0].violations(x))


def test_a_sparse_graph_of_many_nodes_stays_sparse() -> None:
    tracemalloc.start()
    problem = Clique.from_graph(nx.cycle_graph(8000))
    result = minimize(problem, rng=0, time_limit=0.02)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (result.success, result.method) == (True, "tabu")
    assert peak < 8000**2  # less than a byte a pair


@pytest.mark.parametrize("weights", [[1, 0], [1, -1], [1], [1, np.nan]])
def test_weights_of_nodes_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights must"):
        IndependentSet(np.ones((2, 2)), weights=weights)


@given(seed=SEEDS)
def test_what_spins_decode_to_is_feasible_and_maximal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    G = nx.gnp_random_graph(12, 0.3, seed=seed)
    problem = IndependentSet.from_graph(G)
    s = rng.choice([-1.0, 1.0], 12)
    x = problem.decode(s)
    assert problem.feasible(x)
    assert all(set(G[node]) & set(x) for node in set(G) - set(x))
    spins = np.where(np.isin(np.arange(12), x), 1.0, -1.0)
    assert float(problem.energy.value(spins)) == pytest.approx(-len(x))
    assert float(problem.energy.value(spins)) <= float(problem.energy.value(s)) + 1e-9


@given(seed=SEEDS, n=st.integers(1, 10), kind=st.sampled_from(["dense", "sparse", "any order"]))
def test_flips_keep_their_books(seed: int, n: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    J = np.triu(rng.integers(-2, 3, (n, n)), 1).astype(float)
    energy: Any = IsingEnergy(J + J.T, rng.integers(-2, 3, n).astype(float))
    first = rng.choice([-1.0, 1.0], (3, n))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flips_of, "DENSE_UNITS", 4000 if kind == "dense" else 0)
        moves = FlipMoves(energy, first, tenure=0.5, spread=1.0)
    if kind == "any order":
        keys = [rng.permutation(n)[: rng.integers(5)].tolist() for _ in range(2 * n)]
        signs = rng.choice([-1, 1], (2 * n, n)).tolist()
        clauses = [[(i + 1) * q[i] for i in key] for key, q in zip(keys, signs, strict=True)]
        energy = Clauses(clauses, rng.integers(-3, 4, 2 * n), n)
        moves = TermMoves(energy, first, tenure=0.5, spread=1.0)
    search, start = TabuSearch(moves, rng, 0.05), moves.value.copy()
    flips = np.stack([first] * n, 1) * (1 - 2 * np.eye(n))
    assert moves.rises() == pytest.approx(energy.value(flips) - start[:, None], abs=1e-4)
    search.run(40)
    assert moves.value == pytest.approx(energy.value(moves.state.astype(float)), abs=1e-4)
    assert np.all(search.best_value <= start)
    assert search.best_value == pytest.approx(energy.value(search.best.astype(float)), abs=1e-4)
    moves.place(np.array([1]), first[0])
    search.begin(np.array([1]), 0.1)
    assert np.array_equal(moves.state[1], first[0])
    assert search.since[1] == 0
    assert search.best_value[1] == start[0]


@pytest.mark.parametrize(("name", "best"), [("c-fat200-1", 12), ("san200_0.9_1", 70)])
def test_dimacs_cliques(name: str, best: int, dimacs: Path) -> None:
    problem = Clique.load(str(dimacs / f"{name}.clq"))
    assert problem.optimum == best
    assert minimize(problem, rng=0, target=best, time_limit=20).fun == best
    assert VertexCover.load(str(dimacs / f"{name}.clq")).optimum is None


def test_other_methods() -> None:
    problem = IndependentSet.load("karate")
    assert minimize(problem, "greedy", rng=0).success
    result = minimize(problem, "anneal", rng=0, time_limit=60, callback=until(problem, 20))
    assert (result.success, result.fun) == (True, 20)


def test_functions_return_nodes() -> None:
    G = nx.relabel_nodes(nx.star_graph(3), dict(enumerate("abcd")))
    assert problems.independent_set(G) == set("bcd")
    assert problems.vertex_cover(G) == {"a"}
    assert len(problems.clique(G)) == 2
    assert problems.partition(G, 2)[0] | set() <= set("abcd")


def test_violations_of_subsets() -> None:
    G = nx.path_graph("abc")
    (broken,) = IndependentSet.from_graph(G).violations(["a", "b"])
    assert broken == ("'a' and 'b' are not neighbours", 1, "drop 'a' or 'b'")
    (broken,) = Clique.from_graph(G).violations(["a", "c"])
    assert broken.constraint == "'a' and 'c' are neighbours"
    (broken,) = VertexCover.from_graph(G).violations(["a"])
    assert broken == ("edge ('b', 'c') is covered", 1, "choose 'b' or 'c'")
    assert IndependentSet.from_graph(G).violations(["a", "a"])[0].excess == 1
    assert not Clique.from_graph(G).feasible(["z"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "got an empty file"),
        ("c nothing\n", "got an empty file"),
        ("p edge x y\n", "expected 'p edge NODES EDGES'"),
        ("p edge 2 3\ne 1 2\n", "expected 3 edges; got 1"),
        ("p edge 2 1\ne 1 3\n", r"expected nodes in 1 … 2; got 1 … 3"),
        ("p edge 2 1\ne 0 1\n", r"expected nodes in 1 … 2; got 0 … 1"),
        ("-1 2\n", "expected nodes from 0 or from 1; got -1"),
        ("1 2 3 4\n", "line 1: expected an edge, two nodes; got '1 2 3 4'"),
        ("1 999999999999999999999\n", "expected an edge"),
        ("e 1 two\n", "line 1: expected an edge, two nodes; got 'e 1 two'"),
        ("{}", "expected an edge"),
    ],
)
def test_bad_graph_files(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_graph(text, "file")


def test_graph_files() -> None:
    loops = "p edge 3 4\ne 1 1\ne 1 2\ne 2 1\ne 3 2\n"
    size, (i, j), w, _ = read_graph(loops, "file")
    assert (size, i.tolist(), j.tolist(), w.tolist()) == (3, [0, 0, 1], [0, 1, 2], [1, 1, 1])
    size, _, w, _ = read_graph("3 2\n1 2 5\n2 3 1\n", "rudy")
    assert (size, w.tolist()) == (3, [5, 1])
    assert read_graph("3 1\n3 2\n", "list")[0] == 3
    for text in ("1,2,5\n2,3,1\n", "1 2 {'weight': 5}\n2 3 {}\n", "3,2\n1,2,5\n2,3\n"):
        assert read_graph(text, "commas, attributes").weights.tolist() == [5, 1]
    text = "%%MATRIXMARKET matrix coordinate pattern symmetric\n3 3 1\n2 1\n"
    assert read_graph(text, "in capitals").size == 3


LOOPS = {
    ".edges": "1 1\n1 2\n2 3\n",
    ".col": "p edge 3 3\ne 1 1\ne 1 2\ne 2 3\n",
    ".rud": "3 3\n1 1 1\n1 2 1\n2 3 1\n",
    ".mtx": "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 3\n1 1\n2 1\n3 2\n",
}


@pytest.mark.parametrize("suffix", LOOPS)
def test_loops_in_files_are_those_of_the_graph(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text(LOOPS[suffix], encoding="utf-8")
    found = {
        kind: minimize(kind.load(str(path)), rng=0)
        for kind in (IndependentSet, VertexCover, Clique, MaxCut, Partition)
    }
    assert {kind.name: result.fun for kind, result in found.items()} == {
        "independent-set": 1,  # {2} or {3}: 1 is its own neighbour
        "vertex-cover": 2,
        "clique": 2,
        "maxcut": 2,
        "partition": 1,
    }
    assert 1 in found[VertexCover].x
    assert 1 not in found[IndependentSet].x
    assert not found[IndependentSet].problem.feasible([1, 3])
    with pytest.raises(ValueError, match="no self-loops; got one at 1"):
        Coloring.load(str(path))


EMPTY = {
    ".col": ("p edge 0 0\n", "0 0\n"),
    ".mtx": ("%%MatrixMarket matrix coordinate real general\n0 0 0\n",),
    ".graph": ("0 0\n",),
    ".rud": ("0 0\n",),
}


@pytest.mark.parametrize("suffix", EMPTY)
def test_empty_graphs_are_called_empty(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    for text in EMPTY[suffix]:
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=rf"a\{suffix}, line \d: .*at least one .*; got none"):
            Partition.load(str(path))


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 12))
def test_settled_sets_are_those_of_one_flip_after_another(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    A = np.triu(rng.random((n, n)) < 0.4, 1).astype(float)
    problem = IndependentSet(A + A.T, weights=rng.integers(1, 4, n))
    on = rng.random(n) < 0.7
    w, P, slow = problem.weights, problem.penalties.toarray(), on.copy()
    push, clashes = problem.penalties @ on.astype(float), (P > 0).astype(int) @ on
    while np.any(slow & (clashes > 0)):
        node = int(np.where(slow, push - w, -np.inf).argmax())
        slow[node], push, clashes = False, push - P[node], clashes - (P[node] > 0)
    while np.any(free := ~slow & (clashes == 0)):
        node = int(np.where(free, w, 0).argmax())
        slow[node], push, clashes = True, push + P[node], clashes + (P[node] > 0)
    assert problem.settled(on).tolist() == slow.tolist()
