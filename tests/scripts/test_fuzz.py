"""A fast slice of the fuzz script, and cases that it has found."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

from hopopt import (
    AssociativeMemory,
    Clauses,
    Diagonal,
    LowRank,
    Penalty,
    Polynomial,
    Polytope,
    Quadratic,
    Scaled,
    Sum,
    anneal,
    minimize,
)
from hopopt.core import Multilinear, is_permutation, permutation_matrix
from problems import HUBO, QUBO, SAT, TSP, Ising, MaxCut, MaxSAT, QuadraticAssignment, SetCover


@pytest.fixture
def fuzz(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "scripts"))
    return importlib.import_module("fuzz")


@pytest.mark.parametrize(("part", "cases"), [("readers", 120), ("options", 25), ("api", 150)])
def test_only_refusals_come(fuzz: Any, part: str, cases: int) -> None:
    assert [found for found in fuzz.fuzz(part, 0, 0, cases) if "more than" not in found[1]] == []


def test_faults_are_seen(fuzz: Any, tmp_path: Path) -> None:
    def broken(case: Any) -> None:
        raise ZeroDivisionError("by nothing")

    def silent(case: Any) -> None:
        raise ValueError

    def foreign(case: Any) -> None:
        list(3)  # type: ignore[call-overload]

    case = fuzz.Case(0, 0, 0, tmp_path)
    assert fuzz.fault(case, broken) == "ZeroDivisionError: by nothing"
    assert fuzz.fault(case, silent) == "ValueError that names nothing: "
    assert fuzz.fault(case, foreign).startswith("TypeError that names nothing: 'int' object")
    assert fuzz.fault(case, lambda case: None) is None
    again = fuzz.Case(0, 0, 0, tmp_path)
    assert fuzz.spoiled(case, "1 2\n3 4\n") == fuzz.spoiled(again, "1 2\n3 4\n")


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("distances", lambda: TSP(np.inf)),  # type: ignore[arg-type]
        ("energy", lambda: Scaled(1.0, [])),  # type: ignore[arg-type]
        ("terms", lambda: Sum([])),
        ("motion", lambda: anneal([], 1, np.zeros(1))),  # type: ignore[arg-type]
        ("monitor", lambda: anneal([], None, np.zeros(1), monitor=1)),  # type: ignore[arg-type]
        ("p must", lambda: permutation_matrix(np.array([1]))),
        ("size", lambda: MaxCut(10**30, ([0], [1]))),
        ("energy", lambda: Scaled(1.0, Diagonal)),  # type: ignore[arg-type]
        ("terms must be a list of energies; got 2", lambda: Sum(2)),  # type: ignore[arg-type]
        ("terms must be a list", lambda: Polynomial(1e-3)),  # type: ignore[arg-type]
        ("terms must map", lambda: Polynomial([[1], [1, 2]])),  # type: ignore[list-item]
        ("terms must map", lambda: HUBO({((1, 2), "a"): 1, "ab": 2})),
        ("clauses must be a list", lambda: Clauses(None)),  # type: ignore[arg-type]
        ("clauses must be a list", lambda: SAT([1, 2])),  # type: ignore[list-item]
        ("hard must be a list", lambda: MaxSAT([[1]], hard=0)),  # type: ignore[arg-type]
        ("sets must hold", lambda: SetCover([[1], [[2]]])),  # type: ignore[list-item]
        ("sets must be a list", lambda: SetCover(1j)),  # type: ignore[arg-type]
        ("edges must be two", lambda: MaxCut(3, [(0, 1), (1, 2), (0, 2)])),  # type: ignore[arg-type]
        ("labels must be a list", lambda: Ising(np.eye(2), variables=0.5)),  # type: ignore[arg-type]
        ("size must be", lambda: SAT([[1]], size=[2])),  # type: ignore[arg-type]
        ("fixed must hold pairs", lambda: TSP.from_matrix(np.ones((3, 3)), fixed=["ab"])),
        ("partial_match must", lambda: QuadraticAssignment(*2 * [np.eye(2)], partial_match=[1])),
        ("weight must be", lambda: MaxCut.from_graph(nx.path_graph(3), [1])),  # type: ignore[arg-type]
        ("binarize must be", lambda: AssociativeMemory(binarize=[[1, 2]] * 3).fit(np.eye(2))),  # type: ignore[arg-type]
        ("nodes must be", lambda: TSP.from_graph(nx.complete_graph(3), nodes=[[0]])),  # type: ignore[list-item]
        ("method must be", lambda: minimize(MaxCut(2, ([0], [1])), {})),  # type: ignore[arg-type]
        ("beta must be", lambda: AssociativeMemory("lse", beta=[1]).fit(np.eye(2))),  # type: ignore[arg-type]
        ("c must be .* numbers", lambda: Quadratic(np.eye(2), np.array(["a"]))),
        ("factors must be", lambda: LowRank([[1], [1, 2]])),
        ("sums must be a list", lambda: Polytope(2)),  # type: ignore[arg-type]
        ("products must be a list", lambda: Multilinear(2, 3)),  # type: ignore[arg-type]
        ("sums must be tuples", lambda: Polytope(([np.ma.masked],))),  # type: ignore[arg-type]
        ("constant must be", lambda: QUBO(np.eye(2), constant=[[1], [1, 2]])),  # type: ignore[arg-type]
        ("symmetric must be", lambda: TSP.from_points(np.eye(3), symmetric=[0])),  # type: ignore[arg-type]
        ("time_limit must", lambda: minimize(MaxCut(2, ([0], [1])), time_limit=10**400)),
        ("restarts must", lambda: minimize(MaxCut(2, ([0], [1])), restarts=10**12)),
        ("shape must be", lambda: Penalty(np.eye(1), [1.0], shape=True)),  # type: ignore[arg-type]
        ("V must be", lambda: is_permutation(np.array([None, 1]))),
    ],
)
def test_what_fuzzing_has_found(name: str, make: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=name):
        make()
