from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from cases import Floats, symmetric
from numpy.testing import assert_allclose
from scipy.integrate import DOP853, LSODA, RK45, solve_ivp

from hopopt import (
    Diagonal,
    ExponentialEuler,
    Flow,
    Identity,
    Kronecker,
    Memory,
    Monitor,
    Network,
    Quadratic,
    Sinkhorn,
    Softmax,
    Status,
    Tanh,
    Trace,
    anneal,
)
from hopopt.core import now
from hopopt.core.flow import IMPLICIT_UNITS, SOLVERS
from hopopt.core.motion import TimeUp

PAIR = Network(Quadratic([[0.0, -1.0], [-1.0, 0.0]]), Tanh(), T=0.5)
START = np.array([0.3, 0.1])


def random_network(seed: int = 0, n: int = 6, **constants: Any) -> Network:
    rng = np.random.default_rng(seed)
    return Network(Quadratic(symmetric(rng, n), rng.normal(size=n)), Tanh(), **constants)


class Spy(RK45):
    """An OdeSolver class that remembers the options it was given."""

    seen: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, fun: Any, t0: Any, y0: Any, t_bound: Any, **options: Any) -> None:
        Spy.seen = {"t_bound": t_bound, **options}
        super().__init__(fun, t0, y0, t_bound, **options)


@pytest.mark.parametrize("solver", [*SOLVERS, DOP853, LSODA, Spy])
def test_every_solver_reaches_the_same_rest(solver: Any) -> None:
    flow = Flow(solver, tol=1e-9, rtol=1e-7, atol=1e-9)
    rest = flow.run(PAIR, START, Monitor())
    assert rest.status is Status.CONVERGED
    v, _ = PAIR.output(rest.u)
    assert_allclose(v, np.tanh(2 * v), atol=1e-4)
    assert rest.nfev > rest.nit > 0
    assert flow.name == (solver if isinstance(solver, str) else solver.__name__)
    assert flow.name in repr(flow)


def test_the_path_is_that_of_solve_ivp() -> None:
    network = random_network(T=0.4, tau=2.0, leak=0.5)
    monitor = Monitor()
    u = np.random.default_rng(1).normal(size=6)
    flow = Flow("RK45", duration=3.0, tol=0, rtol=1e-9, atol=1e-11)
    rest = flow.run(network, u, monitor)
    assert rest.status is Status.MAX_STEPS
    direct = solve_ivp(lambda _, y: network.velocity(y), (0, 6.0), u, rtol=1e-9, atol=1e-11)
    assert_allclose(rest.u, direct.y[:, -1], atol=1e-7)
    trace = Trace.of(monitor.rows)
    assert_allclose(trace.time[-1], 6.0)
    assert_allclose(trace.energy[0], network.lyapunov(u))
    assert_allclose(trace.energy[-1], network.lyapunov(rest.u))
    assert set(trace.temperature) == {0.4}


def test_options_pass_through() -> None:
    Flow(Spy, rtol=1e-3, atol=1e-5, max_step=0.25, first_step=0.125).run(PAIR, START, Monitor())
    assert Spy.seen == {
        "t_bound": 50.0,
        "rtol": 1e-3,
        "atol": 1e-5,
        "max_step": 0.25,
        "first_step": 0.125,
        "vectorized": False,
    }
    monitor = Monitor()
    Flow("RK23", max_step=0.1).run(PAIR, START, monitor)
    assert np.diff(Trace.of(monitor.rows).time).max() <= 0.1 + 1e-12
    assert Flow().options == {"rtol": 1e-4, "atol": 1e-6}
    assert Flow(rtol=1e-2).slack > Flow(rtol=1e-6).slack >= 1e-5


def test_own_jacobian_passes_through() -> None:
    calls = []

    def jac(t: float, y: Floats) -> Floats:
        calls.append(t)
        return PAIR.jacobian(y)

    rest = Flow("BDF", jac=jac).run(PAIR, START, Monitor())
    assert calls
    assert rest.status is Status.CONVERGED


