"""Pictures of recalls: patterns beside cues, the energy on the way, and a film of the flips."""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt
from os import PathLike
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from hopopt.memory.coding import rounded
from hopopt.memory.recall import Recall
from hopopt.plotting.film import check_film, write_gif
from hopopt.plotting.style import FAINT, INK, OUTPUT, SOLUTION, axes_or_new, note

Floats = NDArray[np.float64]

GAP = 1
NOTES = 1.75
MOST_TRACES = 50
MANY_FRAMES = 120
MOST_CUES = 12
DPI = 80
UNKNOWN = "#F3D9B1"


def plot_recall(
    stored: ArrayLike,
    cues: ArrayLike,
    recall: Recall,
    ax: Axes | None = None,
    *,
    shape: tuple[int, int] | None = None,
) -> Axes:
    """Draw stored pattern, cue and recall side by side, one row a cue, with their distances.

    Beside each row, all of the pattern that is wanted: the Hamming distance of the cue and of the
    recall (real patterns: the largest error), and the overlap of the recall. Where another pattern
    is nearer to the recall, it is named. Unknown units of a cue are tinted.

    Parameters
    ----------
    stored : array_like, shape (B, N) or (N,), or images
        What each cue should recall.
    cues : array_like, shape (B, N) or (N,), or images
        NaN where unknown.
    recall : Recall
    ax : Axes, optional
    shape : (height, width), optional
        Of the images; by default their own, or as square as N allows.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from hopopt.memory import AssociativeMemory
    >>> stored = np.array([[1, -1, -1, 1]])
    >>> recall = AssociativeMemory("projection").fit(stored).recall([[1, -1, 1, 1]])
    >>> ax = plot_recall(stored, [[1, -1, 1, 1]], recall, Figure().subplots())
    >>> [text.get_text() for text in ax.texts][-1]
    '1 → 0 wrong, overlap 1.00'
    """
    own = _own(recall) if shape is None else shape
    parts = [_rows(x, own) for x in (stored, cues, recall.state)]
    if len({part.shape for part in parts}) != 1:
        shapes = ", ".join(str(part.shape) for part in parts)
        raise ValueError(f"stored, cues and recall must have one shape; got {shapes}")
    height, width = own or _square(parts[0].shape[1])
    if height * width != parts[0].shape[1]:
        raise ValueError(f"shape must hold {parts[0].shape[1]} pixels; got {(height, width)}")
    ax = axes_or_new(ax)
    _draw_images(ax, parts, height, width)
    right = 3 * (width + GAP) - GAP
    for row in range(len(parts[0])):
        place = (right + 1, row * (height + GAP) + height / 2)
        text = _judgement(parts[0][row], parts[1][row], parts[2][row], recall, row)
        ax.text(*place, text, ha="left", va="center", color=INK, size="x-small")
    return ax


def _own(recall: Recall) -> tuple[int, int] | None:
    """Return the shape of the images, where states are images."""
    shape = recall.state.shape
    flat = len(shape) - (np.ndim(recall.index) > 0) == 1
    return None if flat else (shape[-2], shape[-1])


def _rows(values: ArrayLike, own: tuple[int, int] | None) -> Floats:
    """Return patterns, or images of their own shape, one a row."""
    array = np.asarray(values, dtype=float)
    if own is not None and array.ndim > 1 and array.shape[-2:] == own:
        return array.reshape(-1, own[0] * own[1])
    return np.atleast_2d(array)


def _draw_images(ax: Axes, parts: list[Floats], height: int, width: int) -> None:
    """Draw columns of images under their names, and leave room for words at their right."""
    low, high = float(parts[0].min()), float(parts[0].max())
    rows = len(parts[0])
    canvas = np.full((rows * (height + GAP) - GAP, 3 * (width + GAP) - GAP), np.nan)
    unknown = np.full(canvas.shape, np.nan)
    for column, part in enumerate(parts):
        for row, image in enumerate(part.reshape(rows, height, width)):
            place = np.s_[
                row * (height + GAP) : row * (height + GAP) + height,
                column * (width + GAP) : column * (width + GAP) + width,
            ]
            canvas[place] = image
            unknown[place] = np.where(np.isnan(image), 1.0, np.nan)
    ax.imshow(canvas, cmap="gray_r", vmin=low, vmax=high, interpolation="nearest")
    if np.isfinite(unknown).any():
        from matplotlib.colors import ListedColormap

        ax.imshow(unknown, cmap=ListedColormap([UNKNOWN]), interpolation="nearest")
    ax.set(xticks=[], yticks=[], xlim=(-0.5, NOTES * canvas.shape[1]))
    ax.spines[:].set_visible(False)
    for column, name in enumerate(("stored", "cue", "recall")):
        middle = column * (width + GAP) + (width - 1) / 2
        top = -0.06 * height - 0.5
        ax.text(middle, top, name, ha="center", va="bottom", color=INK, size="small")


