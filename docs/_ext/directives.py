"""``{measured} NAME`` shows a committed table, ``{methods} NAME`` what a problem's methods take."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from measured import FOLDER, markdown, read
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import problems


class Written(SphinxDirective):
    """Markdown that is written when the site is built."""

    def show(self, lines: list[str], source: Path) -> list[nodes.Node]:
        self.env.note_dependency(str(source))
        node = nodes.container(classes=[self.name])
        self.state.nested_parse(StringList(lines, str(source)), 0, node)
        return [node]


class Measured(Written):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        path = FOLDER / f"{self.arguments[0]}.json"
        return self.show(markdown(read(path)), path)


class Methods(Written):
    """The table of one problem's methods and their options."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        problem = getattr(problems, self.arguments[0])
        lines = ["| method | kind | what it does | options |", "| --- | --- | --- | --- |"]
        for name, method in problem.methods.items():
            lines.append(f"| `{name}` | {method.kind} | {method.summary} | {options(method)} |")
        return self.show(lines, Path(inspect.getfile(problem)))


def options(method: type) -> str:
    """Return the options of a method, with their defaults."""
    shown = []
    for p in inspect.signature(method).parameters.values():
        if p.kind is p.VAR_KEYWORD:
            shown.append(f"`**{p.name}`")
        elif p.kind is not p.VAR_POSITIONAL:
            shown.append(f"`{p.name}`" if p.default is p.empty else f"`{p.name}={p.default!r}`")
    return ", ".join(shown) or "none"


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("measured", Measured)
    app.add_directive("methods", Methods)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
