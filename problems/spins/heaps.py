"""Pictures of heaps of numbers, and of items in a knapsack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from hopopt.plotting import FAINT, INK, OUTPUT, SOLUTION, axes_or_new
from problems.shared.pictures import titled

if TYPE_CHECKING:
    from problems.spins.knapsack import Knapsack
    from problems.spins.number_partition import NumberPartition


def plot_heaps(problem: NumberPartition, x: Sequence[int], ax: Axes | None) -> Axes:
    """Draw the two heaps as stacked bars, the largest numbers below."""
    ax = axes_or_new(ax)
    first = np.zeros(problem.size, dtype=bool)
    first[list(x)] = True
    for place, (side, colour) in enumerate(((first, SOLUTION), (~first, OUTPUT))):
        heap = np.sort(problem.numbers[side])[::-1]
        bottom = np.concatenate([[0.0], np.cumsum(heap)[:-1]]) if len(heap) else heap
        ax.bar(
            np.full(len(heap), place),
            heap,
            bottom=bottom,
            width=0.7,
            color=colour,
            edgecolor="white",
            linewidth=0.4,
        )
    ax.set(xticks=[0, 1], xticklabels=["first heap", "second heap"], ylabel="sum")
    return titled(ax, problem, problem.cost(x))


def plot_items(problem: Knapsack, x: Sequence[int], ax: Axes | None) -> Axes:
    """Draw items by weight and value, those taken filled; the title of the axis has the load."""
    ax = axes_or_new(ax)
    taken = np.zeros(problem.size, dtype=bool)
    taken[list(x)] = True
    for chosen, colour in ((~taken, FAINT), (taken, SOLUTION)):
        ax.scatter(
            problem.weights[chosen],
            problem.values[chosen],
            s=36,
            c=colour,
            edgecolors=INK,
            linewidths=0.5,
            zorder=2 + int(chosen is taken),
        )
    load = int(problem.weights[taken].sum())
    ax.set(xlabel=f"weight (taken: {load} of {problem.capacity})", ylabel="value")
    ax.set_xlim(left=0)
    ax.set_ylim(bottom=0)
    return titled(ax, problem, problem.cost(x))
