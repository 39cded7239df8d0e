"""Annealing: a network led from high temperature to low, stage by stage."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from hopopt.core.lagrangian import Array
from hopopt.core.motion import Monitor, Motion, Rest, Status, TimeUp
from hopopt.core.network import Network
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
    """

    u: Array
    v: Array
    network: Network
    status: Status
    nit: int
    nfev: int
    trace: Trace


def anneal(
    stages: Iterable[Network],
    motion: Motion,
    u0: Array,
    *,
    monitor: Monitor | None = None,
    callback: Callable[[Network, Array], object] | None = None,
) -> Relaxation:
    """Run a motion through the stages, each from where the last one stopped.

    Parameters
    ----------
    stages : iterable of Network
        Usually one network at falling temperatures; a stage may change anything but the shape.
    motion : Motion
    u0 : array, shape (..., *shape)
        The first state; one for all lanes where the network's T differs from lane to lane.
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
    status, warm, nit, nfev, network = Status.CONVERGED, None, 0, 0, None
    u = np.asarray(u0, dtype=float)
    monitor.u = u
    try:
        for network in stages:
            rest: Rest = motion.run(network, network.states(u), monitor, warm)
            u, warm = rest.u, rest.warm
            nit, nfev = nit + rest.nit, nfev + rest.nfev
            status = rest.status
            monitor.next_stage()
            if callback is not None:
                callback(network, u)
    except (TimeUp, KeyboardInterrupt, StopIteration) as stop:
        if network is None:
            raise
        status = reason(stop)
        u = u if isinstance(stop, StopIteration) else monitor.u
    if network is None:
        raise ValueError("stages must hold at least one network; got none")
    trace = Trace.of(monitor.rows)
    claimed = Trace.of([row for row in monitor.rows if row[0] not in monitor.disclaimed])
    if motion.descends and claimed.rise() > motion.slack:
        status = Status.ROSE if status is Status.CONVERGED else status
    v, _ = network.output(u)
    return Relaxation(u, v, network, status, nit, nfev, trace)


def reason(stop: BaseException) -> Status:
    """Return the status that an exception which ends a run stands for."""
    if isinstance(stop, TimeUp):
        return Status.TIME_LIMIT
    return Status.INTERRUPTED if isinstance(stop, KeyboardInterrupt) else Status.STOPPED
