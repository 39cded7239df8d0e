"""The continuous dynamics, integrated by SciPy's ODE solvers."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from inspect import signature
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csc_array, diags_array

from hopopt.core.checks import check_limits, check_nonnegative, check_positive, checked_numbers
from hopopt.core.inertial import Inertial
from hopopt.core.lagrangian import Array
from hopopt.core.motion import Monitor, Rest, Status
from hopopt.core.network import Network
from hopopt.core.second_order import SecondOrder

if TYPE_CHECKING:
    from scipy.integrate import OdeSolver

SOLVERS = ("RK23", "RK45", "DOP853", "Radau", "BDF", "LSODA")
IMPLICIT = ("Radau", "BDF", "LSODA")
IMPLICIT_UNITS = 3000
OWN_OPTIONS = ("t_eval", "dense_output", "events", "args", "vectorized")


@checked_numbers
class Flow:
    """Follow τ·du/dt = −g·u − ∇H(v) with `scipy.integrate.solve_ivp` until the gap closes.

    One integration per stage, from the last state; E is then monotone in each stage. Memory does
    not grow with the number of steps.

    Parameters
    ----------
    solver : str or OdeSolver class, default "LSODA"
        Any of SciPy's: RK23, RK45, DOP853, Radau, BDF, LSODA. The flow is stiff at low temperature,
        where LSODA and BDF reach what RK45 does not. Implicit solvers are given the exact Jacobian,
        a dense matrix, and are refused above 3,000 units unless `band` is given.
    duration : float, default 50
        Longest integration per stage, in units of the largest τ.
    tol : float, default 1e-6
        The stage ends when the network's gap falls to `tol` times the largest |E| of the stage.
    inertia : Inertial, optional
        The second-order form (see `Inertial`) in its place: outputs move like masses, with the A, c
        and p of that motion, for M·Δt, from a state at T = 0 and to the end. In the limit of small
        steps it is that motion, but that its walls are soft. `duration`, `tol` and `band` are then
        left out.
    wall, friction : float, default 20, 1
        How stiff those walls are, and how much velocity they take.
    band : int, optional
        Half-width of a band that approximates the Jacobian (units in C order), for implicit solvers
        on large chains and rings. Only their Newton iterations feel what the band leaves out.
    **options
        Passed to `solve_ivp`: rtol (default 1e-4), atol (1e-6), max_step, first_step, …; what the
        solver does not take is refused.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Flow, Monitor, Network, Quadratic, Tanh
    >>> network = Network(Quadratic([[0.0, -1.0], [-1.0, 0.0]]), Tanh(), T=0.5)
    >>> rest = Flow("RK45").run(network, np.array([0.3, 0.1]), Monitor())
    >>> network.output(rest.u)[0].round(2)
    array([0.96, 0.96])
    """

    def __init__(
        self,
        solver: str | type[OdeSolver[Any]] = "LSODA",
        *,
        duration: float = 50.0,
        tol: float = 1e-6,
        band: int | None = None,
        inertia: Inertial | None = None,
        wall: float = 20.0,
        friction: float = 1.0,
        **options: Any,
    ) -> None:
        if solver not in SOLVERS and not (isinstance(solver, type) and hasattr(solver, "step")):
            names = ", ".join(SOLVERS)
            raise ValueError(
                f"solver must be one of {names}, or an OdeSolver class; got {solver!r}"
            )
        if not 0 < duration < np.inf:
            raise ValueError(f"duration must be positive and finite; got {duration!r}")
        if band is not None and (not isinstance(band, int) or band < 0):
            raise ValueError(f"band must be a nonnegative integer; got {band!r}")
        if inertia is not None and (not isinstance(inertia, Inertial) or inertia.discrete):
            raise ValueError(f"inertia must be an Inertial that is not discrete; got {inertia!r}")
        check_positive(wall=wall)
        check_nonnegative(friction=friction)
        check_limits(tol)
        own = [name for name in options if name in OWN_OPTIONS]
        if own:
            raise TypeError(f"Flow sets {own[0]} of solve_ivp itself: leave it out")
        if options and isinstance(solver, str):
            _check_options(solver, options)
        self.solver, self.duration, self.tol, self.band = solver, duration, tol, band
        self.inertia, self.wall, self.friction = inertia, wall, friction
        self.options = {"rtol": 1e-4, "atol": 1e-6, **options}

    @property
    def name(self) -> str:
        """The solver's name."""
        return self.solver if isinstance(self.solver, str) else self.solver.__name__

    @property
    def descends(self) -> bool:
        """Whether its Lyapunov function is claimed never to rise."""
        return self.inertia is None or self.inertia.descends

    @property
    def slack(self) -> float:
        """The rise of E that the solver's tolerance explains, as a share of the whole fall."""
        return max(1e-5, 10 * float(self.options["rtol"]))

    def __repr__(self) -> str:
        return f"Flow({self.name!r})"

    def run(self, network: Network, u: Array, monitor: Monitor, warm: Array | None = None) -> Rest:
        """Integrate one stage."""
        if self.inertia is not None:
            return self._second_order(self.inertia, network, u, monitor)
        from scipy.integrate import solve_ivp  # the slowest import of all: only where it is used

        if not np.any(network.T):
            raise ValueError("T must be positive for Flow: at T = 0 take Updates")
        jacobian = self._jacobian(network, u.shape)
        path = _Path(network, monitor, self.tol, u, warm)
        if path.level <= 0:
            return Rest(u, path.warm, Status.CONVERGED, 0, 1)
        if "jac" in jacobian:
            jacobian["jac"] = path.jacobian
        end = self.duration * float(np.max(network.tau))
        solver: Any = self.solver
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "lsoda: ", UserWarning)
            solution = solve_ivp(
                path.velocity,
                (0.0, end),
                u.ravel(),
                method=solver,
                t_eval=(end,),
                events=path,
                **jacobian,
                **self.options,
            )
        reached = Status.CONVERGED if solution.status == 1 else Status.MAX_STEPS
        status = Status.SOLVER_FAILED if solution.status < 0 else reached
        return Rest(path.u, path.warm, status, path.count, int(solution.nfev))

    def _second_order(
        self, inertia: Inertial, network: Network, u: Array, monitor: Monitor
    ) -> Rest:
        """Integrate the second-order form."""
        if not self.descends:
            monitor.disclaim()
        if self.name in IMPLICIT:
            self._refuse_many(3 * u.size)
        system = SecondOrder(inertia, network, u, self.wall, self.friction)
        exact = self.name in IMPLICIT and u.shape == network.shape and "jac" not in self.options
        return system.run(monitor, exact, method=self.solver, **self.options)

    def _refuse_many(self, size: int) -> None:
        """Refuse a system so large that an implicit solver's matrix would not fit."""
        if size > IMPLICIT_UNITS:
            raise ValueError(
                f"solver {self.name} would build a dense Jacobian of {size}×{size} numbers "
                f"({8 * size**2 / 2**20:,.0f} MiB); it takes up to {IMPLICIT_UNITS} units: take "
                "RK45 or RK23, or exponential-euler"
            )

    def _jacobian(self, network: Network, shape: tuple[int, ...]) -> dict[str, Any]:
        """Return the keyword arguments that tell an implicit solver about the Jacobian."""
        if self.name not in IMPLICIT or "jac" in self.options:
            return {}
        size = prod(shape)
        if self.band is not None:
            if self.name == "LSODA":
                return {"lband": self.band, "uband": self.band}
            return {"jac_sparsity": _banded(size, self.band)}
        self._refuse_many(size)
        return {"jac": None} if shape == network.shape else {}


