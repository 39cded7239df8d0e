"""Recall as the core does it: an energy, a network, a motion."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self

import numpy as np

from hopopt.core.annealing import Relaxation, anneal
from hopopt.core.checks import check_counts, is_finite
from hopopt.core.energy import Diagonal, Energy
from hopopt.core.face import Face
from hopopt.core.flow import Flow
from hopopt.core.lagrangian import Array
from hopopt.core.majorize import Majorize
from hopopt.core.motion import Monitor, Motion, Status
from hopopt.core.network import Network
from hopopt.core.quadratic import Quadratic
from hopopt.core.updates import SweepOrder, Updates
from hopopt.fast.attention import Attention
from hopopt.fast.sweeps import Sweeps
from hopopt.memory.coding import DOMAINS, VALUES, neutral, rounded
from hopopt.memory.path import Path

RecallOrder = Literal["auto", "guarded", "async", "fixed", "sync", "majorize", "continuous"]
ORDERS = ("auto", "guarded", "async", "fixed", "sync", "majorize", "continuous")
FLIPS: dict[str, SweepOrder] = {
    "guarded": "guarded",
    "async": "random",
    "fixed": "fixed",
    "sync": "parallel",
}
HIGH_GAIN = 0.05
INSIDE = 0.9


class Start(NamedTuple):
    """Where a batch of recalls begins.

    Attributes
    ----------
    cues : array, shape (B, N)
        The cues; what they say of unknown units is not read.
    known : array of bool, shape (B, N), or None
        The units that the cues tell; None is all.
    clamp : array of bool, shape (B, N), or None
        The units that are held at their cue.
    """

    cues: Array
    known: Array | None
    clamp: Array | None

    def part(self, rows: slice) -> Self:
        """Return the start of some cues."""
        known = None if self.known is None else self.known[rows]
        clamp = None if self.clamp is None else self.clamp[rows]
        return type(self)(self.cues[rows], known, clamp)


class Outcome(NamedTuple):
    """Where a batch of recalls ended.

    Attributes
    ----------
    v, plain : arrays, shape (B, N)
        The outputs, and the same at the nearer of two values.
    steps : array of int, shape (B,)
    converged, cycled : arrays of bool, shape (B,)
    nearest : array of int, shape (B,), or None
        The patterns that had most of the attention, where the motion knows.
    status : Status
    energies : array, shape (steps + 1, B)
        E at the start and after each step.
    times : array, shape (steps + 1,)
        The network's own time of each row.
    """

    v: Array
    plain: Array
    steps: Array
    converged: Array
    cycled: Array
    nearest: Array | None
    status: Status
    energies: Array
    times: Array


@dataclass(frozen=True)
class Dynamics:
    """How a memory of one coding moves.

    Parameters
    ----------
    coding : {"bipolar", "binary", "real"}
    order : str or Motion
    temperature : float
    max_iter : int
    rng : numpy.random.Generator
    tau : float or array
        Of the continuous network.
    """

    coding: str
    order: str | Motion
    temperature: float
    max_iter: int
    rng: np.random.Generator
    tau: Any = 1.0

    @classmethod
    def of(
        cls,
        coding: str,
        order: str | Motion,
        temperature: float,
        max_iter: int,
        rng: Any,
        tau: Any = None,
    ) -> Self:
        """Return the dynamics, after a check of what they are given."""
        if isinstance(order, str) and order not in ORDERS:
            raise ValueError(f"order must be a motion or one of {ORDERS}; got {order!r}")
        if not (is_finite(temperature) and temperature >= 0):
            raise ValueError(f"temperature must be finite and nonnegative; got {temperature!r}")
        check_counts(max_iter=max_iter)
        if coding == "real" and temperature:
            raise ValueError(f"temperature must be 0 for real units; got {temperature}: set beta")
        if temperature and order == "guarded":
            raise ValueError(f"temperature must be 0 for order 'guarded'; got {temperature}")
        if coding == "real" and isinstance(order, str) and order in FLIPS:
            raise ValueError(f"order {order!r} needs two-valued units; real ones take 'majorize'")
        settings = float(temperature), int(max_iter), np.random.default_rng(rng)
        if tau is None:
            return cls(coding, order, *settings)
        made = cls(coding, order, *settings, tau)
        if made.discrete:
            raise ValueError(f"tau needs order 'continuous' or a flow; got order {order!r}")
        return made

    def motion(self, order: str | Motion) -> Motion:
        """Return the core's motion of an order's name."""
        if not isinstance(order, str):
            return order
        if order == "continuous":
            return Flow("RK45", duration=float(self.max_iter), tol=1e-9, rtol=1e-6, atol=1e-8)
        if order == "majorize":
            return Attention(max_steps=self.max_iter)
        visits, noise = self.rng.spawn(2)
        return Sweeps(
            order=FLIPS[order],
            noise=noise if self.temperature else None,
            max_sweeps=self.max_iter,
            rng=visits,
        )

    def run(self, energy: Energy, start: Start, monitor: Monitor | None = None) -> Outcome:
        """Recall on an energy, all cues together."""
        order = self._order(energy)
        motion, monitor = self.motion(order), Monitor() if monitor is None else monitor
        network = self.network(energy, start)
        relaxed = anneal([network], motion, self._state(network, start, motion), monitor=monitor)
        outcome = self._outcome(relaxed, motion, monitor)
        if order != "sync" or not outcome.cycled.any():
            return outcome
        motion = self.motion("async")
        relaxed = anneal([network], motion, relaxed.u, monitor=monitor)
        last = self._outcome(relaxed, motion, monitor)
        return last._replace(cycled=outcome.cycled, steps=outcome.steps + last.steps)

    def path(self, energy: Energy, start: Start) -> Path:
        """Recall once more, with the same random numbers, and return every state on the way."""
        again, states = deepcopy(self), list[Array]()
        network = self.network(energy, start)
        motion = again.motion(again._order(energy))
        graded = np.any(network.T) and not (isinstance(motion, Updates) and motion.noise)

        def watch(u: Array) -> None:
            v = network.output(u)[0] if graded else network.lagrangian.vertex(u)
            if not states or not np.array_equal(v, states[-1]):
                states.append(v)

        deepcopy(self).run(energy, start, Monitor(watch=watch))
        path = np.array(states)
        return Path(path, np.array([energy.value(v) + network.conjugate(v) for v in path]))

    def _order(self, energy: Energy) -> str | Motion:
        """Return the order that suits the energy, where none is asked for."""
        if self.order != "auto":
            return self.order
        if not energy.conservative:
            return "async"
        if self.coding != "real" and self.temperature:
            return "async"
        return "guarded" if isinstance(energy, Quadratic) else "majorize"

    def _outcome(self, relaxed: Relaxation, motion: Motion, monitor: Monitor) -> Outcome:
        """Return what a relaxation and its monitor say of each recall."""
        each, count, v = relaxed.each, len(relaxed.v), relaxed.v
        noisy = isinstance(motion, Updates) and motion.noise is not None
        if noisy:
            v = relaxed.network.lagrangian.vertex(relaxed.u)
        exact = noisy or not np.any(relaxed.network.T)
        status = np.full(count, relaxed.status) if each is None else each.status
        steps = np.full(count, relaxed.nit) if each is None else each.steps
        rows, before = [], None
        for row in monitor.rows:  # a second stage begins with the row that the first ended with
            rows += [row] if before in (None, row[0]) else []
            before = row[0]
        return Outcome(
            *(v, v if exact else rounded(v, self.coding), steps),
            *(status == Status.CONVERGED, status == Status.CYCLE),
            *(None if each is None else each.nearest, relaxed.status),
            *(np.array([row[3] for row in rows]), np.array([row[1] for row in rows])),
        )

    @property
    def discrete(self) -> bool:
        """Whether outputs jump from value to value, where a flow moves them through all between."""
        if isinstance(self.order, str):
            return self.order != "continuous"
        return isinstance(self.order, Updates | Majorize)

    def network(self, energy: Energy, start: Start) -> Network:
        """Return the network that a recall moves in."""
        network = Network(energy, DOMAINS[self.coding], T=self._gain(energy, start), tau=self.tau)
        if start.clamp is None:
            return network
        return network.at(lagrangian=Face(network.lagrangian, start.clamp, start.cues))

    def _gain(self, energy: Energy, start: Start) -> float:
        """Return T: Boltzmann's for the discrete network; for the continuous one, its high gain."""
        if self.coding == "real":
            return 1.0
        scale = 2.0 if self.coding == "binary" else 1.0
        if self.discrete or self.temperature:
            return scale * self.temperature
        field = np.abs(energy.gradient(start.cues))
        return HIGH_GAIN * float(field.mean()) or 1.0

    def _state(self, network: Network, start: Start, motion: Motion) -> Array:
        if self.coding == "real":
            return network.state(start.cues)
        middle = neutral(self.coding)
        if not np.any(network.T):
            return start.cues - middle
        share = 1.0 if isinstance(motion, Updates) else INSIDE
        return network.state(middle + share * (start.cues - middle))

    def filled(self, energy: Energy, start: Start) -> Start:
        """Return the start with its unknown units where the known ones send them.

        One parallel step of the network, with the unknown units halfway between their values (real:
        unseen), from which only they move. A flow of two-valued units starts from halfway itself.
        """
        if start.known is None or start.known.all():
            return start
        cues = np.where(start.known, start.cues, neutral(self.coding))
        if not self.discrete and self.coding != "real":
            return start._replace(cues=cues)
        field = -energy.gradient(cues)
        if self.coding != "real":
            low, high = VALUES[self.coding]
            field = np.where(field < 0, low, high)
        return start._replace(cues=np.where(start.known, cues, field))


def with_linear(energy: Energy, linear: Array) -> Energy:
    """Return the energy plus ⟨linear, v⟩, kept quadratic where it is."""
    if not np.any(linear):
        return energy
    if isinstance(energy, Quadratic):
        return Quadratic(energy.Q, energy.c + linear, constant=energy.constant)
    return energy + Diagonal(energy.shape, 0.0, linear)
