"""A problem for the tests of the front door: turn a dial to a number near zero."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from hopopt import Attempt, Method, Monitor, Problem, Status, Trace
from hopopt.core.motion import TimeUp
from hopopt.solve.method import Kind


class Draw(Method):
    """Draws a number in three stages."""

    name: ClassVar[str] = "draw"
    summary: ClassVar[str] = "draws a number"
    kind: Kind = "pure"

    def __init__(self, spread: float = 1.0) -> None:
        self.spread = spread

    def attempt(self, problem: Any, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        x, status = float(rng.normal(scale=self.spread)), Status.CONVERGED
        try:
            for stage in range(3):
                v = np.array([x, stage])
                monitor.step(v, 1.0, 1.0, np.asarray(-float(stage)))
                monitor.tell(1.0 / (stage + 1), v.copy, lambda v: float(v[0]))
                monitor.next_stage()
        except StopIteration:
            status = Status.STOPPED
        return Attempt(x, status, "none", 3, 6, True, v, -2.0, Trace.of(monitor.rows))

    def restarts(self, problem: Any) -> int:
        return 4


class Slow(Draw):
    """Works until its time is over."""

    name: ClassVar[str] = "slow"
    kind: Kind = "classical"

    def attempt(self, problem: Any, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        x = float(rng.normal())
        try:
            while True:
                monitor.check()
                time.sleep(0.001)
        except TimeUp:
            return Attempt(x, Status.TIME_LIMIT, "none")

    def budget(self, problem: Any) -> float | None:
        return 0.05


class Impatient(Draw):
    """Is interrupted in its third restart."""

    name: ClassVar[str] = "impatient"
    calls = 0

    def attempt(self, problem: Any, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        self.calls += 1
        if self.calls > 2:
            raise KeyboardInterrupt
        return super().attempt(problem, rng, monitor)


class Yielding(Draw):
    """Hands in what it has when it is interrupted, which is at once."""

    name: ClassVar[str] = "yielding"

    def attempt(self, problem: Any, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        return Attempt(float(rng.normal()), Status.INTERRUPTED, "none")


class Failing(Draw):
    name: ClassVar[str] = "failing"

    def attempt(self, problem: Any, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        raise ZeroDivisionError("no number")


METHODS = (Draw, Slow, Impatient, Yielding, Failing)


class Dial(Problem):
    """Find a number near zero; numbers above `limit` are not allowed."""

    name: ClassVar[str] = "dial"
    methods: ClassVar[Mapping[str, type[Method]]] = {m.name: m for m in METHODS}
    size: ClassVar[int] = 1  # type: ignore[assignment]

    def __init__(self, limit: float = np.inf, optimum: float | None = None) -> None:
        self.limit, self.optimum, self.instance = limit, optimum, "dial"

    def cost(self, x: float) -> float:
        return abs(x)

    def feasible(self, x: float) -> bool:
        return x <= self.limit

    def describe(self, x: float) -> dict[str, Any]:
        return {"number": x}

    @classmethod
    def load(cls, source: str, data: Any = None) -> Dial:
        return cls()

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return {"dial": "the dial"}


class Loud(Dial):
    """The same dial, to be turned as far from zero as it goes."""

    sense = "max"
