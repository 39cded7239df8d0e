"""Partition from coarse to fine: books that balance, small graphs exactly, meshes beside METIS."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from hopopt import Monitor, Snapshot, minimize
from hopopt.fast import installed
from problems import Partition
from problems.classes import moves
from problems.classes.coarsening import Nodes, coarsened, contracted, matching
from problems.classes.cycles import Cycles
from problems.classes.enumeration import least_cut
from problems.classes.loops import INTERPRETED, Loops, loops, plain
from problems.classes.multilevel import Multilevel

PLAIN = Loops(moves.join, moves.contract, moves.settle, 1, 10_000)
seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def drawn(rng: np.random.Generator, n: int, p: float = 0.3) -> sparse.csr_array[Any]:
    """A random graph with weights, some nodes without an edge."""
    upper = np.triu(rng.integers(1, 5, (n, n)) * (rng.random((n, n)) < p), 1).astype(float)
    return sparse.csr_array(upper + upper.T)


def nodes(W: sparse.csr_array[Any], size: Any = None) -> Nodes:
    return Nodes(*plain(W), np.ones(W.shape[0]) if size is None else size)


def matrix(graph: Nodes) -> Any:
    rows = graph.weights, graph.others, graph.ends
    return sparse.csr_array(rows, shape=2 * graph.size.shape).toarray()


def cut(graph: Nodes, classes: Any) -> float:
    rows = np.repeat(np.arange(len(classes)), np.diff(graph.ends))
    return float(graph.weights[classes[rows] != classes[graph.others]].sum() / 2)


@settings(max_examples=20)
@given(rng=seeds, n=st.integers(2, 40), split=st.booleans())
def test_pairs_are_pairs_and_weights_add_up(rng: np.random.Generator, n: int, split: bool) -> None:
    graph = nodes(drawn(rng, n, 0.1), rng.integers(1, 4, n).astype(float))
    cells = rng.integers(0, 2, n) if split else np.zeros(n, dtype=np.int64)
    partner = matching(graph, 5.0, rng, PLAIN, cells)
    assert np.array_equal(partner[partner], np.arange(n))
    paired = partner != np.arange(n)
    assert np.all((graph.size + graph.size[partner])[paired] <= 5)
    assert np.array_equal(cells[partner], cells)
    coarse, parent = contracted(graph, partner, PLAIN)
    assert coarse.size.sum() == graph.size.sum()
    side = rng.integers(0, 2, len(coarse.size))
    assert cut(coarse, side) == pytest.approx(cut(graph, side[parent]))


@pytest.mark.parametrize("G", [nx.star_graph(600), nx.empty_graph(600), nx.path_graph(600)])
def test_everything_is_contracted(G: nx.Graph[Any]) -> None:
    W = sparse.csr_array(nx.to_scipy_sparse_array(G, dtype=float))
    _, coarse = coarsened(nodes(W), 100, np.random.default_rng(0), INTERPRETED)
    assert len(coarse.size) <= 150
    assert coarse.size.sum() == len(G)


@settings(max_examples=10)
@given(rng=seeds, n=st.integers(2, 30), k=st.integers(2, 5))
def test_arrays_do_what_loops_do(rng: np.random.Generator, n: int, k: int) -> None:
    graph, z = nodes(drawn(rng, n), rng.integers(1, 4, n).astype(float)), rng.random(31)
    parent = rng.permutation(np.arange(n) % (n // 2 + 1))
    one, other = (Nodes(*way.contract(graph, parent, n // 2 + 1)) for way in (PLAIN, INTERPRETED))
    assert np.array_equal(matrix(one), matrix(other))
    assert np.array_equal(one.size, other.size)
    classes, bounds = rng.integers(0, k, n), (rng.integers(0, 3, k) / 2, n // k, -(-n // k))
    ends = [classes.copy(), classes.copy()]
    rule = rng.random(), 1.0, 1e-3, 3.0
    told = [
        way.settle(graph, end, bounds, rule, (40, 90), z)
        for way, end in zip((PLAIN, INTERPRETED), ends, strict=True)
    ]
    assert told[0] == told[1]
    assert np.array_equal(*ends)


@settings(max_examples=20)
@given(rng=seeds, n=st.integers(2, 30), k=st.integers(2, 5))
def test_moves_lead_nearer_to_balance_or_cut_less(rng: np.random.Generator, n: int, k: int) -> None:
    graph, classes = (
        nodes(drawn(rng, n), rng.integers(1, 4, n).astype(float)),
        rng.integers(k, size=n),
    )
    low, high = graph.size.sum() / k + np.array([-2.0, 2.0])

    def state() -> tuple[float, float]:
        load = np.bincount(classes, graph.size, k)
        return moves.excess(load, low, high), cut(graph, classes)

    before = state()
    told = INTERPRETED.settle(
        graph, classes, (np.zeros(k), low, high), (0.3, 1.0, 1e-3, 3.0), (50, 200), rng.random(9)
    )
    assert told[:2] == pytest.approx(state())
    assert told[:2] <= (before[0] + 1e-9, before[1] + 1e-9)


@pytest.mark.skipif(not installed(), reason="numba is not installed")
def test_compiled_cycles_are_the_same() -> None:
    W = drawn(np.random.default_rng(0), 80, 0.06)
    members = []
    for ready in (loops(True, 80), INTERPRETED._replace(haste=1, moves=10_000)):
        cycles = Cycles(W, 3, np.random.default_rng(0), Monitor(), ready)
        cycles.pool = [cycles.cycle(), cycles.cycle()]
        members.append([*cycles.pool, cycles.step()])
    for one, other in zip(*members, strict=True):
        assert one.cut == other.cut
        assert np.array_equal(one.classes, other.classes)


@settings(max_examples=10)
@given(rng=seeds, n=st.integers(4, 10))
def test_small_graphs_are_cut_as_little_as_can_be_or_more(rng: np.random.Generator, n: int) -> None:
    problem = Partition(drawn(rng, n, 0.5))
    found = minimize(problem, "multilevel", rng=0, time_limit=0.02)
    assert found.success
    assert found.fun >= problem.cut(least_cut(problem.adjacency, 2))


@settings(max_examples=4)
@given(rng=seeds, n=st.integers(3, 60), k=st.integers(2, 7))
def test_more_classes_have_their_sizes(rng: np.random.Generator, n: int, k: int) -> None:
    problem = Partition(drawn(rng, n, 0.2), parts=min(k, n))
    assert minimize(problem, "multilevel", rng=0, time_limit=0.01).success
    problem = Partition.from_graph(
        nx.caveman_graph(k, n), parts=2
    )  # pieces without an edge between
    assert minimize(problem, "multilevel", rng=0, time_limit=0.01).success


def test_later_cycles_are_no_worse() -> None:
    W = sparse.csr_array(nx.to_scipy_sparse_array(nx.grid_2d_graph(14, 15), dtype=float))
    cycles = Cycles(W, 3, np.random.default_rng(0), Monitor(), INTERPRETED)
    cuts = [cycles.step().cut for _ in range(3)]
    assert cuts == sorted(cuts, reverse=True)
    best = cycles.pool[0]
    assert best == cycles.member(best.classes)
    assert np.bincount(best.classes).tolist() == [70, 70, 70]
    assert cycles.again(best).cut <= best.cut


def test_a_solution_given_is_improved() -> None:
    problem, rng = Partition.from_graph(nx.grid_2d_graph(8, 9), parts=3), np.random.default_rng(0)
    method = Multilevel(compiled=False)
    method.initial = problem.solution(rng.permutation(72) % 3)
    rounds = method.rounds(problem, rng, Monitor())
    given, improved = next(rounds), next(rounds)
    assert improved.cost < given.cost == problem.cost(problem.classes(method.initial))


def test_meshes_are_left_to_it() -> None:
    """On a long grid the first round says that the cut is small; `balanced` then goes on so."""
    problem = Partition.from_graph(nx.grid_2d_graph(40, 5))

    def stop(snapshot: Snapshot) -> None:
        if problem.cost(snapshot.solution()) <= 5:
            raise StopIteration

    found = minimize(problem, "balanced", rng=0, time_limit=60, callback=stop)
    assert (found.fun, found.kind) == (5, "hybrid")
