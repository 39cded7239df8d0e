"""The words of the command ``hopopt``, and what is asked of them before anything runs."""

from __future__ import annotations

import argparse
import os
from argparse import ArgumentTypeError
from pathlib import Path
from typing import NoReturn

from hopopt.compare import TIME_LIMIT
from hopopt.flow import SOLVERS
from hopopt.result import package_version

EXAMPLES = """\
examples:
  hopopt solve capitals
  hopopt solve random-50 --method assignment --solver LSODA
  hopopt solve berlin52.tsp --restarts 20 --workers 2 -o berlin52.tour --plot berlin52.png
  hopopt solve - --json < my.tsp
  hopopt solve queen8 --problem coloring --plot queen8.png
  hopopt solve nug30.dat --time-limit 10
  hopopt compare capitals random-50 --methods auto ring --seeds 3 --time-limit 1,10
  hopopt compare berlin52 kroA100 --data DIR --json rows.json --report page.html
  hopopt list

exit status: 0 a feasible solution was found; 1 none was; 2 bad usage or unreadable input;
130 interrupted (the best solution so far is printed)."""


class UsageError(Exception):
    """What the user can put right: told in one line, without a traceback."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def parser() -> argparse.ArgumentParser:
    """Return the parser; what it refuses is a `UsageError`."""
    result = _Parser(
        prog="hopopt",
        description="Solve combinatorial problems with Hopfield networks.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    result.add_argument("--version", action="version", version=f"hopopt {package_version()}")
    commands = result.add_subparsers(
        dest="command", required=True, metavar="COMMAND", title="commands"
    )
    for name, about, add in (
        ("solve", "solve one instance", _add_solve),
        ("compare", "run several methods on the same instances, side by side", _add_compare),
        ("list", "show the built-in instances and the methods", _add_problem),
    ):
        add(commands.add_parser(name, help=about, description=f"{about}.", allow_abbrev=False))
    return result


def _add_solve(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("instance", metavar="INSTANCE", help="built-in name, file, or - for standard input")
    _add_common(command)
    limit = "seconds of wall time (default: the method's own)"
    add("--time-limit", type=_seconds, metavar="S", help=limit)
    add("--json", action="store_true", help="print strict JSON")
    add("--method", default="auto", metavar="M", help="see hopopt list (default: auto)")
    solvers = ", ".join(SOLVERS)
    add("--solver", metavar="S", help=f"integrator: {solvers}, auto, or the method's fast step")
    add("--restarts", type=_positive, metavar="N", help="attempts (default: the method's own)")
    add("--workers", type=_workers, default=1, metavar="N", help="processes; -1: one a core")
    add("--seed", type=_natural, default=0, metavar="S", help="same seed, same answer (default: 0)")
    add("--polish", action="store_true", help="add a classical local search: hybrid, not pure")
    add("--initial", metavar="FILE", help="begin with this solution; a TSPLIB tour")
    add("--bound", action="store_true", help="also compute a bound, and the gap that it certifies")
    add("-o", dest="output", type=_output, metavar="FILE", help="write the solution; a TSPLIB tour")
    add("--plot", type=_picture, metavar="FILE", help="draw the result: .png, .svg, .pdf, …")
    add("--animate", type=_film, metavar="FILE.gif", help="film the best restart; one process")


def _add_compare(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("instances", nargs="+", metavar="INSTANCE", help="built-in name, file, or -")
    _add_common(command)
    names = "names, see hopopt list (default: all)"
    add("--methods", nargs="+", type=_names, metavar="M", help=names)
    add("--seeds", type=_positive, default=1, metavar="N", help="runs of each method (default: 1)")
    limits = f"for each run; more than one give a row each (default: {TIME_LIMIT:g})"
    add("--time-limit", type=_limits, default=[TIME_LIMIT], metavar="S[,S…]", help=limits)
    words = "print the rows as strict JSON instead of tables, or also write them to a file"
    add("--json", nargs="?", type=_json, const="-", metavar="FILE.json", help=words)
    add("--report", type=_page, metavar="FILE.html", help="write a page: tables, plots, solutions")


def _add_common(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    _add_problem(command, default="by the file's type, else tsp")
    add("--data", type=_folder, metavar="DIR", help="where to look for an instance by its name")


def _add_problem(command: argparse.ArgumentParser, default: str | None = None) -> None:
    text = f"name, or module:Class (default: {default or 'all'})"
    command.add_argument("--problem", metavar="NAME", help=text)


def check(arguments: argparse.Namespace) -> None:
    """Refuse what `solve` cannot do at once: two results in one file, a film of many processes."""
    if arguments.animate and arguments.workers != 1:
        raise UsageError(f"argument --animate: expected --workers 1, got {arguments.workers}")
    taken: dict[str, str] = {}
    if os.path.isfile(arguments.instance):
        taken[os.path.realpath(arguments.instance)] = "INSTANCE"
    for name in ("output", "plot", "animate"):
        path = getattr(arguments, name)
        if path is None:
            continue
        option = "-o" if name == "output" else f"--{name}"
        other = taken.setdefault(os.path.realpath(path), option)
        if other != option:
            raise UsageError(f"argument {option}: expected another file than {other}, got {path!r}")


def _integer(text: str, least: int, expected: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        raise ArgumentTypeError(f"expected {expected}, got {text!r}")
    return value


def _positive(text: str) -> int:
    return _integer(text, 1, "a positive integer")


def _natural(text: str) -> int:
    return _integer(text, 0, "a nonnegative integer")


def _workers(text: str) -> int:
    return -1 if text == "-1" else _integer(text, 1, "a positive number of processes or -1")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ArgumentTypeError(f"expected a nonnegative number of seconds, got {text!r}")
    return value


def _limits(text: str) -> list[float]:
    return [_seconds(part) for part in text.split(",")]


def _names(text: str) -> list[str]:
    names = [name for name in text.split(",") if name]
    if not names:
        raise ArgumentTypeError(f"expected names of methods, got {text!r}")
    return names


def _folder(text: str) -> str:
    if not os.path.isdir(text):
        raise ArgumentTypeError(f"expected an existing folder, got {text!r}")
    return text


def _output(text: str) -> str:
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir():
        raise ArgumentTypeError(f"expected a file in an existing folder, got {text!r}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ArgumentTypeError(f"expected a file that can be written, got {text!r}")
    return text


def _picture(text: str) -> str:
    from matplotlib.backend_bases import FigureCanvasBase

    formats = FigureCanvasBase.get_supported_filetypes()
    return _output(_with_suffix(text, sorted(f".{name}" for name in formats)))


def _film(text: str) -> str:
    return _output(_with_suffix(text, [".gif"]))


def _page(text: str) -> str:
    return _output(_with_suffix(text, [".html", ".htm"]))


def _json(text: str) -> str:
    return text if text == "-" else _output(_with_suffix(text, [".json"]))


def _with_suffix(text: str, suffixes: list[str]) -> str:
    if Path(text).suffix.lower() not in suffixes:
        raise ArgumentTypeError(f"expected a file name in {', '.join(suffixes)}, got {text!r}")
    return text
