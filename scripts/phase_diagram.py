"""Statistical mechanics of the memories: the Hebbian phase diagram, and capacity by degree.

Solves the replica-symmetric equations of Amit, Gutfreund & Sompolinsky (1985, 1987),

    m = ∫Dz tanh(β(m + √(αr)·z)),  q = ∫Dz tanh²(β(m + √(αr)·z)),  r = q/(1 − β(1 − q))²,

and measures m(α, T) by Glauber dynamics from stored patterns; then fits the exponent with which the
capacity of polynomial memories grows (Krotov & Hopfield 2016: n − 1).
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from _shared import count, markdown, parser, save, tell
from matplotlib.ticker import NullFormatter

from hopopt.core import Array
from hopopt.memory import AssociativeMemory, CapacityWarning, capacity
from hopopt.plotting import OUTPUT, SOLUTION

LOADS = (0.02, 0.04, 0.06, 0.08)
TEMPERATURES = (0.05, 0.15, 0.25, 0.3)
SIZES = {2: (100, 200, 400, 800), 3: (30, 45, 65, 100)}
NODES = np.polynomial.hermite_e.hermegauss(201)
BURN, SAMPLES = 20, 5
RETRIEVED = 0.7  # below it the equations have left the retrieval phase


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "phase_diagram.py figures --units 4000 --json numbers.json")
    options.add_argument("folder", type=Path, nargs="?", help="where to save the picture")
    options.add_argument("--units", type=count, default=4000, metavar="N")
    options.add_argument("--starts", type=count, default=8)
    options.add_argument("--loads", type=float, nargs="+", default=list(LOADS))
    options.add_argument("--temperatures", type=float, nargs="+", default=list(TEMPERATURES))
    options.add_argument("--degrees", type=int, nargs="*", default=[2, 3], choices=[2, 3])
    options.add_argument("--nets", type=count, default=6)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to a file")
    arguments = options.parse_args(argv)
    warnings.simplefilter("ignore", CapacityWarning)
    grid = overlaps(arguments)
    print(f"Overlap m(α, T), N = {arguments.units}: measured (AGS)\n")
    heads = ("α \\ T", *(f"{T:g}" for T in arguments.temperatures))
    by_load = {a: [cell for cell in grid if cell["load"] == a] for a in arguments.loads}
    print(markdown(heads, [(a, *map(entry, cells)) for a, cells in by_load.items()]))
    worst = max(abs(cell["measured"] - cell["theory"]) for cell in grid)
    print(f"\nLargest difference {worst:.3f}; α_c(T = 0) = {critical_load():.4f} by the equations.")
    growth = [exponent(n, arguments.nets, arguments.seed) for n in arguments.degrees]
    for row in growth:
        sizes = ", ".join(f"{p:g} at N = {n}" for n, p in row["capacities"])
        print(f"\nDegree {row['degree']}: {sizes}")
        print(f"  exponent {row['exponent']:.2f} of P·ln N in N, theory {row['degree'] - 1}")
    if arguments.folder is not None:
        draw(arguments.folder, grid, growth)
    save(arguments.json, {"grid": grid, "growth": growth})
    return 0


def entry(cell: dict[str, float]) -> str:
    return f"{cell['measured']:.3f} ({cell['theory']:.3f})"


def retrieval(load: float, T: float, m: float = 1.0) -> float:
    """Return the overlap of the retrieval phase, by iterating the three equations."""
    z, weight = NODES[0], NODES[1] / NODES[1].sum()
    q = 1.0
    for _ in range(20_000):
        r = q / (1 - (1 - q) / T) ** 2
        field = np.tanh((m + np.sqrt(load * r) * z) / T)
        new, spread = float(weight @ field), float(weight @ field**2)
        if abs(new - m) + abs(spread - q) < 1e-12:
            break
        m, q = new, spread
    return m


def critical_load() -> float:
    """Return α_c at T = 0: the largest load at which m = erf(x) has a solution (AGS 1985).

    x·(√(2α) + 2·exp(−x²)/√π) = erf(x), x = m/√(2αr).
    """
    from scipy.special import erf

    x = np.linspace(0.5, 5, 100_001)
    root = erf(x) / x - 2 / np.sqrt(np.pi) * np.exp(-(x**2))
    return float((np.maximum(root, 0) ** 2 / 2).max())


def overlaps(arguments: Any) -> list[dict[str, float]]:
    """Measure m at every load and temperature, beside the theory's."""
    rng, cells = np.random.default_rng(arguments.seed), []
    for load in arguments.loads:
        size = (max(1, round(load * arguments.units)), arguments.units)
        patterns = rng.choice(np.array([-1, 1], np.int8), size)
        memory = AssociativeMemory("hebb", normalize=True, dtype="float32").fit(patterns)
        for T in arguments.temperatures:
            tell(f"load {load:g}, T = {T:g}")
            measured = thermal(memory, patterns[: arguments.starts], T, rng)
            cells.append({"load": load, "T": T, "measured": measured, "theory": retrieval(load, T)})
    return cells


def thermal(
    memory: AssociativeMemory, patterns: Array, T: float, rng: np.random.Generator
) -> float:
    """Return the mean overlap with the start after BURN sweeps, over SAMPLES more."""
    state, found = patterns, []
    for sweeps in (BURN, *(2,) * SAMPLES):
        state = memory.recall(state, temperature=T, max_iter=sweeps, rng=rng).state
        found.append((state * patterns).mean())
    return float(np.mean(found[1:]))


def exponent(degree: int, nets: int, seed: int) -> dict[str, Any]:
    """Fit log P·ln N against log N: without errors P ∝ Nⁿ⁻¹/ln N."""
    found = []
    for n in SIZES[degree]:
        tell(f"degree {degree}, N = {n}")
        memory = AssociativeMemory("polynomial", degree=degree)
        measured = capacity(memory, n, 0.0, nets=nets, cues=200, rng=seed)
        found.append((n, float(np.mean(measured.patterns))))
    n, p = np.array(found).T
    slope = float(np.polyfit(np.log(n), np.log(p * np.log(n)), 1)[0])
    return {"degree": degree, "capacities": found, "exponent": slope}


def draw(folder: Path, grid: list[dict[str, float]], growth: list[dict[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    temperatures = np.linspace(0.02, 0.6, 60)
    for k, load in enumerate(dict.fromkeys(cell["load"] for cell in grid)):
        color = plt.get_cmap("viridis")(k / 4)
        theory = np.array([retrieval(load, T) for T in temperatures])
        left.plot(temperatures, np.where(theory > RETRIEVED, theory, np.nan), color=color)
        cells = [cell for cell in grid if cell["load"] == load]
        measured = [cell["measured"] for cell in cells]
        left.plot([c["T"] for c in cells], measured, "o", color=color, label=f"α = {load:g}")
    left.set(xlabel="temperature T", ylabel="overlap m", title="lines: AGS; dots: measured")
    left.legend(frameon=False)
    for row, color in zip(growth, (SOLUTION, OUTPUT), strict=False):
        n, p = np.array(row["capacities"]).T
        label = f"n = {row['degree']}: exponent {row['exponent']:.2f}"
        right.loglog(n, p * np.log(n), "o-", color=color, label=label)
    right.set(xlabel="units N", ylabel="P·ln N", title="capacity of polynomial memories")
    right.xaxis.set_minor_formatter(NullFormatter())
    if growth:
        right.legend(frameon=False)
    figure.savefig(folder / "phase-diagram.png", dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    sys.exit(main())
