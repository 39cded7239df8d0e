"""The command ``hopopt``: solve an instance, compare methods, recall patterns, list problems."""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from inspect import signature
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from hopopt.app import early, recalling
from hopopt.app.arguments import UsageError, check, check_recall, parser
from hopopt.app.progress import Progress
from hopopt.app.streams import complain, emit, endings, kept, noting, refusing
from hopopt.app.text import catalogue, summary, table, to_json
from hopopt.core.files import replacing
from hopopt.core.motion import Status
from hopopt.solve.comparison import Entry, measure
from hopopt.solve.discovery import problem_class, problem_for, problem_names, split_name
from hopopt.solve.method import Method
from hopopt.solve.minimizer import bounded, minimize
from hopopt.solve.problem import Problem, Snapshot
from hopopt.solve.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from hopopt.plotting import Recorder

FEW_STAGES = 30
FOUND, NONE_FOUND, UNUSABLE = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after ``hopopt``; by default those of the process.

    Returns
    -------
    int
        0 feasible (all recalled), 1 no feasible solution (not all recalled), 2 bad usage,
        unreadable input, or an answer or a file that could not be written; 130, 143 or 129 ended by
        Ctrl-C, SIGTERM or SIGHUP.

    Examples
    --------
    >>> main(["solve", "random-4", "--json"])
    {"problem": "tsp", "instance": "random-4", "n": 4, ...}
    0
    """
    with endings() as ending:
        try:
            early.begun()
            words = sys.argv[1:] if argv is None else list(argv)
            arguments = parser().parse_args(words, argparse.Namespace(words=words))
            code = COMMANDS[arguments.command](arguments)
            return ending.status if code is None else code
        except UsageError as error:
            complain(f"error: {error}")
            return UNUSABLE
        except KeyboardInterrupt:
            complain("interrupted")
            return ending.status


def _solve(arguments: argparse.Namespace) -> int | None:
    """Solve an instance; return the exit status, None for that of an interrupted command."""
    check(arguments)
    problem = _load(arguments, arguments.instance)
    options = {n: value for n, value in arguments.set if n not in problem.settings()}
    if arguments.compiled:
        options["compiled"] = True
    if arguments.solver is not None:
        options["solver"] = arguments.solver
    initial = None
    with refusing(ValueError, TypeError, OSError, ModuleNotFoundError):
        if arguments.initial is not None:
            initial = problem.given(problem.read(arguments.initial))
        if arguments.compiled:
            _check_compiled(problem, arguments.method)
        method = _method(problem, arguments, options)
    alone = arguments.workers == 1 or (arguments.restarts or method.restarts(problem)) == 1
    record = _recorder(arguments) if arguments.animate or (arguments.plot and alone) else None
    result = _minimize(problem, method, arguments, record, initial)
    saved = _told(result, arguments)
    if arguments.plot:
        saved &= kept(_plot, result, arguments.plot, record.frames if record else ())
    if arguments.animate:
        saved &= kept(_animate, result, arguments.animate, record.frames if record else ())
    if not saved:
        return UNUSABLE
    if result.status == Status.INTERRUPTED:
        return None
    return FOUND if result.success else NONE_FOUND


def _method(problem: Problem, arguments: argparse.Namespace, options: dict[str, Any]) -> Method:
    try:
        return problem.method(arguments.method, pure=arguments.pure, **options)
    except TypeError as error:
        for name, _ in arguments.set:
            if name in options:
                raise TypeError(f"{_no_setting(type(problem), name)}; {error}") from error
        raise


def _told(result: Result, arguments: argparse.Namespace) -> bool:
    """Write and print the answer; a bound comes after it is safe. Return whether it was written."""
    written = True
    try:
        if arguments.output:
            try:
                written = kept(_write, result, arguments.output)
            except KeyboardInterrupt:  # no answer is lost: once more, from the beginning
                kept(_write, result, arguments.output)
                raise
        if arguments.bound and result.status != Status.INTERRUPTED:
            with Progress(sys.stderr) as progress:
                progress.show(f"{result.problem.instance}: bound")
                result = bounded(result, arguments.time_limit)
    finally:
        emit(to_json(result.to_dict()) if arguments.json else _summary(result))
    if result.status == Status.INTERRUPTED and arguments.bound:
        raise KeyboardInterrupt
    return written


def _summary(result: Result) -> str:
    size = shutil.get_terminal_size()
    seen = sys.stdout is not None and sys.stdout.isatty()
    return summary(result, size.columns, size.lines if seen else None)


def _check_compiled(problem: Problem, method: str) -> None:
    """Refuse --compiled by name, also where a method passes unknown options on to a solver."""
    able = [m for m, kind in problem.methods.items() if "compiled" in signature(kind).parameters]
    if not able or (method != "auto" and method not in able):
        where = f"with the methods {', '.join(able)}" if able else "by no method of this problem"
        raise ValueError(f"--compiled is taken {where}; got --method {method}")


def _minimize(
    problem: Problem,
    method: Method,
    arguments: argparse.Namespace,
    record: Recorder | None,
    initial: Any,
) -> Result:
    restarts = arguments.restarts or method.restarts(problem)
    alone = arguments.workers == 1 or restarts == 1
    handed_on = (TypeError,) if arguments.set else ()  # options that a method hands to a solver
    with Progress(sys.stderr) as progress, refusing(ValueError, OSError, MemoryError, *handed_on):

        def watch(snapshot: Snapshot) -> None:
            progress.stage(snapshot, restarts, problem)
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
            pure=arguments.pure,
            initial=initial,
        )


def _recorder(arguments: argparse.Namespace) -> Recorder:
    """Return what keeps the stages: as many as a film shows, or the few that a picture does."""
    from hopopt.plotting import Recorder

    return Recorder() if arguments.animate else Recorder(FEW_STAGES)


def _write(result: Result, path: str) -> None:
    if result.success:
        result.problem.write(result.x, path)
    else:
        complain(f"no feasible solution to write to {path}")


def _plot(result: Result, path: str, frames: Sequence[Snapshot]) -> None:
    from hopopt.plotting import figure

    with replacing(path) as file:
        cast("Figure", figure(result, frames=frames)).savefig(file)


def _animate(result: Result, path: str, frames: Sequence[Snapshot]) -> None:
    from hopopt.plotting import animate

    if not frames:
        raise ValueError(f"--animate: method {result.method} has no stages to show")
    animate(frames, result, path)


def _compare(arguments: argparse.Namespace) -> int | None:
    listed = list(chain.from_iterable(arguments.methods)) if arguments.methods else None
    problems = [_load(arguments, name) for name in arguments.instances]
    with refusing(ValueError, TypeError):
        for problem in problems:
            for name in listed or ():
                problem.method(name, pure=arguments.pure)
    groups: list[list[Entry]] = []
    for problem in problems:
        groups.append(_measure(problem, listed, arguments))
        if arguments.json != "-":
            rows = [entry.row() for entry in groups[-1]]
            emit(("\n" if groups[1:] else "") + table(rows, problem.unit))
        if _interrupted(groups[-1]):
            break
    if not _tell(groups, arguments):
        return UNUSABLE
    if _interrupted(groups[-1]):
        return None
    solved = all(any(entry.best is not None for entry in group) for group in groups)
    return FOUND if solved else NONE_FOUND


def _interrupted(entries: Sequence[Entry]) -> bool:
    return bool(entries[-1].row()["status"] == Status.INTERRUPTED)


def _tell(groups: Sequence[Sequence[Entry]], arguments: argparse.Namespace) -> bool:
    """Print or write the rows as JSON and write the page, as asked; return whether all could be."""
    written = True
    entries = list(chain.from_iterable(groups))
    rows = to_json([entry.row() for entry in entries])
    if arguments.json == "-":
        emit(rows)
    elif arguments.json:
        written = kept(_write_rows, rows, arguments.json)
    if arguments.report:
        written &= kept(_report, entries, arguments)
    return written


def _write_rows(rows: str, path: str) -> None:
    with replacing(path) as file:
        file.write_text(rows + "\n", encoding="utf-8")


def _report(entries: Sequence[Entry], arguments: argparse.Namespace) -> None:
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
            complain(f"error: {error}")
            code = UNUSABLE
    if shown:
        emit("\n\n".join(shown))
    return code


def _recall(arguments: argparse.Namespace) -> int:
    check_recall(arguments)
    with refusing(ValueError, TypeError, OSError, MemoryError):
        done = recalling.recalled(
            recalling.read(arguments.sources),
            arguments.rule,
            arguments.noise,
            arguments.mask,
            arguments.order,
            arguments.seed,
            arguments.animate is not None,
        )
    for warning in done.warnings:
        complain(f"warning: {warning}")
    told = recalling.answer(done)
    columns = shutil.get_terminal_size().columns
    emit(to_json(told) if arguments.json else recalling.text(done, columns))
    saved = True
    if arguments.plot:
        saved &= kept(recalling.plot, done, arguments.plot)
    if arguments.animate:
        saved &= kept(recalling.film, done, arguments.animate)
    if not saved:
        return UNUSABLE
    return FOUND if told["recalled"] == told["patterns"] else NONE_FOUND


COMMANDS: dict[str, Callable[[argparse.Namespace], int | None]] = {
    "solve": _solve,
    "compare": _compare,
    "recall": _recall,
    "list": _list,
}


def _load(arguments: argparse.Namespace, instance: str) -> Problem:
    with refusing(ValueError, TypeError, OSError, MemoryError):
        kind = problem_class(arguments.problem or problem_for(instance))
        settings = {name: value for name, value in arguments.set if name in kind.settings()}
        for name, _ in arguments.set:
            if name not in settings and arguments.command != "solve":
                raise ValueError(_no_setting(kind, name))
        try:
            with noting():
                return kind.load(instance, arguments.data, **settings)
        except (ValueError, FileNotFoundError) as error:
            suffix = split_name(instance)[1].lower()
            if arguments.problem or suffix in kind.suffixes or getattr(error, "errno", None):
                raise
            raise ValueError(f"{error} (read as {kind.name}; --problem names another)") from error


def _no_setting(kind: type[Problem], name: str) -> str:
    known = ", ".join(kind.settings()) or "none"
    return f"--set: {kind.name} has no setting {name!r}; it has: {known}"
