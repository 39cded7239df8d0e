"""The words of the command ``hopopt``, and what is asked of them before anything runs."""

from __future__ import annotations

import argparse
import json
import os
import shutil
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any, NoReturn

from hopopt.core.files import is_stream
from hopopt.core.flow import SOLVERS
from hopopt.memory.dynamics import ORDERS
from hopopt.memory.learning import RULES
from hopopt.solve.comparison import TIME_LIMIT
from hopopt.solve.result import package_version

EXAMPLES = """\
examples:
  hopopt solve capitals
  hopopt solve random-50 --method assignment --solver LSODA
  hopopt solve berlin52.tsp --restarts 20 --workers 2 -o berlin52.tour --plot berlin52.png
  hopopt solve - --json < my.tsp
  hopopt solve queen8 --problem coloring --plot queen8.png
  hopopt solve berlin52.tsp --set cycle=false --set start=1 --set end=52
  hopopt solve nug30.dat --pure --time-limit 10
  hopopt compare capitals random-50 --methods auto ring --seeds 3 --time-limit 1,10
  hopopt compare berlin52 kroA100 --data DIR --json rows.json --report page.html
  hopopt recall letters --noise .2 --plot letters.png
  hopopt list

each command has its own help: hopopt COMMAND --help

exit status: 0 a feasible solution was found, or every cue recalled its pattern; 1 none was, or
not every cue did; 2 bad usage or unreadable input;
130 interrupted, 143 ended by SIGTERM, 129 by SIGHUP (the best solution so far is printed)."""


INSTANCE = "a built-in name (see hopopt list), a file, or its name without the folder and ending"


