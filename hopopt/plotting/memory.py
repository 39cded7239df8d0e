"""Pictures of what a memory holds: overlaps, capacities, basins, dreams."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from hopopt.memory.basins import Basin
from hopopt.memory.capacities import Capacity
from hopopt.memory.unlearning import Unlearning
from hopopt.plotting.style import FAINT, INK, OUTPUT, SOLUTION, axes_or_new, note

MOST_TRACES = 50


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
