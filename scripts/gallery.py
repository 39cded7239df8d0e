"""The README's pictures: the capitals' tour, a relaxing ring, and the energies of an annealing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from _shared import parser, tell
from matplotlib.figure import Figure

from hopopt import minimize
from hopopt.plotting import Recorder, plot_energy
from problems import TSP

STAGES = 4


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "gallery.py figures")
    options.add_argument("folder", type=Path, help="where to save the pictures")
    options.add_argument("--time-limit", type=float, default=20.0, help="seconds for the capitals")
    options.add_argument("--cities", type=int, default=60, help="around the relaxing ring")
    options.add_argument("--seed", type=int, default=0)
    arguments = options.parse_args(argv)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name, figure in {
        "capitals.png": capitals(arguments.time_limit, arguments.seed),
        "ring.png": ring(f"random-{arguments.cities}", arguments.seed),
    }.items():
        figure.savefig(arguments.folder / name, dpi=110)
        tell(str(arguments.folder / name))
    return 0


def capitals(time_limit: float, seed: int) -> Figure:
    """Draw the best tour of the capitals."""
    problem = TSP.load("capitals")
    result = minimize(problem, rng=seed, time_limit=time_limit)
    figure = Figure(figsize=(9.5, 4.6), layout="constrained")
    problem.plot(result.x, ax=figure.subplots())
    return figure


def ring(instance: str, seed: int) -> Figure:
    """Draw a ring at some of its widths, and the energy of every network on the way."""
    problem, recorder = TSP.load(instance), Recorder(limit=200)
    result = minimize(problem, "ring", restarts=1, rng=seed, callback=recorder, solver="LSODA")
    figure = Figure(figsize=(12, 2.9), layout="constrained")
    *pictures, energy = figure.subplots(1, STAGES + 1, width_ratios=[1] * STAGES + [1.4])
    chosen = np.linspace(0, len(recorder.frames) - 1, STAGES).astype(int)
    for ax, k in zip(pictures, chosen, strict=True):
        snapshot = recorder.frames[k]
        problem.plot_output(snapshot.output, ax=ax)
        ax.set_title(f"K = {snapshot.T:.3f}", fontsize="small")
    plot_energy(result, ax=energy, frames=recorder.frames)
    return figure


if __name__ == "__main__":
    sys.exit(main())
