"""Films: a figure drawn again and again, into a GIF whose last picture holds."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike, fspath
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from hopopt.core.files import replacing

HOLD = 2.0


def check_film(path: str | PathLike[str], fps: float) -> None:
    """Refuse a path that is not a GIF's, and a rate that is not positive."""
    if not fspath(path).lower().endswith(".gif"):
        raise ValueError(f"path must end in .gif; got {fspath(path)!r}")
    if not fps > 0:
        raise ValueError(f"fps must be positive; got {fps!r}")


def write_gif(
    figure: Figure, changes: Iterable[object], path: str | PathLike[str], fps: float
) -> None:
    """Draw the figure after every change, once each, and write the pictures.

    Parameters
    ----------
    figure : Figure
        With its layout settled.
    changes : iterable
        Changes the figure as it is iterated over.
    path : str or path
    fps : float
        Pictures a second; the last one holds for two seconds more.
    """
    canvas: Any = FigureCanvasAgg(figure)
    pictures = []
    for _ in changes:
        canvas.draw()
        pictures.append(Image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB").quantize())
    lasts = [round(1000 / fps)] * len(pictures)
    lasts[-1] += round(1000 * HOLD)
    more: Any = {"append_images": pictures[1:], "duration": lasts, "loop": 0}
    with replacing(path) as file:
        pictures[0].save(file, save_all=True, **more)
