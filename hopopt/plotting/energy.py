"""The energy along a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm, Normalize
from numpy.typing import NDArray

from hopopt.core.trace import Trace
from hopopt.plotting.style import FAINT, HEAT, INK, SHADE, SOLUTION, axes_or_new, colorbar, note
from hopopt.solve.problem import Snapshot
from hopopt.solve.result import Result

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

MANY_ROWS = 4000
MANY_STAGES = 60
MANY_COSTS = 60
BESIDE = 48.0  # points that a colorbar takes
CLIMB = 0.1
FLOOR = 1e-4


def plot_energy(
    source: Result | Trace, ax: Axes | None = None, *, frames: Sequence[Snapshot] = ()
) -> Axes:
    """Draw E against the network's time, or a search's best cost against seconds.

    The colour is the temperature; the stages of an annealing are told apart.

    A stage is a network of its own, so E may jump where one ends, and climb from stage to stage: at
    a lower temperature, or with a narrower or heavier energy, the same outputs have another E. What
    falls is E inside a stage. Where E ends well above its lowest, this alone is drawn, E less its
    value at the end of the stage, on a logarithmic scale. The title says whether it falls.

    Up to 60 stages stand on bands of grey and white, with the jumps between them dotted; a stage of
    one step is a dot. Long traces are thinned and keep their extremes.

    Parameters
    ----------
    source : Result or Trace
        Where no time passes along it, the rows are counted instead.
    ax : Axes, optional
    frames : sequence of Snapshot, optional
        What the callback of `minimize` was given (or `Recorder.frames`): the cost of what each
        stage decodes to is drawn as well, on an axis of its own at the right.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from hopopt import Trace
    >>> trace = Trace.of([(0, 0.0, 1.0, 5.0), (0, 1.0, 1.0, 2.0), (1, 2.0, 0.5, 3.0)])
    >>> plot_energy(trace, Figure().subplots()).get_title()
    'E falls in each of 2 stages'
    """
    trace = whole = source.trace if isinstance(source, Result) else source
    if not isinstance(trace, Trace):
        raise TypeError(f"source must be a Result or a Trace; got {type(source).__name__}")
    ax = axes_or_new(ax)
    searched = trace.subject == "cost"
    costs = searched and (isinstance(source, Trace) or _of_costs(source))
    if costs and isinstance(source, Result) and source.problem.sense == "max":
        trace = replace(trace, energy=-trace.energy)
    unit = f", {source.problem.unit}" if isinstance(source, Result) and source.problem.unit else ""
    ax.set_ylabel(f"best cost{unit}" if costs else "best energy" if searched else "energy E")
    if not len(trace):
        ax.set(xticks=[], yticks=[])
        ax.text(0.5, 0.5, "no trace recorded", ha="center", va="center", transform=ax.transAxes)
        return ax
    time = clock(trace)
    clocked = "seconds" if searched else "network time"
    ax.set_xlabel(clocked if time is trace.time else "step")
    _draw_bands(ax, trace, time)
    if not searched and _climbs(trace):
        trace, time = _falls(trace, time)
        ax.set(yscale="log", ylabel="E above the end of its stage")
    _draw_energy(ax, trace, time)
    note(ax, "the best so far" if searched else _fall(whole))
    if frames and not searched and isinstance(source, Result):
        _draw_costs(ax, source, frames)
    if searched and time is trace.time and time[-1] > 0:
        ax.set_xlim(0, 1.05 * time[-1])
    ax.locator_params(axis="x", nbins=5)
    return ax


def _of_costs(result: Result) -> bool:
    """Whether a search was told costs: an encoding with penalties has energies that are none."""
    loss = result.problem.loss(result.fun)
    return not len(result.trace) or bool(np.isclose(result.trace.energy[-1], loss, rtol=1e-6))


def clock(trace: Trace) -> Floats:
    """Return the trace's time, or the number of the row where no time passes."""
    still = len(trace) > 1 and np.ptp(trace.time) == 0
    return np.arange(len(trace), dtype=float) if still else trace.time


def _fall(trace: Trace) -> str:
    """Say whether E falls inside the stages."""
    stages = _stages(trace)
    if stages == len(trace):
        return "E of a new network at every step" if stages > 1 else "E after one step"
    where = "" if stages == 1 else f" in each of {stages} stages"
    rise = trace.rise()
    return f"E falls{where}" if rise == 0 else f"E rises by {100 * rise:.1g} % of its fall"


def _climbs(trace: Trace) -> bool:
    """Whether E ends well above the lowest that it was, for its stages differ."""
    size, low = float(np.ptp(trace.energy)), float(trace.energy.min())
    last = float(trace.energy[-1])
    return _stages(trace) not in (1, len(trace)) and last - low > CLIMB * size


