"""Motions: how a network's state moves downhill, and what all of them share.

A motion takes a network and a state and comes to rest; where it claims descent, E never rises along
it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

import numpy as np

from hopopt.core.clock import now
from hopopt.core.lagrangian import Array
from hopopt.core.network import Network

Listener = Callable[[float, Callable[[], Array], Callable[[Array], Any]], None]


class Status(IntEnum):
    """Why a motion, a stage or a whole solve stopped; `advice` says what to do about it.

    Examples
    --------
    >>> from hopopt import Status
    >>> Status(6).name, Status.CYCLE.advice
    ('CYCLE', 'Parallel updates ended in a cycle of two states: update one unit at a time.')
    """

    CONVERGED = 0
    MAX_STEPS = 1
    TIME_LIMIT = 2
    STOPPED = 3
    INTERRUPTED = 4
    ROSE = 5
    CYCLE = 6
    SOLVER_FAILED = 7
    INFEASIBLE = 8
    OPTIMAL = 9
    IMPOSSIBLE = 10

    @classmethod
    def of(cls, stop: BaseException) -> Status:
        """Return what an exception that ends a run stands for."""
        if isinstance(stop, TimeUp):
            return cls.TIME_LIMIT
        if isinstance(stop, Solved):
            return cls.CONVERGED
        return cls.INTERRUPTED if isinstance(stop, KeyboardInterrupt) else cls.STOPPED

    @property
    def advice(self) -> str:
        """One sentence: what happened, and what to try."""
        return _ADVICE[self]


_ADVICE = {
    Status.CONVERGED: "The network came to rest.",
    Status.MAX_STEPS: "The network was still moving when its steps or its time ran out: raise "
    "`duration` or `max_steps`, or loosen `tol`.",
    Status.TIME_LIMIT: "The time was over: this is the best solution so far; a longer time limit "
    "may find a better one.",
    Status.STOPPED: "The callback stopped the run: this is the best solution so far.",
    Status.INTERRUPTED: "Interrupted: this is the best solution so far.",
    Status.ROSE: "E rose along a motion that claims descent: tighten `rtol`, take a smaller step, "
    "or let the Sinkhorn sweeps converge (`sweeps=None`).",
    Status.CYCLE: "Parallel updates ended in a cycle of two states: update one unit at a time.",
    Status.SOLVER_FAILED: "The ODE solver gave up: try LSODA or BDF, a looser `rtol`, or a higher "
    "final temperature.",
    Status.OPTIMAL: "Optimal, proven: no solution is better.",
    Status.INFEASIBLE: "No feasible solution was found: raise `restarts` or the time limit.",
    Status.IMPOSSIBLE: "No feasible solution exists.",
}


class TimeUp(Exception):
    """Raised inside a motion when the time limit is reached.

    Examples
    --------
    >>> from hopopt.core import Monitor, TimeUp
    >>> try:
    ...     Monitor(deadline=0.0).check()
    ... except TimeUp:
    ...     print("the time was over in 1970")
    the time was over in 1970
    """


class Solved(StopIteration):
    """Raised by a listener when no solution can be better than what it was told of."""


class Each(NamedTuple):
    """How each replica of a batch came to rest.

    Attributes
    ----------
    status : array of int, shape (B,)
        A `Status` each.
    steps : array of int, shape (B,)
        Sweeps or steps that each took, the one that changed nothing included.
    energies : array, shape (B,)
        E at rest.
    nearest : array of int, shape (B,), or None
        The hidden unit that has most of the attention, where the energy has any.
    """

    status: Array
    steps: Array
    energies: Array
    nearest: Array | None = None

    @property
    def overall(self) -> Status:
        """The status of the batch: moving where one replica moves, else a cycle where one has."""
        for status in (Status.MAX_STEPS, Status.CYCLE):
            if np.any(self.status == status):
                return status
        return Status.CONVERGED


class Rest(NamedTuple):
    """Where a motion left the network; `each` says it of every replica, where the motion knows.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Flow, Monitor, Network, Quadratic, Tanh
    >>> network = Network(Quadratic(np.eye(2)), Tanh())
    >>> rest = Flow("RK23").run(network, np.array([1.0, -1.0]), Monitor())
    >>> rest.u.round(2) + 0.0, rest.status.name
    (array([0., 0.]), 'CONVERGED')
    """

    u: Array
    warm: Array | None
    status: Status
    nit: int
    nfev: int
    each: Each | None = None


@dataclass
class Counts:
    """What motions have done: steps, evaluations of the field, and which they were, in order."""

    nit: int = 0
    nfev: int = 0
    motions: list[str] = field(default_factory=list)

    def name(self, motion: str) -> None:
        """Take note of a motion that runs."""
        if motion not in self.motions:
            self.motions.append(motion)

    def add(self, nit: int, nfev: int) -> None:
        """Count some more of both."""
        self.nit += nit
        self.nfev += nfev


@dataclass
class Monitor:
    """Watches a run: keeps the last state and the trace of E, and holds the time limit.

    A row of the trace is (stage, time, T, E), E of every replica.

    Parameters
    ----------
    deadline : float, optional
        In seconds of `clock.now`, which nobody sets back.
    record : bool, default True
        Whether motions should spend time on recording E at every step.
    listener : callable, optional
        Called as ``listener(T, output, decode)`` when a method tells of a stage.
    watch : callable, optional
        Called as ``watch(u)`` after every step, and after every flip of `Updates`: at most one in
        each replica. The fast forms of `Updates` then go its way.

    Attributes
    ----------
    counts : Counts
        Steps of all motions that `anneal` has run under this monitor, and under those `aside`.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Monitor, Network, Quadratic, Tanh, Trace, Updates
    >>> network, monitor = Network(Quadratic([[0.0, -1.0], [-1.0, 0.0]]), Tanh(), T=0), Monitor()
    >>> rest = Updates("fixed").run(network, np.array([1.0, -1.0]), monitor)
    >>> Trace.of(monitor.rows).energy
    array([ 1., -1., -1.])
    """

    deadline: float | None = None
    record: bool = True
    listener: Listener | None = None
    watch: Callable[[Array], None] | None = None
    u: Array | None = None
    stage: int = 0
    clock: float = 0.0
    elapsed: float = 0.0
    rows: list[tuple[int, float, float, Array | float]] = field(default_factory=list)
    disclaimed: set[int] = field(default_factory=set)
    counts: Counts = field(default_factory=Counts)

    def aside(self) -> Monitor:
        """Return a monitor for a part of a search: no limit, no trace, the same counts."""
        return Monitor(record=False, counts=self.counts)

    def silent(self) -> Monitor:
        """Return a monitor for a part of a search: the same limit, no trace, the same counts."""
        return Monitor(self.deadline, record=False, counts=self.counts)

    def step(self, u: Array, elapsed: float, T: float, energy: Array | None = None) -> None:
        """Take note of one step: the state, the network's own time since the stage began, E."""
        self.u, self.elapsed = u, elapsed
        if self.watch is not None:
            self.watch(u)
        if energy is not None and self.record:
            row = self.stage, self.clock + elapsed, T, np.array(energy, dtype=float)
            self.rows.append(row)
        self.check()

    def record_cost(self, seconds: float, T: float, cost: float) -> None:
        """Take note of the best cost that a search has found after so many seconds."""
        self.rows.append((self.stage, seconds, T, cost))

    def remaining(self) -> float:
        """Return the seconds that are left before the deadline; infinite where there is none."""
        return np.inf if self.deadline is None else self.deadline - now()

    def over(self) -> bool:
        """Whether the deadline has passed."""
        return self.remaining() < 0

    def check(self) -> None:
        """Raise `TimeUp` when the deadline has passed."""
        if self.over():
            raise TimeUp

    def tell(self, T: float, output: Callable[[], Array], decode: Callable[[Array], Any]) -> None:
        """Tell the listener, if there is one, that a stage has ended.

        `output` computes the outputs v, and `decode` a solution from them, only where asked.
        """
        if self.listener is not None:
            self.listener(T, output, decode)

    def disclaim(self) -> None:
        """Say that the motion does not claim descent in this stage, whatever it does in others."""
        self.disclaimed.add(self.stage)

    def next_stage(self) -> None:
        """Begin another stage: its clock goes on where the last one stopped."""
        self.stage += 1
        self.clock, self.elapsed = self.clock + self.elapsed, 0.0


class Motion(Protocol):
    """How the state moves.

    `name` is what a result's `integrator` says; `descends` whether E is claimed never to rise, but
    for `slack`, the share of the whole fall that the arithmetic may give back.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Monitor, Network, Quadratic, Rest, Status, Tanh, anneal
    >>> class Halve:
    ...     name, descends, slack = "halve", True, 0.0
    ...     def run(self, network, u, monitor, warm=None):
    ...         monitor.step(u / 2, 1.0, float(network.T), network.lyapunov(u / 2))
    ...         return Rest(u / 2, None, Status.CONVERGED, 1, 1)
    >>> network = Network(Quadratic(np.eye(2)), Tanh())
    >>> anneal([network, network], Halve(), np.array([1.0, 2.0])).u
    array([0.25, 0.5 ])
    """

    @property
    def name(self) -> str: ...

    @property
    def descends(self) -> bool: ...

    @property
    def slack(self) -> float: ...

    def run(self, network: Network, u: Array, monitor: Monitor, warm: Array | None = None) -> Rest:
        """Move from u to rest, telling the monitor of every step."""
        ...
