"""A problem for the tests of the command: a word of n letters a, whose cost is n."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from orphans import hold_pipe

from hopopt import Attempt, Method, Problem, Status
from hopopt.solve.method import Kind


class Plain(Method):
    name: ClassVar[str] = "plain"
    summary: ClassVar[str] = "writes the word"
    kind: Kind = "pure"
    letter: ClassVar[str] = "a"
    stages: ClassVar[int] = 3
    status: ClassVar[Status] = Status.CONVERGED

    def __init__(self, solver: str = "auto") -> None:
        self.solver = solver

    def attempt(self, problem: Any, rng: Any, monitor: Any) -> Attempt:
        word = self.letter * problem.size
        for stage in range(self.stages):
            monitor.tell(1.0 / (stage + 1), lambda: np.ones(problem.size), lambda _: word)
        return Attempt(x=word, status=self.status, integrator=self.solver, energy=float("nan"))

    def restarts(self, problem: Any) -> int:
        return 2


class Wrong(Plain):
    name: ClassVar[str] = "wrong"
    letter: ClassVar[str] = "b"


class Classical(Plain):
    name: ClassVar[str] = "classical"
    kind: Kind = "classical"
    stages: ClassVar[int] = 0
    status: ClassVar[Status] = Status.MAX_STEPS

    def __init__(self) -> None:
        super().__init__("none")


class Refusing(Plain):
    name: ClassVar[str] = "refusing"

    def attempt(self, problem: Any, rng: Any, monitor: Any) -> Attempt:
        raise ValueError("word must be longer\nthan this")


class Broken(Plain):
    name: ClassVar[str] = "broken"

    def attempt(self, problem: Any, rng: Any, monitor: Any) -> Attempt:
        raise ZeroDivisionError("1/0")


class Fickle(Plain):
    """Fails from its second attempt on."""

    name: ClassVar[str] = "fickle"

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def attempt(self, problem: Any, rng: Any, monitor: Any) -> Attempt:
        self.calls += 1
        if self.calls > 1:
            raise ValueError("no more")
        return super().attempt(problem, rng, monitor)

    def restarts(self, problem: Any) -> int:
        return 1


class Interrupted(Plain):
    name: ClassVar[str] = "interrupted"
    status: ClassVar[Status] = Status.INTERRUPTED


class Escaped(Plain):
    name: ClassVar[str] = "escaped"

    def attempt(self, problem: Any, rng: Any, monitor: Any) -> Attempt:
        raise KeyboardInterrupt


class Endless(Plain):
    """Prints, and never looks at the time."""

    name: ClassVar[str] = "endless"

    def attempt(self, problem: Any, rng: Any, monitor: Any) -> Attempt:
        sys.stdout.write("busy")
        while True:
            pass


class Pressing(Plain):
    """Presses Ctrl-C in the process that has started this one, and never ends."""

    name: ClassVar[str] = "pressing"

    def attempt(self, problem: Any, rng: Any, monitor: Any) -> Attempt:
        os.kill(os.getppid(), signal.SIGINT)
        while True:
            pass


class Odd(str):
    """A word that cannot be read where it is sent to."""

    def __reduce__(self) -> Any:
        return int, ("no number",)


class Unreadable(Plain):
    name: ClassVar[str] = "unreadable"

    def attempt(self, problem: Any, rng: Any, monitor: Any) -> Attempt:
        return replace(super().attempt(problem, rng, monitor), x=Odd("a" * problem.size))


class Lasting(Plain):
    """Never ends, nor does its child."""

    name: ClassVar[str] = "lasting"

    def attempt(self, problem: Any, rng: Any, monitor: Any) -> Attempt:
        hold_pipe(child=True)
        raise AssertionError


class Killed(Plain):
    name: ClassVar[str] = "killed"

    def attempt(self, problem: Any, rng: Any, monitor: Any) -> Attempt:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


class Missing(Plain):
    name: ClassVar[str] = "missing"

    def attempt(self, problem: Any, rng: Any, monitor: Any) -> Attempt:
        raise AssertionError

    def refusal(self, problem: Any) -> str | None:
        return "skipped: not installed"


class Exiting(Plain):
    name: ClassVar[str] = "exiting"

    def attempt(self, problem: Any, rng: Any, monitor: Any) -> Attempt:
        os.write(2, b"out of cheese")
        os._exit(3)


METHODS = (Plain, Wrong, Classical, Refusing, Broken, Fickle, Interrupted, Escaped)


class Toy(Problem):
    """Write a word of n letters a.

    Instances are numbers: n. The optimum is known where n is even.
    """

    name: ClassVar[str] = "toy"
    methods: ClassVar[Mapping[str, type[Method]]] = {m.name: m for m in METHODS}

    def __init__(self, n: int) -> None:
        self.n, self.instance = n, str(n)
        self.optimum = None if n % 2 else n / 2

    @classmethod
    def load(cls, source: str, data: Any = None) -> Toy:
        if source == "type":
            raise TypeError("source must be a number")
        if source == "memory":
            raise MemoryError
        return cls(int(source) if source.isdecimal() else len(Path(source).read_bytes()))

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return {"N": "the word of N letters"}

    @property
    def size(self) -> int:
        return self.n

    def cost(self, x: str) -> float:
        return float(len(x))

    def feasible(self, x: str) -> bool:
        return x == "a" * self.n

    def describe(self, x: str) -> dict[str, Any]:
        return {"word": x, "letters": list(x)}
