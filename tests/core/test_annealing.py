from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from cases import Floats, symmetric
from numpy.testing import assert_allclose

from hopopt import (
    ExponentialEuler,
    Flow,
    Monitor,
    Network,
    Quadratic,
    Rest,
    Status,
    Tanh,
    Updates,
    anneal,
)
from hopopt.core import now

PAIR = Network(Quadratic([[0.0, -1.0], [-1.0, 0.0]]), Tanh())
START = np.array([0.3, 0.1])


def cooled(*temperatures: float) -> Iterator[Network]:
    return (PAIR.at(T=T) for T in temperatures)


class Script:
    """A motion that plays a script: the energies it reports, or what it raises."""

    name, descends, slack = "script", True, 1e-9

    def __init__(self, *energies: float, error: BaseException | None = None) -> None:
        self.energies, self.error = energies, error

    def run(self, network: Network, u: Floats, monitor: Monitor, warm: Any = None) -> Rest:
        for k, energy in enumerate(self.energies):
            u = u + 1
            monitor.step(u, float(k), float(np.max(network.T)), np.asarray(energy))
        if self.error is not None:
            raise self.error
        return Rest(u, warm, Status.CONVERGED, len(self.energies), 2 * len(self.energies))


def test_slow_cooling_finds_a_deeper_state_than_quenching() -> None:
    rng = np.random.default_rng(0)
    network = Network(Quadratic(symmetric(rng, 40)), Tanh())
    Tc = network.critical_temperature()
    u = 0.1 * rng.normal(size=(20, 40))
    stages = [network.at(T=T) for T in np.geomspace(Tc, Tc / 50, 40)]
    slow = anneal(stages, ExponentialEuler(max_steps=30), u)
    quench = anneal(stages[-1:], ExponentialEuler(), u)
    H = network.energy.value
    assert H(np.sign(slow.v)).mean() < H(np.sign(quench.v)).mean()


def test_counts_and_traces_run_through_the_stages() -> None:
    rest = anneal(cooled(2.0, 1.0), Script(3.0, 2.0, 1.0), START)
    assert (rest.nit, rest.nfev, rest.status) == (6, 12, Status.CONVERGED)
    assert_allclose(rest.trace.stage, [0, 0, 0, 1, 1, 1])
    assert_allclose(rest.trace.time, [0, 1, 2, 2, 3, 4])
    assert_allclose(rest.trace.temperature, [2, 2, 2, 1, 1, 1])
    assert rest.network.T == 1.0
    assert_allclose(rest.v, np.tanh(rest.u))


def test_one_monitor_joins_several_annealings() -> None:
    monitor = Monitor()
    anneal(cooled(2.0), Script(2.0, 1.0), START, monitor=monitor)
    rest = anneal(cooled(1.0), Script(5.0, 4.0), START, monitor=monitor)
    assert_allclose(rest.trace.stage, [0, 0, 1, 1])
    assert rest.status is Status.CONVERGED


def test_a_rise_is_a_status_with_advice() -> None:
    risen = anneal(cooled(1.0), Script(2.0, 1.0, 1.5), START)
    assert risen.status is Status.ROSE
    assert "tighten `rtol`" in risen.status.advice
    slight = anneal(cooled(1.0), Script(2.0, 1.0, 1.0 + 1e-12), START)
    assert slight.status is Status.CONVERGED
    jump = anneal(cooled(2.0, 1.0), Script(2.0, 1.0), START)
    assert jump.status is Status.CONVERGED
    script = Script(2.0, 1.0, 1.5)
    script.descends = False
    assert anneal(cooled(1.0), script, START).status is Status.CONVERGED


def test_time_limit_keeps_the_state_that_was_reached() -> None:
    monitor = Monitor(deadline=now() - 1)
    rest = anneal(cooled(2.0, 1.0), Script(2.0, 1.0), START, monitor=monitor)
    assert rest.status is Status.TIME_LIMIT
    assert_allclose(rest.u, START + 1)
    assert rest.network.T == 2.0
    for motion in (Flow(), ExponentialEuler(), Updates()):
        late = anneal(cooled(1.0), motion, START, monitor=Monitor(deadline=now() - 1))
        assert late.status is Status.TIME_LIMIT
        assert late.v.shape == (2,)


def test_interrupt_keeps_the_state_that_was_reached() -> None:
    rest = anneal(cooled(2.0, 1.0), Script(3.0, 2.0, error=KeyboardInterrupt()), START)
    assert rest.status is Status.INTERRUPTED
    assert_allclose(rest.u, START + 2)
    assert len(rest.trace) == 2


def test_callback_may_stop_and_other_errors_pass() -> None:
    seen = []

    def callback(network: Network, u: Floats) -> None:
        seen.append(float(network.T))
        if len(seen) == 2:
            raise StopIteration

    rest = anneal(cooled(4.0, 2.0, 1.0), Script(2.0, 1.0), START, callback=callback)
    assert (rest.status, seen) == (Status.STOPPED, [4.0, 2.0])
    assert_allclose(rest.u, START + 4)
    with pytest.raises(ZeroDivisionError):
        anneal(cooled(1.0), Script(error=ZeroDivisionError()), START)


def test_nothing_is_recorded_where_nobody_looks() -> None:
    for motion in (Flow(), ExponentialEuler(), Updates(), Updates("parallel")):
        network = PAIR.at(T=0.0 if isinstance(motion, Updates) else 0.5)
        quiet = anneal([network], motion, START, monitor=Monitor(record=False))
        assert len(quiet.trace) == 0
        assert_allclose(quiet.v, anneal([network], motion, START).v)


def test_one_state_serves_all_replicas_of_temperature() -> None:
    network = PAIR.at(T=np.array([2.0, 0.5]))
    for motion in (Flow("RK45"), ExponentialEuler(), Updates("parallel")):
        rest = anneal([network], motion, START)
        assert rest.v.shape == (2, 2)
        assert np.abs(rest.v[0]).max() < 0.1 < np.abs(rest.v[1]).min()


def test_no_stage_is_refused() -> None:
    with pytest.raises(ValueError, match="stages must hold at least one network; got none"):
        anneal([], Flow(), START)


def test_every_status_has_advice() -> None:
    assert all(status.advice.endswith(".") for status in Status)
