"""A picture of queens on their board."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from hopopt.plotting import INK, OUTPUT, SOLUTION, axes_or_new
from problems.shared.pictures import titled

if TYPE_CHECKING:
    from problems.classes.queens import Queens

SQUARES = 60


def plot_board(problem: Queens, x: Sequence[int], ax: Axes | None) -> Axes:
    """Draw a board with its queens, the attacked ones vermilion; large boards without squares."""
    ax = axes_or_new(ax)
    n = problem.size
    row, col = np.arange(n), np.asarray(x)
    dr, dc = row[:, None] - row, col[:, None] - col
    clash = ((dc == 0) | (np.abs(dc) == np.abs(dr))).sum(1) > 1
    if n <= SQUARES:
        ax.imshow(np.add.outer(row, row) % 2, cmap="Greys", vmin=0, vmax=6)
        points = np.clip(190 / n, 3, 26)
        for r, c, bad in zip(row.tolist(), col.tolist(), clash.tolist(), strict=True):
            colour = OUTPUT if bad else SOLUTION
            ax.text(c, r, "♛", ha="center", va="center", fontsize=points, color=colour)
    else:
        size = float(np.clip(260 / n, 1.2, 4))
        ax.plot(col[~clash], row[~clash], "s", color=SOLUTION, ms=size, mew=0)
        ax.plot(col[clash], row[clash], "s", color=OUTPUT, ms=size, mew=0)
        ax.set(xlim=(-0.5, n - 0.5), ylim=(n - 0.5, -0.5), aspect="equal")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_color(INK)
    return titled(ax, problem, problem.cost(x))
