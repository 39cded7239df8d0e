from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hopopt import Clip, Identity, Inertial, IsingEnergy, Monitor, Network, Sigmoid, Softmax, Tanh
from hopopt.core import Array, Trace
from hopopt.core.units import Separable

SEEDS = st.integers(0, 2**32 - 1)


def random_network(rng: np.random.Generator, n: int, units: Separable) -> Network:
    J = np.triu(rng.normal(size=(n, n)), 1)
    return Network(IsingEnergy(J, rng.normal(size=n)), units, T=0.0)


def run(network: Network, step: float, seed: int, **options: Any) -> tuple[Array, Trace]:
    rng = np.random.default_rng(seed)
    monitor, start = Monitor(), rng.uniform(-0.1, 0.1, (3, *network.shape))
    motion = Inertial(round(100 / step), step, rng=np.random.default_rng(seed), **options)
    rest = motion.run(network, start, monitor)
    assert (rest.nit, rest.nfev) == (motion.steps, motion.steps)
    return rest.u, Trace.of(monitor.rows)


@pytest.mark.no_cover
@settings(max_examples=12)
@given(SEEDS, st.integers(1, 12), st.sampled_from([Tanh(), Clip(), Sigmoid()]))
def test_the_rise_vanishes_with_the_step(seed: int, n: int, units: Separable) -> None:
    """½|y|² + ½Σp·x² + c·H falls, over c, but for a share that goes to zero with the step."""
    network = random_network(np.random.default_rng(seed), n, units)
    for step in (1.0, 0.1):
        _, trace = run(network, step, seed)
        assert trace.rise() <= Inertial(step=step).slack
        assert np.all(np.min(trace.energy[-1]) <= np.min(trace.energy[0]) + 1e-9)


@given(SEEDS, st.integers(2, 10), st.sampled_from([Tanh(), Sigmoid()]))
def test_outputs_stay_between_the_walls(seed: int, n: int, units: Separable) -> None:
    network = random_network(np.random.default_rng(seed), n, units)
    for options in ({}, {"hold": (0.0, 0.0)}, {"discrete": True}):
        u, _ = run(network, 1.0, seed, **options)
        assert np.all(np.abs(u) <= (units.high - units.low) / 2)
        v = network.output(u)[0]
        assert np.all((v == units.low) | (v == units.high))


def test_sigmoid_and_tanh_units_of_the_same_energy_move_alike() -> None:
    """Bits b = (1 + s)/2 of H(s) = H(2b − 1): the same positions, half as wide."""
    rng = np.random.default_rng(3)
    spins = random_network(rng, 8, Tanh())
    J, h = spins.energy.J, spins.energy.h  # type: ignore[attr-defined]
    bits = Network(IsingEnergy(4 * J, 2 * h - 2 * J.sum(1)), Sigmoid(), T=0.0)
    start = rng.uniform(-0.1, 0.1, (3, 8))
    for steps in (1, 5, 20):
        x, y = (
            Inertial(steps, rng=np.random.default_rng(5)).run(network, u, Monitor()).u
            for network, u in ((spins, start), (bits, start / 2))
        )
        assert np.allclose(x, 2 * y, atol=1e-9)


def test_clamped_units_do_not_move() -> None:
    network = random_network(np.random.default_rng(0), 6, Tanh())
    mask = np.array([True, False, True, False, False, False])
    held = network.clamp(mask, np.array([1.0, 0, -1.0, 0, 0, 0]))
    u, _ = run(held, 1.0, 1)
    assert np.array_equal(held.output(u)[0][:, mask], np.tile([1.0, -1.0], (3, 1)))


def test_a_seed_repeats_a_run() -> None:
    network = random_network(np.random.default_rng(1), 9, Tanh())
    assert np.array_equal(run(network, 1.0, 2)[0], run(network, 1.0, 2)[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps must be a positive integer; got 0"),
        ({"step": 0.0}, "step must be a positive number; got 0.0"),
        ({"step": np.nan}, "step must be a finite number; got nan"),
        ({"hold": (0.5, 0.1)}, "hold must be two numbers 0 ≤ low ≤ high; got \\(0.5, 0.1\\)"),
        ({"pull": (-1, 1)}, "pull must be two numbers 0 ≤ low ≤ high; got \\(-1, 1\\)"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Inertial(**options)
    with pytest.raises(TypeError, match="rng must be a numpy Generator or None; got 0"):
        Inertial(rng=0)  # type: ignore[arg-type]


@pytest.mark.parametrize(("units", "T"), [(Identity(), 0.0), (Softmax(), 0.0), (Tanh(), 1.0)])
def test_other_networks_are_refused(units: Any, T: float) -> None:
    network = Network(IsingEnergy(np.zeros((3, 3))), units, T=T)
    with pytest.raises(ValueError, match=r"Inertial needs bounded units .* at T = 0; got"):
        Inertial().run(network, np.zeros(3), Monitor())
