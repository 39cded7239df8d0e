from __future__ import annotations

import sys
from pathlib import Path

import pytest
from command import TRIANGLE


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("HOPOPT_DATA", raising=False)
    return tmp_path


@pytest.fixture
def three(here: Path) -> Path:
    """A triangle of perimeter 12, whose optimum is on record."""
    (here / "optima.json").write_text('{"three": {"optimum": 12}}', encoding="utf-8")
    (here / "three.tsp").write_text(TRIANGLE, encoding="utf-8")
    return here / "three.tsp"
