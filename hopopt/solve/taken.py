"""Solutions that come from outside: from files, and from what other functions returned."""

from __future__ import annotations

import json
from numbers import Real
from os import PathLike
from pathlib import Path
from typing import Any

from hopopt.solve.method import Method

FOREIGN = (
    RecursionError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    StopIteration,
    RecursionError,
)
"""What it raises to look at something that is no solution."""


def begun(problem: Any, method: Method, initial: Any, pure: bool) -> tuple[Any, Method]:
    """Return the solution to begin with, None where there is none, and the method that does."""
    if initial is not None and pure:
        raise ValueError("initial must not be given with pure: the answer is a network's own")
    initial = problem.initial if initial is None and not pure else initial
    if initial is None:
        return None, method
    start = problem.given(initial)
    return start, method.beginning(start)


def told(problem: Any, path: str | PathLike[str]) -> Any:
    """Return the solution that a JSON file tells, or refuse it by its path."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        x = next(found[key] for key in ("solution", "tour") if key in found)
        return problem.adopt(x)
    except FOREIGN as error:
        raise ValueError(f"{path}: expected a solution of {problem.name} as JSON") from error


def taken(problem: Any, initial: Any) -> Any:
    """Return a solution, a `Result`, or what a function returned as a feasible solution.

    Parameters
    ----------
    problem : Problem
    initial : object

    Raises
    ------
    ValueError
        Where it is none, or infeasible; the message says which constraint is broken, and by how
        much.
    """
    x = getattr(initial, "x", initial)
    if isinstance(x, tuple) and len(x) == 2 and isinstance(x[0], Real):
        x = x if isinstance(x[1], Real) else x[1]
    try:
        x = problem.adopt(x)
        feasible, broken = problem.feasible(x), problem.violations(x)
    except FOREIGN as error:
        got = repr(initial)[:60]
        raise ValueError(f"initial must be a solution of {problem.name}; got {got}") from error
    if not feasible:
        first = f": {broken[0].constraint} is broken, by {broken[0].excess:g}" if broken else ""
        why = first or f"; got {repr(x)[:60]}"
        raise ValueError(f"initial must be a feasible solution of {problem.name}{why}")
    return x
