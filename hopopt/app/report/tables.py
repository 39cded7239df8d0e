"""The tables of the page, and the elements that they are made of."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from statistics import fmean

from hopopt.app.streams import escaped
from hopopt.app.text import number, percent, remark
from hopopt.solve.comparison import Entry, Row
from hopopt.solve.method import KINDS, Kind
from hopopt.solve.problem import Problem

GUIDE: Mapping[str, str] = {
    "valid": "Runs that found a feasible solution, of all runs with that method.",
    "gap": "Excess over the known optimum: of the best run, and the mean of the valid runs. Where "
    "no optimum is known, the costs themselves.",
    "CPU s": "Mean processor time of a run, without start-up and warm-up. A method that stops by "
    "itself may use less than its limit.",
    **{kind: f"{meaning.capitalize()}." for kind, meaning in KINDS.items()},
    "fairness": "Every run had a process of its own with one thread, and was warmed up on a small "
    "instance. The limit is wall time, which one thread cannot exceed in CPU time; a run is ended "
    "at one and a half times its limit, and one second, of CPU time.",
}


def text(value: str) -> str:
    """Return text as HTML, control characters written out."""
    return html.escape(escaped(value), quote=True)


def element(tag: str, content: str, style: str = "") -> str:
    """Return an element that holds text.

    Examples
    --------
    >>> element("td", "a < b", "left")
    '<td class="left">a &lt; b</td>'
    """
    attribute = f' class="{style}"' if style else ""
    return f"<{tag}{attribute}>{text(content)}</{tag}>"


def definitions(entries: Mapping[str, str]) -> str:
    """Return a list of terms and what is said of them."""
    pairs = (f"{element('dt', term)}{element('dd', said)}" for term, said in entries.items())
    return "<dl>\n" + "\n".join(pairs) + "\n</dl>"


def by_kind(lines: Iterable[tuple[Kind, str]], columns: int) -> str:
    """Return rows as bodies of a table, one for the rows in a row of each kind, under its name."""
    bodies = []
    for kind, group in groupby(lines, lambda line: line[0]):
        badge = (
            f'<th colspan="{columns}" scope="rowgroup"><span class="kind {kind}">{kind}</span></th>'
        )
        rows = "\n".join(line for _, line in group)
        bodies.append(f"<tbody>\n<tr>{badge}</tr>\n{rows}\n</tbody>")
    return "\n".join(bodies)


def yardstick(entries: Sequence[Entry]) -> tuple[float, str]:
    """Return the cost that excess is measured from, and what to call the excess."""
    problem = entries[0].problem
    if problem.optimum:
        return problem.optimum, "gap to the optimum"
    costs = [entry.best.fun for entry in entries if entry.best is not None]
    return min(costs, key=problem.loss, default=0.0), "excess over the best cost found here"


def excess(cost: float | None, base: float, problem: Problem) -> float | None:
    """Return by which fraction a cost is worse than the base."""
    return None if cost is None else max(0.0, problem.loss(cost - base) / (abs(base) or 1.0))


def rows_table(groups: Sequence[Sequence[Entry]]) -> str:
    """Return one instance's rows as a table: groups of one method's, in the order given."""
    rows = [[entry.row() for entry in _told_once(group)] for group in groups]
    known = any(row["best_gap"] is not None for group in rows for row in group)
    limits = any(len(group) > 1 for group in rows)
    best, mean = ("best gap", "mean gap") if known else ("best cost", "mean cost")
    limit = ["limit"] if limits else []
    heads = ["method", *limit, "valid", best, mean, "CPU s", "solver", "note"]
    optimum = rows[0][0]["optimum"]
    caption = "No optimum is known." if optimum is None else f"Optimum {number(optimum)}."
    lines = (
        (row["kind"], _line(row, k == 0, known, limits))
        for group in rows
        for k, row in enumerate(group)
    )
    return _table(caption, heads, lines)


def _told_once(group: Sequence[Entry]) -> Sequence[Entry]:
    """Return one method's entries, but one only where it refused the problem whatever the limit."""
    return group if any(entry.runs for entry in group) else group[:1]


def _table(caption: str, heads: Sequence[str], lines: Iterable[tuple[Kind, str]]) -> str:
    left = ("method", "solver", "note")
    cells = "".join(element("th", head, "" if head in left else "figure") for head in heads)
    return (
        f'<div class="scroll"><table>\n{element("caption", caption)}\n'
        f"<thead><tr>{cells}</tr></thead>\n{by_kind(lines, len(heads))}\n</table></div>"
    )


def _line(row: Row, first: bool, known: bool, limits: bool) -> str:
    """Return a row; the name stands in the first of a method's rows only."""
    show, key = (percent, "gap") if known else (number, "cost")
    figures = [f"{row['valid']}/{row['seeds']}"]
    figures += [_figure(row[f"{which}_{key}"], show) for which in ("best", "mean")]
    figures += [_figure(row["cpu_seconds"], "{:.2f}".format)]
    if limits:
        figures.insert(0, _figure(row["time_limit"], "{:g} s".format))
    cells = [
        element("th", row["method"] if first else ""),
        *(element("td", figure, "figure") for figure in figures),
        element("td", row["integrator"] or "–", "quiet"),
        element("td", remark(row), "quiet"),
    ]
    styles = [*([] if first else ["more"]), *([] if row["valid"] else ["none"])]
    return f'<tr class="{" ".join(styles)}">{"".join(cells)}</tr>'


def _figure(value: float | None, show: Callable[[float], str]) -> str:
    return "–" if value is None else show(value)


def glance(groups: Sequence[Sequence[Entry]]) -> str:
    """Return a table of methods by instances, under the longest limit; the best of a kind first.

    Those that solved more instances come first, then those of less mean excess.
    """
    columns = [_column(group) for group in groups]
    kinds: dict[str, Kind] = {entry.label: entry.method.kind for g in groups for entry in g}

    def rank(label: str) -> tuple[int, int, float]:
        found = [c[label][1] for c in columns if label in c]
        values = [value for value in found if value is not None]
        mean = fmean(values) if values else 0.0
        return tuple(KINDS).index(kinds[label]), -len(values), mean

    heads = ["method", *(group[0].problem.instance for group in groups)]
    lines = ((kinds[label], _glance_line(label, columns)) for label in sorted(kinds, key=rank))
    caption = "Mean gap of the valid runs (cost where no optimum is known), and mean CPU seconds."
    table = _table(caption, heads, lines)
    return f"<section>\n<h2>At a glance</h2>\n{table}\n</section>"


def _column(group: Sequence[Entry]) -> dict[str, tuple[Row, float | None]]:
    """Return each method's row under its longest limit, and its excess."""
    base, _ = yardstick(group)
    rows = ((entry, entry.row()) for entry in sorted(group, key=lambda e: e.time_limit or 0.0))
    return {e.label: (row, excess(row["mean_cost"], base, e.problem)) for e, row in rows}


def _glance_line(label: str, columns: Sequence[Mapping[str, tuple[Row, float | None]]]) -> str:
    rows = (column[label][0] if label in column else None for column in columns)
    return f"<tr>{element('th', label)}{''.join(map(_glance_cell, rows))}</tr>"


def _glance_cell(row: Row | None) -> str:
    if row is None or row["mean_cost"] is None:
        return '<td class="figure quiet">–</td>'
    gap, cost = row["mean_gap"], row["mean_cost"]
    said = number(cost) if gap is None else percent(gap)
    return f'<td class="figure">{text(said)} <small>{row["cpu_seconds"]:.2f} s</small></td>'
