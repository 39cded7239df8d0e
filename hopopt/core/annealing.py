"""Annealing: a network led from high temperature to low, stage by stage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable

from hopopt.core.checks import check_kind
from hopopt.core.lagrangian import Array
from hopopt.core.matrices import real
from hopopt.core.motion import Each, Monitor, Motion, Rest, Status, TimeUp
from hopopt.core.network import Network, real_numbers
from hopopt.core.trace import Trace


@dataclass(frozen=True, eq=False)
class Relaxation:
    """Where an annealing came to rest.

    Attributes
    ----------
    u, v : array
        The last state and its output.
    network : Network
        The last stage that ran.
    status : Status
    nit, nfev : int
        Steps of the motion, evaluations of the field, over all stages.
    trace : Trace
        E against the network's own time.
    each : Each or None
        How every replica came to rest in the last stage, where the motion knows.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Network, Quadratic, Tanh, Updates, anneal
    >>> network = Network(Quadratic([[0.0, -1.0], [-1.0, 0.0]]), Tanh(), T=0)
    >>> relaxation = anneal([network], Updates("fixed"), np.array([1.0, -1.0]))
    >>> relaxation.v, relaxation.status.name, relaxation.trace.energy
    (array([-1., -1.]), 'CONVERGED', array([ 1., -1., -1.]))
    """

    u: Array
    v: Array
    network: Network
    status: Status
    nit: int
    nfev: int
    trace: Trace
    each: Each | None = None

    def uninterrupted(self) -> Self:
        """Return this, or raise the Ctrl-C that ended it: for a search that holds a better state.

        Raises
        ------
        KeyboardInterrupt
        """
        if self.status is Status.INTERRUPTED:
            raise KeyboardInterrupt
        return self


@dataclass(frozen=True, eq=False)
class Cooling:
    """A stretch of an annealing: stages of one network that differ in temperature and noise alone.

    It is an iterable of the networks. A motion that can `cool` takes all of them at once, which
    must come to the same as taking one after another.

    Parameters
    ----------
    network : Network
        Its noise, where it has any, is the amplitude that `noise` multiplies.
    T : array, shape (S,)
        The stages' temperatures.
    noise : array, shape (S,), optional
        By what the network's noise is multiplied; by default it stays as it is.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Network, Quadratic, Tanh
    >>> network = Network(Quadratic([[0.0, 1.0], [1.0, 0.0]]), Tanh(), noise=2.0)
    >>> stages = Cooling(network, np.array([0.5, 0.25]), np.array([1.0, 0.0]))
    >>> [(float(stage.T), float(stage.noise)) for stage in stages]
    [(0.5, 2.0), (0.25, 0.0)]
    """

    network: Network
    T: Array
    noise: Array | None = None

    def __post_init__(self) -> None:
        check_kind("network", self.network, "noise", "states")
        object.__setattr__(self, "T", real(self.T, "T"))
        if self.T.ndim != 1 or not self.T.size:
            raise ValueError(f"T must have one temperature a stage; got shape {self.T.shape}")
        if self.noise is None:
            return
        object.__setattr__(self, "noise", real(self.noise, "noise"))
        if self.noise.shape != self.T.shape or self.network.noise is None:
            raise ValueError(
                "noise must have one factor a stage, and the network a noise to multiply; got "
                f"shapes {self.noise.shape} and {self.T.shape}, noise {self.network.noise}"
            )

    def __len__(self) -> int:
        return len(self.T)

    def __iter__(self) -> Iterator[Network]:
        return (self.stage(k) for k in range(len(self)))

    def stage(self, k: int) -> Network:
        """Return the network at stage k."""
        if self.noise is None or self.network.noise is None:
            return self.network.at(T=self.T[k])
        return self.network.at(T=self.T[k], noise=self.noise[k] * self.network.noise)


@runtime_checkable
class Cools(Protocol):
    """A motion that takes a whole `Cooling` at once."""

    def cool(self, cooling: Cooling, u: Array, monitor: Monitor, warm: Array | None = None) -> Rest:
        """Move through all stages, as `anneal` would one by one."""
        ...


def anneal(
    stages: Iterable[Network | Cooling],
    motion: Motion,
    u0: Array,
    *,
    monitor: Monitor | None = None,
    callback: Callable[[Network, Array], object] | None = None,
) -> Relaxation:
    """Run a motion through the stages, each from where the last one stopped.

    Parameters
    ----------
    stages : iterable of Network or Cooling
        Usually one network at falling temperatures; a stage may change anything but the shape.
    motion : Motion
    u0 : array, shape (..., *shape)
        The first state; one for all replicas where the network's T differs among them.
    monitor : Monitor, optional
        Holds the time limit and the trace; pass one monitor to several calls to join their traces.
    callback : callable, optional
        Called as ``callback(network, u)`` after each stage; StopIteration ends the annealing there.

    Returns
    -------
    Relaxation
        Also after Ctrl-C and after the time limit: the last state reached, with the status that
        says so.

    Raises
    ------
    ValueError
        Where there is no stage, or the state does not fit the domain or is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Flow, Network, Quadratic, Tanh, anneal
    >>> network = Network(Quadratic([[0.0, 1.0], [1.0, 0.0]]), Tanh())
    >>> cooled = (network.at(T=T) for T in np.geomspace(1.0, 0.1, 4))
    >>> anneal(cooled, Flow(), np.array([0.1, 0.0])).v.round(2)
    array([ 1., -1.])
    """
    monitor = Monitor() if monitor is None else monitor
    check_kind("monitor", monitor, "counts", "step")
    check_kind("motion", motion, "run", "name")
    monitor.counts.name(motion.name)
    status, warm, nit, nfev, network = Status.CONVERGED, None, 0, 0, None
    each: Each | None = None
    u = real_numbers(u0)
    monitor.u = u
    try:
        for stage in _strides(stages, motion):
            if isinstance(stage, Cooling) and isinstance(motion, Cools):
                network = stage.stage(len(stage) - 1)
                rest: Rest = motion.cool(stage, network.states(u), monitor, warm)
            else:
                assert isinstance(stage, Network)
                network = stage
                rest = motion.run(network, network.states(u), monitor, warm)
            u, warm = rest.u, rest.warm
            nit, nfev = nit + rest.nit, nfev + rest.nfev
            monitor.counts.add(rest.nit, rest.nfev)
            status, each = rest.status, rest.each
            monitor.next_stage()
            if callback is not None:
                callback(network, u)
    except (TimeUp, KeyboardInterrupt, StopIteration) as stop:
        if network is None:
            raise
        status = Status.of(stop)
        if not isinstance(stop, StopIteration):
            u, each = monitor.u, None
    if network is None:
        raise ValueError("stages must hold at least one network; got none")
    trace = Trace.of(monitor.rows)
    claimed = Trace.of([row for row in monitor.rows if row[0] not in monitor.disclaimed])
    if motion.descends and network.energy.conservative and claimed.rise() > motion.slack:
        status = Status.ROSE if status is Status.CONVERGED else status
    v, _ = network.output(u)
    return Relaxation(u, v, network, status, nit, nfev, trace, each)


def _strides(stages: Iterable[Network | Cooling], motion: Motion) -> Iterator[Network | Cooling]:
    """Yield what the motion takes at a time."""
    for stage in stages:
        if isinstance(stage, Cooling) and not isinstance(motion, Cools):
            yield from stage
        else:
            yield stage
