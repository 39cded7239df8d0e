"""The command ``hopopt``: solve an instance, compare methods, list what there is."""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from inspect import signature
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hopopt.app.arguments import UsageError, check, parser
from hopopt.app.progress import Progress
from hopopt.app.text import catalogue, summary, table, to_json
from hopopt.core.motion import Status
from hopopt.solve.comparison import Entry, measure
from hopopt.solve.discovery import problem_class, problem_for, problem_names
from hopopt.solve.method import Method
from hopopt.solve.minimizer import minimize
from hopopt.solve.problem import Problem, Snapshot
from hopopt.solve.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from hopopt.plotting import Recorder

FOUND, NONE_FOUND, UNUSABLE, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after ``hopopt``; by default those of the process.

    Returns
    -------
    int
        0 feasible, 1 no feasible solution, 2 bad usage or unreadable input, 130 interrupted.

    Examples
    --------
    >>> main(["solve", "random-4", "--json"])
    {"problem": "tsp", "instance": "random-4", "n": 4, ...}
    0
    """
    try:
        words = sys.argv[1:] if argv is None else list(argv)
        arguments = parser().parse_args(words, argparse.Namespace(words=words))
        return COMMANDS[arguments.command](arguments)
    except UsageError as error:
        _complain(f"error: {error}")
        return UNUSABLE
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED


def _solve(arguments: argparse.Namespace) -> int:
    check(arguments)
    problem = _load(arguments, arguments.instance)
    options: dict[str, Any] = {"compiled": True} if arguments.compiled else {}
    if arguments.solver is not None:
        options["solver"] = arguments.solver
    with _refusing(ValueError, TypeError, OSError, ModuleNotFoundError):
        if arguments.initial is not None:
            options["initial"] = problem.read(arguments.initial)
        if arguments.compiled:
            _check_compiled(problem, arguments.method)
        method = problem.method(arguments.method, pure=arguments.pure, **options)
    record = _recorder() if arguments.animate else None
    result = _minimize(problem, method, arguments, record)
    columns = shutil.get_terminal_size().columns
    _emit(to_json(result.to_dict()) if arguments.json else summary(result, columns))
    with _refusing(ValueError, OSError):
        _save(result, arguments, record.frames if record else ())
    if result.status == Status.INTERRUPTED:
        return INTERRUPTED
    return FOUND if result.success else NONE_FOUND


def _check_compiled(problem: Problem, method: str) -> None:
    """Refuse --compiled by name, also where a method passes unknown options on to a solver."""
    able = [m for m, kind in problem.methods.items() if "compiled" in signature(kind).parameters]
    if not able or (method != "auto" and method not in able):
        where = f"with the methods {', '.join(able)}" if able else "by no method of this problem"
        raise ValueError(f"--compiled is taken {where}; got --method {method}")


def _minimize(
    problem: Problem, method: Method, arguments: argparse.Namespace, record: Recorder | None
) -> Result:
    restarts = arguments.restarts or method.restarts(problem)
    alone = arguments.workers == 1 or restarts == 1
    with Progress(sys.stderr) as progress, _refusing(ValueError, OSError, MemoryError):

        def watch(snapshot: Snapshot) -> None:
            progress.stage(snapshot, restarts)
            if record is not None:
                record(snapshot)

        progress.show(f"{problem.instance}: {method.name}, restarts: {restarts}")
        return minimize(
            problem,
            method,
            restarts=restarts,
            workers=arguments.workers,
            rng=arguments.seed,
            time_limit=arguments.time_limit,
            callback=watch if alone and (progress.stream or record) else None,
            bound=arguments.bound,
        )


def _recorder() -> Recorder:
    from hopopt.plotting import Recorder

    return Recorder()


def _save(result: Result, arguments: argparse.Namespace, frames: Sequence[Snapshot]) -> None:
    """Write the files that were asked for."""
    if arguments.output and result.success:
        result.problem.write(result.x, arguments.output)
    elif arguments.output:
        _complain(f"no feasible solution to write to {arguments.output}")
    if arguments.plot:
        from hopopt.plotting import figure

        cast("Figure", figure(result)).savefig(arguments.plot)
    if arguments.animate:
        from hopopt.plotting import animate

        if not frames:
            raise ValueError(f"--animate: method {result.method} has no stages to show")
        animate(frames, result, arguments.animate)


def _compare(arguments: argparse.Namespace) -> int:
    listed = list(chain.from_iterable(arguments.methods)) if arguments.methods else None
    problems = [_load(arguments, name) for name in arguments.instances]
    with _refusing(ValueError, TypeError):
        for problem in problems:
            for name in listed or ():
                problem.method(name, pure=arguments.pure)
    groups: list[list[Entry]] = []
    for problem in problems:
        groups.append(_measure(problem, listed, arguments))
        if arguments.json != "-":
            _emit(("\n" if groups[1:] else "") + table([entry.row() for entry in groups[-1]]))
        if _interrupted(groups[-1]):
            break
    with _refusing(OSError):
        _tell(groups, arguments)
    if _interrupted(groups[-1]):
        return INTERRUPTED
    solved = all(any(entry.best is not None for entry in group) for group in groups)
    return FOUND if solved else NONE_FOUND


def _interrupted(entries: Sequence[Entry]) -> bool:
    return bool(entries[-1].row()["status"] == Status.INTERRUPTED)


def _tell(groups: Sequence[Sequence[Entry]], arguments: argparse.Namespace) -> None:
    """Print or write the rows as JSON, and write the page, where they are asked for."""
    entries = list(chain.from_iterable(groups))
    rows = to_json([entry.row() for entry in entries])
    if arguments.json == "-":
        _emit(rows)
    elif arguments.json:
        Path(arguments.json).write_text(rows + "\n", encoding="utf-8")
    if arguments.report:
        from hopopt.app.report import write_report

        write_report(entries, arguments.report, command=shlex.join(["hopopt", *arguments.words]))


def _measure(
    problem: Problem, methods: list[str] | None, arguments: argparse.Namespace
) -> list[Entry]:
    with Progress(sys.stderr) as progress:
        return measure(
            problem,
            methods,
            pure=arguments.pure,
            seeds=arguments.seeds,
            time_limit=arguments.time_limit,
            callback=lambda method, seed: progress.show(
                f"{problem.instance}: {method}, seed {seed}"
            ),
        )


def _list(arguments: argparse.Namespace) -> int:
    names = problem_names() if arguments.problem is None else [arguments.problem]
    shown, code = [], FOUND
    for name in names:
        try:
            shown.append(catalogue(problem_class(name)))
        except ValueError as error:
            _complain(f"error: {error}")
            code = UNUSABLE
    if shown:
        _emit("\n\n".join(shown))
    return code


COMMANDS = {"solve": _solve, "compare": _compare, "list": _list}


def _load(arguments: argparse.Namespace, instance: str) -> Problem:
    settings = dict(arguments.set)
    with _refusing(ValueError, TypeError, OSError, MemoryError):
        kind = problem_class(arguments.problem or problem_for(instance))
        for name in settings:
            if name not in kind.settings():
                known = ", ".join(kind.settings()) or "none"
                raise ValueError(f"--set: {kind.name} has no setting {name!r}; it has: {known}")
        try:
            return kind.load(instance, arguments.data, **settings)
        except ValueError as error:
            suffix = Path(instance).suffix.lower()
            if arguments.problem or not suffix or suffix in kind.suffixes:
                raise
            raise ValueError(f"{error} (read as {kind.name}; --problem names another)") from error


@contextlib.contextmanager
def _refusing(*kinds: type[Exception]) -> Iterator[None]:
    """Turn errors of these kinds, which come from the input, into a `UsageError`."""
    try:
        yield
    except kinds as error:
        message = str(error)
        if isinstance(error, OSError) and error.filename is not None:
            message = f"{error.filename}: {error.strerror}"
        raise UsageError(message or type(error).__name__) from error


def _emit(text: str) -> None:
    """Print the answer; a reader that has gone away, as `head` does, is no error."""
    try:
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise UsageError(f"standard output: {error.strerror}") from error


def _complain(text: str) -> None:
    if sys.stderr is not None:
        print("hopopt:", *text.split("\n"), file=sys.stderr)
