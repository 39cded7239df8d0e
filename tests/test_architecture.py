"""What holds of the house as a whole."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from imports import Edge, House

import hopopt
from hopopt import Energy, Lagrangian, Scaled, Sum
from hopopt.app.cli import main

ROOT = Path(__file__).parents[1]
HOUSE = House(ROOT)
BELOW = {
    "core": {"core"},
    "fast": {"core", "fast"},
    "search": {"core", "fast", "search"},
    "memory": {"core", "fast", "memory"},
    "solve": {"core", "fast", "search", "solve"},
    "plotting": {"core", "fast", "search", "memory", "solve", "plotting"},
    "app": {"core", "fast", "search", "memory", "solve", "plotting", "app"},
}
"""The rooms of hopopt, and what each may import."""


def room(module: str) -> str:
    """The room in hopopt, or the family in problems; empty for what stands above all of them."""
    return module.split(".")[1] if "." in module else ""


def against_the_rooms(edge: Edge) -> bool:
    """core < fast < {search, memory}; search < solve < plotting < app; hopopt knows no problem."""
    here, there = edge.importer.split(".")[0], edge.definer.split(".")[0]
    if here == "problems":
        families = {room(edge.importer), "shared"}
        doors = room(edge.importer) in ("doors", "")
        return not doors and there == "problems" and room(edge.definer) not in families
    if there == "problems":
        return True
    return room(edge.definer) not in BELOW.get(room(edge.importer), {*BELOW, ""})


def level(module: str) -> int:
    """Data 0, methods and what shares a folder of its own with one 1, problems 2."""
    if any(where == module for where, _ in HOUSE.problems):
        return 2
    folder = HOUSE.modules[module].folder
    own = folder.count(".") > 1 and any(
        where.startswith(f"{folder}.") for where, _ in HOUSE.methods
    )
    listed = "METHODS" in HOUSE.modules[module].assigned
    return int(own or listed or any(where == module for where, _ in HOUSE.methods))


def against_the_family(edge: Edge) -> bool:
    """data < methods < problem: methods see an instance, never the class that lists them."""
    inside = edge.importer.startswith("problems.") and edge.definer.startswith("problems.")
    return inside and room(edge.importer) != "doors" and level(edge.definer) > level(edge.importer)


def undeclared(edge: Edge) -> bool:
    """The problems take from hopopt what it, or one of its rooms, declares in `__all__`."""
    if not edge.importer.startswith("problems") or not edge.named.startswith("hopopt"):
        return False
    declared = HOUSE.modules[edge.named].declared or ()
    return edge.named.count(".") > 1 or edge.name not in declared


def private(edge: Edge) -> bool:
    """No private name crosses a folder."""
    hidden = edge.name.startswith("_") and not edge.name.startswith("__")
    return hidden and HOUSE.modules[edge.importer].folder != HOUSE.modules[edge.definer].folder


RULES = [against_the_rooms, against_the_family, undeclared, private]
OFFENDING: dict[str, set[str]] = {}
KNOTS: list[set[str]] = []
LONG: set[str] = set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_imports_keep_the_rules(rule: Callable[[Edge], bool]) -> None:
    """`TYPE_CHECKING` and late imports count; what a package only hands on does not."""
    offending = {str(edge) for edge in HOUSE.edges if rule(edge)}
    assert offending == OFFENDING.get(rule.__name__, set())


def test_rules_see_what_they_forbid() -> None:
    """Each rule refuses an edge of its kind, and lets the one beside it pass."""
    solve, core = "hopopt.solve.problem", "hopopt.core.motion"
    assert against_the_rooms(Edge(core, solve, "Problem", solve))
    assert not against_the_rooms(Edge(solve, core, "Monitor", core))
    assert against_the_rooms(Edge(solve, "problems.tours", "TSP", "problems.tours.problem"))
    assert against_the_rooms(Edge("problems.tours.ring", "", "", "problems.spins.qubo"))
    assert against_the_rooms(Edge("problems.shared.files", "", "", "problems.spins.qubo"))
    assert not against_the_rooms(Edge("problems.doors.dwave", "", "", "problems.spins.qubo"))
    ring, tsp, files = "problems.tours.ring", "problems.tours.problem", "problems.shared.files"
    assert [level(module) for module in (files, ring, tsp)] == [0, 1, 2]
    assert against_the_family(Edge(ring, tsp, "TSP", tsp))
    assert not against_the_family(Edge(tsp, ring, "Ring", ring))
    assert undeclared(Edge(ring, core, "Monitor", core))
    assert not undeclared(Edge(ring, "hopopt", "Monitor", core))
    assert private(Edge(ring, files, "_read", files))
    assert not private(Edge(ring, tsp, "_read", tsp))


def test_modules_make_no_cycle() -> None:
    assert HOUSE.cycles() == KNOTS


def test_packages_declare_names_that_are_no_modules() -> None:
    """Else ``import a.b.c`` and ``from a.b import c`` would mean two things."""
    for module in HOUSE.modules.values():
        if module.is_package:
            assert module.declared is not None, module.name
            twice = [name for name in module.declared if f"{module.name}.{name}" in HOUSE.modules]
            assert not twice, module.name


def test_every_form_of_import_gives_the_module() -> None:
    """In a fresh interpreter; modules that need a package which is not here are passed over."""
    told = subprocess.run(
        [sys.executable, "-c", FORMS, *HOUSE.modules], capture_output=True, text=True, check=False
    )
    assert (told.stdout, told.stderr) == ("", "")


FORMS = """
import sys

