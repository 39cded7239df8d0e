"""Clamped relaxation: the network of the whole tour, all of it clamped but what a window frees."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hopopt import Attempt, Method, Monitor, Status, Trace
from hopopt.core import TimeUp
from hopopt.solve import Kind
from problems.tours.candidates import candidates
from problems.tours.clamped.chains import Between, ChainLength
from problems.tours.clamped.relaxations import CONTROLS, MOTIONS
from problems.tours.clamped.tours import Tours
from problems.tours.clamped.windows import Windows, draw
from problems.tours.distances import Distances
from problems.tours.instance import Instance
from problems.tours.ring import Ring

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

NEAR = 8
CITIES = 2000  # of all replicas together
MOST_REPLICAS = 64
TABLE_CITIES = 5000
CHANGES = 25  # of each replica in a batch
FEWEST_WINDOWS = 4
SWEEPS = 400
MEMORY = 0.1
COOLED = 0.92  # share of the run after which T = 0
QUIET = 50  # windows a city without a change: at rest


class Clamped(Method):
    """The network of the whole tour, clamped but for windows, which relax in batches.

    H = Σ_xy d_xy·Σ_i V_xi·V_y,i+1 over V[city, position], the tour's length. Clamped but for K
    edges near each other, H is that of K chains (`ChainLength`) over Sinkhorn units V[position,
    chain, orientation]. Such windows are drawn by geometry alone; those that do not cross relax
    together, as replicas of one network. Positions exchange their chains (`Exchanges`) in a heat
    bath, whose T falls to 0, and at last at T = 0, until no window drawn changes. Nothing is kicked
    or accepted from outside: where a window ends higher, the tour has its state.

    The start is a `Ring`. Several replicas of the tour relax at once where there are few cities,
    and the lowest of them is the answer.

    Parameters
    ----------
    sweeps : int, optional
        Windows a city until the end of the cooling; 400 by default. With a time limit T falls with
        the time, and with the sweeps only where they are given.
    chains : int, default 3
        K, 3 to 12.
    heat : float, default 0.4
        The first T, in mean edges of the ring's tour.
    replicas : int, optional
        By default 2,000 over the number of cities, 1 to 64.
    motion : {"exchanges", "flow", "exact", "random"}
        How a window moves: as said; by cooled Sinkhorn units, then at T → 0, where of two restarts,
        one from the tour as it is, the lower one counts; or, as controls that are no networks, to
        its optimum by dynamic programming, or to a random order where that is shorter. The last
        three have no temperature.

    Attributes
    ----------
    initial : solution or None
        The first tour, instead of a ring's; T is 0 then.

    Notes
    -----
    The same seed and number of sweeps give the same tour where no time limit is given.

    References
    ----------
    Peterson & Söderberg, "A new method for mapping optimization problems onto neural networks",
    1989; Aarts & Korst, "Simulated Annealing and Boltzmann Machines", 1989; García, Talaván &
    Yáñez, "The 2-opt behavior of the Hopfield network applied to the TSP", 2020.
    """

    name: ClassVar[str] = "clamped"
    summary: ClassVar[str] = "a ring, then the tour's own network, relaxed window by window"
    kind: Kind = "pure"
    initial: Any = None

    def __init__(
        self,
        sweeps: int | None = None,
        chains: int = 3,
        heat: float = 0.4,
        replicas: int | None = None,
        motion: str = "exchanges",
    ) -> None:
        for name, value in (("sweeps", sweeps), ("replicas", replicas)):
            if value is not None and value < 1:
                raise ValueError(f"{name} must be a positive integer; got {value}")
        if not 3 <= chains <= 12:
            raise ValueError(f"chains must lie in 3 … 12; got {chains}")
        if not 0 <= heat < np.inf:
            raise ValueError(f"heat must be a nonnegative number; got {heat}")
        if motion not in MOTIONS:
            raise ValueError(f"motion must be one of {', '.join(MOTIONS)}; got {motion!r}")
        self.sweeps, self.chains, self.replicas, self.motion = sweeps, chains, replicas, motion
        self.heat = heat if motion == "exchanges" else 0.0
        self.kind = "hybrid" if motion in CONTROLS else "pure"

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        begin, x, heat, status = monitor.remaining(), self.initial, 0.0, Status.CONVERGED
        if x is None:
            first = Ring("majorize").attempt(problem, rng, monitor)
            x, heat, status = first.x, self.heat, first.status
        rows = len(monitor.rows)
        order = problem.route.encode(problem.order(x))
        run = _Run(self, problem, order, rng, monitor, begin, heat)
        stopped = status in (Status.TIME_LIMIT, Status.STOPPED, Status.INTERRUPTED)
        status = status if stopped else run.relax()
        best = int(run.lengths().argmin())
        return Attempt(
            x=problem.decode(run.tours.order[best]),
            status=status,
            integrator=self.motion if self.motion in CONTROLS else "none",
            valid_before_decoding=True,
            output=run.tours.order[best].copy(),
            energy=float(run.lengths()[best]),
            trace=Trace.of(monitor.rows[rows:]),
        )


class _Run:
    """The replicas of one attempt, and how far it has come.

    Parameters
    ----------
    method : Clamped
    problem : Instance
    order : array of int
        The first tour.
    rng, monitor
        As for a method.
    begin : float
        The seconds that were left when the attempt began.
    heat : float
        The first temperature, in units of the mean edge.
    """

    def __init__(
        self,
        method: Clamped,
        problem: Instance,
        order: Ints,
        rng: np.random.Generator,
        monitor: Monitor,
        begin: float,
        heat: float,
    ) -> None:
        n = len(order)
        self.method, self.problem, self.rng, self.monitor = method, problem, rng, monitor
        self.begin, self.heat, self.n = begin, heat, n
        count = method.replicas or int(np.clip(round(CITIES / n), 1, MOST_REPLICAS))
        self.tours = Tours(np.tile(order, (count, 1)))
        self.between = table(problem.distances)
        self.orientations = 2 if problem.distances.symmetric else 1
        self.chains = min(method.chains, n)
        self.windows = self.quiet = 0
        self.changes = 0.5  # the share of windows that change, as it has lately been
        edges = self.between(order, np.roll(order, -1))
        self.edge = float(edges[edges > 0].mean()) if (edges > 0).any() else 1.0

    def lengths(self) -> Floats:
        """Return the length of every replica's tour."""
        order = self.tours.order
        return np.asarray(self.between(order, np.roll(order, -1, axis=1)).sum(axis=1))

    def relax(self) -> Status:
        """Relax batch after batch until T is 0 and nothing changes, or the time is over."""
        if self.n < 3:
            return Status.CONVERGED
        width = min(max(NEAR, self.chains + 2), self.n - 1)
        near, told = candidates(self.problem.distances, width), 0.0
        try:
            while self.quiet < QUIET * self.tours.order.size:
                T = self.temperature()
                self.batch(near, T)
                if self.sweeps >= told:
                    self.tell(T)
                    told += 1.0
                self.monitor.check()
        except (TimeUp, KeyboardInterrupt, StopIteration) as stop:
            return Status.of(stop)
        return Status.CONVERGED

    @property
    def sweeps(self) -> float:
        """How many windows have been drawn for each city of each replica."""
        return self.windows / self.tours.order.size

    def temperature(self) -> float:
        """Return T as it now is: falling with the sweeps, and with the time if that is limited."""
        limited = bool(np.isfinite(self.begin))
        share = 1 - self.monitor.remaining() / max(self.begin, 1e-9) if limited else 0.0
        planned = self.method.sweeps or (np.inf if limited else SWEEPS)
        share = max(share, self.sweeps / planned)
        return self.heat * self.edge * max(0.0, 1 - share / COOLED)

    def batch(self, near: Ints, T: float) -> None:
        """Draw windows in every replica, relax them together, and join those that do not cross."""
        R, _ = self.tours.order.shape
        count = int(np.clip(CHANGES / self.changes, FEWEST_WINDOWS, self.n))
        windows = draw(self.tours.position, near, self.chains, count, self.rng)
        self.windows += R * count
        wanted = self._relaxed(windows, T) if len(windows.replica) else 0
        self.quiet = 0 if wanted or T else self.quiet + R * count
        share = max(wanted, 0.2) / (R * count)
        self.changes += MEMORY * (share - self.changes)

    def _relaxed(self, windows: Windows, T: float) -> int:
        """Return how many of some windows have changed the tours."""
        energy = ChainLength(self.between, *self.tours.ends(windows, self.orientations))
        move = MOTIONS[self.method.motion]
        orders = move(energy, T, self.rng, self.monitor.aside())
        return self.tours.join(windows, orders, self.orientations)

    def tell(self, T: float) -> None:
        """Let the trace and the listener know the tours."""
        if T:
            self.monitor.disclaim()
        lengths = self.lengths()
        best = self.tours.order[lengths.argmin()]
        self.monitor.step(best, self.sweeps, T, lengths)
        self.monitor.tell(T, partial(np.array, best), self.problem.decode)
        self.monitor.next_stage()


def table(distances: Distances) -> Between:
    """Return d(i, j), read off a matrix where there is room for one."""
    if distances.n > TABLE_CITIES:
        return distances
    entries, n = distances.matrix().ravel(), distances.n
    return lambda i, j: entries[i * n + j]
