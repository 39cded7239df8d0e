"""The code cells of a page: what the tests run without a notebook's kernel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OPTIONS = re.compile(r"\A(?:(?::[\w-]+:[^\n]*\n)+|---\n.*?^---\n)", re.MULTILINE | re.DOTALL)


BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$(?:\n+```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)


def blocks(path: Path) -> list[tuple[str, str, str]]:
    """Return the plain blocks of a page: language, code, and the output shown below it, if any."""
    return [match.groups("") for match in BLOCK.finditer(path.read_text(encoding="utf-8"))]


def cells(path: Path) -> list[str]:
    """Return the code cells of a page, without their options."""
    text = path.read_text(encoding="utf-8")
    return [OPTIONS.sub("", body) for body in CELL.findall(text)]


def run(path: Path) -> dict[str, Any]:
    """Run a page's cells in one namespace, and return it."""
    namespace: dict[str, Any] = {"__name__": path.stem}
    for k, code in enumerate(cells(path)):
        exec(compile(code, f"{path.name}, cell {k + 1}", "exec"), namespace)
    return namespace
