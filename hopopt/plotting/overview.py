"""A result at a glance."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from hopopt.plotting.energy import plot_energy
from hopopt.plotting.solutions import plot_output, plot_solution
from hopopt.plotting.style import headline, note
from hopopt.solve.result import Result

HEIGHT, WIDE_HEIGHT = 4.5, 3.5
WIDTHS, WIDE_WIDTHS = (5.4, 3.4, 3.2), (5.6, 3.6, 2.8)
WIDE = 0.6


def figure(result: Result, fig: Figure | SubFigure | None = None) -> Figure | SubFigure:
    """Draw a result: its solution, and of a network its outputs and its energy beside it.

    Parameters
    ----------
    result : Result
    fig : Figure or SubFigure, optional
        Where to draw; by default a new figure that pyplot does not know. To see it in a window,
        give ``pyplot.figure(figsize=(12, 4.5), layout="constrained")``.

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
    own = Figure(figsize=(sum(np.compress(shown, WIDTHS)), HEIGHT), layout="constrained")
    sheet = own if fig is None else fig
    grid = sheet.add_gridspec(1, sum(shown))
    solution, *others = (sheet.add_subplot(grid[0, k]) for k in range(sum(shown)))
    plot_solution(result.problem, result.x, solution)
    invalid = result.valid_before_decoding is False
    note(solution, "solution · outputs not valid before decoding" if invalid else "solution")
    if result.output is not None:
        plot_output(result.problem, result.output, others[0])
    if shown[2]:
        plot_energy(result, ax=others[-1])
    sizes = widths(solution)
    grid.set_width_ratios(np.compress(shown, sizes).tolist())
    if sizes is WIDE_WIDTHS:
        own.set_figheight(WIDE_HEIGHT)
    sheet.suptitle(_headline(result), fontsize="large")
    return sheet


def _headline(result: Result) -> str:
    by = f"{result.method} ({result.integrator})" if result.integrator else result.method
    parts = (f"n = {result.problem.size}", by)
    return headline(result.problem.instance, result.fun, result.gap, *parts)


def widths(solution: Axes) -> tuple[float, float, float]:
    """Return the widths of solution, outputs and energy, with more for pictures that are wide."""
    aspect = solution.get_aspect()
    flat = aspect != "auto" and solution.get_adjustable() == "box"
    height = float(aspect) * solution.get_data_ratio() if flat else 1.0
    return WIDE_WIDTHS if height < WIDE else WIDTHS
