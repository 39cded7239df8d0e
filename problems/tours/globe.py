"""Maps: great-circle arcs on a plane of longitudes and latitudes, and the grid behind them."""

from __future__ import annotations

from functools import cache, partial
from importlib.resources import files

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SAMPLE = np.radians(2.0)
HALF = 180.0
SOUTH, NORTH = -56.0, 84.0
MARINUS = 36.0
STEPS = (1, 1.5, 3, 6, 10)
LAND, COAST = "#F3F0E8", "#C9C3B4"


def unit_vectors(lonlat: Floats) -> Floats:
    """Return points of the unit sphere, shape (..., 3), for (longitude, latitude) in degrees."""
    lon, lat = np.moveaxis(np.radians(lonlat), -1, 0)
    vectors = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
    return np.stack(vectors, axis=-1)


def longitudes_latitudes(vectors: Floats) -> Floats:
    """Return (longitude, latitude) in degrees, shape (..., 2), of the directions of 3-vectors."""
    x, y, z = np.moveaxis(vectors, -1, 0)
    angles = np.stack([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))], axis=-1)
    return np.asarray(np.degrees(angles))


def arc(start: Floats, end: Floats) -> list[Floats]:
    """Return the great-circle arc between two points as polylines that end at the date line.

    Parameters
    ----------
    start, end : array, shape (2,)
        (longitude, latitude) in degrees. Of opposite points, one of the arcs is taken.

    Returns
    -------
    list of array, shape (k, 2)
        One polyline, or two for an arc that crosses longitude ±180°.

    Examples
    --------
    >>> import numpy as np
    >>> west, east = arc(np.array([170.0, 0.0]), np.array([-170.0, 0.0]))
    >>> west[-1], east[0]
    (array([180.,   0.]), array([-180.,    0.]))
    """
    a, b = unit_vectors(np.stack([start, end]))
    across = b - (a @ b) * a
    size = float(np.linalg.norm(across))
    angle = float(np.arctan2(size, a @ b))
    if size == 0:
        across = np.cross(a, np.eye(3)[np.argmin(np.abs(a))])
        size = float(np.linalg.norm(across))
    phase = np.linspace(0, angle, 2 + int(angle / SAMPLE))[:, None]
    line = longitudes_latitudes(np.cos(phase) * a + np.sin(phase) * across / size)
    line[0], line[-1] = start, end
    return split(line)


def split(line: Floats) -> list[Floats]:
    """Cut a polyline of (longitude, latitude) where it leaves the map at one side for the other."""
    pieces, begin = [], 0
    head = np.empty((0, 2))
    for k in np.flatnonzero(np.abs(np.diff(line[:, 0])) > HALF).tolist():
        here, there = unit_vectors(line[k : k + 2])
        seam = abs(there[1]) * here + abs(here[1]) * there  # on the plane of longitude 180°
        height = longitudes_latitudes(seam)[1] if seam.any() else line[k, 1]
        side = np.copysign(HALF, line[k, 0])
        pieces.append(np.vstack([head, line[begin : k + 1], [(side, height)]]))
        head, begin = np.array([(-side, height)]), k + 1
    return [*pieces, np.vstack([head, line[begin:]])]


def draw_grid(ax: Axes, lonlat: Floats) -> None:
    """Set the view to these points, and draw land, meridians and parallels.

    Points that spread over more than half of the longitudes are shown on the whole world, with a
    degree of longitude as wide as it is at 36° (Marinus of Tyre's map); others alone, with a degree
    as wide as it is in their middle.
    """
    low, high = lonlat.min(axis=0), lonlat.max(axis=0)
    margin = max(0.06 * float((high - low).max()), 0.5)
    (left, bottom), (right, top) = low - margin, high + margin
    parallel = (low[1] + high[1]) / 2
    if high[0] - low[0] > HALF:
        left, right, parallel = -HALF, HALF, MARINUS
        bottom, top = min(SOUTH, low[1]), max(NORTH, high[1])
    ax.set(xlim=(left, right), ylim=(max(bottom, -90), min(top, 90)))
    ax.set_aspect(1 / max(0.2, float(np.cos(np.radians(parallel)))))
    for axis, sides in ((ax.xaxis, "WE"), (ax.yaxis, "SN")):
        axis.set_major_locator(MaxNLocator("auto", steps=STEPS))
        axis.set_major_formatter(FuncFormatter(partial(_degrees, sides)))
    ax.tick_params(length=0, labelsize=6.5, labelcolor="#777777")
    ax.grid(color="#E4E4E4", linewidth=0.6)
    ax.set_axisbelow(True)
    land = PathPatch(coastlines(), facecolor=LAND, edgecolor=COAST, linewidth=0.4, zorder=0.4)
    ax.add_patch(land)
    land.set_clip_path(ax.patch)


@cache
def coastlines() -> Path:
    """Return the outlines of the world's land, in longitudes and latitudes.

    Natural Earth's 1:110m land (naturalearthdata.com, public domain), rounded to tenths of a
    degree, without Antarctica.
    """
    text = (files("problems.tours") / "coastlines.txt").read_text(encoding="utf-8")
    lines = [line.replace(",", " ").split() for line in text.splitlines() if line[0] != "#"]
    outlines = [np.array(line, dtype=float).reshape(-1, 2) / 10 for line in lines]
    outlines += [line - (2 * HALF, 0) for line in outlines if line[:, 0].max() > HALF]
    return Path.make_compound_path(*(Path(line, closed=True) for line in outlines))


def _degrees(sides: str, value: float, _: int | None = None) -> str:
    """Return an angle as maps print it: 30°W, 0°, 45°N, 180°."""
    side = "" if value % 180 == 0 else sides[int(value > 0)]
    return f"{abs(value):g}°{side}"
