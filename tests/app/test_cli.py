"""hopopt solve: its answer as JSON, in words, in files and in pictures."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest
from command import TOY, TRIANGLE, answer
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import Toy

from hopopt import Status, package_version
from hopopt.app.cli import main
from hopopt.app.text import summary
from hopopt.solve.method import KINDS
from hopopt.solve.minimizer import minimize
from problems import TSP

KEYS = [
    *("problem", "instance", "n", "method", "integrator", "kind", "pure", "valid"),
    *("valid_before_decoding", "violations", "cost", "optimum", "gap", "tour", "energy"),
    *("seed", "restarts", "cpu_seconds", "wall_seconds", "status", "message", "version"),
]


def test_json_is_the_whole_result(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "random-8", "--time-limit", "60", "--json"]) == 0
    out, err = capsys.readouterr()
    result = answer(out)
    assert err == ""
    assert [key for key in result if key not in ("bound", "gap_bound")] == KEYS
    assert result["bound"] == pytest.approx(result["cost"])  # which a proof has ended
    assert (result["problem"], result["instance"], result["n"]) == ("tsp", "random-8", 8)
    assert (result["valid"], result["pure"], result["status"]) == (True, False, Status.OPTIMAL)
    assert (result["method"], result["kind"]) == ("k-opt", "classical")  # eight cities: exactly
    assert (result["optimum"], result["gap"], result["seed"]) == (None, None, 0)
    assert sorted(result["tour"]) == list(range(8))
    assert result["cost"] == pytest.approx(TSP.load("random-8").cost(result["tour"]), rel=1e-12)
    assert result["version"] == package_version()


@pytest.mark.parametrize(("method", "counts"), [("talavan-yanez-2002", "112"), ("k-opt", "12")])
def test_same_command_same_answer_on_any_number_of_workers(
    method: str, counts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = []
    for workers in counts:
        words = ["--method", method, "--restarts", "3", "--time-limit", "600", "--json"]
        assert main(["solve", "random-9", *words, "--workers", workers]) == 0
        answers.append(answer(capsys.readouterr().out))
    for entry in answers:
        assert entry.pop("cpu_seconds") >= 0
        assert entry.pop("wall_seconds") >= 0
    assert all(entry == answers[0] for entry in answers[1:])


def test_options_reach_the_solver(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--restarts", "2", "--seed", "7", "--time-limit", "60", "--json"]
    assert main(["solve", "random-6", "--method", "ring", "--solver", "BDF", *words]) == 0
    result = answer(capsys.readouterr().out)
    assert (result["method"], result["integrator"]) == ("ring", "BDF")
    assert (result["restarts"], result["seed"]) == (2, 7)


def test_summary_for_people(three: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "three.tsp", "--method", "ring"]) == 0
    out = capsys.readouterr().out
    for line in (
        r"instance +three \(tsp, n = 3\)",
        r"method +ring",
        rf"kind +pure: {KINDS['pure']}",
        r"integrator +LSODA",
        r"cost +12",
        r"optimum +12",
        r"gap +0\.00 %",
        r"valid +yes \(before decoding: (yes|no)\)",
        r"seed +0",
        r"restarts +1",
        r"time +\d+\.\d\d s CPU, \d+\.\d\d s wall",
        r"status +The network came to rest\.",
        "1, 2, 3",
    ):
        assert re.search(f"^{line}$", out, re.MULTILINE), line


@settings(max_examples=10)
@given(n=st.integers(1, 1500), columns=st.integers(1, 120))
def test_summary_fits_the_terminal(n: int, columns: int) -> None:
    result = minimize(Toy(n), "classical", rng=0)
    letters = summary(result, columns).partition("letters:\n")[2].split("\n")
    assert len(letters) <= 32
    if letters[-1].startswith("…"):
        assert letters.pop() == f"… {n} in all: --json or -o FILE gives every one"
        assert len(letters) == 31
    else:
        assert ", ".join("a" * n) == " ".join(letters)
    assert all(len(line) <= max(columns, 2) for line in letters)


def test_labels_are_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "capitals"]) == 0
    lines = capsys.readouterr().out.partition("tour:\n")[2].splitlines()
    printed = [label.strip(",") for line in lines for label in line.split(", ")]
    assert sorted(printed) == sorted(map(str, TSP.load("capitals").labels))


def test_heuristics_are_called_classical(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "4", *TOY, "--method", "classical"]) == 0
    out = capsys.readouterr().out
    assert "method      classical\nkind        classical: no network\n" in out
    assert "valid       yes\n" in out


def test_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(TRIANGLE))
    assert main(["solve", "-", "--json"]) == 0
    assert answer(capsys.readouterr().out)["cost"] == 12


def test_data_folder(three: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "sub").mkdir()
    three.rename(here / "sub" / "three.tsp")
    assert main(["solve", "three", "--data", "sub", "--json"]) == 0
    assert answer(capsys.readouterr().out)["instance"] == "three"


def test_settings_open_a_tour_and_fix_its_ends(
    three: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ends = ["--set", "cycle=false", "--set", "start=3", "--set", "end=2"]
    assert main(["solve", str(three), "--json", *ends]) == 0
    found = answer(capsys.readouterr().out)
    assert (found["tour"], found["cost"], found["optimum"]) == ([3, 1, 2], 8, None)


@pytest.mark.parametrize(
    ("problem", "setting", "values"),
    [("coloring", "colors=3", {0, 1, 2}), ("partition", "parts=4", {0, 1, 2, 3})],
)
def test_settings_of_graph_problems(
    problem: str, setting: str, values: set[int], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["solve", "petersen", "--problem", problem, "--set", setting, "--time-limit", "0.1"]
    assert main([*words, "--json"]) == 0
    assert set(answer(capsys.readouterr().out)["solution"].values()) == values


def test_a_setting_that_cannot_be_kept_is_a_broken_constraint(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["solve", "petersen", "--problem", "coloring", "--set", "colors=2"]
    assert main([*words, "--time-limit", "0.1", "--json"]) == 1


def test_infeasible(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["solve", "4", *TOY, "--method", "wrong", "-o", "word.json"]
    assert main([*words, "--json"]) == 1
    out, err = capsys.readouterr()
    result = answer(out)
    assert (result["valid"], result["cost"], result["gap"]) == (False, None, None)
    assert result["energy"] is None
    assert err == "hopopt: no feasible solution to write to word.json\n"
    assert not (here / "word.json").exists()
    assert main(words) == 1
    out = capsys.readouterr().out
    assert "cost        none\n" in out
    assert "valid       no\n" in out


def test_solution_file(here: Path) -> None:
    assert main(["solve", "4", *TOY, "-o", "word.json"]) == 0
    saved = json.loads((here / "word.json").read_text(encoding="utf-8"))
    assert saved == {"word": "aaaa", "letters": list("aaaa")}


@pytest.mark.parametrize(("method", "code"), [("plain", 0), ("wrong", 1)])
def test_pictures(method: str, code: int, here: Path) -> None:
    words = ["--method", method, "--restarts", "1", "--plot", "a.SVG", "--animate", "a.gif"]
    assert main(["solve", "4", *TOY, *words]) == code
    assert (here / "a.SVG").read_text(encoding="utf-8").startswith("<?xml")
    assert (here / "a.gif").read_bytes().startswith(b"GIF8")


def test_nothing_to_animate(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["solve", "4", *TOY, "--method", "classical", "--json", "--animate", "a.gif"]
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert answer(out)["valid"]
    assert err == "hopopt: error: --animate: method classical has no stages to show\n"
    assert not (here / "a.gif").exists()


@pytest.mark.parametrize("form", [["--json"], []])
def test_interrupt_prints_the_best_so_far(
    form: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", "4", *TOY, "--method", "interrupted", *form]) == 130
    out, err = capsys.readouterr()
    assert "Interrupted: this is the best solution so far." in out
    assert "aaaa" in out
    assert err == ""


def test_interrupt_before_the_first_solution(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "4", *TOY, "--method", "escaped"]) == 130
    assert capsys.readouterr() == ("", "hopopt: interrupted\n")


def test_pure_takes_the_best_pure_method(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "random-6", "--pure", "--json"]) == 0
    result = answer(capsys.readouterr().out)
    assert (result["method"], result["kind"], result["pure"]) == ("clamped", "pure", True)
    assert main(["solve", "random-6", "--pure", "--method", "greedy"]) == 2
    said = capsys.readouterr().err
    assert "method must be pure, clamped, assignment, ring, " in said
    assert said.endswith("; got 'greedy', which is classical\n")
    assert main(["solve", "random-6", "--pure", "--compiled"]) == 2
    assert "no pure method of tsp takes the options 'compiled'" in capsys.readouterr().err


def test_time_limit_ends_in_a_tour(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "random-1000", "--time-limit", "1", "--json"]) == 0
    result = answer(capsys.readouterr().out)
    assert result["status"] in (Status.TIME_LIMIT, Status.CONVERGED)
    assert sorted(result["tour"]) == list(range(1000))
    assert result["cost"] == pytest.approx(TSP.load("random-1000").cost(result["tour"]))
