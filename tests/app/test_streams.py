"""What ends the command, what it prints, and what it leaves on the disk."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from command import TOY, answer
from toy import Toy

from hopopt.app.cli import main
from hopopt.app.streams import endings, escaped
from hopopt.core import replacing
from hopopt.core.files import is_stream
from problems import TSP

posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


# Files


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old", encoding="utf-8")
    file.chmod(0o640)
    link = tmp_path / "link.txt"
    link.symlink_to(file)
    with replacing(link) as fresh:
        fresh.write_text("new", encoding="utf-8")
        assert fresh.suffix == ".txt"
        assert file.read_text(encoding="utf-8") == "old"
    assert (file.read_text(encoding="utf-8"), link.is_symlink()) == ("new", True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "link.txt"]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()])
def test_or_not_at_all(error: BaseException, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old", encoding="utf-8")

    def write() -> None:
        with replacing(file) as fresh:
            fresh.write_text("half", encoding="utf-8")
            raise error

    with pytest.raises(type(error)) as caught:
        write()
    assert file.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [file]
    assert getattr(caught.value, "filename", str(file)) == str(file)


@posix
def test_a_pipe_is_never_waited_for(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(here / "pipe.png")
    for option in ("-o", "--plot"):
        assert main(["solve", "4", *TOY, option, "pipe.png"]) == 2
        assert "expected a file that can be written; got a named pipe" in capsys.readouterr().err
    with pytest.raises(OSError, match="named pipe"):
        Toy(4).write("aaaa", "pipe.png")
    assert is_stream(os.devnull)
    Toy(4).write("aaaa", os.devnull)


def test_one_full_disk_does_not_stop_the_other_files(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def write(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "word.json")

    monkeypatch.setattr(Toy, "write", write)
    monkeypatch.setattr("hopopt.app.cli.problem_class", lambda name: Toy)
    words = ["-o", "word.json", "--plot", "a.svg", "--json"]
    assert main(["solve", "4", "--restarts", "1", *words]) == 2
    out, err = capsys.readouterr()
    assert answer(out)["word"] == "aaaa"
    assert err == "hopopt: error: word.json: No space left on device\n"
    assert (here / "a.svg").exists()


def test_a_picture_without_its_program_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert main(["solve", "4", *TOY, "--plot", "a.pgf"]) == 2
    assert ".pgf needs the program" in capsys.readouterr().err


# Streams


class Full:
    """A stream that takes nothing."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self) -> None:
        self.write("")

    def fileno(self) -> int:
        raise ValueError

    def isatty(self) -> bool:
        return False


@pytest.mark.parametrize("stream", [None, Full()])
def test_bad_usage_is_2_whatever_stderr_is(stream: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    assert main(["solve", "4", "--problem", "nonsense"]) == 2


def test_an_answer_that_is_lost_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["solve", "4", *TOY]) == 2
    assert "standard output: closed" in capsys.readouterr().err


def test_names_cannot_write_on_the_terminal(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "\x1b[2Jx\x9b\u202e\rcost 0"
    text = f"NAME: {name}\nTYPE: TSP\nDIMENSION: 3\nEDGE_WEIGHT_TYPE: EUC_2D\n"
    text += "NODE_COORD_SECTION\n1 0 0\n2 3 0\n3 0 4\nEOF\n"
    (here / "bad.tsp").write_text(text.replace("\r", "\x0c"), encoding="utf-8")
    main(["solve", "bad.tsp"])
    main(["solve", "\x1b[31mred\x07", "--problem", "tsp"])
    out, err = capsys.readouterr()
    assert not {"\x1b", "\x9b", "\x07", "\u202e", "\x0c"} & set(out + err)
    assert "\\x1b[31mred\\x07" in err.replace("\\\\", "\\")
    assert escaped("Łódź, 東京 😀") == "Łódź, 東京 😀"


def test_report_writes_control_characters_out(tmp_path: Path) -> None:
    from hopopt.app.report import page
    from hopopt.solve.comparison import measure

    square = TSP.from_points([[0, 0], [0, 1], [1, 1], [1, 0]], instance="\x1b[2J\u202e<b>")
    html = page(measure(square, ["greedy"], isolated=False))
    assert not {"\x1b", "\u202e"} & set(html)
    assert "\\x1b[2J\\u202e&lt;b&gt;" in html


@pytest.mark.parametrize("text", ["start=" + "[" * 10**5, 'x={"a":' * 10**5])
def test_deep_settings_are_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "random-4", "--set", text]) == 2
    assert capsys.readouterr().err.startswith("hopopt: error: ")