def _judgement(stored: Floats, cue: Floats, state: Floats, recall: Recall, row: int) -> str:
    """Say how far cue and recall are from what is wanted, and whether something else is nearer."""
    coding = _coding(stored)
    known = ~np.isnan(cue)
    before, after = _error(cue[known], stored[known], coding), _error(state, stored, coding)
    overlap = _overlap(state, stored, coding)
    text = f"{before} → {after} wrong, overlap {overlap:.2f}"
    nearest, most = np.atleast_1d(recall.index)[row], float(np.atleast_1d(recall.overlap)[row])
    if nearest < 0 or abs(most) < abs(overlap) + 1e-6:
        return text
    return f"{text}\nnearest: pattern {nearest}, {most:.2f}"


def _coding(values: Floats) -> str:
    found = set(np.unique(values))
    if found <= {-1.0, 1.0}:
        return "bipolar"
    return "binary" if found <= {0.0, 1.0} else "real"


def _error(image: Floats, truth: Floats, coding: str) -> str:
    """Return the Hamming distance of two-valued images, the largest error of others."""
    if coding == "real":
        return f"{np.abs(image - truth).max(initial=0):.2g}"
    return str(int((rounded(image, coding) != truth).sum()))


def _overlap(state: Floats, truth: Floats, coding: str) -> float:
    if coding == "real":
        size = float(np.linalg.norm(state) * np.linalg.norm(truth))
        return float(state @ truth) / size if size else 0.0
    v, low = rounded(state, coding), float(coding == "bipolar")
    return float(np.mean(np.where(v == truth, 1.0, -1.0))) if low or coding == "binary" else 0.0


def _square(count: int) -> tuple[int, int]:
    height = next(k for k in range(isqrt(count), 0, -1) if count % k == 0)
    return height, count // height


def plot_recall_energy(recall: Recall, ax: Axes | None = None) -> Axes:
    """Draw E along a recall, a line a cue (at most 50): blue to a stored pattern, orange not.

    Parameters
    ----------
    recall : Recall
    ax : Axes, optional

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from hopopt.memory import AssociativeMemory
    >>> recall = AssociativeMemory("hebb").fit([[1, -1, -1, 1]]).recall([1, -1, 1, 1])
    >>> plot_recall_energy(recall, Figure().subplots()).get_title()
    'E falls to -6'
    """
    ax = axes_or_new(ax)
    trace = recall.trace.reshape(len(recall.times), -1)
    failed = np.atleast_1d(recall.spurious)
    for replica in range(min(trace.shape[1], MOST_TRACES)):
        color = OUTPUT if failed[replica] else SOLUTION
        ax.plot(recall.times, trace[:, replica], "o-", color=color, markersize=3, linewidth=1.2)
    ax.set(xlabel="sweep or time", ylabel="energy E")
    ax.locator_params(axis="x", integer=True)
    if 0 < failed.sum() < len(failed):
        for color, label in ((SOLUTION, "to a stored pattern"), (OUTPUT, "to another state")):
            ax.plot([], [], "o-", color=color, markersize=3, label=label)
        ax.legend(frameon=False, fontsize="small")
    rises = bool((np.diff(trace, axis=0) > 1e-9 * np.abs(trace).max()).any())
    mean = float(trace[-1].mean())
    end = f"{mean:,.0f}" if abs(mean) >= 1e4 else f"{mean:.4g}"
    end += " on average" if trace.shape[1] > 1 else ""
    note(ax, f"E {'rises on the way' if rises else 'falls'} to {end}")
    return ax


