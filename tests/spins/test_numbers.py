"""Number partitioning and knapsacks."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from until import until

from hopopt import minimize
from problems import (
    Knapsack,
    NumberPartition,
    Partition,
)

SEEDS = st.integers(0, 2**32 - 1)


@given(seed=SEEDS, n=st.integers(1, 8))
@settings(max_examples=20)
def test_numbers_and_knapsacks(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    numbers = rng.integers(1, 50, n)
    problem = NumberPartition(numbers)
    best = min(abs(float(np.dot(s, numbers))) for s in itertools.product((-1, 1), repeat=n))
    assert minimize(problem).fun == best
    far = NumberPartition([int(a) * 2**70 + k for k, a in enumerate(numbers)])  # no float tells
    signs = np.array(list(itertools.product((-1, 1), repeat=n)), dtype=object)
    assert minimize(far).fun == float(min(abs(signs @ np.array(far.terms, dtype=object))))
    assert minimize(problem, "karmarkar-karp").fun >= best
    values = rng.integers(1, 20, n)
    sack = Knapsack(numbers, values, int(numbers.sum()) // 2)
    want = max(
        float(np.dot(x, values))
        for x in itertools.product((0, 1), repeat=n)
        if np.dot(x, numbers) <= sack.capacity
    )
    exact = minimize(sack)
    assert (exact.method, exact.fun, exact.success) == ("dynamic-programming", want, True)
    found = minimize(sack, "anneal", rng=0, time_limit=0.02)
    assert not found.success or found.fun <= want


@pytest.mark.parametrize("unit", [1e-100, 1e-12, 1e12, 1e100])
def test_values_and_weights_of_any_size(unit: float) -> None:
    sack = Knapsack([3, 4, 5, 6], unit * np.array([4, 5, 6, 7]), 10)
    best = 12 * unit * (1 - 1e-12)
    found = minimize(sack, "anneal", rng=0, time_limit=60, callback=until(sack, best))
    assert found.fun == pytest.approx(12 * unit)
    G = nx.barbell_graph(3, 0)
    nx.set_edge_attributes(G, unit, "weight")
    problem = Partition.from_graph(G)
    cut = minimize(problem, rng=0, time_limit=60, callback=until(problem, unit))
    assert cut.fun == pytest.approx(unit)


def test_the_best_of_any_kind_is_taken() -> None:
    """A table or all sums where they fit, differencing where the numbers are many."""
    assert Knapsack([1, 2], [1, 1], 2).method().name == "dynamic-programming"
    large = Knapsack(np.ones(300), np.ones(300), 10**6)
    assert large.method().name == "milp"
    with pytest.raises(ValueError, match=r"at most 200,000,000 entries; got 300,000,300"):
        minimize(large, "dynamic-programming")
    chosen = [NumberPartition.load(f"random-{n}").method().name for n in (29, 30)]
    assert chosen == ["horowitz-sahni", "karmarkar-karp"]
    assert NumberPartition.load("random-30").method(pure=True).name == "replicas"


def test_an_overfull_sack_says_by_how_much() -> None:
    sack = Knapsack([5, 3, 2], [1, 1, 1], 6)
    (broken,) = sack.violations([0, 1])
    assert (broken.constraint, broken.excess) == ("the weight is at most 6", 2)
    assert "such as 1" in broken.remedy
    bits = np.ones(3 + len(sack.slack))
    load = 10 + sack.slack.sum() - 6
    assert float(sack.energy.value(bits)) == pytest.approx(-3 + sack.penalty * load**2)
    for name, arguments in {
        "weights": ([-0.5], [1], 1),
        "values": ([1, 1], [2, -1], 1),
        "capacity": ([1], [1], -1.5),
    }.items():
        with pytest.raises(ValueError, match=f"{name} must be finite and nonnegative; got -"):
            Knapsack(*arguments)
    for name, arguments in {
        "weights": ([np.nan], [1], 1),
        "values": ([1], [np.nan], 1),
        "capacity": ([1], [1], np.nan),
    }.items():
        with pytest.raises(ValueError, match=f"{name} must be finite"):
            Knapsack(*arguments)
    with pytest.raises(ValueError, match="numbers must be finite"):
        NumberPartition([np.nan])
    with pytest.raises(ValueError, match="positive"):
        NumberPartition([1, -1])
    with pytest.raises(ValueError, match="one or more; got shape"):
        NumberPartition([])
    with pytest.raises(ValueError, match=r"weight of edge .* must be a finite number"):
        Partition.from_graph(nx.Graph([(0, 1, {"weight": 10**400})]))
