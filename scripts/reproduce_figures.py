"""Two published findings as figures: the networks of 1985 and of 2002."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from _shared import count, markdown, mean, parser, percent, reference, save, tell
from matplotlib.axes import Axes

from hopopt import Result, minimize
from problems import TSP

PUBLISHED_1985 = {"Hopfield & Tank 1985 (16/20)": 0.80, "Wilson & Pawley 1988": 0.15}
DISTANCES, BIASES = (100, 200, 300, 400, 500), (1.0, 1.1, 1.2, 1.3, 1.5)
PUBLISHED_GAPS = {"berlin52": (52, 0.65, 0.97), "tsp225": (225, 1.82, 1.82)}
HEADINGS = ("network", "instance", "runs", "valid", "mean gap", "gap to the", "published")
CITIES = 10
INSTANCES = ("random-10", "random-20", "random-30", "random-50", "random-75")
RANDOM_TOURS = 20_000
TWO_OPT_STARTS = 50

Finding = dict[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "reproduce_figures.py figures --starts 200")
    options.add_argument("folder", type=Path, help="where to save the figures")
    kinds = ("1985", "weights", "2002")
    options.add_argument("--figures", nargs="+", choices=kinds, default=["1985", "2002"])
    options.add_argument("--starts", type=count, default=100, help="of the 1985 network, in all")
    options.add_argument("--ten-cities", type=count, default=10, help="its instances")
    options.add_argument("--runs", type=count, default=5, help="of the 2002 network, an instance")
    options.add_argument("--instances", nargs="+", default=list(INSTANCES), help="of the 2002 one")
    options.add_argument("--data", type=Path, metavar="DIR", help="where to look for TSPLIB files")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to a file")
    arguments = options.parse_args(argv)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    findings: dict[str, Finding] = {}
    rows: list[tuple[Any, ...]] = []
    if "1985" in arguments.figures:
        found = findings["1985"] = study_1985(
            arguments.ten_cities, arguments.starts, arguments.seed
        )
        draw_1985(found, arguments.folder / "hopfield-tank-1985.png")
        rows += lines_1985(found)
    if "weights" in arguments.figures:
        found = findings["weights"] = study_weights(arguments.starts, arguments.seed)
        draw_weights(found, arguments.folder / "hopfield-tank-1985-weights.png")
        rows += lines_weights(found)
    if "2002" in arguments.figures:
        problems = [TSP.load(name, arguments.data) for name in arguments.instances]
        found = findings["2002"] = study_2002(problems, arguments.runs, arguments.seed)
        draw_2002(found, arguments.folder / "talavan-yanez-2002.png")
        rows += lines_2002(found)
    print(markdown(HEADINGS, rows))
    save(arguments.json, findings)
    return 0


def lines_1985(found: Finding) -> list[tuple[Any, ...]]:
    runs, average = len(found["valid"]) + len(found["decoded"]), mean(found["valid"])
    gap = "–" if average is None else f"{percent(average - 1)} (valid runs)"
    share, claim = percent(found["share_valid"]), "80 % valid (1985), 15 % (1988)"
    chance = percent(found["random_mean"] - 1)
    return [
        ("hopfield-tank-1985", f"random-{CITIES}", runs, share, gap, "optimum", claim),
        ("random tours", f"random-{CITIES}", RANDOM_TOURS, "–", chance, "optimum", ""),
    ]


def lines_2002(found: Finding) -> list[tuple[Any, ...]]:
    rows = []
    for row in found["rows"]:
        _, low, high = PUBLISHED_GAPS.get(row["instance"], (0, None, None))
        claim = "" if low is None else f", gap {percent(low, 0)} to {percent(high, 0)}"
        share, gap = percent(row["valid"]), percent(mean(row["gaps"]))
        head = ("talavan-yanez-2002", row["instance"], len(row["gaps"]), share, gap)
        rows.append((*head, row["reference"], f"100 % valid{claim}"))
    return rows


def solve(problem: TSP, method: str, seed: int, start: int, **weights: float) -> Result:
    tell(f"{problem.instance} {method} {weights or ''} start {start}")
    rng = np.random.default_rng([seed, start])
    return minimize(problem, method, restarts=1, rng=rng, **weights)


def study_1985(instances: int, starts: int, seed: int) -> Finding:
    """Run the 1985 network; lengths are multiples of the instance's optimum."""
    valid, decoded, chance = [], [], []
    rng = np.random.default_rng(seed)
    for k in range(instances):
        problem = TSP.load(f"random-{CITIES}-{seed + k}")
        optimum, _ = reference(problem)
        assert optimum is not None
        for start in range(k, starts, instances):
            result = solve(problem, "hopfield-tank-1985", seed, start)
            (valid if result.valid_before_decoding else decoded).append(result.fun / optimum)
        tours = (rng.permutation(problem.size) for _ in range(RANDOM_TOURS // instances))
        chance += [problem.distances.tour_length(tour) / optimum for tour in tours]
    return {
        "valid": valid,
        "decoded": decoded,
        "random_mean": mean(chance),
        "random": np.histogram(chance, bins=np.linspace(1, 3, 41))[0].tolist(),
        "share_valid": len(valid) / (len(valid) + len(decoded)),
    }


def study_weights(starts: int, seed: int) -> Finding:
    """Run the 1985 network with other D and other biases of C, from the same starts each."""
    runs = max(1, starts // (len(DISTANCES) * len(BIASES)))
    problems = [TSP.load(f"random-{CITIES}-{seed + k}") for k in range(runs)]
    optima = [reference(problem)[0] for problem in problems]
    cells = []
    for D in DISTANCES:
        for bias in BIASES:
            lengths = []
            for k, (problem, optimum) in enumerate(zip(problems, optima, strict=True)):
                result = solve(problem, "hopfield-tank-1985", seed, k, D=D, bias=bias)
                if result.valid_before_decoding:
                    lengths.append(result.fun / optimum)
            share = len(lengths) / runs
            cells.append({"D": D, "bias": bias, "valid": share, "length": mean(lengths)})
    return {"runs": runs, "cells": cells}


def lines_weights(found: Finding) -> list[tuple[Any, ...]]:
    rows = []
    for cell in found["cells"]:
        name = f"hopfield-tank-1985, D = {cell['D']}, bias {cell['bias']:g}"
        gap = "–" if cell["length"] is None else f"{percent(cell['length'] - 1)} (valid runs)"
        share = percent(cell["valid"])
        rows.append((name, f"random-{CITIES}", found["runs"], share, gap, "optimum", ""))
    return rows


def draw_weights(found: Finding, path: Path) -> None:
    figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    whats = (("valid", "share of valid tours", "Blues"), ("length", "length / optimum", "Reds"))
    for ax, (key, title, colours) in zip(panels, whats, strict=True):
        values = [cell[key] for cell in found["cells"]]
        table = np.array([np.nan if v is None else v for v in values])
        table = table.reshape(len(DISTANCES), len(BIASES))
        image = ax.imshow(table, cmap=colours, aspect="auto", origin="lower")
        figure.colorbar(image, ax=ax)
        for (row, column), value in np.ndenumerate(table):
            text = "–" if np.isnan(value) else f"{value:.2f}"
            dark = not np.isnan(value) and image.norm(value) > 0.6
            colour = "white" if dark else "0.2"
            ax.text(column, row, text, ha="center", va="center", size="small", color=colour)
        ax.set_xticks(range(len(BIASES)), [f"{bias:g}" for bias in BIASES])
        ax.set_yticks(range(len(DISTANCES)), [str(D) for D in DISTANCES])
        ax.set(xlabel="bias of C, n_eff / n", ylabel="D", title=title)
    figure.suptitle(f"Ten cities, {found['runs']} starts a cell; A = B = 500, C = 200")
    figure.savefig(path, dpi=150)
    plt.close(figure)


def draw_1985(found: Finding, path: Path) -> None:
    edges = np.linspace(1, 3, 41)
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(11, 4), width_ratios=(3, 2), layout="constrained"
    )
    left.stairs(np.array(found["random"]) / sum(found["random"]), edges, label="random tours")
    for key, label in (
        ("valid", "tours of the network"),
        ("decoded", "invalid, made tours by decoding"),
    ):
        lengths = np.array(found[key])
        if lengths.size:
            weights = np.full(lengths.size, 1 / lengths.size)
            left.hist(
                np.minimum(lengths, edges[-1]), edges, weights=weights, alpha=0.5, label=label
            )
    left.set(xlabel="tour length / optimum", ylabel="share", title="Ten cities, hopfield-tank-1985")
    left.legend()
    shares = {"this run": found["share_valid"], **PUBLISHED_1985}
    bars = right.barh(list(shares), list(shares.values()), color=["C1", "0.7", "0.7"])
    right.bar_label(bars, [percent(share) for share in shares.values()], padding=3)
    right.set(xlabel="share of runs that end in a tour", xlim=(0, 1))
    right.invert_yaxis()
    figure.savefig(path, dpi=150)
    plt.close(figure)


def study_2002(problems: Sequence[TSP], runs: int, seed: int) -> Finding:
    """Run the 2002 network; gaps are to the reference that each row names."""
    rows = []
    for problem in problems:
        length, what = reference(problem, TWO_OPT_STARTS)
        assert length is not None
        results = [solve(problem, "talavan-yanez-2002", seed, k) for k in range(runs)]
        rows.append(
            {
                "instance": problem.instance,
                "n": problem.size,
                "valid": sum(bool(result.valid_before_decoding) for result in results) / runs,
                "gaps": [result.fun / length - 1 for result in results],
                "reference": what,
            }
        )
    return {"rows": rows}


def draw_2002(found: Finding, path: Path) -> None:
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    rows = sorted(found["rows"], key=lambda row: row["n"])
    sizes = [row["n"] for row in rows]
    left.plot(sizes, [row["valid"] for row in rows], "o-", label="talavan-yanez-2002")
    left.axhline(1, color="0.7", linestyle="--", label="published: every run")
    left.set(xlabel="cities", ylabel="runs that end in a tour", ylim=(0, 1.05))
    left.legend(loc="lower left")
    _gaps(right, rows)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _gaps(ax: Axes, rows: Sequence[Finding]) -> None:
    """Draw each run's gap, the means, and the published ranges."""
    ax.plot(
        [row["n"] for row in rows], [100 * np.mean(row["gaps"]) for row in rows], "-", color="C0"
    )
    for row in rows:
        exact = row["reference"] == "optimum"
        ax.plot(
            [row["n"]] * len(row["gaps"]),
            100 * np.array(row["gaps"]),
            "o",
            color="C0",
            fillstyle="full" if exact else "none",
        )
    for n, low, high in PUBLISHED_GAPS.values():
        label = "the authors' toolbox: berlin52, tsp225" if n == 52 else None
        ax.plot(
            [n, n],
            [100 * low, 100 * high],
            "_-",
            color="C3",
            linewidth=2,
            markersize=12,
            label=label,
        )
    ax.set(xlabel="cities", ylabel="gap %", title="filled: to the optimum; open: to the best 2-opt")
    ax.legend(loc="lower right")


if __name__ == "__main__":
    sys.exit(main())
