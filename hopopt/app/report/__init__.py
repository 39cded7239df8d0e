"""A comparison as one page of HTML that needs nothing else: tables, charts, solutions, provenance.

The page holds its pictures and its style, asks no network, follows the reader's light or dark
setting, and carries the rows of `hopopt.compare.compare` as JSON in the element ``#rows``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from os import PathLike
from pathlib import Path

from hopopt.app.report.charts import chart, tile
from hopopt.app.report.machine import conditions, provenance
from hopopt.app.report.tables import GUIDE, definitions, element, glance, rows_table, text
from hopopt.app.text import to_json
from hopopt.core.files import replacing
from hopopt.solve.comparison import Entry
from hopopt.solve.method import KINDS

__all__ = ["page", "write_report"]

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
{body}
</main>
<script type="application/json" id="rows">{rows}</script>
</body>
</html>
"""


def write_report(
    entries: Sequence[Entry], path: str | PathLike[str], *, command: str | None = None
) -> None:
    """Write a comparison as one self-contained page of HTML.

    Parameters
    ----------
    entries : sequence of Entry
        What `hopopt.compare.measure` returned, for one problem or several in a row.
    path : str or path
    command : str, optional
        The shell command that reproduces it, for the page to show.

    Raises
    ------
    ValueError
        If there is no entry.
    OSError
        Where the file cannot be written.
    """
    html = page(entries, command=command)
    with replacing(path) as file:
        file.write_text(html, encoding="utf-8")


def page(entries: Sequence[Entry], *, command: str | None = None) -> str:
    """Return the page that `write_report` writes.

    Examples
    --------
    >>> from hopopt.solve.comparison import measure
    >>> from problems import TSP
    >>> html = page(measure(TSP.load("random-9"), ["two-opt", "greedy"], isolated=False))
    >>> html.startswith("<!DOCTYPE html>"), html.count("<figure"), "http:" in html
    (True, 3, False)
    """
    if not entries:
        raise ValueError("entries must hold at least one Entry; got none")
    groups = [list(group) for _, group in groupby(entries, lambda entry: id(entry.problem))]
    names = ", ".join(group[0].problem.instance for group in groups)
    rows = to_json([entry.row() for entry in entries])
    return PAGE.format(
        title=text(f"hopopt compare: {names}"),
        style=Path(__file__).with_name("style.css").read_text(encoding="utf-8"),
        body="\n".join([_head(entries, names), *_sections(groups), _foot(entries, command)]),
        rows=rows.replace("<", "\\u003c"),
    )


def _head(entries: Sequence[Entry], names: str) -> str:
    about = text(conditions(entries))
    kicker = '<p class="kicker">hopopt compare</p>'
    return f"<header>\n{kicker}\n<h1>{text(names)}</h1>\n<p>{about}</p>\n</header>"


def _sections(groups: Sequence[Sequence[Entry]]) -> list[str]:
    shown = [_instance(group) for group in groups]
    return [glance(groups), *shown] if len(groups) > 1 else shown


def _instance(entries: Sequence[Entry]) -> str:
    """Return the section of one instance: chart, table, solutions."""
    problem, groups = entries[0].problem, _ranked(entries)
    drawn = [found[-1] for group in groups if (found := [e for e in group if e.best is not None])]
    tiles = "\n".join(map(tile, drawn))
    return "\n".join(
        [
            "<section>",
            element("h2", f"{problem.instance} ({problem.name}, n = {problem.size})"),
            chart(entries),
            rows_table(groups),
            f'<div class="tiles">\n{tiles}\n</div>',
            "</section>",
        ]
    )


def _ranked(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Return the entries of each method by limit; the methods by kind, then by their mean.

    The mean is that under the longest limit. Those of a kind that found nothing come last in it.
    """
    methods: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.time_limit or 0.0):
        methods.setdefault(entry.label, []).append(entry)

    def rank(group: Sequence[Entry]) -> tuple[int, bool, float, float]:
        row, kind = group[-1].row(), tuple(KINDS).index(group[-1].method.kind)
        if row["mean_cost"] is None:
            return kind, True, 0.0, 0.0
        return kind, False, group[-1].problem.loss(row["mean_cost"]), row["cpu_seconds"]

    return sorted(methods.values(), key=rank)


def _foot(entries: Sequence[Entry], command: str | None) -> str:
    shown = "" if command is None else f"<pre><code>{text(command)}</code></pre>\n"
    return (
        f"<section>\n<h2>How to reproduce</h2>\n{shown}{definitions(provenance(entries))}\n"
        f"</section>\n<section>\n<h2>How to read</h2>\n{definitions(GUIDE)}\n</section>"
    )
