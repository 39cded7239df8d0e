"""Whole numbers are exact, or refused by name where a sum of them would not be."""

from __future__ import annotations

from collections.abc import Callable

import networkx as nx
import numpy as np
import pytest
from scipy import sparse

import problems
from hopopt import Problem, minimize
from problems.spins.heaps import differencing

BIG = 2**60
REFUSED: dict[str, tuple[str, Callable[[], Problem]]] = {
    "knapsack, weights": ("weights", lambda: problems.Knapsack([BIG, 1], [1, 2], 3)),
    "knapsack, beyond int64": ("weights", lambda: problems.Knapsack([2**63, 1], [1, 2], 3)),
    "knapsack, values": ("values", lambda: problems.Knapsack([1, 1], [BIG, BIG + 1], 3)),
    "qubo": ("Q", lambda: problems.QUBO([[BIG, 1], [0, 1]])),
    "qubo, sparse": ("Q", lambda: problems.QUBO(sparse.lil_array(np.array([[BIG, 1], [0, 1]])))),
    "qubo, dictionary": ("Q", lambda: problems.QUBO.from_dict({("a", "b"): BIG})),
    "ising": ("J", lambda: problems.Ising([[0, BIG], [BIG, 0]])),
    "ising, fields": ("h", lambda: problems.Ising([[0, 1], [1, 0]], [BIG, 1])),
    "maxcut": ("weights", lambda: problems.MaxCut(2, ([0], [1]), [BIG])),
    "maxcut, matrix": ("matrix", lambda: problems.MaxCut.from_matrix([[0, BIG], [BIG, 0]])),
    "maxcut, graph": (
        "weight",
        lambda: problems.MaxCut.from_graph(nx.Graph([(0, 1, {"weight": BIG})])),
    ),
    "partition": ("adjacency", lambda: problems.Partition([[0, BIG], [BIG, 0]])),
}


@pytest.mark.parametrize("name", REFUSED)
def test_integers_whose_sums_would_be_rounded_are_refused(name: str) -> None:
    argument, build = REFUSED[name]
    with pytest.raises(ValueError, match=rf"^{argument} must be integers .* less than 2\*\*53"):
        build()


def test_floats_of_any_size_are_taken() -> None:
    assert minimize(problems.QUBO([[-(2.0**80), 0], [0, 1]]), rng=0).fun == -(2.0**80)


@pytest.mark.parametrize(
    ("numbers", "difference"),
    [
        ([2**60 + 1, 2**60], 1),
        ([2**70 + 3, 2**69, 2**69], 3),
        ([2.0**60, 2.0**60 + 256, 1.0], 255),
        ([0.5, 0.25, 0.25], 0),
    ],
)
@pytest.mark.parametrize("method", ["auto", "karmarkar-karp"])
def test_heaps_differ_by_what_exact_sums_say(
    numbers: list[float], difference: int, method: str
) -> None:
    result = minimize(problems.NumberPartition(numbers), method, rng=0)
    first = sum(int(4 * numbers[k]) for k in result.x)
    assert 4 * result.fun == abs(2 * first - sum(int(4 * a) for a in numbers)) == 4 * difference


def test_differencing_tells_numbers_apart_beyond_doubles() -> None:
    numbers = [2**60 + 3, 2**60 + 1, 2, 1]
    assert abs(sum(int(s) * a for s, a in zip(differencing(numbers), numbers, strict=True))) == 1
