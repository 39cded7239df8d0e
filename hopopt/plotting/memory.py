"""Pictures of associative memory: recalls, their energy, capacities, basins."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from hopopt.memory.basins import Basin
from hopopt.memory.capacities import Capacity
from hopopt.memory.coding import rounded
from hopopt.memory.recall import Recall
from hopopt.memory.unlearning import Unlearning
from hopopt.plotting.style import FAINT, INK, OUTPUT, SOLUTION, axes_or_new, note

GAP = 1
NOTES = 1.5
MOST_TRACES = 50


def plot_recall(
    stored: ArrayLike,
    cues: ArrayLike,
    recall: Recall,
    ax: Axes | None = None,
    *,
    shape: tuple[int, int] | None = None,
) -> Axes:
    """Draw stored pattern, cue and recall side by side, one row a cue, with their distances.

    Beside each row: the Hamming distance to the stored pattern of the cue and of the recall (real
    patterns: the largest error), and the overlap.

    Parameters
    ----------
    stored : array_like, shape (B, N) or (N,)
        What each cue should recall.
    cues : array_like, shape (B, N) or (N,)
    recall : Recall
    ax : Axes, optional
    shape : (height, width), optional
        Of the images; by default as square as N allows.

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
    parts = [np.atleast_2d(np.asarray(x, dtype=float)) for x in (stored, cues, recall.state)]
    if len({part.shape for part in parts}) != 1:
        shapes = ", ".join(str(part.shape) for part in parts)
        raise ValueError(f"stored, cues and recall must have one shape; got {shapes}")
    height, width = shape or _square(parts[0].shape[1])
    if height * width != parts[0].shape[1]:
        raise ValueError(f"shape must hold {parts[0].shape[1]} pixels; got {(height, width)}")
    ax = axes_or_new(ax)
    rows = len(parts[0])
    low, high = float(parts[0].min()), float(parts[0].max())
    canvas = np.full((rows * (height + GAP) - GAP, 3 * (width + GAP) - GAP), np.nan)
    for column, part in enumerate(parts):
        for row, image in enumerate(part):
            top, left = row * (height + GAP), column * (width + GAP)
            canvas[top : top + height, left : left + width] = image.reshape(height, width)
    ax.imshow(canvas, cmap="gray_r", vmin=low, vmax=high, interpolation="nearest")
    ax.set(xticks=[], yticks=[], xlim=(-0.5, NOTES * canvas.shape[1]))
    ax.spines[:].set_visible(False)
    for column, name in enumerate(("stored", "cue", "recall")):
        middle = column * (width + GAP) + width / 2
        ax.text(
            middle, -0.06 * height - 0.5, name, ha="center", va="bottom", color=INK, size="small"
        )
    overlaps = np.atleast_1d(recall.overlap)
    for row in range(rows):
        before, after = (_error(part[row], parts[0][row]) for part in parts[1:])
        text = f"{before} → {after} wrong, overlap {overlaps[row]:.2f}"
        place = (canvas.shape[1] + 1, row * (height + GAP) + height / 2)
        ax.text(*place, text, ha="left", va="center", color=INK, size="x-small")
    return ax


def _square(count: int) -> tuple[int, int]:
    height = next(k for k in range(isqrt(count), 0, -1) if count % k == 0)
    return height, count // height


def _error(image: np.ndarray, truth: np.ndarray) -> str:
    """Return the Hamming distance of two-valued images, the largest error of others."""
    values = set(np.unique(truth))
    if values <= {-1.0, 1.0} or values <= {0.0, 1.0}:
        coding = "bipolar" if -1.0 in values else "binary"
        return str(int((rounded(image, coding) != truth).sum()))
    return f"{np.abs(image - truth).max():.2g}"


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
    rises = bool((np.diff(trace, axis=0) > 1e-9 * np.abs(trace).max()).any())
    end = f"{trace[-1, 0]:.4g}" if trace.shape[1] == 1 else f"{trace[-1].mean():.4g} on average"
    note(ax, f"E {'rises on the way' if rises else 'falls'} to {end}")
    return ax


