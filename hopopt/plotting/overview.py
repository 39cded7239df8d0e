"""A result at a glance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from hopopt.plotting.energy import plot_energy
from hopopt.plotting.solutions import plot_output, plot_solution
from hopopt.plotting.style import headline, note
from hopopt.solve.problem import Snapshot
from hopopt.solve.result import Result

HEIGHT, WIDE, WIDE_HEIGHTS = 4.5, 11, (5.4, 7.6, 9)
WIDTHS, WIDE_WIDTHS = (5.4, 3.4, 3.2), (5.6, 3.6, 2.8)
FLAT = 0.6
DPI = 150


def figure(
    result: Result,
    fig: Figure | SubFigure | None = None,
    *,
    frames: Sequence[Snapshot] = (),
) -> Figure | SubFigure:
    """Draw a result: its solution, and of a network its outputs and its energy beside it.

    Under a solution that is much wider than high, a map of the world, they stand below it.

    Parameters
    ----------
    result : Result
    fig : Figure or SubFigure, optional
        Where to draw; by default a new figure that pyplot does not know. To see it in a window,
        give ``pyplot.figure(figsize=(12, 4.5), layout="constrained")``.
    frames : sequence of Snapshot, optional
        As for `plot_energy`: the cost of what every stage decodes to.

    Returns
    -------
    Figure or SubFigure
        ``figure(result).savefig("result.svg")`` writes it.

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems import TSP
    >>> square = TSP.from_points([[0, 0], [0, 1], [1, 1], [1, 0]], optimum=4)
    >>> figure(minimize(square, "assignment", rng=0)).get_suptitle()
    'tsp · n = 4 · assignment (LSODA) · cost 4 · optimal'
    """
    network = result.output is not None
    shown = [True, network, network or len(result.trace) > 0]
    size = (float(sum(np.compress(shown, WIDTHS))), HEIGHT)
    own = Figure(figsize=size, dpi=DPI, layout="constrained")
    sheet = own if fig is None else fig
    grid = sheet.add_gridspec(1, sum(shown))
    solution, *others = (sheet.add_subplot(grid[0, k]) for k in range(sum(shown)))
    plot_solution(result.problem, result.x, solution)
    invalid = result.valid_before_decoding is False
    note(solution, "solution · outputs not valid before decoding" if invalid else "solution")
    if result.output is not None:
        plot_output(result.problem, result.output, others[0])
    if shown[2]:
        plot_energy(result, ax=others[-1], frames=frames)
    if widths(solution) is WIDE_WIDTHS:
        own.set_size_inches(*stack(sheet, solution, others))
    else:
        grid.set_width_ratios(np.compress(shown, WIDTHS).tolist())
    sheet.suptitle(_headline(result), fontsize="large")
    return sheet


def stack(sheet: Figure | SubFigure, wide: Axes, others: Sequence[Axes]) -> tuple[float, float]:
    """Give a wide picture the whole width, and the others the room below it; return the size."""
    grid = sheet.add_gridspec(1 + bool(others), max(1, len(others)))
    if others:
        grid.set_height_ratios([5, WIDE_HEIGHTS[len(others)] - 5.6])
    wide.set_subplotspec(grid[0, :])
    for k, ax in enumerate(others):
        for twin in ax.get_shared_x_axes().get_siblings(ax):
            twin.set_subplotspec(grid[1, k])
    return WIDE, WIDE_HEIGHTS[len(others)]


def _headline(result: Result) -> str:
    by = f"{result.method} ({result.integrator})" if result.integrator else result.method
    parts = (f"n = {result.problem.size}", by)
    return headline(
        result.problem.instance, result.fun, result.gap, *parts, unit=result.problem.unit
    )


def widths(solution: Axes) -> tuple[float, float, float]:
    """Return the widths of solution, outputs and energy, with more for pictures that are wide."""
    aspect = solution.get_aspect()
    flat = aspect != "auto" and solution.get_adjustable() == "box"
    height = float(aspect) * solution.get_data_ratio() if flat else 1.0
    return WIDE_WIDTHS if height < FLAT else WIDTHS