for name in sys.argv[1:]:
    above, _, last = name.rpartition(".")
    forms = [f"import {name}; found = {name}", f"import {name} as found"]
    for form in [*forms, f"from {above} import {last} as found"][: 3 if above else 2]:
        space = {}
        try:
            exec(form, space)
        except ModuleNotFoundError as error:
            if error.name not in ("dimod", "numba"):
                print(f"{form}: {error}")
        else:
            found = space["found"]
            if type(found).__name__ != "module" or found.__name__ != name:
                print(f"{form}: {found}")
"""


def test_nobody_prints() -> None:
    for module in HOUSE.modules.values():
        calls = [node.func for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
        called = {call.id for call in calls if isinstance(call, ast.Name)}
        assert module.name == "hopopt.app.streams" or "print" not in called, module.name


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


def test_modules_are_of_one_concept() -> None:
    assert {module.name for module in HOUSE.modules.values() if module.lines > 350} == LONG
    for module in HOUSE.modules.values():
        assert ast.get_docstring(module.tree), module.name
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                length = (node.end_lineno or 0) - body[0].lineno if body else 0
                assert length <= 60, f"{module.name}.{node.name} has {length} lines"


def public() -> dict[str, Any]:
    """What `hopopt` and its rooms declare, but constants and types, by their names in full."""
    found = {}
    for home in ("hopopt", *(f"hopopt.{room}" for room in BELOW)):
        module = importlib.import_module(home)
        values = {name: getattr(module, name) for name in module.__all__}
        found |= {f"{home}.{name}": value for name, value in values.items() if _made(value)}
    return found


def _made(value: Any) -> bool:
    return value is not Any and (inspect.isclass(value) or inspect.isfunction(value))


def test_names_are_sorted_and_exist() -> None:
    assert list(hopopt.__all__) == sorted(set(hopopt.__all__))
    assert all(_made(getattr(hopopt, name)) for name in hopopt.__all__)
    for name, value in public().items():
        assert value.__module__.startswith("hopopt."), name


def test_a_name_means_one_thing() -> None:
    """Whichever room declares it."""
    meant: dict[str, Any] = {}
    for name, value in public().items():
        assert meant.setdefault(name.rpartition(".")[2], value) is value, name


@pytest.mark.parametrize(("name", "value"), public().items(), ids=list(public()))
def test_public_names_are_documented(name: str, value: Any) -> None:
    doc = inspect.getdoc(value)
    assert doc
    assert doc.splitlines()[0].endswith((".", ":")), name
    if inspect.isfunction(value):
        documented(name, doc, value)
        return
    made_by_hand = "__init__" in vars(value) and not hasattr(value, "__dataclass_fields__")
    if made_by_hand and not getattr(value, "_is_protocol", False) and value not in BUILT_BY_SIGNS:
        documented(name, doc, value.__init__)
    for member, method in vars(value).items():
        if member.startswith("_") or not inspect.isfunction(method):
            continue
        assert inspect.getdoc(getattr(value, member)), f"{name}.{member}"


BUILT_BY_SIGNS = (Sum, Scaled)
"""What `+` and `*` make of energies; the example of `Energy` makes both."""


def test_every_public_name_has_an_example_that_runs() -> None:
    """In its own docstring, or for a class in that of a method; pytest runs them all."""
    values = public()
    for family in ("", *(f".{name}" for name in FAMILIES)):
        home = f"problems{family}"
        module = importlib.import_module(home)
        found = {name: getattr(module, name) for name in module.__all__}
        values |= {f"{home}.{name}": value for name, value in found.items() if _made(value)}
    missing = {name for name, value in values.items() if not any(map(_shows, _texts(value)))}
    built = {name for name, value in values.items() if value in BUILT_BY_SIGNS}
    assert missing == built
    assert all(f"'{kind.__name__}'" in str(Energy.__doc__) for kind in BUILT_BY_SIGNS)


FAMILIES = ("shared", "spins", "classes", "permutations", "tours", "tours.tsplib", "doors")


def _texts(value: Any) -> list[str]:
    members = vars(value).values() if inspect.isclass(value) else ()
    methods = [getattr(member, "__func__", member) for member in members]
    return [m.__doc__ or "" for m in [value, *filter(inspect.isfunction, methods)]]


def _shows(text: str) -> bool:
    return ">>>" in text


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
