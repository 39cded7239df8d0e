"""Names beside points, as many as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.transforms import offset_copy
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hopopt.plotting.style import INK

Floats = NDArray[np.float64]

SIDES = (
    ("left", "center_baseline", 1, 0),
    ("right", "center_baseline", -1, 0),
    ("center", "bottom", 0, 1),
    ("center", "top", 0, -1),
)


class Names(Artist):
    """Names that are placed when the figure is drawn, and so suit its size and zoom.

    Points that stand alone come first; a name goes right, left, above or below its point, and is
    left out where it would cover another name, another point or the frame.

    Parameters
    ----------
    ax : Axes
        To which the caller adds this artist.
    points : array, shape (n, 2)
    names : sequence of n str
    size, offset : float
        Of the type, and from the point to its name, in points.

    Attributes
    ----------
    drawn : list of str
        What the last drawing had room for.
    """

    def __init__(
        self, ax: Axes, points: Floats, names: Sequence[str], *, size: float, offset: float
    ) -> None:
        super().__init__()
        self.set_in_layout(False)
        self.set_zorder(5)
        self.points, self.names = points, names
        self.drawn: list[str] = []
        gaps, _ = cKDTree(points).query(points, k=[2])
        self._ranks = np.argsort(-np.ravel(gaps), kind="stable")
        self._text = Text(fontsize=size, color=INK)
        self._text.set_path_effects([withStroke(linewidth=1.5, foreground="white")])
        figure: Any = ax.figure
        self._text.set_figure(figure)
        self._sides = [
            (ha, va, offset_copy(ax.transData, figure, offset * x, offset * y, units="points"))
            for ha, va, x, y in SIDES
        ]

    def draw(self, renderer: RendererBase) -> None:
        """Draw the names that have room."""
        if self.axes is None or not self.get_visible():
            return
        spots = self.axes.transData.transform(self.points)
        taken = np.concatenate([spots, spots], axis=1)
        frame = np.array(self.axes.bbox.extents)
        self.drawn = []
        for k in self._ranks:
            box = self._place(k, taken, frame, renderer)
            if box is not None:
                taken = np.vstack([taken, box])
                self._text.draw(renderer)
                self.drawn.append(self.names[k])

    def _place(self, k: int, taken: Floats, frame: Floats, renderer: RendererBase) -> Floats | None:
        """Move the text to the first side of a point that has room, and return its box there."""
        self._text.set(text=self.names[k], position=self.points[k])
        for ha, va, transform in self._sides:
            self._text.set(ha=ha, va=va, transform=transform)
            box = np.array(self._text.get_window_extent(renderer).extents)
            inside = (box[:2] >= frame[:2]).all() and (box[2:] <= frame[2:]).all()
            meets = ((box[:2] <= taken[:, 2:]) & (taken[:, :2] <= box[2:])).all(axis=1)
            if inside and not meets.any():
                return box
        return None