def _stages(trace: Trace) -> int:
    return int(np.count_nonzero(np.diff(trace.stage))) + 1


def _falls(trace: Trace, time: Floats) -> tuple[Trace, Floats]:
    """Return E above the end of its stage, without the ends themselves and what is next to them."""
    borders = np.append(np.flatnonzero(np.diff(trace.stage)), len(trace) - 1)
    ends = trace.energy[borders[np.searchsorted(borders, np.arange(len(trace)))]]
    above = trace.energy - ends
    kept = above > FLOOR * float(above.max())
    rest = (trace.stage, trace.time, trace.temperature)
    stage, clock, temperature = (values[kept] for values in rest)
    return Trace(stage, clock, temperature, above[kept]), time[kept]


def _draw_costs(ax: Axes, result: Result, frames: Sequence[Snapshot]) -> None:
    """Draw the cost of what the outputs decode to at the end of each stage of the best restart."""
    problem, trace, times = result.problem, result.trace, clock(result.trace)
    best = int(np.argmin([problem.loss(fun) for fun in result.funs]))
    run = [frame for frame in frames if frame.restart == best]
    kept = np.linspace(0, len(run) - 1, min(len(run), MANY_COSTS)).astype(int)
    points = []
    for frame in (run[k] for k in np.unique(kept)):
        x, row = frame.solution(), int(np.searchsorted(trace.stage, frame.stage, side="right")) - 1
        if row >= 0 and problem.feasible(x):
            points.append((times[row], problem.cost(x)))
    if len(points) < 2:
        return
    side = ax.twinx()
    if ax.child_axes:
        side.spines.right.set_position(("outward", BESIDE))
    side.plot(*np.transpose(points), color=SOLUTION, linewidth=1.4)
    unit = f", {problem.unit}" if problem.unit else ""
    side.set_ylabel(f"cost of the decoded solution{unit}", color=SOLUTION)
    side.tick_params(color=FAINT, labelcolor=SOLUTION, labelsize="small")
    side.spines[:].set_color(FAINT)


def _draw_bands(ax: Axes, trace: Trace, time: Floats) -> None:
    """Shade every other stage, where they are few and some last longer than a step."""
    borders = np.flatnonzero(np.diff(trace.stage)) + 1
    if not 0 < len(borders) < min(MANY_STAGES, len(trace) - 1):
        return
    edges = np.concatenate([time[:1], (time[borders - 1] + time[borders]) / 2, time[-1:]])
    bands = list(zip(edges[1:-1:2], np.diff(edges)[1::2], strict=True))
    ax.broken_barh(bands, (0, 1), transform=ax.get_xaxis_transform(), color=SHADE, zorder=0)


def _draw_energy(ax: Axes, trace: Trace, time: Floats) -> None:
    kept = _thinned(trace)
    points = np.column_stack([time[kept], trace.energy[kept]])
    T, same = trace.temperature[kept], np.diff(trace.stage[kept]) == 0
    pieces = np.stack([points[:-1], points[1:]], axis=1)
    alone = ~(np.append(False, same) | np.append(same, False))
    falls = LineCollection(list(pieces[same]), linewidths=1.8, capstyle="round")
    jumps = LineCollection(list(pieces[~same]), colors=FAINT, linewidths=0.8, linestyles=":")
    dots = ax.scatter(points[alone, 0], points[alone, 1], s=9, linewidths=0, zorder=3)
    ax.add_collection(jumps)
    ax.add_collection(falls)
    heat = _heat(trace)
    for artist, values in ((falls, T[:-1][same]), (dots, T[alone])):
        if heat is None:
            artist.set_color(INK)
        else:
            artist.set(array=values, norm=heat, cmap=HEAT)
    if heat is not None:
        colorbar(ax, ScalarMappable(heat, HEAT), "T")
    ax.autoscale_view()


def _heat(trace: Trace) -> Normalize | None:
    """Return the scale of the temperatures, logarithmic where it can be; None where T is fixed."""
    low, high = float(trace.temperature.min()), float(trace.temperature.max())
    if low == high:
        return None
    return LogNorm(low, high) if low > 0 else Normalize(low, high)


def _thinned(trace: Trace) -> Rows:
    """Return the rows to draw: of many, the extremes of every bin and the ends of few stages."""
    count = len(trace)
    if count <= MANY_ROWS:
        return np.arange(count)
    starts = np.linspace(0, count, MANY_ROWS // 2, endpoint=False, dtype=np.intp)
    bins = np.split(trace.energy, starts[1:])
    low = starts + [int(part.argmin()) for part in bins]
    high = starts + [int(part.argmax()) for part in bins]
    borders = np.flatnonzero(np.diff(trace.stage))
    if len(borders) >= MANY_STAGES:
        borders = borders[:0]
    return np.unique(np.concatenate([[0], low, high, borders, borders + 1, [count - 1]]))
