"""What the command prints: a result, a table of methods, the catalogue, strict JSON."""

from __future__ import annotations

import inspect
import json
import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from hopopt.app.streams import escaped
from hopopt.core.motion import Status
from hopopt.solve.method import KINDS
from hopopt.solve.problem import Problem
from hopopt.solve.result import Result

LINES, LEAST_LINES = 32, 2
BROKEN = 5
HEADINGS = ("method", "integrator", "limit", "valid", "best", "mean", "CPU s", "note")
INDENT = "  "
RIGHT = ("limit", "valid", "best", "mean", "CPU s")


def to_json(value: Any) -> str:
    """Return strict JSON on one line: NaN and infinities become null.

    >>> to_json({"a": [1.5, float("inf")]})
    '{"a": [1.5, null]}'
    """
    return json.dumps(_finite(value), allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def number(value: float | None) -> str:
    """Return a cost as it is read best: whole numbers whole, others to eight digits."""
    if value is None or not math.isfinite(value):
        return "none"
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:.8g}"


def percent(gap: float) -> str:
    """Return a fraction in per cent, to two digits behind the point."""
    return f"{100 * gap:.2f} %"


def summary(result: Result, columns: int, rows: int | None = None) -> str:
    """Return a result in lines of at most `columns` characters, its solution last.

    The solution is cut to 32 lines, and to what is left of a screen of so many `rows`.
    """
    problem = result.problem
    unit = f" {problem.unit}" if problem.unit and math.isfinite(result.fun) else ""
    account = {
        "instance": f"{problem.instance} ({problem.name}, n = {problem.size})",
        "method": result.method,
        "kind": f"{result.kind}: {KINDS[result.kind]}",
        "integrator": result.integrator,
        "cost": f"{number(result.fun)}{unit}{' (to be maximised)' * (problem.sense == 'max')}",
        "optimum": "not known" if problem.optimum is None else f"{number(problem.optimum)}{unit}",
        "gap": "" if result.gap is None else percent(result.gap),
        "bound": "" if result.bound is None else _certified(result),
        "valid": _validity(result),
        "seed": str(result.seed),
        "restarts": str(result.restarts),
        "time": f"{result.cpu_seconds:.2f} s CPU, {result.wall_seconds:.2f} s wall",
        "status": result.message,
    }
    lines = [f"{key:<11} {escaped(text)}" for key, text in account.items() if text]
    lines += map(escaped, _broken(result))
    solution = {key: x for key, x in problem.describe(result.x).items() if key != "sense"}
    room = LINES if rows is None else (rows - 1 - len(lines)) // max(1, len(solution)) - 2
    most = min(LINES, max(LEAST_LINES, room))
    for key, entry in solution.items():
        lines += ["", f"{escaped(key)}:", *(_solution(entry, columns, most) or ["none"])]
    return "\n".join(lines)


def _certified(result: Result) -> str:
    gap = "" if result.gap_bound is None else f"; the gap is at most {percent(result.gap_bound)}"
    return number(result.bound) + gap


def _validity(result: Result) -> str:
    valid = "yes" if result.success else "no"
    if result.valid_before_decoding is None:
        return valid
    return f"{valid} (before decoding: {'yes' if result.valid_before_decoding else 'no'})"


def _broken(result: Result) -> list[str]:
    """Return a line for each of the first constraints that are broken, and how many more are."""
    broken = result.violations
    lines = [f"{'broken':<11} {v.constraint}: by {v.excess:g}; {v.remedy}" for v in broken[:BROKEN]]
    more = len(broken) - BROKEN
    return [*lines, f"{'':<11} … and {more} more: --json gives every one"] if more > 0 else lines


