"""From parameters and patterns to a rule, a coding and an energy."""

from __future__ import annotations

from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.checks import is_finite
from hopopt.core.energy import Energy
from hopopt.core.lagrangian import Array
from hopopt.core.matrices import real
from hopopt.memory.coding import CODINGS, check_coding, detect
from hopopt.memory.detectors import DenseRule, Exponential, LogSumExp, Polynomial
from hopopt.memory.dynamics import Start, with_linear
from hopopt.memory.projection import Projection
from hopopt.memory.rules import Covariance, Fixed, Hebb, PairwiseRule, Rule
from hopopt.memory.store import Store
from hopopt.memory.trained import Perceptron, Storkey

TIE = 1e-9
STEEP = 1e150  # the largest beta: all that is above 1e17 takes the nearest alone

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


class Settings(Protocol):
    """The parameters of an `AssociativeMemory` that choose a rule and its coding."""

    rule: str
    coding: str
    normalize: bool
    degree: int
    beta: float | None
    margin: float
    ties: Literal["keep", "plus"]
    dtype: str
    binarize: Any


def rule_of(memory: Settings) -> Rule:
    """Return an empty rule with the parameters of an `AssociativeMemory`, checked."""
    if memory.dtype not in ("float32", "float64"):
        raise ValueError(f"dtype must be 'float32' or 'float64'; got {memory.dtype!r}")
    if memory.beta is not None and not (is_finite(memory.beta) and 0 < float(memory.beta) <= STEEP):
        raise ValueError(f"beta must be positive, at most {STEEP:g}; got {memory.beta!r}")
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
        case "given":
            return Fixed()
    raise ValueError(f"rule must be one of {', '.join(RULES)}; got {memory.rule!r}")


def two_values(memory: Settings, rule: Rule) -> str | None:
    """Return the coding that real values are binarised to; None where they are taken as given."""
    if memory.binarize is None or rule.codings == ("real",):
        return None
    return "binary" if "binary" in (memory.coding, *rule.codings[:1]) else "bipolar"


def coding_of(memory: Settings, rule: Rule, rows: Array) -> str:
    """Return the coding of the first patterns, or refuse them."""
    if memory.ties not in ("keep", "plus"):
        raise ValueError(f"ties must be 'keep' or 'plus'; got {memory.ties!r}")
    if memory.coding != "auto" and memory.coding not in CODINGS:
        raise ValueError(f"coding must be 'auto' or one of {CODINGS}; got {memory.coding!r}")
    coding = memory.coding
    if coding == "auto":
        coding = "real" if rule.codings == ("real",) else detect(rows, "X")
    check_coding(rows, coding, "X")
    if coding not in rule.codings:
        hint = "use rule='lse', or binarize=" if coding == "real" else "recode them"
        raise ValueError(
            f"rule {memory.rule!r} takes {' or '.join(rule.codings)} patterns; "
            f"got {coding} ones: {hint}"
        )
    return coding


def given_threshold(threshold: Literal["auto"] | ArrayLike, store: Store) -> Array | None:
    """Return the thresholds that were given, checked; None for those that the rule sets."""
    if isinstance(threshold, str) and threshold == "auto":
        return None
    return np.array(_theta(threshold, store))


def energy_of(
    rule: Rule,
    store: Store,
    theta: Array | None,
    ties: str,
) -> Energy:
    """Return the energy of what a rule has learned, without external input.

    ties="plus" is an external input too small for anything but a tie: 1e-9 of a usual field.
    """
    energy: Energy
    if isinstance(rule, DenseRule):
        energy = rule.memory(store) if theta is None else with_linear(rule.memory(store), theta)
    else:
        assert isinstance(rule, PairwiseRule)
        W = rule.weights(store)
        c = _theta(rule.threshold(W, store), store) if theta is None else theta
        energy = rule.energy(W, c)
    if ties == "keep" or store.coding == "real":
        return energy
    first = store.take(slice(1)).astype(float)
    usual = float(np.abs(energy.gradient(first)).max(initial=0)) or 1.0
    return with_linear(energy, np.full(store.width, -TIE * usual))


def threshold_of(rule: Rule, store: Store, theta: Array | None) -> Array:
    """Return the thresholds in use, shape (N,)."""
    if theta is not None:
        return theta
    if not isinstance(rule, PairwiseRule):
        return np.zeros(store.width)
    return np.array(_theta(rule.threshold(rule.weights(store), store), store))


def _theta(threshold: ArrayLike, store: Store) -> Array:
    """Return thresholds for every unit, or refuse them."""
    theta = real(threshold, "threshold")
    if theta.shape not in ((), (store.width,)):
        raise ValueError(
            f"threshold must be 'auto', a number or of shape ({store.width},); "
            f"got shape {theta.shape}"
        )
    return np.broadcast_to(theta, (store.width,))


def filling_of(rule: Rule, store: Store, start: Start, energy: Energy) -> Energy:
    """Return the energy that first fills in unknown units: real ones score the known alone."""
    if store.coding != "real" or start.known is None or not isinstance(rule, DenseRule):
        return energy
    return rule.memory(store, start.known)
