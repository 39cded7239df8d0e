from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from dial import Dial, Loud
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hopopt import Trace, minimize, package_version

KEYS = {
    "problem",
    "instance",
    "n",
    "method",
    "integrator",
    "pure",
    "valid",
    "valid_before_decoding",
    "cost",
    "optimum",
    "gap",
    "energy",
    "seed",
    "restarts",
    "cpu_seconds",
    "wall_seconds",
    "status",
    "message",
    "version",
}

finite = st.floats(-1e6, 1e6)


def test_dictionary_is_strict_json_with_the_promised_keys() -> None:
    result = minimize(Dial(optimum=0.5), rng=0)
    entries = result.to_dict()
    assert set(entries) >= KEYS | {"number"}
    assert json.loads(json.dumps(entries, allow_nan=False)) == entries
    assert entries["gap"] == pytest.approx((result.fun - 0.5) / 0.5)
    assert entries["version"] == package_version()


@pytest.mark.parametrize("energy", [np.nan, np.inf, None, 1.5])
@pytest.mark.parametrize("fun", [np.inf, 3.0, 2.5, np.float64(1.5)])
def test_dictionary_is_strict_json_whatever_happened(fun: float, energy: float | None) -> None:
    result = replace(minimize(Dial(), rng=0), fun=fun, energy=energy)
    entries = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert entries["energy"] == (1.5 if energy == 1.5 else None)
    assert entries["cost"] == (fun if np.isfinite(fun) else None)
    assert type(entries["cost"]) is {3.0: int, np.inf: type(None)}.get(fun, float)


def test_gap_is_the_excess_over_the_optimum_in_the_problems_sense() -> None:
    for problem, sign in ((Dial(optimum=2.0), 1), (Loud(optimum=2.0), -1)):
        result = replace(minimize(problem, rng=1), fun=3.0, success=True)
        assert result.gap == pytest.approx(sign * 0.5)
        assert replace(result, success=False).gap is None
    nothing = minimize(Dial(optimum=0.0), rng=1)
    assert nothing.gap is None
    assert replace(nothing, fun=0.0).gap == 0
    assert minimize(Dial(), rng=1).gap is None


# Traces


def trace_of(*energies: float, stages: Any = None) -> Trace:
    stages = [0] * len(energies) if stages is None else stages
    return Trace.of(
        [(s, float(k), 1.0, e) for k, (s, e) in enumerate(zip(stages, energies, strict=True))]
    )


def test_rise_is_a_share_of_the_whole_fall() -> None:
    assert trace_of(3.0, 2.0, 2.5, 1.0).rise() == pytest.approx(0.5 / 2.5)
    assert trace_of(3.0, 2.0, 1.0).rise() == 0
    assert trace_of(1.0, 5.0, stages=[0, 1]).rise() == 0
    assert trace_of(1.0, 5.0, 4.0, 4.5, stages=[0, 1, 1, 1]).rise() == pytest.approx(0.5)
    assert trace_of().rise() == trace_of(1.0).rise() == 0
    assert trace_of(1.0, 1.0 + 1e-16).rise() <= 1e-6
    assert trace_of(0.0, 0.0).rise() == 0
    assert trace_of(1.0, 2.0).rise() > 1e6


@given(st.lists(finite, min_size=2))
def test_falling_traces_never_rise(energies: list[float]) -> None:
    falling = sorted(energies, reverse=True)
    assert trace_of(*falling).rise() == 0
    assert trace_of(*energies).rise() >= 0


def test_trace_has_four_columns() -> None:
    trace = Trace.of([(0, 0.0, 2.0, 1.0), (1, 0.5, 1.0, 0.0)])
    assert len(trace) == 2
    assert trace.stage.dtype.kind == "i"
    assert_allclose(trace.time, [0, 0.5])
    assert_allclose(trace.temperature, [2, 1])
    assert_allclose(trace.energy, [1, 0])
