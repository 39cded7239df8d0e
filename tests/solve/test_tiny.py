"""Tiny instances end when nothing is left to find, whatever the method."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest

import problems
from hopopt import Problem, Status, minimize
from problems.shared.external import External

D = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [2.0, 3.0, 0.0]])
PATH = nx.path_graph(3)
TINY: list[Problem] = [
    problems.TSP.from_matrix(D),
    problems.TSP.from_matrix(D + np.triu(D)),
    problems.TSP.from_points([[0, 0], [1, 0], [0, 1]], cycle=False),
    problems.QUBO(D - 1),
    problems.Ising(D),
    *(
        getattr(problems, name).from_graph(PATH)
        for name in ("MaxCut", "IndependentSet", "Clique", "VertexCover", "Coloring", "Partition")
    ),
    problems.Knapsack([1, 2, 3], [1, 2, 3], 3),
    problems.NumberPartition([1, 2, 3]),
    problems.LinearAssignment(D),
    problems.QuadraticAssignment(D, D),
    problems.GraphMatching(D, D),
]
CASES = [
    pytest.param(problem, name, id=f"{k}-{problem.name}-{name}")
    for k, problem in enumerate(TINY)
    for name in ("auto", *problem.methods)
]


@pytest.mark.parametrize(("problem", "name"), CASES)
def test_a_method_knows_when_nothing_is_left(problem: Problem, name: str) -> None:
    method = problem.method(name)
    if method.refusal(problem) is not None or isinstance(method, External):
        pytest.skip("not for this instance, not installed, or another package's")
    try:
        result = minimize(problem, method, rng=0, time_limit=60)
    except ValueError as refusal:
        pytest.skip(str(refusal))
    assert result.status != Status.TIME_LIMIT


def brute(problem: Problem) -> float:
    solutions = [problem.decode(output) for output in problem.corners()]
    return min(problem.loss(problem.cost(x)) for x in solutions if problem.feasible(x))


@pytest.mark.parametrize("problem", [p for p in TINY if any(True for _ in p.corners())], ids=repr)
def test_the_best_method_finds_the_best(problem: Any) -> None:
    result = minimize(problem, rng=0)
    assert problem.loss(result.fun) == pytest.approx(brute(problem))


def test_large_instances_are_not_looked_through() -> None:
    for problem in (problems.TSP.load("random-9"), problems.QUBO(np.eye(9)), problems.Queens(8)):
        assert not any(True for _ in problem.corners())


@pytest.mark.parametrize(
    ("problem", "call"),
    [
        (problems.Queens(3), lambda: problems.queens(3)),
        (
            problems.Coloring.from_graph(nx.cycle_graph(5), colors=2),
            lambda: problems.coloring(nx.cycle_graph(5), 2),
        ),
        (problems.SAT([[1, 2], [-1, 2], [1, -2], [-1, -2]]), None),
        (problems.MaxSAT([[1]], hard=[[2], [-2]]), None),
    ],
    ids=lambda case: getattr(case, "name", ""),
)
def test_what_does_not_exist_is_said_not_to(problem: Problem, call: Any) -> None:
    for name in ("auto", *problem.methods):
        method = problem.method(name)
        if method.refusal(problem) is None and not isinstance(method, External):
            result = minimize(problem, method, rng=0)
            assert (result.success, result.status) == (False, Status.IMPOSSIBLE)
            assert result.message == "No feasible solution exists."
    if call is not None:
        with pytest.raises(ValueError, match=r"^no .* exists$"):
            call()
