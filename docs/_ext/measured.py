"""Tables that take too long to be made at build: JSON, with where they come from, to Markdown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "benchmarks" / "tables"
WORDS = ("caption", "command", "date", "machine")


def read(path: Path) -> dict[str, Any]:
    """Return the table in a file, or say what is missing from it."""
    table = json.loads(path.read_text(encoding="utf-8"))
    if sorted(table) != sorted([*WORDS, "columns", "rows"]):
        raise ValueError(f"{path.name}: expected {WORDS}, columns and rows, got {sorted(table)}")
    for row in table["rows"]:
        if len(row) != len(table["columns"]):
            raise ValueError(f"{path.name}: expected {len(table['columns'])} cells, got {row}")
    return table


def markdown(table: dict[str, Any]) -> list[str]:
    """Return the lines of a page that show a table."""
    lines = [table["columns"], ["---"] * len(table["columns"]), *table["rows"]]
    told = f"`{table['command']}`, {table['date']}, {table['machine']}."
    shown = [f"| {' | '.join(map(str, cells))} |" for cells in lines]
    return [table["caption"], "", *shown, "", f"Made by {told}"]
