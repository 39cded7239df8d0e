"""An annealing in motion: what a callback collects, drawn frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from hopopt.core.checks import check_counts
from hopopt.plotting.energy import clock, plot_energy
from hopopt.plotting.film import check_film, write_gif
from hopopt.plotting.overview import WIDE_WIDTHS, stack, widths
from hopopt.plotting.solutions import plot_output, plot_solution
from hopopt.solve.problem import Snapshot
from hopopt.solve.result import Result

MANY_FRAMES = 120
DPI = 100
SIZE = (12, 4.2)


class Recorder:
    """A callback that keeps an even choice of a run's snapshots for `animate`.

    Of several restarts it keeps the best so far and the one that runs, so memory stays bounded.

    Parameters
    ----------
    limit : int, default 120
        Between `limit` and 2·`limit` snapshots are kept of a longer restart.

    Attributes
    ----------
    frames : list of Snapshot

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems import TSP
    >>> recorder = Recorder(limit=10)
    >>> result = minimize(TSP.load("random-9"), "ring", restarts=1, callback=recorder)
    >>> 10 <= len(recorder.frames) <= 20
    True
    """

    def __init__(self, limit: int = MANY_FRAMES) -> None:
        check_counts(limit=limit)
        self.limit = limit
        self._best: list[Snapshot] = []
        self._now: list[Snapshot] = []
        self._last: Snapshot | None = None
        self._stride = 1

    @property
    def frames(self) -> list[Snapshot]:
        """The snapshots kept, the last one of the run among them."""
        return [*self._best, *self._run()]

    def _run(self) -> list[Snapshot]:
        if self._last is None or self._now[-1] is self._last:
            return self._now
        return [*self._now, self._last]

    def __call__(self, snapshot: Snapshot) -> None:
        last = self._last
        if last is not None and snapshot.restart != last.restart:
            if snapshot.best != last.best:
                self._best = self._run()
            self._now, self._stride = [], 1
        self._last = snapshot
        if snapshot.stage % self._stride == 0:
            self._now.append(snapshot)
        if len(self._now) >= 2 * self.limit:
            self._now, self._stride = self._now[::2], 2 * self._stride


def animate(
    frames: Sequence[Snapshot], result: Result, path: str | PathLike[str], fps: float = 12
) -> None:
    """Write an animation of the best restart as a GIF: outputs, what they decode to, E so far.

    A search shows its best solution after every round, and its cost.

    Parameters
    ----------
    frames : sequence of Snapshot
        What the callback of `minimize` was given: ``frames = []``, ``callback=frames.append``, or a
        `Recorder`. At most 120 of the best restart's, evenly chosen, are drawn; the last one holds.
    result : Result
        What that call returned.
    path : str or path
        Must end in .gif.
    fps : float, default 12
        Frames a second.

    Raises
    ------
    ValueError
        Where there is no snapshot of the best restart, `path` is not a GIF's, or `fps` is not
        positive.
    OSError
        Where the file cannot be written.

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems import TSP
    >>> frames = []
    >>> result = minimize(TSP.load("random-4"), "assignment", restarts=1, callback=frames.append)
    >>> animate(frames, result, "tour.mp4")  # as "tour.gif" it would be written
    Traceback (most recent call last):
    ValueError: path must end in .gif; got 'tour.mp4'
    """
    check_film(path, fps)
    chosen = _of_best(frames, result)
    film = _Film(result, chosen[-1])
    write_gif(film.figure, map(film.show, chosen), path, fps)


def _of_best(frames: Sequence[Snapshot], result: Result) -> list[Snapshot]:
    best = int(np.argmin([result.problem.loss(fun) for fun in result.funs]))
    run = [snapshot for snapshot in frames if snapshot.restart == best]
    if not run:
        raise ValueError(
            f"frames must hold snapshots of the best restart, {best}; got {len(frames)} of others: "
            "collect them with callback= and workers=1"
        )
    kept = np.unique(np.linspace(0, len(run) - 1, min(len(run), MANY_FRAMES)).round().astype(int))
    return [run[k] for k in kept]


class _Film:
    """The figure of an animation, and what changes in it from frame to frame."""

    def __init__(self, result: Result, last: Snapshot) -> None:
        self.problem, self.trace, self.last = result.problem, result.trace, last
        self.searched = self.trace.subject == "cost"
        self.figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained")
        shown = [result.output is not None, True, True]
        grid = self.figure.add_gridspec(1, sum(shown))
        *outputs, self.solution, self.energy = (
            self.figure.add_subplot(grid[0, k]) for k in range(sum(shown))
        )
        self.output = outputs[0] if outputs else None
        self.title = self.figure.suptitle(" ")
        plot_energy(result, self.energy)
        self.veil = Rectangle((0, 0), 0, 1, transform=self.energy.get_xaxis_transform())
        self.veil.set(facecolor="white", alpha=0.85, zorder=4)
        self.energy.set_xlim(self.energy.get_xlim())
        self.energy.add_patch(self.veil)
        self.show(last)
        solution, output, energy = sizes = widths(self.solution)
        if sizes is WIDE_WIDTHS:
            size = stack(self.figure, self.solution, [*outputs, self.energy])
            self.figure.set_size_inches(*size)
        else:
            grid.set_width_ratios(np.compress(shown, [output, solution, energy]).tolist())
        self.figure.draw_without_rendering()
        self.figure.set_layout_engine("none")

    def show(self, snapshot: Snapshot) -> None:
        """Draw one snapshot."""
        if self.output is not None:
            self.output.clear()
            plot_output(self.problem, snapshot.output, self.output, reference=self.last.output)
        self.solution.clear()
        plot_solution(self.problem, snapshot.solution(), self.solution)
        place = f"{snapshot.stage + 1} of {self.last.stage + 1}"
        when = f"round {place}" if self.searched else f"stage {place} · T = {snapshot.T:.3g}"
        self.title.set_text(f"{self.problem.instance} · {when}")
        seen = self._seen(snapshot)
        if seen:
            now = float(clock(self.trace)[seen - 1])
            self.veil.set_bounds(now, 0, self.energy.get_xlim()[1] - now, 1)

    def _seen(self, snapshot: Snapshot) -> int:
        """Return how many rows of the trace there were: a search has one a round."""
        if self.searched:
            return min(snapshot.stage + 1, len(self.trace))
        return int(np.searchsorted(self.trace.stage, snapshot.stage, side="right"))
