"""The imports of both packages, from their sources; ``python tests/imports.py`` counts them."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

PACKAGES = ("hopopt", "problems")


Origin = tuple[str, str]
"""A module and a name that it defines; no name stands for the module itself."""


class Edge(NamedTuple):
    """One imported name: the module that imports, the one that is named, the one that defines."""

    importer: str
    named: str
    name: str
    definer: str

    def __str__(self) -> str:
        return f"{self.importer} -> {self.definer}"


@dataclass
class Module:
    """A module's source, read once."""

    name: str
    path: Path
    tree: ast.Module = field(repr=False)
    lines: int

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def folder(self) -> str:
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @cached_property
    def imported(self) -> list[tuple[str, str | None, str]]:
        """Every import, late ones and TYPE_CHECKING too: (module, name or None, its name here)."""
        found: list[tuple[str, str | None, str]] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found += [(a.name, None, a.asname or a.name) for a in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name}: imports are written in full here"
                found += [(node.module or "", a.name, a.asname or a.name) for a in node.names]
        return found

    @cached_property
    def declared(self) -> tuple[str, ...] | None:
        """The names in `__all__`; None without one."""
        for node in self.tree.body:
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            target = node.target if isinstance(node, ast.AnnAssign) else target
            if isinstance(target, ast.Name) and target.id == "__all__":
                assert isinstance(node, (ast.Assign, ast.AnnAssign))
                assert node.value is not None
                return tuple(ast.literal_eval(node.value))
        return None

    @cached_property
    def assigned(self) -> set[str]:
        """The names that are assigned at the top of the module."""
        single = [n.target for n in self.tree.body if isinstance(n, ast.AnnAssign)]
        several = [t for n in self.tree.body if isinstance(n, ast.Assign) for t in n.targets]
        return {target.id for target in [*single, *several] if isinstance(target, ast.Name)}

    @cached_property
    def classes(self) -> dict[str, set[str]]:
        """The classes at the top of the module, each with the names of its bases."""
        found = {}
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef):
                bases = [b.value if isinstance(b, ast.Subscript) else b for b in node.bases]
                found[node.name] = {base.id for base in bases if isinstance(base, ast.Name)}
        return found


class House:
    """Every module below a folder that holds both packages."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def modules(self) -> dict[str, Module]:
        """The modules by their names, each read once, and none before it is asked for."""
        found = {}
        for path in sorted(p for package in PACKAGES for p in (self.root / package).rglob("*.py")):
            parts = path.relative_to(self.root).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            text = path.read_text(encoding="utf-8")
            found[name] = Module(name, path, ast.parse(text), len(text.splitlines()))
        return found

    def origin(self, module: str, name: str | None) -> Origin:
        """Return where a name is defined, through every re-export; submodules are names too."""
        if name is None or module not in self.modules:
            return module, ""
        if f"{module}.{name}" in self.modules:
            return f"{module}.{name}", ""
        for source, original, here in self.modules[module].imported:
            if here == name and original is not None and source in self.modules:
                return self.origin(source, original)
        return module, name

    @cached_property
    def edges(self) -> list[Edge]:
        """The imports between modules; a name that a package only hands on is none of its own."""
        found = []
        for module in self.modules.values():
            for source, name, here in module.imported:
                handed_on = module.is_package and here in (module.declared or ())
                if source in self.modules and not handed_on:
                    found.append(
                        Edge(module.name, source, name or "", self.origin(source, name)[0])
                    )
        return found

    @cached_property
    def needs(self) -> dict[str, set[str]]:
        """The modules that each module imports."""
        needs: dict[str, set[str]] = {name: set() for name in self.modules}
        for edge in self.edges:
            if edge.importer != edge.definer:
                needs[edge.importer].add(edge.definer)
        return needs

    def cycles(self) -> list[set[str]]:
        """The knots: sets of modules that reach each other, larger than one."""
        reach = {name: self._reachable(name) for name in self.modules}
        knots = {frozenset(b for b in reach[a] if a in reach[b]) for a in self.modules}
        return sorted((set(knot) for knot in knots if len(knot) > 1), key=sorted)

    def _reachable(self, name: str) -> set[str]:
        seen: set[str] = set()
        ahead = [name]
        while ahead:
            fresh = self.needs[ahead.pop()] - seen
            seen |= fresh
            ahead += fresh
        return seen

    @cached_property
    def problems(self) -> set[Origin]:
        """The classes of problems."""
        return self.heirs("hopopt.solve.problem", "Problem")

    @cached_property
    def methods(self) -> set[Origin]:
        """The classes of methods."""
        return self.heirs("hopopt.solve.method", "Method")

    def heirs(self, module: str, name: str) -> set[Origin]:
        """Return the classes at the top of a module that descend from a class."""
        family: set[Origin] = {(module, name)}
        while True:
            more = family | {
                (below.name, heir)
                for below in self.modules.values()
                for heir, bases in below.classes.items()
                if any(self.origin(below.name, base) in family for base in bases)
            }
            if more == family:
                return family - {(module, name)}
            family = more


def counts(house: House) -> dict[str, int]:
    """The size of the house: modules, subpackages, lines, edges, cycles, long files."""
    modules = house.modules.values()
    return {
        "modules": sum(not m.is_package for m in modules),
        "subpackages": sum(m.is_package for m in modules) - len(PACKAGES),
        "lines": sum(m.lines for m in modules),
        "edges": sum(map(len, house.needs.values())),
        "modules in cycles": sum(map(len, house.cycles())),
        "cycles": len(house.cycles()),
        "files over 350 lines": sum(m.lines > 350 for m in modules),
        "files over 250 lines": sum(m.lines > 250 for m in modules),
    }


if __name__ == "__main__":
    for what, count in counts(House(Path(*sys.argv[1:2]))).items():
        sys.stdout.write(f"{count:7,}  {what}\n")
