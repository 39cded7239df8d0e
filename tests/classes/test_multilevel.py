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
from problems import Partition
from problems.classes.bisections import Bisections, parted
from problems.classes.coarsening import coarsened, contracted, matching
from problems.classes.enumeration import least_cut
from problems.classes.pairs import meetings, paired
from problems.classes.refinement import refined, weight_between

seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def drawn(rng: np.random.Generator, n: int, p: float = 0.3) -> sparse.csr_array[Any]:
    """A random graph with weights, some nodes without an edge."""
    upper = np.triu(rng.integers(1, 5, (n, n)) * (rng.random((n, n)) < p), 1).astype(float)
    return sparse.csr_array(upper + upper.T)


@settings(max_examples=20)
@given(rng=seeds, n=st.integers(2, 40), split=st.booleans())
def test_pairs_are_pairs_and_weights_add_up(rng: np.random.Generator, n: int, split: bool) -> None:
    W, size = drawn(rng, n, 0.1), rng.integers(1, 4, n).astype(float)
    cells = rng.integers(0, 2, n) if split else None
    partner = matching(W, size, 5.0, rng, cells)
    assert np.array_equal(partner[partner], np.arange(n))
    paired = partner != np.arange(n)
    assert np.all((size + size[partner])[paired] <= 5)
    assert cells is None or np.array_equal(cells[partner], cells)
    coarse, heavier, parent = contracted(W, size, partner)
    assert heavier.sum() == size.sum()
    side = rng.random(len(heavier)) < 0.5
    assert weight_between(coarse, side) == pytest.approx(weight_between(W, side[parent]))


@pytest.mark.parametrize("G", [nx.star_graph(600), nx.empty_graph(600), nx.path_graph(600)])
def test_everything_is_contracted(G: nx.Graph[Any]) -> None:
    W = sparse.csr_array(nx.to_scipy_sparse_array(G, dtype=float))
    _, coarse, size, _ = coarsened(W, np.random.default_rng(0))
    assert coarse.shape[0] <= 150
    assert size.sum() == len(G)


@settings(max_examples=20)
@given(rng=seeds, n=st.integers(2, 30))
def test_refinement_never_cuts_more_and_mends_balance(rng: np.random.Generator, n: int) -> None:
    W, size = drawn(rng, n), np.ones(n)
    side = np.zeros(n, dtype=bool)
    side[rng.permutation(n)[: n // 2]] = True
    better = refined(W, size, side, n // 2, 0.0)
    assert better.sum() == n // 2
    assert weight_between(W, better) <= weight_between(W, side)
    mended = refined(W, size, rng.random(n) < 0.1, n // 2, 0.0)
    assert mended.sum() == n // 2


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
    k = min(k, n)
    sizes = [n // k + (c < n % k) for c in range(k)]
    classes = parted(drawn(rng, n, 0.2), sizes, rng, Monitor())
    assert np.bincount(classes, minlength=k).tolist() == sizes
    problem = Partition(drawn(rng, n, 0.2), parts=k)
    assert minimize(problem, "multilevel", rng=0, time_limit=0.01).success


@settings(max_examples=2)
@given(rng=seeds, n=st.integers(6, 16), k=st.integers(3, 4))
def test_pairs_that_are_parted_anew_keep_their_sizes_and_cut_no_more(
    rng: np.random.Generator, n: int, k: int
) -> None:
    problem = Partition(drawn(rng, n, 0.2), parts=k)
    classes = rng.permutation(np.arange(n) % k)
    better = paired(problem.adjacency, classes, k, rng, Monitor())
    assert np.array_equal(np.bincount(better, minlength=k), np.bincount(classes, minlength=k))
    assert problem.cut(better) <= problem.cut(classes)
    met = meetings(problem.adjacency, better, k)
    assert met.sum() == pytest.approx(problem.cut(better))


def test_later_cycles_are_no_worse() -> None:
    W = sparse.csr_array(nx.to_scipy_sparse_array(nx.grid_2d_graph(20, 21), dtype=float))
    bisections = Bisections(W, 210, np.random.default_rng(0), Monitor())
    cuts = [bisections.step()[0] for _ in range(3)]
    assert cuts == sorted(cuts, reverse=True)
    cut, side = bisections.pool[0]
    assert (weight_between(W, side), side.sum()) == (cut, 210)
    again = bisections.cycle(side.astype(np.intp))
    assert again[0] <= cut


def test_meshes_are_left_to_it() -> None:
    """On a long grid the first round says that the cut is small; `balanced` then goes on so."""
    problem = Partition.from_graph(nx.grid_2d_graph(40, 5))

    def stop(snapshot: Snapshot) -> None:
        if problem.cost(snapshot.solution()) <= 5:
            raise StopIteration

    found = minimize(problem, "balanced", rng=0, time_limit=60, callback=stop)
    assert (found.fun, found.kind) == (5, "hybrid")
