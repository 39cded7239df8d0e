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
from matplotlib.transforms import IdentityTransform, Transform
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from hopopt.plotting.style import INK

Floats = NDArray[np.float64]

SIDES = np.array(
    [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)], dtype=float
)
DOT = 2.0
MANY_DOTS = 2000


class Names(Artist):
    """Names that are placed when the figure is drawn, and so suit its size and zoom.

    Points that stand alone come first; a name goes right, left, above, below or to a corner of its
    point, where it covers no other name, no point, no line and nothing of the frame. Where there is
    no such side, it is left out, or, if so wished, covers lines.

    Parameters
    ----------
    ax : Axes
        To which the caller adds this artist.
    points : array, shape (n, 2)
    names : sequence of n str
    size : float
        Of the type, in points.
    offset : float or array, shape (n,)
        From the points to their names, in points.
    lines : sequence of array, shape (k, 2)
        Polylines that the names keep clear of.
    over_lines : bool, default False
        Whether a name that has no other room covers lines, rather than being left out.

    Attributes
    ----------
    drawn : list of str
        What the last drawing had room for.
    boxes : array, shape (len(drawn), 4)
        Where: left, bottom, right and top in pixels.

    Examples
    --------
    >>> from io import BytesIO
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> names = Names(ax, np.array([[0.2, 0.2], [0.8, 0.8]]), ["a", "b"], size=8, offset=3)
    >>> _ = ax.add_artist(names)
    >>> ax.figure.savefig(BytesIO())
    >>> sorted(names.drawn)
    ['a', 'b']
    """

    def __init__(
        self,
        ax: Axes,
        points: Floats,
        names: Sequence[str],
        *,
        size: float,
        offset: ArrayLike,
        lines: Sequence[Floats] = (),
        over_lines: bool = False,
    ) -> None:
        super().__init__()
        self.set_in_layout(False)
        self.set_zorder(5)
        self.points, self.names = points, names
        self.offset = np.broadcast_to(np.asarray(offset, dtype=float), len(points))
        self.lines, self.over_lines = lines, over_lines
        self.drawn: list[str] = []
        self.boxes = np.empty((0, 4))
        gaps, _ = cKDTree(points).query(points, k=[2])
        self._ranks = np.argsort(-np.ravel(gaps), kind="stable")
        self._text = Text(fontsize=size, color=INK, ha="center", va="center")
        self._text.set_path_effects([withStroke(linewidth=1.5, foreground="white")])
        self._text.set_transform(IdentityTransform())
        figure: Any = ax.figure
        self._text.set_figure(figure)

    def draw(self, renderer: RendererBase) -> None:
        """Draw the names that have room."""
        if self.axes is None or not self.get_visible():
            return
        spots = np.tile(self.axes.transData.transform(self.points), 2)
        dots = _dots(self.lines, self.axes.transData)
        frame = np.array(self.axes.bbox.extents)
        self.drawn, self.boxes = [], np.empty((0, 4))
        for k in self._ranks:
            sides = self._sides(k, spots[k, :2], renderer)
            inside = (sides[:, :2] >= frame[:2]) & (sides[:, 2:] <= frame[2:])
            free = _meetings(sides, spots) + _meetings(sides, self.boxes) == 0
            sides = sides[inside.all(axis=1) & free]
            covered = _meetings(sides, dots)
            if not len(sides) or (covered.min() and not self.over_lines):
                continue
            box = sides[np.argmin(covered)]
            self._text.set_position((box[:2] + box[2:]) / 2)
            self._text.draw(renderer)
            self.drawn.append(self.names[k])
            self.boxes = np.vstack([self.boxes, box])

    def _sides(self, k: int, spot: Floats, renderer: RendererBase) -> Floats:
        """Set the text to a point's name, and return its boxes on all sides of the point."""
        self._text.set_text(self.names[k])
        size = np.array(self._text.get_window_extent(renderer).size)
        away = np.asarray(renderer.points_to_pixels(self.offset[k]), dtype=float)
        middle = spot + SIDES * (away + size / 2)
        return np.hstack([middle - size / 2, middle + size / 2])


def _meetings(boxes: Floats, others: Floats) -> NDArray[np.intp]:
    """Return how many of the others each box meets; points are boxes of no size."""
    meet = (boxes[:, None, :2] <= others[:, 2:]) & (others[:, :2] <= boxes[:, None, 2:])
    return np.asarray(np.count_nonzero(meet.all(axis=2), axis=1))


def _dots(lines: Sequence[Floats], transform: Transform) -> Floats:
    """Return boxes of no size along polylines, in pixels, two apart unless these are very long."""
    if not lines:
        return np.empty((0, 4))
    pixels = [transform.transform(line) for line in lines]
    start = np.concatenate([line[:-1] for line in pixels])
    step = np.concatenate([np.diff(line, axis=0) for line in pixels])
    count = 1 + np.minimum(np.hypot(*step.T) / DOT, MANY_DOTS).astype(int)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    share = (place / np.repeat(count, count))[:, None]
    return np.tile(np.repeat(start, count, axis=0) + share * np.repeat(step, count, axis=0), 2)
