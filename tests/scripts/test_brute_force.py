"""A sample of the brute-force script: every problem class, and tours with constraints."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture(scope="module")
def brute_force() -> ModuleType:
    spec = importlib.util.spec_from_file_location("brute_force", SCRIPTS / "brute_force.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(SCRIPTS))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(SCRIPTS))
    return module


EXACT = ("assignment", "coloring", "knapsack", "partition", "QAP", "queens", "tour", "tour, asym")


@pytest.mark.parametrize("only", EXACT)
def test_small_instances_are_the_best_of_all(only: str, brute_force: ModuleType) -> None:
    """Of what is exact up to eight decisions; the script has the other classes, too."""
    assert brute_force.main(["--instances", "4", "--tours", "0", "--only", only]) == 0


@pytest.mark.parametrize("kind", ["metric", "callable", "integer", "float"])
def test_constrained_tours_are_the_best_of_all(kind: str, brute_force: ModuleType) -> None:
    arguments = ["--instances", "0", "--tours", "60", "--only", f"constrained, {kind}"]
    assert brute_force.main(arguments) == 0


def test_what_is_wrong_is_counted(
    brute_force: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def wrong(rng: np.random.Generator, n: int) -> object:
        problem, best = brute_force.tour(rng, 3)
        return problem, 2 * best

    monkeypatch.setattr(brute_force, "CLASSES", {"tour": wrong})
    counts = tmp_path / "counts.json"
    assert brute_force.main(["--instances", "2", "--tours", "0", "--json", str(counts)]) == 1
    assert json.loads(counts.read_text(encoding="utf-8")) == {"tour": {"wrong": 2}}
    told = capsys.readouterr()
    assert "| tour    | 2         | 2            |" in told.out
    assert "tour, seed 0: " in told.err
