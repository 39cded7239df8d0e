"""Plug-ins written for old names are told the new ones."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from hopopt import Problem, minimize
from hopopt.solve import discovery
from hopopt.solve.discovery import problem_class, problem_names
from hopopt.solve.renamed import MODULES, NAMES
from problems import Coloring, IndependentSet, MaxCut


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    sys.modules.pop("plug_in", None)


@pytest.mark.parametrize(("old", "new"), MODULES.items())
def test_old_modules_are_gone_and_new_ones_there(old: str, new: str) -> None:
    if new == "problems.doors.dwave":
        pytest.importorskip("dimod")
    assert importlib.import_module(new)
    with pytest.raises(ModuleNotFoundError) as caught:
        importlib.import_module(old)
    assert caught.value.name in MODULES


def test_old_methods_are_gone_and_new_ones_there() -> None:
    known = {name for problem in problem_names() for name in problem_class(problem).methods}
    every = [m for problem in problem_names() for m in problem_class(problem).methods.values()]
    known |= {option for method in every for option in inspect.signature(method).parameters}
    assert not known & set(NAMES)
    assert set(NAMES.values()) <= known


@pytest.mark.parametrize(
    ("line", "new"),
    [
        ("from hopopt.problem import Method", "hopopt.solve"),
        ("from hopopt.ising.energy import IsingEnergy", "hopopt.core"),
        ("from problems.tsp.ring import Ring", "problems.tours"),
        ("from problems.quadratic import QuadraticProblem", "problems.spins.quadratic"),
    ],
)
def test_import_of_an_old_module_is_told_the_new_one(here: Path, line: str, new: str) -> None:
    (here / "plug_in.py").write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=rf"No module named '.*', which is now {new}\b"):
        problem_class("plug_in:Mine")


def test_entry_point_at_an_old_module_is_told_the_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("tsp", "problems.tsp:TSP", discovery.GROUP)
    monkeypatch.setattr(discovery, "entry_points", lambda **_: [point])
    with pytest.raises(ValueError, match=r"'problems\.tsp', which is now problems\.tours"):
        problem_class("tsp")


def test_old_method_is_told_the_new_one() -> None:
    for problem in (Coloring.load("petersen"), IndependentSet.load("petersen")):
        with pytest.raises(ValueError, match="; 'refractory' is now called 'tabu'"):
            minimize(problem, "refractory")
    with pytest.raises(TypeError, match="; 'lanes' is now called 'replicas'"):
        minimize(Coloring.load("petersen"), "mean-field", lanes=3)
    with pytest.raises(TypeError, match="; 'lanes' is now called 'replicas'"):
        minimize(MaxCut.load("regular-8"), lanes=3)


def test_old_member_is_told_the_new_one() -> None:
    with pytest.raises(TypeError, match=r"Mine\.auto is now called ranking: see hopopt\.Problem"):
        type("Mine", (Problem,), {"auto": lambda self: None})
