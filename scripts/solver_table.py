"""SciPy's six ODE solvers and the fast step on the same networks: gap, E, evaluations, time.

With `--inertia` the table is of the second-order form of the dynamics.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _shared import FAST, count, markdown, parser, percent, reference, save, save_table, tell

from hopopt import Flow, Inertial, Monitor, Network, Status, Tanh, anneal, minimize
from hopopt.core import SOLVERS
from problems import TSP, Ising

METHODS = ("hopfield-tank-1985", "assignment", "ring")
INSTANCES = ("random-10", "random-30", "random-52")

UNFINISHED = (Status.TIME_LIMIT, Status.INTERRUPTED, Status.SOLVER_FAILED)
NOTES = {Status.CONVERGED: "", Status.MAX_STEPS: " (still moving)", Status.ROSE: " (E rose)"}

Cell = dict[str, Any]

STEPS = 500
COLUMNS = ("motion", "evaluations", "CPU s", "K/c at the end", "largest rise", "H of the signs")
CAPTION = (
    "Units with inertia, ±1 couplings of all {} spins, 500 units of time, one replica, the same "
    "start, A and c; SciPy's solvers at rtol = 1e-3 with soft walls, into which outputs sink a "
    "little. The largest rise of K is a share of its whole fall."
)


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
    options.add_argument(
        "--inertia", type=count, metavar="SPINS", help="instead: motions with inertia, ±1 couplings"
    )
    options.add_argument("--table", type=Path, metavar="FILE", help="write these for the docs")
    arguments = options.parse_args(argv)
    if arguments.inertia is not None:
        rows = [swung(arguments.inertia, solver, arguments.seed) for solver in ("Euler", *SOLVERS)]
        print(markdown(COLUMNS, rows))
        save_table(arguments.table, CAPTION.format(arguments.inertia), COLUMNS, rows)
        return 0
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


def swung(spins: int, solver: str, seed: int) -> tuple[str, ...]:
    """Return a row: one replica, by symplectic Euler or by one of SciPy's solvers."""
    tell(f"inertia {solver}")
    energy, rng = Ising.load(f"bimodal-{spins}").energy, np.random.default_rng(seed)
    network = Network(energy, Tanh(), T=0.0)
    inertia = Inertial(STEPS, rng=rng)
    motion = inertia if solver == "Euler" else Flow(solver, inertia=inertia, rtol=1e-3, atol=1e-3)
    u, monitor = np.random.default_rng(seed).uniform(-0.1, 0.1, spins), Monitor()
    began = time.process_time()
    relaxation = anneal([network], motion, u, monitor=monitor)
    cpu = time.process_time() - began
    trace, low = relaxation.trace, float(energy.value(relaxation.v))
    rise = "0" if not trace.rise() else f"{trace.rise():.0e}"
    name = "symplectic Euler, hard walls" if solver == "Euler" else solver
    return (name, f"{relaxation.nfev}", f"{cpu:.2f}", f"{trace.energy[-1]:.0f}", rise, f"{low:.0f}")


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