def _check_options(solver: str, options: Collection[str]) -> None:
    """Refuse, by name, options that one of SciPy's solvers would ignore with a warning."""
    from scipy import integrate

    parameters = signature(getattr(integrate, solver)).parameters.values()
    own = ("fun", "t0", "y0", "t_bound", *OWN_OPTIONS)
    known = [p.name for p in parameters if p.kind is not p.VAR_KEYWORD and p.name not in own]
    unknown = [name for name in options if name not in known]
    if unknown:
        raise TypeError(
            f"solver {solver} takes no option {unknown[0]!r}; it takes: {', '.join(known)}"
        )


def _banded(size: int, band: int) -> csc_array[Any]:
    width = min(band, size - 1)
    offsets = list(range(-width, width + 1))
    return csc_array(diags_array(np.ones(len(offsets)), offsets=offsets, shape=(size, size)))


class _Path:
    """One integration: the right-hand side, and the event that `solve_ivp` calls at every step.

    The event records E and tells how far the gap is from closing. Between steps, where `solve_ivp`
    looks for the very moment that it closed, a straight line stands in: what the network is at then
    is of no interest, and would cost more than the step.
    """

    terminal = True
    direction = -1.0

    def __init__(
        self, network: Network, monitor: Monitor, tol: float, u: Array, warm: Array | None
    ) -> None:
        self.network, self.monitor, self.tol = network, monitor, tol
        self.T = float(np.max(network.T))
        self.u, self.warm, self.scale, self.count = u, warm, np.zeros(()), -1
        self.before, self.time, self.level = (0.0, 0.0), -1.0, np.inf
        self(0.0, u.ravel())

    def velocity(self, _: float, y: Array) -> Array:
        self.monitor.check()
        return self.network.velocity(y.reshape(self.u.shape), self.warm).ravel()

    def jacobian(self, _: float, y: Array) -> Array:
        self.monitor.check()
        return self.network.jacobian(y.reshape(self.u.shape), self.warm)

    def __call__(self, t: float, y: Array) -> float:
        if t > self.time:
            state = self.network.evaluate(y.reshape(self.u.shape).copy(), self.warm)
            self.before, self.time = (self.time, self.level), t
            self.u, self.warm, self.count = state.u, state.warm, self.count + 1
            self.scale = np.maximum(self.scale, np.abs(state.energy))
            self.level = float(np.max(state.gap - self.tol * self.scale))
            self.monitor.step(state.u, t, self.T, state.energy)
        return float(np.interp(t, (self.before[0], self.time), (self.before[1], self.level)))