class UsageError(Exception):
    """What the user can put right: told in one line, without a traceback."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def parser() -> argparse.ArgumentParser:
    """Return the parser; what it refuses is a `UsageError`."""
    result = _Parser(
        prog="hopopt",
        description="Solve combinatorial problems and recall patterns with Hopfield networks.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    result.add_argument("--version", action="version", version=f"hopopt {package_version()}")
    commands = result.add_subparsers(
        dest="command", required=True, metavar="COMMAND", title="commands"
    )
    for name, about, add in (
        ("solve", "solve one instance, and print, write or draw the answer", _add_solve),
        ("compare", "run several methods on the same instances, side by side", _add_compare),
        ("recall", "store patterns, spoil them, and recall them", _add_recall),
        ("list", "show the problems, their built-in instances and their methods", _add_list),
    ):
        text = f"{about.capitalize()}."
        add(commands.add_parser(name, help=about, description=text, allow_abbrev=False))
    return result


def _add_solve(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("instance", metavar="INSTANCE", help=f"{INSTANCE}; - is standard input")
    _add_common(command)
    any_kind = "a name of hopopt list (default: auto, the best of any kind)"
    add("--method", default="auto", metavar="NAME", help=any_kind)
    pure = "take the best pure method, a network moved by motions alone; refuse others"
    add("--pure", action="store_true", help=pure)
    solvers = "how a network moves: " + ", ".join(SOLVERS)
    add(
        "--solver", metavar="NAME", help=f"{solvers}, or the method's own fast step (default: auto)"
    )
    limit = "seconds of wall time (default: the method's own)"
    add("--time-limit", type=_seconds, metavar="S", help=limit)
    attempts = "attempts, the best of which is the answer (default: the method's own)"
    add("--restarts", type=_positive, metavar="N", help=attempts)
    processes = "processes that share the restarts; -1: one a core (default: 1)"
    add("--workers", type=_workers, default=1, metavar="N", help=processes)
    seed = "of the random numbers; same seed, same answer, where the clock has no say (default: 0)"
    add("--seed", type=_natural, default=0, metavar="N", help=seed)
    quick = "compile inner loops (numba, the extra 'fast'); later runs take them by themselves"
    add("--compiled", action="store_true", help=quick)
    start = "begin with this solution: a file of -o, a TSPLIB tour, QAPLIB's .sln"
    add("--initial", metavar="FILE", help=start)
    bound = "also prove how far from the optimum the answer can be at most"
    add("--bound", action="store_true", help=bound)
    add("--json", action="store_true", help="print the result as one line of strict JSON")
    written = "write the solution (tsp: a TSPLIB tour; others: mostly JSON)"
    add("-o", dest="output", type=_output, metavar="FILE", help=written)
    add("--plot", type=_picture, metavar="FILE", help="draw the result: .png, .svg, .pdf, …")
    film = "film the best restart; needs --workers 1"
    add("--animate", type=_film, metavar="FILE.gif", help=film)


def _add_compare(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("instances", nargs="+", metavar="INSTANCE", help=f"{INSTANCE}; - is standard input")
    _add_common(command)
    names = "names of hopopt list, or auto (default: all that the problem has)"
    add("--methods", nargs="+", type=_names, metavar="NAME", help=names)
    pure = "compare pure methods only, networks moved by motions alone; refuse others"
    add("--pure", action="store_true", help=pure)
    seeds = "runs of each method, with the seeds 0 to N - 1 (default: 1)"
    add("--seeds", type=_positive, default=1, metavar="N", help=seeds)
    limits = f"seconds for each run; several limits give a row each (default: {TIME_LIMIT:g})"
    add("--time-limit", type=_limits, default=[TIME_LIMIT], metavar="S[,S…]", help=limits)
    words = "print the rows as strict JSON instead of tables; with a file, write them there as well"
    add("--json", nargs="?", type=_json, const="-", metavar="FILE.json", help=words)
    page = "write a page of tables, plots and solutions"
    add("--report", type=_page, metavar="FILE.html", help=page)


def _add_recall(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    what = (
        "letters (or letters:ABC), a file of patterns in .npy, .npz or .csv, or images of one "
        "size; grey ones are made black and white unless the rule is lse"
    )
    add("sources", nargs="+", metavar="SOURCE", help=what)
    rules = f"how to learn: {', '.join(RULES)} (default: projection)"
    add("--rule", choices=RULES, default="projection", metavar="NAME", help=rules)
    flips = "share of the units to flip (lse: noise, in shares of the range; default: 0.2)"
    add("--noise", type=_share, default=0.2, metavar="SHARE", help=flips)
    hidden = "share of the units that the cue does not tell: the last ones (default: 0)"
    add("--mask", type=_share, default=0.0, metavar="SHARE", help=hidden)
    orders = f"how units move: {', '.join(ORDERS)} (default: auto; async with --animate)"
    add("--order", choices=ORDERS, default="auto", metavar="NAME", help=orders)
    seed = "of the noise and of the order (default: 0)"
    add("--seed", type=_natural, default=0, metavar="N", help=seed)
    add("--json", action="store_true", help="print the result as one line of strict JSON")
    picture = "draw stored patterns, cues and recalls: .png, .svg, .pdf, …"
    add("--plot", type=_picture, metavar="FILE", help=picture)
    add("--animate", type=_film, metavar="FILE.gif", help="film the recall, flip by flip")


def check_recall(arguments: argparse.Namespace) -> None:
    """Refuse what `recall` cannot do: cues that tell nothing, two results in one file."""
    if arguments.mask == 1:
        raise UsageError("argument --mask: expected less than 1, for a cue must tell something")
    taken = {os.path.realpath(source): "SOURCE" for source in arguments.sources}
    for name in ("plot", "animate"):
        path = getattr(arguments, name)
        other = taken.get(os.path.realpath(path)) if path else None
        if other:
            raise UsageError(f"argument --{name}: expected another file than {other}, got {path!r}")


def _add_common(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    _add_problem(
        command, "which problem it is: a name of hopopt list", "by the file's type, or tsp"
    )
    folder = "where to look for the file of a name; after it in $HOPOPT_DATA and here"
    add("--data", type=_folder, metavar="DIR", help=folder)
    setting = (
        "change the problem by one of its settings in hopopt list, or, in solve, an option of the "
        "method; may come several times"
    )
    add("--set", type=_setting, action="append", default=[], metavar="NAME=VALUE", help=setting)


def _add_list(command: argparse.ArgumentParser) -> None:
    _add_problem(command, "show this problem alone: a name", "all problems")


def _add_problem(command: argparse.ArgumentParser, what: str, default: str) -> None:
    text = f"{what}, or module:Class for one of your own (default: {default})"
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


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ArgumentTypeError(f"expected a share from 0 to 1, got {text!r}")
    return value


def _limits(text: str) -> list[float]:
    return [_seconds(part) for part in text.split(",")]


def _names(text: str) -> list[str]:
    names = [name for name in text.split(",") if name]
    if not names:
        raise ArgumentTypeError(f"expected names of methods, got {text!r}")
    return names


def _setting(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    if not name.isidentifier() or not value:
        raise ArgumentTypeError(f"expected NAME=VALUE, got {text!r}")
    try:
        read = json.loads(value)
    except ValueError:
        return name, value
    except RecursionError:
        raise ArgumentTypeError(f"expected a value that is less deeply nested for {name}") from None
    return name, value if isinstance(read, list | dict) else read


def _folder(text: str) -> str:
    if not os.path.isdir(text):
        raise ArgumentTypeError(f"expected an existing folder, got {text!r}")
    return text


def _output(text: str) -> str:
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir():
        raise ArgumentTypeError(f"expected a file in an existing folder, got {text!r}")
    try:
        is_stream(path)
    except OSError as error:
        raise ArgumentTypeError(f"{error.strerror}: {text!r}") from None
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ArgumentTypeError(f"expected a file that can be written, got {text!r}")
    return text


def _picture(text: str) -> str:
    from matplotlib import rcParams
    from matplotlib.backend_bases import FigureCanvasBase

    formats = sorted(f".{name}" for name in FigureCanvasBase.get_supported_filetypes())
    if Path(_with_suffix(text, formats)).suffix.lower() == ".pgf":
        program = rcParams["pgf.texsystem"]
        if shutil.which(program) is None:
            raise ArgumentTypeError(f".pgf needs the program {program}; got {text!r}")
    return _output(text)


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
