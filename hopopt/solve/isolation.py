"""A trial in a process of its own: one thread, one warm-up, a CPU budget that the kernel keeps.

The parent writes a pickled `Trial` to the child's standard input. The child warms up, says that it
is ready, and answers with its `Run`; from "ready" on its CPU time is counted. Python's own pools
would import the user's main module again, which unguarded scripts do not survive.

The parent keeps the child's standard input open as long as it lives, however it ends: where that
input ends, so does the child, with all that it has started.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import IO, Any

from hopopt.core.trace import Trace
from hopopt.solve.minimizer import minimize
from hopopt.solve.trial import Run, Trial, reason, run_here

STARTUP, STARTUP_CPU = 600.0, 200.0
GOODBYE = 3.0
WARM_UP = 0.1
READY = "ready"
LIBRARIES = ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMEXPR", "NUMBA", "RAYON")
THREADS = {f"{name}_NUM_THREADS": "1" for name in LIBRARIES} | {"VECLIB_MAXIMUM_THREADS": "1"}

Answers = queue.Queue[Any]


def cut_off(time_limit: float) -> float:
    """Return the CPU seconds after which a run is ended: half as much again, and one.

    Examples
    --------
    >>> cut_off(10.0)
    16.0
    """
    return 1.5 * time_limit + 1.0


def run_apart(trial: Trial) -> Run:
    """Run a trial in a process of its own; whatever becomes of it is in the run's message.

    With a time limit, the process is ended at `cut_off` CPU seconds after its warm-up, or, should
    it only wait, after ten times as much wall time and a minute. Ctrl-C is passed on to it.
    """
    try:
        message = pickle.dumps(trial)
    except Exception as error:
        return Run.failed(trial, _no_parcel(error))
    with tempfile.TemporaryFile() as noise, _process(message, noise) as (process, answers):
        try:
            run = _await(trial, answers)
            return _epitaph(trial, process, noise) if run is None else run
        except KeyboardInterrupt:
            with contextlib.suppress(OSError, ValueError):
                process.send_signal(signal.SIGINT)
            return _last_words(trial, answers)


@contextlib.contextmanager
def _process(message: bytes, noise: IO[bytes]) -> Iterator[tuple[subprocess.Popen[bytes], Answers]]:
    """Start a process, hand it a trial, queue its answers; in the end, end all that it started."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", "from hopopt.solve.isolation import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=noise,
        env={**os.environ, **THREADS, "PYTHONPATH": _path()},
        start_new_session=True,
    )
    answers: Answers = queue.Queue()
    reader = threading.Thread(target=_listen, args=(process, message, answers), daemon=True)
    reader.start()
    try:
        yield process, answers
    finally:
        _end(process)
        reader.join()
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()


def _path() -> str:
    """Return where modules are found here, so that they are the same ones there."""
    return os.pathsep.join(folder or os.getcwd() for folder in sys.path)


def _listen(process: subprocess.Popen[bytes], message: bytes, answers: Answers) -> None:
    """Write the trial and queue what the process answers, then None, or what is wrong with it."""
    assert process.stdin is not None
    assert process.stdout is not None
    end = None
    with process.stdout as said:
        try:
            process.stdin.write(message)
            process.stdin.flush()
            while True:
                answers.put(pickle.load(said))
        except (OSError, EOFError, pickle.UnpicklingError):
            pass
        except Exception as error:
            end = f"could not be read from the process of its own ({reason(error)})"
    answers.put(end)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and what it has started."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _await(trial: Trial, answers: Answers) -> Run | None:
    """Wait for the run; None where the process has ended without one."""
    patience = None if trial.time_limit is None else 60 + 10 * cut_off(trial.time_limit)
    try:
        said = answers.get(timeout=STARTUP)
        if said == READY:
            said = answers.get(timeout=patience)
    except queue.Empty:
        return Run.failed(trial, "Cut off: it neither answered nor used its CPU time.")
    return _unpacked(trial, said)


def _last_words(trial: Trial, answers: Answers) -> Run:
    """Return what an interrupted process still has to say."""
    with contextlib.suppress(queue.Empty, KeyboardInterrupt):
        said = READY
        while said == READY:
            said = answers.get(timeout=GOODBYE)
        run = _unpacked(trial, said)
        if run is not None and run.result is not None:
            return Run(run.seed, run.result, Run.interrupted(trial).status, "Interrupted.")
    return Run.interrupted(trial)


def _unpacked(trial: Trial, said: Any) -> Run | None:
    if isinstance(said, str):
        return Run.failed(trial, said)
    if not isinstance(said, Run) or said.result is None:
        return said if isinstance(said, Run) else None
    return replace(said, result=replace(said.result, problem=trial.problem))


def _epitaph(trial: Trial, process: subprocess.Popen[bytes], noise: IO[bytes]) -> Run:
    """Return the run of a process that ended without a word."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GOODBYE)
    code = process.returncode
    noise.seek(0)
    last = noise.read().decode(errors="replace").strip().rpartition("\n")[2]
    if code is None or code >= 0:
        why = f"Failed: its process ended with exit status {code}. {last}"
    elif -code == getattr(signal, "SIGPROF", None):
        why = "Cut off: it used up its CPU time"
        why += "." if trial.time_limit is None else f" (limit {trial.time_limit:g} s)."
    else:
        name = signal.Signals(-code).name
        memory = " (out of memory?)" if name == "SIGKILL" else ""
        why = f"Killed by {name}{memory}. {last}"
    return Run.failed(trial, why.strip())


def _no_parcel(error: Exception) -> str:
    return f"could not be sent to a process of its own ({reason(error)}): try isolated=False"


def main() -> None:
    """Read a trial, run it, and answer; what the method prints goes nowhere."""
    with os.fdopen(os.dup(1), "wb") as channel:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        try:
            trial = pickle.load(sys.stdin.buffer)
        except Exception as error:
            pickle.dump(_no_parcel(error), channel)
            return
        threading.Thread(target=_outlive_nobody, daemon=True).start()
        _set_alarm(STARTUP_CPU)
        _warm_up(trial)
        pickle.dump(READY, channel)
        channel.flush()
        _set_alarm(0.0 if trial.time_limit is None else cut_off(trial.time_limit))
        run = run_here(trial)
        _set_alarm(0.0)
        pickle.dump(_packed(run), channel)


def _outlive_nobody() -> None:
    """Wait until the parent is gone, which closes the input, and end this process and its own."""
    while os.read(0, 1):
        pass
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _warm_up(trial: Trial) -> None:
    """Let imports, caches and compilers do their work before the clock runs."""
    sample = trial.problem.sample()
    if sample is not None:
        with contextlib.suppress(Exception):
            minimize(sample, trial.method, restarts=1, rng=0, time_limit=WARM_UP)


def _set_alarm(seconds: float) -> None:
    """Have the kernel end this process when it has used so much more CPU time; 0 calls it off."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _packed(run: Run) -> Run:
    """Return a run without what the parent knows or does not ask for."""
    if run.result is None:
        return run
    unused: dict[str, Any] = {"problem": None, "output": None, "trace": Trace.of([])}
    return replace(run, result=replace(run.result, **unused))
