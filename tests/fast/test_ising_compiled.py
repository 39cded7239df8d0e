"""The compiled loops of the Ising search give what numpy gives, number for number."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba", reason="numba, the extra 'fast', is not installed")

from hopopt import Monitor
from hopopt.core.ising import IsingEnergy
from hopopt.fast.arranged import DenseCouplings, couplings_of
from hopopt.fast.couplings import REPLICAS, Units
from hopopt.fast.jit import cached, interruptible
from hopopt.fast.loops import FEWEST_UNITS, MODULE, ising_loops
from hopopt.search.annealer import Annealer
from hopopt.search.crossover import pieces
from problems import QUBO, MaxCut


@pytest.fixture(scope="module", params=["real", "whole"])
def energy(request: pytest.FixtureRequest) -> IsingEnergy:
    """Return couplings of both signs and fields; from none to about a dozen couplings a unit."""
    rng = np.random.default_rng(3)
    i, j = rng.integers(0, 90, (2, 250))
    apart = i != j
    weights = rng.normal(size=int(apart.sum()))
    if request.param == "whole":
        weights = np.where(weights < 0, -1.7, 3.4)
    return IsingEnergy.from_edges(
        100, (i[apart], j[apart]), weights, h=rng.normal(size=100) * (rng.random(100) < 0.5)
    )


@pytest.mark.parametrize("units", ["clip", "sign"])
@pytest.mark.parametrize("replicas", [7, REPLICAS])
def test_annealings_are_the_same(energy: IsingEnergy, units: Units, replicas: int) -> None:
    spins = []
    for compiled in (False, True):
        network = couplings_of(energy, units, ising_loops(compiled, energy.size))
        annealer = Annealer(network, np.random.default_rng(0))
        spins.append(annealer.from_nothing(replicas, 30, Monitor(record=False), 1.0))
    np.testing.assert_array_equal(spins[0], spins[1])


@pytest.mark.parametrize("units", ["clip", "sign"])
def test_annealings_of_all_pairs_are_the_same(units: Units) -> None:
    J = np.random.default_rng(4).normal(size=(70, 70))
    energy, spins = IsingEnergy(np.triu(J, 1), J[0]), []
    for compiled in (False, True):
        network = couplings_of(energy, units, ising_loops(compiled, 70))
        assert isinstance(network, DenseCouplings)
        assert (network.loops is not None) == compiled
        annealer = Annealer(network, np.random.default_rng(0))
        spins.append(annealer.from_nothing(REPLICAS, 30, Monitor(record=False), 1.0))
    np.testing.assert_array_equal(spins[0], spins[1])


def test_pieces_are_the_same(energy: IsingEnergy) -> None:
    network, rng = couplings_of(energy), np.random.default_rng(1)
    parent = rng.choice(np.array([-1, 1], dtype=np.float32), (100, 5))
    s = np.where(rng.random(parent.shape) < 0.3, -parent, parent)
    field = network.J @ parent + network.h
    both = [pieces(network.J, s, parent, field, ising_loops(c, 100)) for c in (False, True)]
    for mine, compiled in zip(*both, strict=True):
        np.testing.assert_array_equal(mine, compiled)


def test_a_search_is_the_same() -> None:
    for problem in (MaxCut.load("regular-60"), QUBO.sample()):
        found = [
            problem.method("anneal", sweeps=60, patience=5, compiled=c).attempt(
                problem, np.random.default_rng(2), Monitor(record=False)
            )
            for c in (False, True)
        ]
        assert found[0].nit == found[1].nit
        np.testing.assert_array_equal(found[0].output, found[1].output)


def test_a_loop_is_compiled_once_for_each_kind_of_number() -> None:
    module = ising_loops(True, 2)
    assert module is not None
    problem = MaxCut.load("regular-60")
    problem.method("anneal", sweeps=60, patience=30, compiled=True).attempt(
        problem, np.random.default_rng(0), Monitor(record=False)
    )
    assert tuple(len(loop.__wrapped__.signatures) for loop in (module.sweep, module.pieces)) == (
        2,
        1,
    )


def test_the_default_waits_for_the_cache_and_for_many_units(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = ising_loops(True, 2)
    assert module is not None
    assert cached(module.sweep, module.pieces)
    assert ising_loops(None, FEWEST_UNITS) is module
    assert ising_loops(None, FEWEST_UNITS - 1) is module
    monkeypatch.delitem(sys.modules, MODULE)
    assert ising_loops(None, FEWEST_UNITS - 1) is None
    assert ising_loops(False, FEWEST_UNITS) is None


SOLVE = """
import sys
from hopopt import minimize
from problems import MaxCut
from hopopt.fast import ising_loops

if sys.argv[1] == "compile first":
    assert ising_loops(True, 3000) is not None
options = {"sweeps": 40, "patience": 4, "time_limit": 600}
found = minimize(MaxCut.load("regular-3000"), "anneal", rng=5, **options)
loaded = "hopopt.fast.compiled" in sys.modules and ising_loops(None, 3000) is not None
print(loaded, found.fun, found.nit, found.nfev, "".join(map(str, found.output.astype(int) + 1)))
"""


def test_answers_do_not_depend_on_the_cache_nor_on_earlier_runs(tmp_path: Path) -> None:
    """The cache is empty, then filled by the run itself, then found filled."""
    runs = []
    for before in ("nothing", "compile first", "nothing"):
        done = subprocess.run(
            [sys.executable, "-c", SOLVE, before],
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        runs.append(done.stdout.split(maxsplit=1))
    assert [loaded for loaded, _ in runs] == ["False", "True", "True"]
    assert len({answer for _, answer in runs}) == 1


@pytest.mark.parametrize("cause", [KeyboardInterrupt, ValueError])
def test_ctrl_c_within_numba_is_a_keyboard_interrupt(cause: type[BaseException]) -> None:
    def loop() -> None:
        raise SystemError("<loop> returned a result with an exception set") from cause()

    expected = KeyboardInterrupt if cause is KeyboardInterrupt else SystemError
    with pytest.raises(expected):
        interruptible(loop)()
