"""Every problem takes a solution to begin with, in every form in which one is given."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

import problems
from hopopt import minimize
from hopopt.app.cli import main
from hopopt.solve.discovery import problem_class, problem_names

GRAPH = nx.petersen_graph()
TUPLES = nx.grid_2d_graph(3, 4)
MATRIX = np.random.default_rng(0).integers(1, 99, (6, 6))
DICT = {("a", "a"): -1, ("a", "b"): 2, ("b", "b"): -2}
CALLS: dict[str, tuple[Callable[..., Any], Any]] = {
    "assignment": (lambda **o: problems.assignment(MATRIX, **o), problems.LinearAssignment(MATRIX)),
    "clique": (
        lambda **o: problems.clique(TUPLES, time_limit=0.02, **o),
        problems.Clique.from_graph(TUPLES),
    ),
    "coloring": (lambda **o: problems.coloring(TUPLES, **o), problems.Coloring.from_graph(TUPLES)),
    "independent-set": (
        lambda **o: problems.independent_set(TUPLES, time_limit=0.02, **o),
        problems.IndependentSet.from_graph(TUPLES),
    ),
    "ising": (
        lambda **o: problems.ising({"a": 1}, {("a", "b"): 1}, time_limit=0.02, **o),
        problems.Ising.from_dict({"a": 1}, {("a", "b"): 1}),
    ),
    "knapsack": (
        lambda **o: problems.knapsack([2, 3, 4], [3, 4, 5], 5, **o),
        problems.Knapsack([2, 3, 4], [3, 4, 5], 5),
    ),
    "matching": (
        lambda **o: problems.graph_matching(TUPLES, GRAPH, time_limit=0.02, **o),
        problems.GraphMatching.from_graphs(TUPLES, GRAPH),
    ),
    "maxcut": (
        lambda **o: problems.max_cut(TUPLES, time_limit=0.02, **o),
        problems.MaxCut.from_graph(TUPLES),
    ),
    "number-partition": (
        lambda **o: problems.number_partition([3, 1, 1, 2, 2, 1], time_limit=0.02, **o),
        problems.NumberPartition([3, 1, 1, 2, 2, 1]),
    ),
    "partition": (
        lambda **o: problems.partition(TUPLES, 3, time_limit=0.02, **o),
        problems.Partition.from_graph(TUPLES, parts=3),
    ),
    "qap": (
        lambda **o: problems.qap(MATRIX, MATRIX.T, time_limit=0.02, **o),
        problems.QuadraticAssignment(MATRIX, MATRIX.T),
    ),
    "queens": (lambda **o: problems.queens(6, **o), problems.Queens(6)),
    "qubo": (lambda **o: problems.qubo(DICT, time_limit=0.02, **o), problems.QUBO.from_dict(DICT)),
    "tsp": (
        lambda **o: problems.tsp(TUPLES, complete="shortest-path", time_limit=0.02, **o),
        problems.TSP.from_graph(TUPLES, complete="shortest-path"),
    ),
    "vertex-cover": (
        lambda **o: problems.vertex_cover(TUPLES, time_limit=0.02, **o),
        problems.VertexCover.from_graph(TUPLES),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_the_functions_return_is_taken(name: str) -> None:
    call, problem = CALLS[name]
    found = call()
    x = problem.given(found)
    assert problem.feasible(x)
    assert call(initial=found) is not None
    result = minimize(problem, initial=found, rng=0, time_limit=0.02)
    assert problem.loss(result.fun) <= problem.loss(problem.cost(x))
    assert problem.given(result) is not None


@pytest.mark.parametrize("name", CALLS)
def test_what_was_written_is_read_back(name: str, tmp_path: Path) -> None:
    call, problem = CALLS[name]
    result = minimize(problem, rng=0, initial=call(), time_limit=0.02)
    problem.write(result.x, tmp_path / "x.json")
    again = problem.read(tmp_path / "x.json")
    assert problem.feasible(again)
    assert problem.cost(again) == result.fun
    if name != "tsp":
        (tmp_path / "y.json").write_text(json.dumps(result.to_dict()), encoding="utf-8")
        assert problem.cost(problem.read(tmp_path / "y.json")) == result.fun


@pytest.mark.parametrize("name", sorted(set(CALLS) - {"tsp"}))
@pytest.mark.parametrize("text", ["", "[]", "{}", '{"solution": {"x": 1}}', "[" * 5000])
def test_files_that_hold_no_solution_are_refused(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    problem = CALLS[name][1]
    with pytest.raises(ValueError, match=r"expected a solution|initial must be a"):
        problem.given(problem.read(tmp_path / "x.json"))


@pytest.mark.parametrize("name", sorted(set(problem_names()) - set(CALLS)))
def test_other_problems_begin_with_what_they_wrote(name: str, tmp_path: Path) -> None:
    problem = problem_class(name).sample()
    if problem is None:
        pytest.skip(f"{name} has no sample")
    result = minimize(problem, rng=0, time_limit=0.02)
    if not result.success:
        pytest.skip(f"no feasible solution of {name} was found in this time")
    problem.write(result.x, tmp_path / "x.json")
    again = minimize(problem, initial=problem.read(tmp_path / "x.json"), rng=1, time_limit=0.02)
    assert again.success
    assert problem.loss(again.fun) <= problem.loss(result.fun)


@pytest.mark.parametrize(
    "problem",
    [
        problems.MaxCut.load("regular-40"),
        problems.QUBO.load("beasley-40"),
        problems.QuadraticAssignment.load("random-12"),
        problems.TSP.load("random-40"),
        problems.Partition.load("random-40"),
        problems.Coloring.load("random-40"),
        problems.IndependentSet.load("random-40"),
    ],
)
def test_the_answer_is_never_worse_than_what_it_began_with(problem: Any) -> None:
    best = minimize(problem, rng=0, time_limit=0.1)
    for method in problem.methods.values():
        chosen = method()
        if chosen.refusal(problem) is None:
            again = minimize(problem, chosen, initial=best, rng=1, time_limit=0.0)
            assert again.success
            assert problem.loss(again.fun) <= problem.loss(best.fun)


def test_infeasible_and_foreign_solutions_are_refused() -> None:
    problem = problems.Coloring.from_graph(GRAPH)
    with pytest.raises(
        ValueError, match=r"initial must be a feasible .* joins two colours is brok"
    ):
        minimize(problem, initial=dict.fromkeys(GRAPH, 0))
    with pytest.raises(ValueError, match="initial must be a solution of coloring; got 7"):
        minimize(problem, initial=7)
    colours = dict(zip(GRAPH, range(10), strict=True))
    with pytest.raises(ValueError, match="initial must not be given with pure"):
        minimize(problem, "mean-field", pure=True, initial=colours)


def test_command_begins_with_what_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["solve", "random-12", "--problem", "qap", "--time-limit", ".05", "--json"]
    for name in ("x.sln", "x.json"):
        assert main([*words, "-o", str(tmp_path / name)]) == 0
        cost = json.loads(capsys.readouterr().out)["cost"]
        assert main([*words, "--initial", str(tmp_path / name), "--method", "tabu"]) == 0
        assert json.loads(capsys.readouterr().out)["cost"] <= cost
    n, value, *order = (tmp_path / "x.sln").read_text().split()
    inverse = np.argsort(np.array(order, dtype=int)) + 1
    (tmp_path / "y.sln").write_text(f"{n} {value} {' '.join(map(str, inverse))}")
    problem = problem_class("qap").load("random-12")
    assert problem.cost(problem.read(tmp_path / "y.sln")) == float(value)
    (tmp_path / "z.sln").write_text("3 4\n1 2 3\n")
    assert main([*words, "--initial", str(tmp_path / "z.sln")]) == 2
    assert "expected 12, a value, and a permutation" in capsys.readouterr().err
