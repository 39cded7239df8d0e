"""Law 10 of inertial replicas: step for step the core's outputs, from single precision."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from hopopt import Inertial, IsingEnergy, Monitor, Network, anneal
from hopopt.fast import SingleInertial, couplings_of


@pytest.mark.parametrize("dense", [False, True], ids=["sparse", "dense"])
@pytest.mark.parametrize("discrete", [False, True], ids=["continuous", "discrete"])
@pytest.mark.parametrize("steps", [1, 2, 5, 20])
def test_steps_are_the_cores(dense: bool, discrete: bool, steps: int) -> None:
    rng = np.random.default_rng(2)
    J = np.triu(rng.normal(size=(40, 40)) * (rng.random((40, 40)) < (0.9 if dense else 0.1)), 1)
    energy = IsingEnergy(J if dense else sparse.csr_array(J), rng.normal(size=40))
    ready = couplings_of(energy)
    network = Network(ready.energy, ready.domain, T=0.0)
    start = rng.uniform(-0.1, 0.1, (3, 40)).astype(np.float32)
    options = {"discrete": discrete, "hold": (0.0, 0.4)}
    outputs = [
        motion.run(network, start, Monitor(record=False)).u
        for motion in (
            Inertial(steps, rng=np.random.default_rng(3), **options),  # type: ignore[arg-type]
            SingleInertial(steps, rng=np.random.default_rng(3), couplings=ready, **options),  # type: ignore[arg-type]
        )
    ]
    assert outputs[1].dtype == np.float32
    assert np.allclose(*outputs, atol=1e-4)


def test_other_energies_go_the_way_of_the_core() -> None:
    rng = np.random.default_rng(4)
    ready = couplings_of(IsingEnergy(np.eye(5, k=1)))
    network = Network(IsingEnergy(rng.normal(size=(5, 5))), ready.domain, T=0.0)
    start = rng.uniform(-0.1, 0.1, (2, 5))
    rests = [
        anneal([network], motion, start).u
        for motion in (
            Inertial(30, rng=np.random.default_rng(0)),
            SingleInertial(30, rng=np.random.default_rng(0), couplings=ready),
        )
    ]
    assert np.array_equal(*rests)
