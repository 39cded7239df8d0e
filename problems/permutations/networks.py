"""Networks over permutations: annealed Sinkhorn units, and exchanges in a heat bath that cools."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hopopt import (
    Diagonal,
    ExponentialEuler,
    Kronecker,
    Monitor,
    Motion,
    Network,
    Relaxation,
    Sinkhorn,
    Status,
    anneal,
)
from hopopt.core import Order, Placement, permutation, permutation_matrix
from hopopt.fast import TableExchanges
from hopopt.search import Incumbent

STEP = 0.7
SWEEPS = 3
HOT, COLD = (1.0, 2.0), 0.05
COUPLING = (0.01, 0.15)
FIELD = (0.02, 0.4)
START = 0.02

BATH_HOT, BATH_COLD = 0.25, (0.02, 0.06)
SAMPLE = 100
STAGE_ROWS = 64  # up to which a stage is a whole sweep; 32·n pairs of rows then
GROWTH = 2
AGREE = 2
ASYMMETRIC = 60

FAST = ExponentialEuler(STEP, max_steps=1, tol=0, descends=False)


def anneal_sinkhorn(
    placement: Placement,
    replicas: int,
    stages: int,
    rng: np.random.Generator,
    monitor: Monitor,
    *,
    move: Motion = FAST,
) -> Relaxation:
    """Anneal Sinkhorn units in replicas that differ in heat, self-coupling and a passing field.

    T falls geometrically from between the critical temperature T_c and twice that, to a twentieth;
    the self-coupling −(a/2)·‖V‖², which is constant on permutations, grows from 0 and drives the
    outputs to one; a random field of up to 0.4·T_c, which fades out linearly, leads every replica
    into a basin of its own. In the end T = 0, where rows exchange their firing units until that
    lowers H no more. With a motion that takes one replica, `replicas` is 0.
    """
    energy, n = placement.energy(), placement.size
    network = Network(energy, Sinkhorn(SWEEPS if move is FAST else None))
    critical = critical_temperature(energy) or 1.0
    batch = (replicas,) if replicas else ()
    hot = rng.uniform(*HOT, batch)
    coupling = rng.uniform(*COUPLING, (*batch, 1, 1)) * critical * n
    noise = rng.uniform(*FIELD, (*batch, 1, 1)) * critical * rng.standard_normal((*batch, n, n))

    def cooled() -> Iterator[Network]:
        for share in np.linspace(0, 1, stages):
            extra = Diagonal((n, n), -share * coupling, (1 - share) * noise)
            T = critical * hot * (COLD / hot) ** share
            yield network.at(energy=energy + extra, T=T)

    start = START * critical * rng.standard_normal((*batch, n, n))
    rest, cold = anneal(cooled(), move, start, monitor=monitor), [network.at(T=0)]
    u = rest.uninterrupted().u
    return anneal(cold, TableExchanges(rng=rng), u, monitor=monitor).uninterrupted()


def critical_temperature(energy: Kronecker) -> float:
    """Return the temperature at which the uniform output loses stability, or more.

    Of Sinkhorn units under ½·tr(VᵀAVBᵀ) it is max(0, max −α·β)/n over the eigenvalues α and β of
    both, centred, where they are symmetric. Of large ones that are not, the same of their symmetric
    parts and the product of the other parts' norms, which is a bound.
    """
    n, parts = energy.shape[0], [np.asarray(M) for M in (energy.A, energy.B)]
    if n <= ASYMMETRIC and not all(np.array_equal(M, M.T) for M in parts):
        return Network(energy, Sinkhorn()).critical_temperature()
    centre = np.eye(n) - 1 / n
    parts = [centre @ M @ centre for M in parts]
    a, b = (np.linalg.eigvalsh(M + M.T)[[0, -1]] / 2 for M in parts)
    skew = [float(np.linalg.norm(M - M.T, 2)) / 2 for M in parts]
    return float(max(0.0, np.max(-np.outer(a, b))) + skew[0] * skew[1]) / n


def spread(placement: Placement, rng: np.random.Generator) -> float:
    """Return the standard deviation of ΔH over exchanges in random permutations."""
    n = placement.size
    if n < 2:
        return 0.0
    above = np.triu_indices(n, 1)
    rises = [placement.exchanges(rng.permutation(n))[above] for _ in range(-(-SAMPLE // n))]
    return float(np.std(np.concatenate(rises)))


def settled(
    placement: Placement, p: Order, rng: np.random.Generator, monitor: Monitor
) -> Incumbent:
    """Return the outputs to which a permutation goes downhill at T = 0, by exchanges."""
    network, watch = Network(placement.energy(), Sinkhorn()), monitor.aside()
    u = network.state(permutation_matrix(p))
    rest = anneal([network.at(T=0)], TableExchanges(rng=rng), u, monitor=watch).uninterrupted()
    return Incumbent(rest.v, placement.value(permutation(rest.v)))


def heat_baths(
    placement: Placement,
    replicas: int,
    sweeps: int,
    rng: np.random.Generator,
    monitor: Monitor,
    start: Incumbent | None = None,
) -> Iterator[Incumbent]:
    """Yield the best outputs after each annealing of a Boltzmann machine, twice as long each time.

    The first to come are those given, or random, so that there are some whenever the search is
    stopped. Replicas end at temperatures of their own. It is over when half of the replicas of two
    annealings in a row have come to the lowest H that is known.
    """
    n, agreed = placement.size, 0
    p = rng.permutation(n)
    best = start or Incumbent(permutation_matrix(p), placement.value(p))
    yield best
    while agreed < AGREE:
        rest = anneal_exchanges(placement, replicas, sweeps, rng, monitor)
        values = np.array([placement.value(permutation(V)) for V in rest.v])
        lowest = int(values.argmin())
        if values[lowest] < best.cost - placement.rounding:
            best, agreed = Incumbent(rest.v[lowest], float(values[lowest])), 0
        agree = np.count_nonzero(values <= best.cost + placement.rounding)
        agreed = agreed + 1 if 2 * agree >= replicas else 0
        sweeps *= GROWTH
        yield best


def anneal_exchanges(
    placement: Placement, replicas: int, sweeps: int, rng: np.random.Generator, monitor: Monitor
) -> Relaxation:
    """Cool a heat bath geometrically from random permutations, then go downhill at T = 0.

    There is a stage for every sweep, and of large networks for every 32·n pairs of rows that meet;
    or fewer where the time limit would come first: stages cool by the clock then.
    """
    energy, a_b = placement.energy(), float(np.prod(placement.scales()))
    network, scale = Network(energy, Sinkhorn()), spread(placement, rng) / a_b or 1.0
    cold = rng.uniform(*BATH_COLD, replicas)
    watch = monitor.silent()
    began, n = watch.remaining(), placement.size
    share = min(1.0, STAGE_ROWS / max(1, n - 1))  # of a sweep

    def cooled() -> Iterator[Network]:
        step = f = 0.0
        while f < 1:
            yield network.at(T=scale * BATH_HOT * (cold / BATH_HOT) ** f)
            step += share / sweeps
            f = max(step, 1 - watch.remaining() / began if 0 < began < np.inf else 0.0)

    rows = np.tile(np.arange(n), (replicas, 1))
    start = network.state(permutation_matrix(rng.permuted(rows, axis=1)))
    pairs = max(1, round(share * n * (n - 1) / 2))
    heat = TableExchanges(noise=rng, max_sweeps=1, rng=rng, pairs=pairs)
    rest = anneal(cooled(), heat, start, monitor=watch).uninterrupted()
    if rest.status is Status.TIME_LIMIT:
        return rest
    still = anneal([network.at(T=0)], TableExchanges(rng=rng), rest.u, monitor=watch)
    return still.uninterrupted()