@pytest.mark.parametrize("solver", ["Radau", "BDF", "LSODA"])
def test_implicit_solvers_get_the_exact_jacobian(
    solver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    exact = Network.jacobian

    def counted(self: Network, *arguments: Any) -> Floats:
        calls.append(self)
        return exact(self, *arguments)

    monkeypatch.setattr(Network, "jacobian", counted)
    stiff = Network(Quadratic(np.diag([1.0, 1e4])), Identity())
    Flow(solver, tol=1e-12).run(stiff, np.ones(2), Monitor())
    assert calls
    calls.clear()
    Flow("RK45").run(PAIR, START, Monitor())
    assert not calls


@pytest.mark.parametrize("solver", ["BDF", "Radau", "LSODA", LSODA])
def test_implicit_solvers_are_refused_where_their_jacobian_would_not_fit(solver: Any) -> None:
    n = IMPLICIT_UNITS + 1
    network = Network(Diagonal((n,), 1.0, 1.0), Tanh())
    with pytest.raises(ValueError, match=r"dense Jacobian.*MiB.*3000 units: take RK45 or RK23"):
        Flow(solver).run(network, np.ones(n), Monitor())
    assert Flow("RK23").run(network, np.ones(n), Monitor()).status is Status.CONVERGED
    assert Flow(solver, band=0).run(network, np.ones(n), Monitor()).status is Status.CONVERGED
    batch = network_of_replicas(n // 2 + 1)
    with pytest.raises(ValueError, match="would build a dense Jacobian"):
        Flow(solver).run(batch, np.ones((2, n // 2 + 1)), Monitor())


def network_of_replicas(n: int) -> Network:
    return Network(Diagonal((n,), 1.0, 1.0), Tanh())


@pytest.mark.parametrize("solver", ["BDF", "Radau", "LSODA"])
@pytest.mark.parametrize("band", [0, 1, 99])
def test_a_band_stands_in_for_the_jacobian(solver: str, band: int) -> None:
    chain = np.diag(np.full(9, -0.4), 1)
    network = Network(Quadratic(chain + chain.T, np.full(10, 0.1)), Tanh(), T=0.3)
    flow = Flow(solver, band=min(band, 9) if solver == "LSODA" else band, tol=1e-9, rtol=1e-6)
    banded = flow.run(network, np.linspace(-1, 1, 10), Monitor())
    full = Flow(solver, tol=1e-9, rtol=1e-6).run(network, np.linspace(-1, 1, 10), Monitor())
    assert_allclose(banded.u, full.u, atol=1e-3)


def test_the_gap_ends_a_stage() -> None:
    for tol in (1e-2, 1e-5):
        monitor = Monitor()
        rest = Flow("RK45", tol=tol).run(PAIR, START, monitor)
        trace = Trace.of(monitor.rows)
        assert rest.status is Status.CONVERGED
        assert PAIR.gap(rest.u) <= tol * np.abs(trace.energy).max()
        assert trace.time[-1] < 50
    at_rest = Flow("RK45").run(PAIR, np.zeros(2), Monitor())
    assert (at_rest.nit, at_rest.nfev) == (0, 1)
    short = Flow("RK45", duration=0.01).run(PAIR, START, Monitor())
    assert short.status is Status.MAX_STEPS


def test_leak_free_the_gap_closes_though_the_state_runs_away() -> None:
    network = PAIR.at(leak=0.0)
    rest = Flow("LSODA", tol=1e-6, duration=100).run(network, START, Monitor())
    assert rest.status is Status.CONVERGED
    assert_allclose(network.output(rest.u)[0], 1, atol=1e-3)
    assert np.abs(network.velocity(rest.u)).max() > 0.9


def test_replicas_move_as_if_alone() -> None:
    network = random_network(T=np.array([0.3, 0.9]))
    u = np.random.default_rng(2).normal(size=(2, 6))
    for motion in (
        Flow("RK45", tol=1e-9, rtol=1e-8, atol=1e-10),
        Flow("BDF", tol=1e-9, rtol=1e-8, atol=1e-10),
        ExponentialEuler(tol=1e-9),
    ):
        rest = motion.run(network, u, Monitor())
        for k in range(2):
            single = network.at(T=network.T[k])  # type: ignore[index]
            alone = motion.run(single, u[k], Monitor())
            assert_allclose(single.lyapunov(rest.u[k]), single.lyapunov(alone.u), atol=1e-6)


def test_a_solver_that_fails_says_so() -> None:
    class Broken(RK45):
        def _step_impl(self) -> Any:
            return False, "no luck"

    rest = Flow(Broken).run(PAIR, START, Monitor())
    assert rest.status is Status.SOLVER_FAILED
    assert "try LSODA or BDF" in rest.status.advice


def test_lsoda_is_quiet_when_it_grumbles() -> None:
    class Grumbling(RK45):
        def _step_impl(self) -> Any:
            warnings.warn("lsoda: Excess work done", UserWarning, stacklevel=1)
            return super()._step_impl()

    assert Flow(Grumbling).run(PAIR, START, Monitor()).status is Status.CONVERGED


def test_time_limit_holds_inside_a_stage() -> None:
    for motion in (Flow("RK45"), ExponentialEuler()):
        with pytest.raises(TimeUp):
            motion.run(PAIR, START, Monitor(deadline=now() - 1))


# One integration a stage, a callback between stages


def test_stages_start_warm_and_the_callback_comes_between() -> None:
    seen: list[tuple[float, Floats]] = []
    stages = [PAIR.at(T=T) for T in (1.5, 0.8, 0.4, 0.2)]
    rest = anneal(stages, Flow(), START, callback=lambda n, u: seen.append((float(n.T), u)))
    assert [T for T, _ in seen] == [1.5, 0.8, 0.4, 0.2]
    assert_allclose(rest.u, seen[-1][1])
    assert rest.trace.stage.max() == 3
    assert rest.trace.rise() <= 1e-4
    assert np.all(np.diff(rest.trace.time) >= 0)


def test_stop_iteration_keeps_the_state_of_the_last_stage() -> None:
    def stop(network: Network, u: Floats) -> None:
        if network.T == 0.4:
            raise StopIteration

    stages = [PAIR.at(T=T) for T in (1.5, 0.8, 0.4, 0.2)]
    rest = anneal(stages, Flow(), START, callback=stop)
    assert rest.status is Status.STOPPED
    assert rest.network.T == 0.4
    until = anneal(stages[:3], Flow(), START)
    assert_allclose(rest.v, until.v)


# Exponential Euler


def test_exponential_euler_is_the_euler_step_of_theory() -> None:
    network = random_network(T=0.5, tau=2.0, leak=0.7)
    u, h = np.random.default_rng(3).normal(size=6), 0.05
    rest = ExponentialEuler(h, max_steps=1, tol=0).run(network, u, Monitor())
    euler = 2.0 / 0.7 * (1 - np.exp(-h * 0.7 / 2.0))
    assert_allclose(rest.u, u + euler * network.velocity(u))
    free = network.at(leak=0.0)
    rest = ExponentialEuler(h, max_steps=1, tol=0).run(free, u, Monitor())
    assert_allclose(rest.u, u + h * free.velocity(u))


def test_full_step_of_the_iterated_map_is_marcus_and_westervelts() -> None:
    network = random_network(T=8.0)
    u = np.random.default_rng(4).normal(size=6)
    rest = ExponentialEuler(100.0, max_steps=1, tol=0, descends=False).run(network, u, Monitor())
    assert_allclose(rest.u, -network.energy.gradient(network.output(u)[0]), atol=1e-9)


def test_default_step_is_safe_and_above_the_bound_is_refused() -> None:
    network = random_network(T=0.1)
    bound = ExponentialEuler.bound(network)
    assert bound == network.step_bound(exponential=True) < 1
    monitor = Monitor()
    rest = ExponentialEuler().run(network, np.ones(6), monitor)
    assert rest.status is Status.CONVERGED
    assert Trace.of(monitor.rows).rise() <= 1e-12
    with pytest.raises(ValueError, match=rf"at most {bound:.6g}, the proven bound.*T = 0.1; got 1"):
        ExponentialEuler(1.0).run(network, np.ones(6), Monitor())
    brave = ExponentialEuler(1.0, descends=False, max_steps=3)
    assert brave.run(network, np.ones(6), Monitor()).nit == 3
    assert ExponentialEuler(0.99 * bound).run(network, np.ones(6), Monitor()).nit > 0


def test_leak_free_and_concave_steps() -> None:
    free = random_network(T=0.3, leak=0.0, tau=2.0)
    rest = ExponentialEuler(max_steps=5000).run(free, np.zeros(6), Monitor())
    assert rest.status is Status.CONVERGED
    concave = Network(Quadratic(-np.eye(3), [0.1, 0.2, -0.3]), Softmax(), leak=0.0)
    assert ExponentialEuler().run(concave, np.zeros(3), Monitor()).status is Status.CONVERGED


def test_steps_run_out() -> None:
    watched = ExponentialEuler(0.01, max_steps=3).run(PAIR, START, Monitor())
    assert (watched.status, watched.nit, watched.nfev) == (Status.MAX_STEPS, 3, 4)
    unwatched = ExponentialEuler(0.01, max_steps=3, tol=0).run(PAIR, START, Monitor())
    assert (unwatched.status, unwatched.nit, unwatched.nfev) == (Status.CONVERGED, 3, 3)
    assert_allclose(watched.u, unwatched.u)


def test_warm_potentials_follow_the_flow() -> None:
    rng = np.random.default_rng(5)
    energy = Kronecker(symmetric(rng, 4), symmetric(rng, 4))
    network = Network(energy, Sinkhorn(), T=0.2)
    rest = Flow().run(network, rng.normal(size=(4, 4)), Monitor())
    assert rest.warm is not None
    again = Flow().run(network, rest.u, Monitor(), rest.warm)
    assert_allclose(network.lyapunov(again.u), network.lyapunov(rest.u), rtol=1e-4)


def test_a_memory_is_recalled_by_the_flow() -> None:
    patterns = np.random.default_rng(6).choice([-1.0, 1.0], size=(3, 20))
    network = Network(Memory(patterns, Softmax(), T=1.0), Tanh(), T=0.05)
    cue = np.where(np.arange(20) < 5, -patterns[0], patterns[0])
    rest = Flow().run(network, network.state(0.5 * cue), Monitor())
    assert_allclose(network.output(rest.u)[0], patterns[0], atol=0.01)


# Bad input


@pytest.mark.parametrize(
    ("solver", "options", "error", "message"),
    [
        ("RK4", {}, ValueError, "solver must be one of RK23.*OdeSolver class; got 'RK4'"),
        (None, {}, ValueError, "got None"),
        (int, {}, ValueError, "got <class 'int'>"),
        ("RK45", {"duration": 0}, ValueError, "duration must be positive and finite; got 0"),
        ("RK45", {"duration": np.inf}, ValueError, "duration must be a finite number; got inf"),
        ("RK45", {"tol": -1}, ValueError, "tol must be nonnegative; got -1"),
        ("RK45", {"tol": np.nan}, ValueError, "tol must be a finite number; got nan"),
        ("BDF", {"band": -1}, ValueError, "band must be a nonnegative integer; got -1"),
        ("RK45", {"events": []}, TypeError, "Flow sets events of solve_ivp itself"),
        ("RK45", {"rtoll": 1e-3}, TypeError, "solver RK45 takes no option 'rtoll'; it takes: max"),
        ("RK45", {"t_eval": []}, TypeError, "Flow sets t_eval of solve_ivp itself"),
    ],
)
def test_flows_out_of_range(solver: Any, options: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        Flow(solver, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"step": 0.0}, "step must be positive and finite; got 0.0"),
        ({"step": np.nan}, "step must be a finite number; got nan"),
        ({"max_steps": 0}, "max_steps must be a positive integer; got 0"),
        ({"max_steps": 2.5}, "max_steps must be a whole number of 64 bits; got 2.5"),
        ({"max_steps": True}, "max_steps must be a whole number of 64 bits; got True"),
        ({"tol": -1.0}, "tol must be nonnegative"),
    ],
)
def test_steps_out_of_range(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ExponentialEuler(**options)


def test_zero_temperature_is_for_updates() -> None:
    with pytest.raises(ValueError, match="T must be positive for Flow: at T = 0 take Updates"):
        Flow().run(PAIR.at(T=0), START, Monitor())
    with pytest.raises(ValueError, match="T must be positive"):
        ExponentialEuler().run(PAIR.at(T=0), START, Monitor())


def test_states_that_do_not_fit() -> None:
    for motion in (Flow(), ExponentialEuler()):
        for u in (np.zeros(3), np.zeros((2, 3)), 0.0):
            with pytest.raises(ValueError, match=r"u must end in the domain's shape \(2,\)"):
                anneal([PAIR], motion, u)
        with pytest.raises(ValueError, match="u must be finite"):
            anneal([PAIR], motion, np.array([np.nan, 0.0]))
    rest = anneal([Network(Quadratic(np.eye(2)), Identity())], Flow(), np.array([1.0, 2.0]))
    assert_allclose(rest.v, 0, atol=1e-2)