def _solution(entry: Any, columns: int, most: int) -> list[str]:
    """Return one entry of a solution, wrapped between its labels, cut where it is long."""
    if isinstance(entry, dict):
        entry = [f"{key}: {value}" for key, value in entry.items()]
    texts = entry if isinstance(entry, list | tuple) else [entry]
    labels = [escaped(str(label)) for label in texts]
    unbroken = (label.replace(" ", "\0") for label in labels[: LINES * columns + 1])
    lines = textwrap.wrap(
        ", ".join(unbroken), columns, break_long_words=False, break_on_hyphens=False
    )
    lines = [line.replace("\0", " ") for line in lines]
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], f"… {len(labels)} in all: --json or -o FILE gives every one"]


def table(rows: Sequence[dict[str, Any]], unit: str = "") -> str:
    """Return the rows that `compare` gave for one instance as aligned text under a headline.

    Those of a kind stand together, indented under its name.
    """
    first = rows[0]
    optimum = first["optimum"]
    known = any(row["best_gap"] is not None for row in rows)
    what = f"gap to the optimum {number(optimum)}" if known else "cost"
    what += f"{' ' if known else ', '}{unit}" if unit else ""
    headline = f"{escaped(first['instance'])} ({first['problem']}, n = {first['n']}): {what}"
    one_limit = len({row["time_limit"] for row in rows}) == 1
    headings = [name for name in HEADINGS if not (one_limit and name == "limit")]
    heads = dict(zip(HEADINGS, HEADINGS, strict=True))
    lines = [_cells(row, known) for row in rows]
    widths = {name: max(len(line[name]) for line in [heads, *lines]) for name in headings}
    text = [headline, _line(heads, widths)]
    for kind, group in groupby(zip(rows, lines, strict=True), lambda pair: pair[0]["kind"]):
        text += [kind, *(_line(line, widths) for _, line in group)]
    return "\n".join(text)


def _cells(row: dict[str, Any], known: bool) -> dict[str, str]:
    keys = ("best_gap", "mean_gap") if known else ("best_cost", "mean_cost")
    show = percent if known else number
    best, mean = ("-" if row[key] is None else show(row[key]) for key in keys)
    return {
        "method": f"{INDENT}{row['method']}",
        "integrator": row["integrator"] or "-",
        "limit": "-" if row["time_limit"] is None else f"{row['time_limit']:g}",
        "valid": f"{row['valid']}/{row['seeds']}",
        "best": best,
        "mean": mean,
        "CPU s": "-" if row["cpu_seconds"] is None else f"{row['cpu_seconds']:.2f}",
        "note": remark(row),
    }


def remark(row: dict[str, Any]) -> str:
    """Return what there is to say about a row of `compare`: nothing where all went well."""
    if row["message"] == Status.TIME_LIMIT.advice:
        return "used all of its time"
    return "" if row["status"] == Status.CONVERGED else " ".join(row["message"].split())


def _line(cells: Mapping[str, str], widths: Mapping[str, int]) -> str:
    padded = (
        cells[name].rjust(width) if name in RIGHT else cells[name].ljust(width)
        for name, width in widths.items()
    )
    return "  ".join(padded).rstrip()


def catalogue(problem: type[Problem]) -> str:
    """Return a problem's instances, its methods by kind, one line each, and its settings."""
    about = (inspect.getdoc(problem) or "").partition("\n")[0]
    instances, settings = problem.instances(), ", ".join(problem.settings())
    width = max(map(len, [*problem.methods, *instances]))
    return "\n".join(
        [
            f"{problem.name}: {about}",
            "  instances (or a file, a name in --data DIR, or - for standard input)",
            *(f"    {name:<{width}}  {text}" for name, text in instances.items()),
            "  methods (by default the best of any kind; with --pure the best pure one)",
            *_methods(problem, width),
            *([f"  settings (--set NAME=VALUE): {settings}"] if settings else []),
        ]
    )


def _methods(problem: type[Problem], width: int) -> Iterator[str]:
    """Yield a line for every kind that there is, and for every method of that kind."""
    for kind, meaning in KINDS.items():
        methods = [m for m in problem.methods.values() if m.kind == kind]
        if methods:
            yield f"    {kind}: {meaning}"
        for method in methods:
            yield f"      {method.name:<{width}}  {method.summary}"