# Ends


@posix
@pytest.mark.parametrize(("name", "status"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_signals_end_as_ctrl_c_does(
    name: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(getattr(signal, name))

    def minimize(*_: Any, **__: Any) -> None:
        signal.raise_signal(getattr(signal, name))

    monkeypatch.setattr("hopopt.app.cli.minimize", minimize)
    assert main(["solve", "4", *TOY]) == status
    assert capsys.readouterr().err == "hopopt: interrupted\n"
    assert signal.getsignal(getattr(signal, name)) == before


def test_endings_are_of_the_main_thread() -> None:
    seen: list[int] = []

    def run() -> None:
        with endings() as ending:
            seen.append(ending.status)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [130]


POINTS = {
    "load": ("problems.tours.TSP.load", None),
    "solve": ("hopopt.app.cli.minimize", None),
    "write": ("problems.tours.TSP.write", "tour"),
    "bound": ("problems.tours.TSP.bound", "tour"),
    "plot": ("hopopt.plotting.figure", "tour"),
    "film": ("hopopt.plotting.animate", "tour"),
}


@posix
@pytest.mark.parametrize("point", POINTS)
def test_interrupted_at_any_point(
    point: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def press(*_: Any, **__: Any) -> None:
        signal.raise_signal(signal.SIGINT)

    where, told = POINTS[point]
    monkeypatch.setattr(where, press)
    words = ["--method", "ring", "--restarts", "1", "--bound", "-o", "a.tour", "--json"]
    code = main(["solve", "random-5", *words, "--plot", "a.svg", "--animate", "a.gif"])
    out = capsys.readouterr().out
    assert code == 130
    assert (told in answer(out)) if told else out == ""
    written = {"a.tour"} if point not in ("load", "solve", "write") else set()
    written |= {"a.svg"} if point == "film" else set()
    assert {path.name for path in here.iterdir()} == written


@posix
def test_interrupted_while_it_writes_the_answer(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = TSP.write

    def press(*arguments: Any) -> None:
        monkeypatch.setattr(TSP, "write", whole)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(TSP, "write", press)
    assert main(["solve", "random-5", "-o", "a.tour", "--json"]) == 130
    assert "tour" in answer(capsys.readouterr().out)
    assert [path.name for path in here.iterdir()] == ["a.tour"]


@posix
def test_ctrl_c_during_imports_is_quiet() -> None:
    code = (
        "import sys, signal; sys.argv[0] = 'hopopt'\n"
        "from hopopt.app import early\n"
        "signal.raise_signal(signal.SIGINT)"
    )
    begin = "import signal as s; s.signal(s.SIGINT, s.default_int_handler)\n"
    command = [sys.executable, "-c", begin + code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (130, "hopopt: interrupted\n")


@pytest.mark.parametrize(
    ("name", "text", "table"),
    [
        ("a.tsp", "NAME: a\nTYPE: TSP\nDIMENSION: 1\nEDGE_WEIGHT_TYPE: EUC_2D\n"
         "NODE_COORD_SECTION\n1 0 0\nEOF\n", "optima.json"),
        ("a.col", "p edge 2 1\ne 1 2\n", "best_known.json"),
    ],
)  # fmt: skip
def test_deep_tables_are_refused(
    name: str, text: str, table: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / name).write_text(text, encoding="utf-8")
    (here / table).write_text("[" * 10**5, encoding="utf-8")
    assert main(["solve", name]) == 2
    assert f"{table}: expected JSON" in capsys.readouterr().err