def recall_figure(
    stored: ArrayLike,
    cues: ArrayLike,
    recall: Recall,
    *,
    shape: tuple[int, int] | None = None,
) -> Figure:
    """Draw at most 12 cues with their recalls (`plot_recall`), and E along all of them.

    Parameters
    ----------
    stored, cues : array_like, shape (B, N)
    recall : Recall
        Of the cues.
    shape : (height, width), optional

    Returns
    -------
    Figure
        That pyplot does not know; `savefig` writes it.

    Examples
    --------
    >>> from hopopt.memory import AssociativeMemory, letters
    >>> stored = letters("AT").reshape(2, -1)
    >>> cues = np.where(np.arange(120) % 7, stored, -stored)
    >>> recall = AssociativeMemory("projection").fit(stored).recall(cues)
    >>> len(recall_figure(stored, cues, recall, shape=(12, 10)).axes)
    2
    """
    first = slice(MOST_CUES)
    some = _part(recall, first)
    rows = len(some.index)
    sheet = Figure(figsize=(10, max(3.2, 0.95 * rows + 0.6)), dpi=150, layout="constrained")
    left, right = sheet.subplots(1, 2, width_ratios=(3, 2))
    plot_recall(np.asarray(stored)[first], np.asarray(cues)[first], some, left, shape=shape)
    plot_recall_energy(recall, right)
    if rows < len(recall.index):
        note(left, f"the first {rows} of {len(recall.index)} cues")
    return sheet


def _part(recall: Recall, rows: slice) -> Recall:
    """Return the recall of some cues, as far as a picture needs it."""
    from dataclasses import replace

    names = ("state", "index", "overlap", "spurious")
    return replace(recall, **{name: getattr(recall, name)[rows] for name in names})


def animate_recall(
    recall: Recall,
    path: str | PathLike[str],
    *,
    shape: tuple[int, int] | None = None,
    fps: float = 12,
) -> None:
    """Write a film of at most 12 recalls as a GIF: the states, and E so far, flip by flip.

    Parameters
    ----------
    recall : Recall
        Of ``memory.recall(cues, record="flips")``.
    path : str or path
        Must end in .gif.
    shape : (height, width), optional
        Of the images; by default their own, or as square as N allows.
    fps : float, default 12
        Frames a second; at most 120 frames are drawn, evenly chosen, and the last one holds.

    Raises
    ------
    ValueError
        Where the recall has no path, `path` is not a GIF's, or `fps` is not positive.

    Examples
    --------
    >>> from hopopt.memory import AssociativeMemory
    >>> recall = AssociativeMemory("hebb").fit([[1, -1, -1, 1]]).recall([1, -1, 1, 1])
    >>> animate_recall(recall, "recall.gif")
    Traceback (most recent call last):
    ValueError: recall must have a path: take recall(…, record="flips")
    """
    if recall.path is None:
        raise ValueError('recall must have a path: take recall(…, record="flips")')
    check_film(path, fps)
    energies = recall.path.energies.reshape(len(recall.path.energies), -1)
    states = recall.path.states.reshape(*energies.shape, -1)
    own = shape or _own(recall) or _square(states.shape[-1])
    kept = np.unique(np.linspace(0, len(states) - 1, min(len(states), MANY_FRAMES)).astype(int))
    sheet, images, veil = _film(states, energies, own)

    def changes() -> Iterator[int]:
        for k in kept:
            for image, state in zip(images, states[k], strict=False):
                image.set_data(state.reshape(own))
            veil.set_bounds(k, 0, 1.1 * len(states), 1)
            yield k

    write_gif(sheet, changes(), path, fps)


def _film(states: Floats, energies: Floats, own: tuple[int, int]) -> tuple[Figure, list[Any], Any]:
    """Return a figure with an image a cue over the curves of E, and a veil over what is to come."""
    from matplotlib.patches import Rectangle

    count = min(states.shape[1], MOST_CUES)
    columns = count if count <= MOST_CUES // 2 else -(-count // 2)
    sheet = Figure(figsize=(8, 5), dpi=DPI, layout="constrained")
    halves: Any = sheet.subfigures(2, 1, height_ratios=(1 + (count > columns), 1))
    above, below = halves
    cells = np.ravel(above.subplots(-(-count // columns), columns, squeeze=False))
    low, high = float(states.min()), float(states.max())
    images = []
    for k, ax in enumerate(cells):
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_color(FAINT)
        ax.set_visible(k < count)
        if k < count:
            image = states[0, k].reshape(own)
            images.append(ax.imshow(image, cmap="gray_r", vmin=low, vmax=high))
    ax = axes_or_new(below.subplots())
    for curve in energies[:, :count].T:
        ax.plot(curve, color=SOLUTION, linewidth=1.2)
    ax.set(
        xlabel="flip, of every cue at once", ylabel="energy E", xlim=(0, max(1, len(states) - 1))
    )
    veil = Rectangle((0, 0), 0, 1, transform=ax.get_xaxis_transform())
    veil.set(facecolor="white", alpha=0.85, zorder=4)
    ax.add_patch(veil)
    sheet.draw_without_rendering()
    sheet.set_layout_engine("none")
    return sheet, images, veil