def plot_overlap(trace: ArrayLike, ax: Axes | None = None) -> Axes:
    """Draw overlaps along recalls, as `hopopt.memory.overlap_trace` returns them, a line a cue.

    Parameters
    ----------
    trace : array_like, shape (steps + 1, B)
    ax : Axes, optional

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> plot_overlap([[0.6, 0.5], [1.0, 0.7]], Figure().subplots()).get_title()
    '1 of 2 end in their pattern'
    """
    ax = axes_or_new(ax)
    rows = np.asarray(trace, dtype=float)
    if rows.ndim != 2:
        raise ValueError(f"trace must have shape (steps + 1, B); got {rows.shape}")
    right = rows[-1] == 1
    for replica in range(min(rows.shape[1], MOST_TRACES)):
        ax.plot(rows[:, replica], "o-", color=SOLUTION if right[replica] else OUTPUT, markersize=3)
    ax.set(xlabel="sweep", ylabel="overlap m", ylim=(min(0.0, rows.min()) - 0.03, 1.03))
    note(ax, f"{int(right.sum())} of {rows.shape[1]} end in their pattern")
    return ax


def plot_capacity(capacities: Sequence[Capacity], ax: Axes | None = None) -> Axes:
    """Draw the largest load against the share of flipped units, a line a rule, with intervals.

    Parameters
    ----------
    capacities : sequence of Capacity
    ax : Axes, optional

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> one = Capacity("hebb", 100, 0.1, 0.99, 0.05, 0.04, 0.06, (5, 5), 1.0, 1.0)
    >>> plot_capacity([one], Figure().subplots()).get_xlabel()
    'flipped units, %'
    """
    if not capacities:
        raise ValueError("capacities must hold at least one Capacity; got none")
    ax = axes_or_new(ax)
    for rule in dict.fromkeys(one.rule for one in capacities):
        line = sorted((one for one in capacities if one.rule == rule), key=lambda one: one.noise)
        loads = np.array([one.load for one in line])
        bars = np.abs(np.array([[one.low, one.high] for one in line]).T - loads)
        bars = np.where(np.isfinite(bars), bars, 0)
        ax.errorbar([100 * one.noise for one in line], loads, bars, fmt="o-", capsize=3, label=rule)
    level = 100 * capacities[0].level
    ax.set(xlabel="flipped units, %", ylabel=f"largest load P/N, {level:g} % exact", yscale="log")
    ax.legend(frameon=False, fontsize="small")
    return ax


def plot_basin(basin: Basin, ax: Axes | None = None) -> Axes:
    """Draw the share of exact recalls against the share of flipped units, with the control.

    Parameters
    ----------
    basin : Basin
    ax : Axes, optional

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from hopopt.memory import AssociativeMemory, basin
    >>> memory = AssociativeMemory("projection").fit([[1, -1, -1, 1, 1, 1]])
    >>> plot_basin(basin(memory, (0, 0.2), cues=10), Figure().subplots()).get_ylabel()
    'recalled exactly, %'
    """
    ax = axes_or_new(ax)
    noise = 100 * basin.noise
    ax.fill_between(noise, 100 * basin.low, 100 * basin.high, color=SOLUTION, alpha=0.2, lw=0)
    ax.plot(noise, 100 * basin.exact, "o-", color=SOLUTION, label=basin.rule or "memory")
    ax.plot(noise, 100 * basin.control, "--", color=INK, label="nearest pattern")
    ax.set(xlabel="flipped units, %", ylabel="recalled exactly, %", ylim=(-3, 103))
    ax.legend(frameon=False, fontsize="small")
    return ax


def plot_unlearning(curve: Unlearning, ax: Axes | None = None) -> Axes:
    """Draw exact recall and mean overlap against the number of dreams.

    Parameters
    ----------
    curve : Unlearning
    ax : Axes, optional

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> curve = Unlearning(np.array([0, 10]), np.array([0.5, 0.9]), np.array([0.9, 0.99]))
    >>> plot_unlearning(curve, Figure().subplots()).get_xlabel()
    'dreams unlearned'
    """
    ax = axes_or_new(ax)
    ax.plot(curve.dreams, curve.exact, "o-", color=SOLUTION, label="recalled exactly")
    ax.plot(curve.dreams, curve.overlap, "s--", color=OUTPUT, label="overlap")
    ax.axvline(curve.best, color=FAINT, linewidth=1)
    ax.set(xlabel="dreams unlearned", ylabel="share", ylim=(0, 1.03))
    ax.legend(frameon=False, fontsize="small")
    return ax
