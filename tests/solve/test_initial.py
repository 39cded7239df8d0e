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
from hopopt import Monitor, minimize
from hopopt.app.cli import main
from hopopt.core import Deadline
from hopopt.solve.discovery import problem_class, problem_names
from problems.shared.external import External

GRAPH = nx.petersen_graph()
TUPLES = nx.grid_2d_graph(3, 4)
MATRIX = np.random.default_rng(0).integers(1, 99, (6, 6))
DICT = {("a", "a"): -1, ("a", "b"): 2, ("b", "b"): -2}
INSTANCES = {
    "assignment": "random-6",
    "clique": "random-14",
    "coloring": "queen4",
    "hubo": "three-12",
    "independent-set": "random-40",
    "ising": "sk-20",
    "knapsack": "random-6",
    "matching": "shuffled-petersen",
    "maxcut": "regular-40",
    "maxsat": "random-20-6",
    "number-partition": "random-9",
    "packing": "random-20-3",
    "partition": "random-40",
    "qap": "random-12",
    "qubo": "beasley-40",
    "queens": "6",
    "sat": "planted-12-4",
    "set-cover": "random-12-20",
    "tsp": "random-40",
    "vertex-cover": "random-40",
}
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
    problem = problem_class(name).load(INSTANCES[name])
    result = minimize(problem, rng=0, time_limit=0.02)
    assert result.success
    problem.write(result.x, tmp_path / "x.json")
    again = minimize(problem, initial=problem.read(tmp_path / "x.json"), rng=1, time_limit=0.02)
    assert again.success
    assert problem.loss(again.fun) <= problem.loss(result.fun)


@pytest.mark.parametrize("name", problem_names())
def test_the_answer_is_never_worse_than_what_it_began_with(name: str) -> None:
    """Not by any method, and methods that begin with it lose nothing themselves."""
    problem = problem_class(name).load(INSTANCES[name])
    best, able = minimize(problem, rng=0, time_limit=0.1), 0
    for method in problem.methods.values():
        chosen = method()
        if chosen.refusal(problem) is not None:
            continue
        try:
            again = minimize(problem, chosen, initial=best, rng=1, time_limit=0.0)
        except ValueError:
            assert isinstance(chosen, External)  # and found nothing in no time
            continue
        assert again.success
        assert problem.loss(again.fun) <= problem.loss(best.fun)
        if hasattr(chosen, "initial"):
            able += 1
            over = Monitor(Deadline.after(0.0))
            x = chosen.beginning(best.x).attempt(problem, np.random.default_rng(1), over).x
            assert problem.feasible(x)
            assert problem.loss(problem.cost(x)) <= problem.loss(best.fun) + 1e-9 * abs(best.fun)
    auto = problem.method("auto")
    assert able or name == "assignment"  # whose methods are exact
    exact = ("sinkhorn", "dynamic-programming", "milp", "horowitz-sahni")
    assert hasattr(auto, "initial") or auto.name in exact


def test_infeasible_and_foreign_solutions_are_refused() -> None:
    problem = problems.Coloring.from_graph(GRAPH)
    with pytest.raises(
        ValueError, match=r"initial must be a feasible .* joins two colours is broken, by 1"
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
