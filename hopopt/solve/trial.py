"""One run of one method with one seed: in this process, or in one of its own."""

from __future__ import annotations

from dataclasses import dataclass

from hopopt.core.motion import Status
from hopopt.solve.method import Method
from hopopt.solve.minimizer import minimize
from hopopt.solve.problem import Problem
from hopopt.solve.result import Result

OVERRUN, SLACK = 1.1, 0.2


@dataclass(frozen=True, eq=False)
class Trial:
    """What is to be run.

    Attributes
    ----------
    problem : Problem
    method : Method
    seed : int
    time_limit : float or None
        Seconds that the method is given; None for what it takes by itself.
    """

    problem: Problem
    method: Method
    seed: int
    time_limit: float | None


@dataclass(frozen=True, eq=False)
class Run:
    """How a trial ended.

    Attributes
    ----------
    seed : int
    result : Result or None
        None where the method refused the problem, failed, or was cut off before it answered.
    status : int or None
        The result's; INTERRUPTED where Ctrl-C ended the run; None for other runs without a result.
    message : str
        Why it ended.
    """

    seed: int
    result: Result | None
    status: int | None
    message: str

    @classmethod
    def of(cls, trial: Trial, result: Result) -> Run:
        """Return the run of a result; its message names an overrun of the limit."""
        limit, message = trial.time_limit, result.message
        if limit is not None and result.cpu_seconds > OVERRUN * limit + SLACK:
            message = f"Overran: {result.cpu_seconds:.1f} CPU s, limit {limit:g} s."
        return cls(trial.seed, result, result.status, message)

    @classmethod
    def failed(cls, trial: Trial, why: str) -> Run:
        """Return the run of a trial that gave no result."""
        return cls(trial.seed, None, None, why)

    @classmethod
    def interrupted(cls, trial: Trial) -> Run:
        """Return the run of a trial that Ctrl-C ended before it gave a result."""
        status = int(Status.INTERRUPTED)
        return cls(trial.seed, None, status, "Interrupted before the first solution.")


def run_here(trial: Trial) -> Run:
    """Run a trial in this process; whatever goes wrong becomes the run's message."""
    try:
        result = minimize(trial.problem, trial.method, rng=trial.seed, time_limit=trial.time_limit)
    except KeyboardInterrupt:
        return Run.interrupted(trial)
    except Exception as error:
        return Run.failed(trial, reason(error))
    return Run.of(trial, result)


def reason(error: Exception) -> str:
    """Return an error's message, after its type unless it is a refusal that says why."""
    refusal = isinstance(error, ValueError) and bool(str(error))
    return str(error) if refusal else f"{type(error).__name__}: {error}"
