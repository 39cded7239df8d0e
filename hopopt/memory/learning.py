"""The rules by their names."""

from __future__ import annotations

from typing import Any

from hopopt.memory.detectors import Exponential, LogSumExp, Polynomial
from hopopt.memory.projection import Projection
from hopopt.memory.rules import Covariance, Hebb, Perceptron, Rule, Storkey

RULES = (
    "hebb",
    "covariance",
    "storkey",
    "projection",
    "perceptron",
    "polynomial",
    "exponential",
    "lse",
)


def rule_of(memory: Any) -> Rule:
    """Return an empty rule with the parameters of an `AssociativeMemory`, checked."""
    if memory.dtype not in ("float32", "float64"):
        raise ValueError(f"dtype must be 'float32' or 'float64'; got {memory.dtype!r}")
    if memory.beta is not None and not 0 < memory.beta < float("inf"):
        raise ValueError(f"beta must be finite and positive; got {memory.beta!r}")
    match memory.rule:
        case "hebb":
            return Hebb(normalize=memory.normalize, dtype=memory.dtype)
        case "covariance":
            return Covariance(dtype=memory.dtype)
        case "storkey":
            return Storkey()
        case "projection":
            return Projection(dtype=memory.dtype)
        case "perceptron":
            return Perceptron(margin=memory.margin)
        case "polynomial":
            return Polynomial(degree=memory.degree)
        case "exponential":
            return Exponential(beta=1.0 if memory.beta is None else memory.beta)
        case "lse":
            return LogSumExp(beta=memory.beta)
    raise ValueError(f"rule must be one of {', '.join(RULES)}; got {memory.rule!r}")
