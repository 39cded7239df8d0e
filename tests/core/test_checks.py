"""Numbers that no constructor takes: refused by name, at the door."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import problems
from hopopt import (
    Diagonal,
    Exchanges,
    ExponentialEuler,
    Flow,
    Inertial,
    Kronecker,
    LineSearch,
    Majorize,
    Method,
    Network,
    Power,
    Quadratic,
    Sigmoid,
    Sinkhorn,
    Softmax,
    Tanh,
    Updates,
)
from hopopt.core.checks import checked_numbers

NO_NUMBERS = [np.nan, "x", 1j, (-1,), [], np.array([1.0, np.nan]), np.array([None]), 10**400]
NO_NUMBERS += [np.ma.masked_array([1.0], [True])]
MOTIONS = (Exchanges, ExponentialEuler, Flow, Inertial, LineSearch, Majorize, Updates)
METHODS = {
    method
    for name in problems.__all__
    for method in getattr(getattr(problems, name), "methods", {}).values()
}
ANNOTATED = ("int", "float", "int | None", "float | None")


def numeric(make: Any) -> Iterator[str]:
    for name, parameter in inspect.signature(make).parameters.items():
        if parameter.annotation in ANNOTATED:
            yield name


OPTIONS = [
    pytest.param(make, name, id=f"{make.__name__}-{name}")
    for make in (
        *MOTIONS,
        Power,
        Sigmoid,
        Tanh,
        *sorted(METHODS, key=lambda m: (m.__name__, m.__module__)),
    )
    for name in numeric(make)
]


@pytest.mark.parametrize(("make", "name"), OPTIONS)
def test_what_is_no_number_is_refused_by_name(make: Any, name: str) -> None:
    for value in NO_NUMBERS:
        with pytest.raises((ValueError, TypeError), match=name):
            make(**{name: value})


NETWORK = {"energy": Quadratic(np.eye(2)), "lagrangian": Sigmoid()}


@pytest.mark.parametrize("name", ["T", "tau", "leak", "noise", "external", "threshold"])
def test_numbers_of_networks(name: str) -> None:
    for value in (np.nan, np.inf, "x", 1j, np.array([None]), np.ma.masked_array([1.0], [True])):
        with pytest.raises(ValueError, match=name):
            Network(**NETWORK, **{name: value})


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("shape", lambda: Diagonal((-1,))),
        ("shape", lambda: Diagonal((1.5,))),  # type: ignore[arg-type]
        ("shape", lambda: Diagonal(3)),  # type: ignore[arg-type]
        ("shape", lambda: Kronecker(np.eye(2), shape=(2, -1))),
        ("shape", lambda: Kronecker(np.eye(2), shape=4)),  # type: ignore[arg-type]
        ("shape", lambda: Quadratic(np.zeros((0, 0)), shape=True)),  # type: ignore[arg-type]
        ("d", lambda: Diagonal((1,), 1j)),
        ("c", lambda: Diagonal((1,), 0.0, np.array([None]))),
        ("d", lambda: 1j * Diagonal((1,))),
        ("ndim", lambda: Softmax(axis=0, ndim=10**9)),
        ("axis", lambda: Softmax(axis=10**9)),
        ("axis", lambda: Softmax(axis=1.5)),  # type: ignore[arg-type]
        ("ndim", lambda: Tanh(ndim=-1)),
        ("tol", lambda: Sinkhorn(tol=-1.0)),
        ("sweeps", lambda: Sinkhorn(sweeps=1.5)),  # type: ignore[arg-type]
        ("degree", lambda: Power(np.inf)),  # type: ignore[arg-type]
    ],
)
def test_shapes_axes_and_signs(name: str, make: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=name):
        make()


def test_checked_constructors_stay_what_they_are() -> None:
    assert list(inspect.signature(Flow).parameters) == [
        *("solver", "duration", "tol", "band", "inertia", "wall", "friction", "options")
    ]
    assert checked_numbers(type("Empty", (), {"__init__": lambda self: None}))() is not None

    class Own(Method):
        kind = "classical"

        def __init__(self, reach: float = np.inf, count: int | None = None) -> None:
            self.reach, self.count = reach, count

        def attempt(self, problem: Any, rng: Any, monitor: Any) -> Any: ...

    assert Own(np.inf, np.int64(3)).count == 3  # type: ignore[arg-type]
    assert Own(reach=np.float32(2)).reach == 2  # type: ignore[arg-type]
    for options in ({"reach": np.nan}, {"count": 2.0}, {"count": True}):
        with pytest.raises(ValueError, match=next(iter(options))):
            Own(**options)
