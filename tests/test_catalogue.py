"""Every entry of the catalogue from the command line, and problems of one's own."""

from __future__ import annotations

import io
import itertools
import json
import shutil
from inspect import signature
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from matplotlib.figure import Figure

from hopopt.app.cli import main
from hopopt.solve.discovery import problem_class, problem_for, problem_names
from problems import Clique, Coloring, Partition
from problems.shared.graph_problem import built_in
from problems.shared.pictures import palette

EXAMPLES = {
    "assignment": "random-8",
    "clique": "karate",
    "coloring": "queen5",
    "hubo": "labs-12",
    "independent-set": "grid-4-5",
    "knapsack": "random-12",
    "matching": "shuffled-petersen",
    "maxsat": "random-15-5",
    "number-partition": "random-12",
    "packing": "random-12-2",
    "partition": "grid-4-6",
    "qap": "grid-3-3",
    "queens": "8",
    "sat": "planted-15-4",
    "set-cover": "random-12-20",
    "vertex-cover": "petersen",
}


@pytest.mark.parametrize(("problem", "instance"), EXAMPLES.items())
def test_every_entry_solves_its_example_and_draws_it(
    problem: str, instance: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if problem not in problem_names():
        pytest.skip(f"installed before {problem} had its entry point")
    picture = tmp_path / "picture.svg"
    words = ["solve", instance, "--problem", problem, "--json"]
    words += (
        [] if problem == "sat" else ["--time-limit", "0.1"]
    )  # any other has a valid answer at once
    assert main([*words, "--plot", str(picture)]) in (0, 1)
    answer = json.loads(capsys.readouterr().out)
    kind = problem_class(problem)
    assert (answer["problem"], answer["sense"]) == (problem, kind.sense)
    assert answer["valid"] or (problem == "knapsack" and answer["violations"])
    assert isinstance(answer["solution"], dict | list)
    assert isinstance(answer["pure"], bool)
    assert picture.stat().st_size > 1000
    assert kind.instances()
    assert ("sense" in signature(kind).parameters) == ("sense" in kind.settings())


def test_a_file_says_which_problem_it_is(
    dimacs: Path, qaplib: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, problem in (
        (dimacs / "queen8_8.col", "coloring"),
        (dimacs / "c-fat200-1.clq", "clique"),
        (qaplib / "nug12.dat", "qap"),
    ):
        assert main(["solve", str(path), "--time-limit", "0.1", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["problem"] == problem


def test_files_of_no_or_of_one_problem() -> None:
    assert [problem_for(s) for s in ("x.tsp", "x.ATSP", "capitals", "-", "x.unknown")] == [
        "tsp"
    ] * 5
    assert (problem_for("x.qubo"), problem_for("a/b.mis")) == ("qubo", "independent-set")


def test_problem_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(Path(__file__).parents[1] / "scripts/set_cover.py", tmp_path)
    monkeypatch.chdir(tmp_path)
    words = ["solve", "random-8", "--problem", "set_cover:SetCover"]
    assert main([*words, "--json", "--plot", "cover.svg"]) == 0
    answer = json.loads(capsys.readouterr().out)
    problem = problem_class("set_cover:SetCover").load("random-8")
    answers = (problem.decode(np.array(s)) for s in itertools.product((-1, 1), repeat=8))
    best = min(problem.cost(x) for x in answers if problem.feasible(x))
    assert (answer["cost"], answer["sense"]) == (best, "min")
    assert problem.cost(answer["solution"]) == best


def test_energy_of_a_set_cover_is_the_cost_and_what_is_left_out() -> None:
    problem = problem_class("scripts.set_cover:SetCover").load("random-9")
    rng = np.random.default_rng(0)
    for _ in range(20):
        s = rng.choice([-1.0, 1.0], 9)
        x = problem.decode(s)
        left = problem.elements.difference(*(problem.sets[j] for j in x))
        assert float(problem.energy.value(s)) == pytest.approx(problem.cost(x) + 2 * len(left))


def test_a_class_that_is_incomplete_is_told_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "import hopopt\nclass Half(hopopt.Problem):\n    name = 'half'\n    cost = len\n"
    (tmp_path / "half_done.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert main(["solve", "x", "--problem", "half_done:Half"]) == 2
    said = capsys.readouterr().err
    assert "Half lacks methods, describe, feasible, load, size" in said


def test_infeasible_answers_name_the_constraint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", "3", "--problem", "queens", "--time-limit", "0.1"]) == 1
    said = capsys.readouterr().out
    assert "broken" in said
    assert "at peace: by 1; move one of them" in said


def test_unknown_instances_offer_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "nowhere", "--problem", "coloring"]) == 2
    assert "nowhere" in capsys.readouterr().err
    for name in ("queen99", "grid-999-999", "random-999999"):
        with pytest.raises(ValueError, match=r"queenN needs|at most"):
            built_in(name)


def test_large_graphs_are_drawn_as_matrices() -> None:
    dense = Clique.load("random-60")
    ax = dense.plot([dense.labels[0]], Figure().subplots())
    assert ax.get_ylabel() == "adjacency matrix"
    wide = Partition.load("grid-40-50")
    classes = {label: k % 2 for k, label in enumerate(wide.labels)}
    assert wide.plot(classes, Figure().subplots()).lines
    bare = Coloring.from_graph(nx.random_regular_graph(3, 50, seed=0))
    assert bare.plot(dict.fromkeys(bare.labels, 0), Figure().subplots()).collections
    assert len(np.unique(palette(30), axis=0)) == 30


@pytest.mark.parametrize("problem", ["assignment", "coloring", "knapsack", "maxcut", "qap", "qubo"])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfe3", "expected a text file; got other bytes"),
        (b"\x7fELF\x00\x00", "expected a text file; got binary data"),
        (b"x" * 1000, "expected"),
        (b"0 0\n", "expected"),
    ],
)
def test_what_is_no_instance(
    problem: str,
    data: bytes,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "odd").write_bytes(data)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    for source, name in ((str(tmp_path / "odd"), "odd"), ("-", "stdin")):
        assert main(["solve", source, "--problem", problem]) == 2
        said = capsys.readouterr().err
        assert message in said
        assert name in said
        assert len(said) < 300


def test_standard_input_closed_or_with_a_mark(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["solve", "-", "--problem", "maxcut", "--json"]
    monkeypatch.setattr("sys.stdin", None)
    assert main(words) == 2
    assert "got a closed standard input" in capsys.readouterr().err
    path = b"\xef\xbb\xbf3 2\r\n1 2 1\r\n2 3 1\r\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(path)))
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["cost"] == 2


@pytest.mark.parametrize("G", [None, "karate", np.eye(3)])
@pytest.mark.parametrize("kind", [Clique, Coloring, Partition])
def test_what_is_no_graph(kind: type[Coloring], G: Any) -> None:
    with pytest.raises(TypeError, match="G must be a networkx graph; got"):
        kind.from_graph(G)
