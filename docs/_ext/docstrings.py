"""Docstrings are written for a terminal: |E| and a lone * are no markup in them."""

from __future__ import annotations

import re
from typing import Any

from jinja2 import BaseLoader
from numpydoc import docscrape_sphinx
from sphinx.application import Sphinx

LITERAL = re.compile(r"(``.+?``|`.+?`)")
NAME = re.compile(r"\s*\*{1,2}\w+( :.*)?$")
BARE = re.compile(r"(?<!\\)([|*])")


def escape(line: str) -> str:
    """Return a line of prose with its bars and asterisks escaped, outside of literals.

    >>> print(escape("the largest |E|, a*b, and `|x|`"))
    the largest \\|E\\|, a\\*b, and `|x|`
    """
    if NAME.match(line):  # numpydoc does so itself with **options
        return line
    parts = LITERAL.split(line)
    return "".join(part if k % 2 else BARE.sub(r"\\\1", part) for k, part in enumerate(parts))


def mend(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Escape the prose of a docstring; a constant has none of its own, only its type's."""
    if what == "data":
        lines.clear()
        return
    code = False
    for k, line in enumerate(lines):
        code = line.lstrip().startswith(">>>") or (code and bool(line.strip()))
        if not code:
            lines[k] = escape(line)


def share_template() -> None:
    """Let numpydoc compile its template once, not for every docstring: an eighth of the build."""
    kind, made = docscrape_sphinx.SandboxedEnvironment, []

    def environment(loader: BaseLoader) -> Any:
        made.extend([kind(loader=loader)] if not made else [])
        return made[0]

    docscrape_sphinx.SandboxedEnvironment = environment


def setup(app: Sphinx) -> dict[str, Any]:
    """Run before numpydoc, which has the priority 500."""
    share_template()
    app.connect("autodoc-process-docstring", mend, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
