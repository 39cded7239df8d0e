"""A solution and outputs: as their problem draws them, else as a text and an image."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from hopopt.plotting.style import OUTPUTS, SIGNED_OUTPUTS, axes_or_new, colorbar, headline, note
from hopopt.solve.problem import Problem

LETTERS = 600
WIDTH = 40


def plot_solution(problem: Problem, x: Any, ax: Axes | None = None) -> Axes:
    """Draw a solution as its problem does; of one without a picture, write it out, shortened.

    Parameters
    ----------
    problem : Problem
        Its `plot` draws, or returns None.
    x : object
        A solution.
    ax : Axes, optional

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from problems import TSP
    >>> square = TSP.from_points([[0, 0], [0, 1], [1, 1], [1, 0]], instance="square")
    >>> plot_solution(square, [0, 1, 2, 3], Figure().subplots()).get_title()
    'square · n = 4 · cost 4'
    """
    ax = axes_or_new(ax)
    drawn = problem.plot(x, ax)
    if drawn is not None:
        return drawn
    ax.set(xticks=[], yticks=[])
    words = ", ".join(f"{key}: {value}" for key, value in problem.describe(x).items())
    text = textwrap.fill(textwrap.shorten(words, LETTERS, placeholder=" …"), WIDTH)
    ax.text(0.5, 0.5, text, ha="center", va="center", fontsize="small", transform=ax.transAxes)
    note(ax, problem.instance)
    return ax


def plot_output(
    problem: Problem,
    output: ArrayLike,
    ax: Axes | None = None,
    *,
    reference: ArrayLike | None = None,
) -> Axes:
    """Draw a network's outputs as its problem does, else as an image (`plot_matrix`).

    Parameters
    ----------
    problem : Problem
        Its `plot_output` draws, or returns None.
    output : array
        As in `Result.output` and `Snapshot.output`.
    ax : Axes, optional
    reference : array, optional
        As for `Problem.plot_output`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from problems import TSP
    >>> problem, ax = TSP.load("random-4"), Figure().subplots()
    >>> plot_output(problem, np.eye(4), ax).get_title()
    'outputs V[city, position]'
    """
    ax = axes_or_new(ax)
    values = np.asarray(output)
    kept = None if reference is None else np.asarray(reference)
    drawn = problem.plot_output(values, ax, reference=kept)
    return plot_matrix(values, ax) if drawn is None else drawn


def caption(problem: Problem, cost: float) -> str:
    """Return one line about a solution: instance, size, cost, and the gap where it is known.

    Parameters
    ----------
    problem : Problem
    cost : float
        In the problem's own sense; infinite for what is no solution.

    Examples
    --------
    >>> from problems import MaxCut
    >>> caption(MaxCut(2, ([0], [1]), optimum=1), 1.0)
    'maxcut · n = 2 · cost 1 · optimal'
    """
    gap = None
    if problem.optimum:
        gap = problem.loss(cost - problem.optimum) / abs(problem.optimum)
    return headline(problem.instance, cost, gap, f"n = {problem.size}", unit=problem.unit)


def plot_matrix(output: ArrayLike, ax: Axes | None = None) -> Axes:
    """Draw outputs as an image, on a scale from 0 to 1, or from −1 to 1 where some are negative.

    Outputs beyond ±1 widen the scale.

    Parameters
    ----------
    output : array, shape (units,) or (rows, columns)
        Units alone are drawn as one row.
    ax : Axes, optional

    Raises
    ------
    ValueError
        For another number of dimensions.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> plot_matrix([[0.1, 0.9], [0.9, 0.1]], Figure().subplots()).images[0].get_clim()
    (0.0, 1.0)
    """
    values = np.asarray(output, dtype=float)
    if values.ndim not in (1, 2):
        raise ValueError(f"output must have one or two dimensions; got shape {values.shape}")
    ax = axes_or_new(ax)
    size = max(1.0, float(np.abs(values).max(initial=0)))
    signed = bool((values < 0).any())
    image = ax.imshow(
        np.atleast_2d(values),
        cmap=SIGNED_OUTPUTS if signed else OUTPUTS,
        vmin=-size if signed else 0.0,
        vmax=size,
        aspect="auto",
        interpolation="none",
    )
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    if values.ndim == 1:
        ax.set_yticks([])
    colorbar(ax, image, "v")
    return ax
