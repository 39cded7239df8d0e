from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import problems
from hopopt import Problem
from hopopt.solve.discovery import problem_class, problem_names

CLASS = "from toy import Toy\nclass Mine(Toy):\n    '''Mine alone.'''\n    name = 'mine'\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working directory; the search path and the modules are put back afterwards."""
    folder = tmp_path.resolve()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = dict(sys.modules)
    yield folder
    for name in set(sys.modules) - set(before):
        del sys.modules[name]
    sys.modules.update(before)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hopopt", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_installed_problems() -> None:
    assert "tsp" in problem_names()
    assert problem_names() == sorted(set(problem_names()))
    for name in problem_names():
        kind = problem_class(name)
        assert issubclass(kind, Problem)
        assert kind.name == name
    assert problem_class("tsp") is problems.TSP


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "tps",
            r"problem must be one of .*tsp.*, or module:Class; got 'tps'; did you mean 'tsp'\?",
        ),
        ("zzz", "got 'zzz'$"),
        ("", "got ''$"),
        (":", "must be a name or module:Class; got ':'"),
        ("toy:", "must be a name or module:Class; got 'toy:'"),
        ("toy:Toi", "'toy:Toi' could not be loaded.*AttributeError.*Toi.*toy.py"),
        ("toy:Plain", "expected a subclass of hopopt.Problem; got <class 'toy.Plain'> .*toy.py"),
        ("toy:METHODS", "expected a subclass of hopopt.Problem; got .*toy.py"),
        ("nowhere:Toy", "ModuleNotFoundError: No module named 'nowhere'"),
        ("../toy:Toy", "must be a name or module:Class; got '../toy:Toy'"),
    ],
)
def test_names_that_give_no_problem(here: Path, name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        problem_class(name)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("class Mine(:", "SyntaxError: invalid syntax"),
        ("1/0", "ZeroDivisionError: division by zero"),
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
        ("import sys; sys.exit('done')", "SystemExit: done"),
    ],
)
def test_module_that_fails_says_why_and_where(here: Path, text: str, reason: str) -> None:
    (here / "my_problem.py").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=reason) as caught:
        problem_class("my_problem:Mine")
    assert str(here / "my_problem.py") in str(caught.value)


def test_working_directory_is_searched_last_and_entered_once(here: Path) -> None:
    (here / "my_problem.py").write_text(CLASS, encoding="utf-8")
    (here / "fractions.py").write_text("raise RuntimeError", encoding="utf-8")
    before = list(sys.path)
    assert problem_class("my_problem:Mine").name == "mine"
    assert problem_class("my_problem:Mine").__module__ == "my_problem"
    assert sys.path == [*before, str(here)]
    del sys.modules["fractions"]
    with pytest.raises(ValueError, match="AttributeError"):
        problem_class("fractions:Mine")


def test_own_problems_file_does_not_hide_the_installed_package(here: Path) -> None:
    (here / "problems.py").write_text(CLASS, encoding="utf-8")
    with pytest.raises(ValueError, match="no attribute 'Mine'") as caught:
        problem_class("problems:Mine")
    assert str(Path(str(problems.__file__))) in str(caught.value)
    assert problem_class("tsp") is problems.TSP


@pytest.mark.parametrize(
    ("words", "files", "found", "reason"),
    [
        (
            ["list", "--problem", "tsp"],
            {"problems.py": "answer = 42\n"},
            "problems.py",
            "'problems' is not a package",
        ),
        (
            ["solve", "random-5"],
            {"problems.py": "import sys\nsys.exit(3)\n"},
            "problems.py",
            "SystemExit: 3",
        ),
        (
            ["compare", "random-5"],
            {"problems/__init__.py": ""},
            "problems/__init__.py",
            "No module named 'problems.tours'",
        ),
        (
            ["solve", "random-5"],
            {"problems/__init__.py": "", "problems/tours.py": "class TSP: pass\n"},
            "problems/__init__.py",
            "expected a subclass of hopopt.Problem; got <class 'problems.tours.TSP'>",
        ),
    ],
)
def test_decoy_that_hides_the_package_is_named(
    here: Path, words: list[str], files: dict[str, str], found: str, reason: str
) -> None:
    for name, text in files.items():
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).write_text(text, encoding="utf-8")
    done = run(here, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("hopopt: error: problem 'tsp' could not be loaded")
    assert reason in done.stderr
    hides = f"Python found {here / found}, which hides hopopt's own package 'problems'"
    assert hides in done.stderr


def test_own_problem_runs_from_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "problems.py").write_text(CLASS, encoding="utf-8")
    done = run(tmp_path, "solve", "3", "--problem", "problems:Mine")
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 (mine, n = 3)" in done.stdout
    (tmp_path / "problems.py").rename(tmp_path / "mine.py")
    done = run(tmp_path, "list", "--problem", "mine:Mine")
    assert done.stdout.startswith("mine: Mine alone.\n")
    assert "classical" in done.stdout
