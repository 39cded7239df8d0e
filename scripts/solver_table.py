"""SciPy's six ODE solvers and the fast step on the same networks: gap, E, evaluations, time."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from _shared import FAST, markdown, parser, percent, reference, save, tell

from hopopt import Status, minimize
from hopopt.core import SOLVERS
from problems import TSP

METHODS = ("hopfield-tank-1985", "assignment", "ring")
INSTANCES = ("random-10", "random-30", "random-52")

UNFINISHED = (Status.TIME_LIMIT, Status.INTERRUPTED, Status.SOLVER_FAILED)
NOTES = {Status.CONVERGED: "", Status.MAX_STEPS: " (still moving)", Status.ROSE: " (E rose)"}

Cell = dict[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "solver_table.py --instance random-10 random-30 berlin52 --data DIR")
    options.add_argument("--instance", nargs="+", default=list(INSTANCES), metavar="NAME")
    options.add_argument("--data", type=Path, metavar="DIR", help="where to look for TSPLIB files")
    options.add_argument("--methods", nargs="+", default=list(METHODS), choices=sorted(FAST))
    options.add_argument(
        "--solvers", nargs="+", default=[*SOLVERS, "fast"], choices=[*SOLVERS, "fast"]
    )
    options.add_argument("--time-limit", type=float, default=20.0, help="seconds for each cell")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--json", type=Path, metavar="FILE", help="write the cells to a file")
    arguments = options.parse_args(argv)
    problems = [TSP.load(name, arguments.data) for name in arguments.instance]
    cells = [
        run(problem, method, solver, arguments.seed, arguments.time_limit)
        for problem in problems
        for method in arguments.methods
        for solver in arguments.solvers
    ]
    print("Each cell: gap, E at the end, evaluations of the field, CPU seconds; one run.")
    for problem in problems:
        print(measure(problem, [c for c in cells if c["instance"] == problem.instance]))
    for method in arguments.methods:
        print(f"\n**{method}**\n")
        print(table([cell for cell in cells if cell["method"] == method], problems))
    save(arguments.json, cells)
    return 0


def run(problem: TSP, method: str, solver: str, seed: int, limit: float) -> Cell:
    """Return one cell of the table, whatever happens."""
    name = FAST[method] if solver == "fast" else solver
    tell(f"{problem.instance} {method} {name}")
    cell = {"instance": problem.instance, "n": problem.size, "method": method, "solver": name}
    try:
        result = minimize(problem, method, restarts=1, rng=seed, time_limit=limit, solver=name)
    except ValueError as error:
        return {**cell, "finished": False, "cost": None, "message": str(error)}
    return {
        **cell,
        "finished": result.status not in UNFINISHED,
        "cost": result.fun,
        "energy": result.energy,
        "nfev": result.nfev,
        "cpu_seconds": result.cpu_seconds,
        "wall_seconds": result.wall_seconds,
        "valid_before_decoding": result.valid_before_decoding,
        "status": result.status,
        "message": result.message,
    }


def measure(problem: TSP, cells: Sequence[Cell]) -> str:
    """Give the finished cells of one instance their gaps; say what they are measured from."""
    length, what = reference(problem)
    done = [cell for cell in cells if cell["finished"]]
    if length is None:
        length, what = min((cell["cost"] for cell in done), default=None), "best in these tables"
    for cell in done:
        cell.update(gap=cell["cost"] / length - 1, reference=length, reference_is=what)
    shown = "none" if length is None else f"{length:.6g}"
    return f"Gaps on {problem.instance} ({problem.size} cities) are to the {what}, {shown}."


def table(cells: Sequence[Cell], problems: Sequence[TSP]) -> str:
    by_place = {(cell["solver"], cell["instance"]): cell for cell in cells}
    solvers = list(dict.fromkeys(cell["solver"] for cell in cells))
    return markdown(
        ("solver", *(problem.instance for problem in problems)),
        [(s, *(entry(by_place[s, problem.instance]) for problem in problems)) for s in solvers],
    )


def entry(cell: Cell) -> str:
    if cell["cost"] is None:
        return f"refused: {cell['message']}"
    if cell["status"] == Status.SOLVER_FAILED:
        return "solver failed"
    if not cell["finished"]:
        return f"not finished in {cell['wall_seconds']:.0f} s"
    numbers = f"{cell['energy']:.5g}, {cell['nfev']}, {cell['cpu_seconds']:.2f}"
    return f"{percent(cell['gap'])}, {numbers}{NOTES[cell['status']]}"


if __name__ == "__main__":
    sys.exit(main())
