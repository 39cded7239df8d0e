"""What holds of the house as a whole."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hopopt
from hopopt import Lagrangian
from hopopt.app.cli import main

ROOT = Path(__file__).parents[1]
CORE = sorted((ROOT / "hopopt").rglob("*.py"))
MODULES = CORE + sorted((ROOT / "problems").rglob("*.py"))
names = pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))


def imports(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


@names
def test_core_imports_no_problem_and_nobody_prints(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if path in CORE:
        assert "problems" not in imports(tree)
    calls = [
        n.func.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    ]
    if path.name != "cli.py":
        assert "print" not in calls


def test_import_is_light() -> None:
    """Neither the problems nor the slow imports: pictures, integrators, graphs."""
    code = "import sys, hopopt; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "hopopt.core.network" in loaded
    assert not loaded & {
        "problems",
        "matplotlib",
        "networkx",
        "scipy.integrate",
        "scipy.optimize",
        "scipy.spatial",
        "hopopt.plotting",
        "hopopt.app.cli",
    }


@names
def test_modules_are_of_one_concept(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 600
    tree = ast.parse("\n".join(lines))
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = (node.end_lineno or 0) - body[0].lineno if body else 0
            assert length <= 60, f"{node.name} has {length} lines"


def public() -> list[tuple[str, Any]]:
    return [(name, getattr(hopopt, name)) for name in hopopt.__all__]


def test_names_are_sorted_and_exist() -> None:
    assert list(hopopt.__all__) == sorted(set(hopopt.__all__))
    for name, value in public():
        assert value.__module__.startswith("hopopt."), name


@pytest.mark.parametrize(("name", "value"), public(), ids=[n for n, _ in public()])
def test_public_names_are_documented(name: str, value: Any) -> None:
    doc = inspect.getdoc(value)
    assert doc
    assert doc.splitlines()[0].endswith((".", ":")), name
    if inspect.isfunction(value):
        documented(name, doc, value)
        return
    made_by_hand = "__init__" in vars(value) and not hasattr(value, "__dataclass_fields__")
    if made_by_hand and name not in ("Motion", "Sum", "Scaled"):
        documented(name, doc, value.__init__)
    for member, method in vars(value).items():
        if member.startswith("_") or not inspect.isfunction(method):
            continue
        assert inspect.getdoc(getattr(value, member)), f"{name}.{member}"


def documented(name: str, doc: str, function: Any) -> None:
    """Every parameter has its entry in the numpydoc section."""
    parameters = [p for p in inspect.signature(function).parameters if p != "self"]
    if len(parameters) < 2:
        return
    assert "Parameters\n----------" in doc, name
    section = doc.split("Parameters\n----------", 1)[1]
    for parameter in parameters:
        assert parameter in section, f"{name}: {parameter}"


def test_every_lagrangian_refuses_a_shape_it_does_not_fit() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Lagrangian()  # type: ignore[abstract]
    for units in (hopopt.Sinkhorn(), hopopt.Softmax(axis=1)):
        with pytest.raises(ValueError, match="needs states of 2 axes or more"):
            units.on((3,))


def test_version_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        main(["--version"])
    assert done.value.code == 0
    assert capsys.readouterr().out.split()[-1] == hopopt.__version__ == hopopt.package_version()
    assert np.lib.NumpyVersion(hopopt.__version__) >= "0.1.0"
