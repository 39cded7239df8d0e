"""Recall as the core does it: an energy, a network, a motion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self

import numpy as np

from hopopt.core.annealing import Relaxation, anneal
from hopopt.core.checks import check_counts
from hopopt.core.energy import Diagonal, Energy
from hopopt.core.face import Face
from hopopt.core.flow import Flow
from hopopt.core.lagrangian import Array
from hopopt.core.motion import Majorize, Motion, Status
from hopopt.core.network import Network
from hopopt.core.quadratic import Quadratic
from hopopt.core.updates import Updates
from hopopt.fast.attention import Attention
from hopopt.fast.settled import Lanes
from hopopt.fast.sweeps import Sweeps
from hopopt.memory.coding import DOMAINS, VALUES, neutral

Order = Literal["auto", "async", "fixed", "sync", "majorize", "continuous"]
ORDERS = ("auto", "async", "fixed", "sync", "majorize", "continuous")
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

    def part(self, lanes: slice) -> Self:
        """Return the start of some lanes."""
        known = None if self.known is None else self.known[lanes]
        clamp = None if self.clamp is None else self.clamp[lanes]
        return type(self)(self.cues[lanes], known, clamp)


class Outcome(NamedTuple):
    """Where a batch of recalls ended.

    Attributes
    ----------
    v : array, shape (B, N)
    steps : array of int, shape (B,)
    converged, cycled : arrays of bool, shape (B,)
    nearest : array of int, shape (B,), or None
        The patterns that had all the attention, where the motion knows.
    status : Status
    lanes : Lanes
        With E at every step.
    """

    v: Array
    steps: Array
    converged: Array
    cycled: Array
    nearest: Array | None
    status: Status
    lanes: Lanes


def _outcome(relaxed: Relaxation, monitor: Lanes) -> Outcome:
    settled, count = monitor.settled, len(relaxed.v)
    if settled is not None:
        steps, converged, cycled = settled.steps, ~settled.moving, settled.cycled
        return Outcome(
            settled.v, steps, converged, cycled, settled.nearest, relaxed.status, monitor
        )
    rests = np.full(count, relaxed.status is Status.CONVERGED)
    cycled = np.full(count, relaxed.status is Status.CYCLE)
    steps = np.full(count, relaxed.nit)
    return Outcome(relaxed.v, steps, rests, cycled, None, relaxed.status, monitor)


@dataclass(frozen=True)
class Engine:
    """How a memory of one coding moves.

    Parameters
    ----------
    coding : {"bipolar", "binary", "real"}
    order : str or Motion
    temperature : float
    max_iter : int
    rng : numpy.random.Generator
    """

    coding: str
    order: str | Motion
    temperature: float
    max_iter: int
    rng: np.random.Generator

    @classmethod
    def of(
        cls, coding: str, order: str | Motion, temperature: float, max_iter: int, rng: Any
    ) -> Self:
        """Return an engine, after a check of what it is given."""
        if isinstance(order, str) and order not in ORDERS:
            raise ValueError(f"order must be a motion or one of {ORDERS}; got {order!r}")
        if not 0 <= temperature < np.inf:
            raise ValueError(f"temperature must be finite and nonnegative; got {temperature}")
        check_counts(max_iter=max_iter)
        if coding == "real" and temperature:
            raise ValueError(f"temperature must be 0 for real units; got {temperature}: set beta")
        if coding == "real" and order in ("async", "fixed", "sync"):
            raise ValueError(f"order {order!r} needs two-valued units; real ones take 'majorize'")
        return cls(coding, order, float(temperature), int(max_iter), np.random.default_rng(rng))

    def motion(self, order: str | Motion) -> Motion:
        """Return the core's motion of an order's name."""
        if not isinstance(order, str):
            return order
        if order == "continuous":
            return Flow("RK45", duration=float(self.max_iter), tol=1e-9, rtol=1e-6, atol=1e-8)
        if order == "majorize":
            return Attention(max_steps=self.max_iter)
        kind = {"async": "random", "fixed": "fixed", "sync": "parallel"}[order]
        visits, noise = self.rng.spawn(2)
        return Sweeps(
            order=kind,  # type: ignore[arg-type]
            noise=noise if self.temperature else None,
            max_sweeps=self.max_iter,
            rng=visits,
        )

    def run(self, energy: Energy, start: Start) -> Outcome:
        """Recall on an energy, all lanes together."""
        order = self._order()
        motion, monitor = self.motion(order), Lanes()
        network = self.network(energy, start)
        relaxed = anneal([network], motion, self._state(network, start, motion), monitor=monitor)
        outcome = _outcome(relaxed, monitor)
        if order != "sync" or not outcome.cycled.any():
            return outcome
        after = Lanes()
        last = _outcome(anneal([network], self.motion("async"), relaxed.u, monitor=after), after)
        monitor.follow(after)
        steps = outcome.steps + last.steps
        return last._replace(cycled=outcome.cycled, steps=steps, lanes=monitor)

    def _order(self) -> str | Motion:
        if self.order != "auto":
            return self.order
        return "majorize" if self.coding == "real" else "async"

    @property
    def discrete(self) -> bool:
        """Whether outputs jump from value to value, where a flow moves them through all between."""
        if isinstance(self.order, str):
            return self.order != "continuous"
        return isinstance(self.order, Updates | Majorize)

    def network(self, energy: Energy, start: Start) -> Network:
        """Return the network that a recall moves in."""
        network = Network(energy, DOMAINS[self.coding], T=self._gain(energy, start))
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
