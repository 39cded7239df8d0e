"""The pictures of problems that draw none of their own: a text, an image."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from hopopt.plotting.style import OUTPUTS, SIGNED_OUTPUTS, axes_or_new, colorbar, note
from hopopt.solve.problem import Problem

LETTERS = 600
WIDTH = 40


def plot_text(problem: Problem, x: Any, ax: Axes | None = None) -> Axes:
    """Write a solution out, as `Problem.describe` does, shortened where it is long."""
    ax = axes_or_new(ax)
    ax.set(xticks=[], yticks=[])
    words = ", ".join(f"{key}: {value}" for key, value in problem.describe(x).items())
    text = textwrap.fill(textwrap.shorten(words, LETTERS, placeholder=" …"), WIDTH)
    ax.text(0.5, 0.5, text, ha="center", va="center", fontsize="small", transform=ax.transAxes)
    note(ax, problem.instance)
    return ax


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
