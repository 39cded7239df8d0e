"""A spy on the motions: who ran, how far, and where the networks came to rest."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pytest

import hopopt


class Run(NamedTuple):
    """What one motion did: its name, steps, evaluations of the field, and the outputs at rest."""

    motion: str
    nit: int
    nfev: int
    output: np.ndarray


def motions() -> list[type]:
    """Every class of hopopt that has the two words of a motion: it runs, and claims descent."""
    found: dict[str, type] = {}
    for module in pkgutil.walk_packages(hopopt.__path__, "hopopt."):
        if module.name.startswith("hopopt.fast.compiled"):  # loops, which need numba
            continue
        if module.name.startswith(("hopopt.core.", "hopopt.fast.", "hopopt.memory.")):
            for name, kind in inspect.getmembers(importlib.import_module(module.name)):
                if inspect.isclass(kind) and hasattr(kind, "run") and hasattr(kind, "descends"):
                    found[f"{kind.__module__}.{name}"] = kind
    return [kind for kind in found.values() if not getattr(kind, "_is_protocol", False)]


@dataclass
class Spy:
    """Wraps `run` and `cool` of every motion, and takes note of the outermost calls."""

    runs: list[Run] = field(default_factory=list)
    depth: int = 0

    def watch(self, patch: pytest.MonkeyPatch) -> Spy:
        """Patch the classes where they define the two."""
        for kind in motions():
            for word in ("run", "cool"):
                if word in vars(kind):
                    patch.setattr(kind, word, self._wrapped(vars(kind)[word], word == "cool"))
        return self

    def _wrapped(self, call: Callable[..., Any], whole: bool) -> Callable[..., Any]:
        def wrapper(motion: Any, stages: Any, u: Any, monitor: Any, warm: Any = None) -> Any:
            self.depth += 1
            try:
                rest = call(motion, stages, u, monitor, warm)
            finally:
                self.depth -= 1
            if not self.depth:
                network = stages.stage(len(stages) - 1) if whole else stages
                output = network.output(rest.u)[0]
                self.runs.append(Run(motion.name, rest.nit, rest.nfev, np.asarray(output)))
            return rest

        return wrapper

    @property
    def names(self) -> list[str]:
        """The motions that ran, each once, in order."""
        return list(dict.fromkeys(run.motion for run in self.runs))

    def states(self, shape: tuple[int, ...]) -> Iterator[np.ndarray]:
        """Every output of this shape in which a motion came to rest, replica by replica."""
        for run in self.runs:
            if run.output.shape[-len(shape) :] == shape:
                yield from run.output.reshape(-1, *shape)
