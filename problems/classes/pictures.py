"""A picture of queens on their board."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from hopopt.plotting import INK, OUTPUT, SOLUTION, axes_or_new, note

SQUARES = 60


def plot_board(columns: NDArray[np.intp], n: int, ax: Axes | None, *, title: str) -> Axes:
    """Draw an n×n board with a queen a row, the attacked ones vermilion; no squares if large."""
    ax = axes_or_new(ax)
    row = np.arange(n)
    dr, dc = row[:, None] - row, columns[:, None] - columns
    clash = ((dc == 0) | (np.abs(dc) == np.abs(dr))).sum(1) > 1
    if n <= SQUARES:
        ax.imshow(np.add.outer(row, row) % 2, cmap="Greys", vmin=0, vmax=6)
        points = np.clip(190 / n, 3, 26)
        for r, c, bad in zip(row.tolist(), columns.tolist(), clash.tolist(), strict=True):
            colour = OUTPUT if bad else SOLUTION
            ax.text(c, r, "♛", ha="center", va="center", fontsize=points, color=colour)
    else:
        size = float(np.clip(260 / n, 1.2, 4))
        ax.plot(columns[~clash], row[~clash], "s", color=SOLUTION, ms=size, mew=0)
        ax.plot(columns[clash], row[clash], "s", color=OUTPUT, ms=size, mew=0)
        ax.set(xlim=(-0.5, n - 0.5), ylim=(n - 0.5, -0.5), aspect="equal")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_color(INK)
    note(ax, title)
    return ax
