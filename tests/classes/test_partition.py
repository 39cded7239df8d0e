"""Partition: small ones against brute force, its energy, its exchanges, its networks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from until import until

from hopopt import Monitor, minimize
from problems import (
    Partition,
)
from problems.classes.enumeration import MOST, balanced_classes, count
from problems.classes.exchanges import exchanged
from problems.classes.networks import BALANCE, balanced, seated
from problems.classes.partition_methods import Balanced

SEEDS = st.integers(0, 2**32 - 1)


@given(seed=SEEDS, n=st.integers(2, 9), parts=st.integers(1, 4))
@settings(max_examples=15)
def test_partitions_of_few_nodes_are_the_best_of_all(seed: int, n: int, parts: int) -> None:
    problem = weighted(seed, n, min(parts, n))
    parts = problem.parts
    low, high = n // parts, -(-n // parts)
    best = min(
        problem.cut(np.array(classes))
        for classes in itertools.product(range(parts), repeat=n)
        if all(low <= classes.count(c) <= high for c in range(parts))
    )
    result = minimize(problem, rng=0)
    assert (result.fun, result.success, result.kind) == (best, True, "classical")


def weighted(seed: int, n: int, parts: int) -> Partition:
    rng = np.random.default_rng(seed)
    W = np.triu(rng.integers(0, 4, (n, n)), 1).astype(float)
    return Partition(W + W.T, parts=parts)


@given(seed=SEEDS, n=st.integers(1, 12), k=st.integers(1, 5))
@settings(max_examples=20)
def test_every_balanced_partition_is_looked_at_once(seed: int, n: int, k: int) -> None:
    k = min(k, n)
    assume(count(n, k) <= MOST)
    every = balanced_classes(n, k)
    assert len({tuple(row) for row in every.tolist()}) == len(every) == count(n, k)
    sizes = (every[:, :, None] == np.arange(k)).sum(1)
    assert np.ptp(sizes, axis=1).max() <= 1
    first = [list(dict.fromkeys(row)) for row in every.tolist()]
    assert first == [list(range(k))] * len(every)


@given(seed=SEEDS, n=st.integers(2, 30), k=st.integers(2, 5))
@settings(max_examples=20)
def test_exchanges_keep_the_balance_and_end_where_none_cuts_less(seed: int, n: int, k: int) -> None:
    k = min(k, n)
    problem, rng = weighted(seed, n, k), np.random.default_rng(seed)
    start = rng.permutation(np.arange(n) % k)
    end = exchanged(problem.adjacency, start, k)
    cut = problem.cut(end)
    assert cut <= problem.cut(start)
    assert problem.feasible(problem.solution(end))
    for i, j in itertools.combinations(range(n), 2):
        other = end.copy()
        other[[i, j]] = end[[j, i]]
        assert problem.cut(other) >= cut
    for i, c in itertools.product(range(n), range(k)):
        other = end.copy()
        other[i] = c
        assert problem.cut(other) >= cut or not problem.feasible(problem.solution(other))


def test_what_a_round_ends_with_has_no_exchange_left() -> None:
    rng = np.random.default_rng(20)
    W = np.triu(10.0 ** rng.integers(-3, 4, (14, 14)) * rng.random((14, 14)), 1)
    problem = Partition(W + W.T, parts=3)
    assert count(14, 3) > MOST
    rounds = Balanced(replicas=2, compiled=False).rounds(problem, rng, Monitor())
    first, improved = next(rounds), next(rounds)
    assert improved.cost <= first.cost
    end = exchanged(problem.adjacency, improved.x, 3)
    assert problem.cut(end) == pytest.approx(improved.cost)


def test_grid_is_cut_straight() -> None:
    problem = Partition.load("grid-6-10")
    result = minimize(problem, rng=0, time_limit=60, callback=until(problem, 6))
    assert result.fun == 6
    classical = minimize(Partition.load("grid-6-10"), "kernighan-lin", rng=0)
    assert classical.success
    assert not classical.pure
    with pytest.raises(ValueError, match="makes 2 classes"):
        minimize(Partition(np.zeros((6, 6)), parts=3), "kernighan-lin", rng=0)


def test_seats_are_balanced_and_keep_what_is() -> None:
    rng = np.random.default_rng(0)
    assert np.bincount(seated(rng.random((11, 3)))).tolist().count(4) == 2
    classes = rng.permutation(np.arange(11) % 3)
    assert seated(np.eye(3)[classes]).tolist() == classes.tolist()


@given(seed=SEEDS, n=st.integers(2, 9), k=st.integers(1, 3))
def test_energy_of_classes_is_the_cut_and_the_balance(seed: int, n: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    W = np.triu(rng.integers(1, 4, (n, n)), 1).astype(float)
    problem, classes = Partition(W + W.T, parts=min(k, n)), rng.integers(0, min(k, n), n)
    sizes = np.bincount(classes, minlength=problem.parts)
    odd = float(((sizes - n / problem.parts) ** 2).sum())
    want = problem.cut(classes) - W.sum() + BALANCE * W.sum() / (n * (n - 1)) * odd
    energy = balanced(problem.adjacency, problem.parts)
    assert float(energy.value(np.eye(problem.parts)[classes])) == pytest.approx(want)


@pytest.mark.parametrize("method", ["mean-field", "balanced"])
def test_networks_part_graphs(method: str) -> None:
    problem = Partition.load("grid-4-6", parts=2)
    result = minimize(problem, method, rng=0, time_limit=60, callback=until(problem, 4))
    assert (result.fun, result.success) == (4, True)
    assert result.output is None or problem.decode(result.output) == result.x
    bare = minimize(Partition(np.zeros((5, 5)), parts=2), method, rng=0)
    assert (bare.fun, bare.success) == (0, True)


def test_violations_of_partitions() -> None:
    problem = Partition(np.zeros((4, 4)))
    first, second = problem.violations({0: 0, 1: 0, 2: 0, 3: 1})
    assert first == ("class 0 has 2 … 2 nodes", 1, "move 1 of its nodes")
    assert second.constraint == "class 1 has 2 … 2 nodes"
    assert "has a class" in problem.violations({0: 0})[0].constraint
    assert "5 is a class" in problem.violations({0: 0, 1: 0, 2: 1, 3: 5})[0].constraint
    for parts in (3, 0, np.nan):
        with pytest.raises(ValueError, match="parts must lie in 1 … 2, the nodes; got"):
            Partition(np.zeros((2, 2)), parts=parts)
    with pytest.raises(ValueError, match="finite"):
        Partition([[0, np.nan], [np.nan, 0]])
    with pytest.raises(ValueError, match="nonnegative"):
        Partition([[0, -1], [-1, 0]])
