"""What people bring: numbers of any type, labelled series, labels of any kind, missing ways."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

import problems
from hopopt import minimize
from problems import MaxCut


class Series:
    """The part of a pandas Series by which it is known."""

    def __init__(self, entries: dict[Any, float]) -> None:
        self.entries, self.index = entries, list(entries)

    def items(self) -> Any:
        return self.entries.items()

    def to_dict(self) -> dict[Any, float]:
        return self.entries


MIXED = nx.Graph([(1, "a"), ("a", (2, 3)), ((2, 3), 1), (frozenset({1}), 1)])
GAPS = nx.Graph()
GAPS.add_weighted_edges_from(
    [(0, 1, np.inf), (1, 2, 1), (0, 2, 1), (1, 3, np.float32(1)), (0, 3, Fraction(2))]
)
RIGHT: dict[str, tuple[Callable[[], Any], Any]] = {
    "fields by label": (
        lambda: problems.ising(Series({"a": 1.0, "b": -1.0}), {("a", "b"): 1}),
        (-3.0, {"a": -1, "b": 1}),
    ),
    "pairs by label": (
        lambda: problems.qubo(Series({("a", "a"): -1, ("a", "b"): 2})),
        (-1.0, {"a": 1, "b": 0}),
    ),
    "terms by label": (lambda: problems.HUBO(Series({("a", "b", "c"): -1})).size, 3),
    "fractions": (
        lambda: problems.number_partition([Fraction(1, 3), 1, Fraction(2, 3)])[0],
        0.0,
    ),
    "decimals": (lambda: problems.number_partition([Decimal("0.1")] * 2)[0], 0.0),
    "labels of all kinds": (
        lambda: set(problems.tsp(MIXED, complete="shortest-path")) == set(MIXED),
        True,
    ),
    "infinite ways are missing": (lambda: problems.tsp(GAPS), [0, 2, 1, 3, 0]),
    "a NumPy integer": (lambda: problems.queens(np.int64(1)), [0]),
    "ends as floats": (lambda: MaxCut(3, ([0.0, 1.0], [1, 2])).edges[0].tolist(), [0, 1]),
    "seed sequence": (
        lambda: minimize(problems.QUBO([[-1]]), rng=np.random.SeedSequence(1)).fun,
        -1.0,
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_inputs_of_all_kinds_are_understood(name: str) -> None:
    call, want = RIGHT[name]
    assert call() == want


ODD: dict[str, tuple[Callable[[], Any], str]] = {
    "ends between nodes": (lambda: MaxCut(3, ([0.5], [1])), "edges must hold whole numbers; got 0"),
    "ends too large": (lambda: MaxCut(3, ([10**30], [1])), "edges must hold whole numbers; got 1e"),
    "more variables than atoms": (
        lambda: problems.SAT([], size=10**400),
        "size must be at most 10000000",
    ),
    "products of no size": (
        lambda: problems.qap([[1e200]], [[1e200]]),
        "A and B must be so small that sums of their products are finite",
    ),
    "weights beyond 64 bits": (lambda: problems.knapsack([2**63, 1], [1, 1], 2), "weights must be"),
    "sums that are not exact": (
        lambda: problems.packing([[2**60, 2**60 + 1]], [1, 1], [2**61]),
        "weights must be integers whose sizes add up to less than",
    ),
    "terms that are not exact": (lambda: problems.HUBO({(0,): 2**60}), "terms must be integers"),
    "costs that are not exact": (
        lambda: problems.assignment([[2**60, 2**60 + 1], [1, 2]]),
        "costs must be integers below",
    ),
    "infinite cut": (lambda: problems.max_cut(GAPS), r"\(0, 1\) must be a finite number; got inf"),
}


@pytest.mark.parametrize("name", ODD)
def test_others_are_refused_by_name(name: str) -> None:
    call, message = ODD[name]
    with pytest.raises(ValueError, match=message):
        call()


EDGES = np.array([[0, 5, 1, 0], [5, 0, 2, 4], [1, 2, 0, 3], [0, 4, 3, 0]], dtype=float)
VALUES = np.array([3.0, 4.0, 6.0])
SIZED: dict[str, Callable[[float], tuple[Any, float]]] = {
    "assignment": lambda s: (problems.LinearAssignment(s * (EDGES + 1)), 4),
    "hubo": lambda s: (problems.HUBO({(0, 1, 2): -3 * s, (0,): s, (2,): s}), -1),
    "independent set": lambda s: (problems.IndependentSet(EDGES, weights=s * np.arange(1, 5)), 5),
    "ising": lambda s: (problems.Ising.from_dict({0: s}, {(0, 1): s, (1, 2): -s}), -3),
    "knapsack": lambda s: (problems.Knapsack(s * np.arange(2, 5), VALUES, 6 * s), 9 / s),
    "knapsack's values": lambda s: (problems.Knapsack([2, 3, 4], s * VALUES, 6), 9),
    "matching": lambda s: (problems.GraphMatching(s * EDGES, EDGES), 55),
    "maxcut": lambda s: (MaxCut.from_matrix(s * EDGES), 13),
    "maxsat": lambda s: (problems.MaxSAT([[1], [-1], [2]], s * np.arange(1, 4)), 1),
    "number partition": lambda s: (problems.NumberPartition(s * np.array([5, 3, 1])), 1),
    "packing": lambda s: (problems.Packing([[2 * s, 3 * s, 4 * s]], s * VALUES, [6 * s]), 9),
    "partition": lambda s: (problems.Partition(s * EDGES), 7),
    "qap": lambda s: (problems.QuadraticAssignment(s * EDGES, 9 - EDGES), 160),
    "qubo": lambda s: (problems.QUBO(s * np.array([[1, -3], [-3, 1]])), -4),
    "tsp": lambda s: (problems.TSP.from_matrix(s * EDGES), 7),
    "vertex cover": lambda s: (problems.VertexCover(EDGES, weights=s * np.arange(1, 5)), 5),
}


@pytest.mark.parametrize("scale", [1e-300, 1e300])
@pytest.mark.parametrize("name", SIZED)
def test_answers_do_not_change_with_the_unit(name: str, scale: float) -> None:
    problem, want = SIZED[name](scale)
    result = minimize(problem, rng=0)
    assert result.success
    assert result.fun / scale == pytest.approx(want, rel=1e-12)


def test_big_values_hide_nothing() -> None:
    """Of items, one that never fits, and one that outweighs all others."""
    w, v = np.array([1e15, 7, 5, 4, 3]), np.array([1, 1e15, 9, 7, 5])
    for kind in (problems.Knapsack(w, v, 15), problems.Packing([w], v, [15])):
        for method in ("auto", "milp", "exchanges"):
            assert minimize(kind, method, rng=0).x == [1, 2, 4]


GIVEN: dict[str, tuple[Any, Any]] = {
    "items, each chosen or not": (problems.Knapsack([2, 3, 4], VALUES, 6), [True, False, True]),
    "the same as an array": (
        problems.Packing([[2, 3, 4]], VALUES, [6]),
        np.array([True, False, True]),
    ),
    "truth values": (problems.SAT([[1, -2]]), [True, False]),
    "truth values by variable": (problems.SAT([[1, -2]]), {1: True, 2: False}),
    "a list of colours": (problems.Coloring.from_graph(nx.path_graph(3)), [0, 1, 0]),
}


@pytest.mark.parametrize("form", GIVEN)
def test_solutions_are_taken_in_the_forms_that_people_have(form: str) -> None:
    problem, initial = GIVEN[form]
    result = minimize(problem, initial=initial, rng=0)
    assert problem.loss(result.fun) <= problem.loss(problem.cost(problem.given(initial)))


def test_fewer_colours_than_a_clique_has_are_not_looked_for() -> None:
    problem = problems.Coloring.from_graph(nx.complete_graph(5), colors=4)
    result = minimize(problem, rng=0)  # without a limit
    assert not result.success
    assert result.nit == 1


@pytest.mark.parametrize(
    ("problem", "ending", "text"),
    [
        (problems.MaxCut, "col", "p edge 999999999 1\ne 1 2\n"),
        (problems.MaxCut, "rud", "999999999 1\n1 2\n"),
        (
            problems.MaxCut,
            "mtx",
            "%%MatrixMarket matrix coordinate real general\n{0} {0} 1\n1 2 1\n",
        ),
        (problems.Partition, "graph", "999999999 1\n2\n1\n"),
        (problems.QUBO, "qubo", "p qubo 0 999999999 0 0\n"),
        (problems.QUBO, "sparse", "999999999 1\n1 2 3\n"),
        (problems.QUBO, "qplib", "a\nQBN\nminimize\n999999999\n"),
    ],
)
def test_files_of_too_much_say_how_much_is_read(
    problem: Any, ending: str, text: str, tmp_path: Path
) -> None:
    path = tmp_path / f"huge.{ending}"
    path.write_text(text.format(10**9 - 1), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"huge\.{ending}.*at most \d+ .*; got 999999999"):
        problem.load(str(path))
