"""The command as a process of its own: Ctrl-C, pipes, decoys; and its line of progress."""

from __future__ import annotations

import io
import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command import TOY, TRIANGLE, answer

from hopopt import Status, package_version
from hopopt.app.cli import main
from hopopt.app.progress import Progress
from problems import TSP

SCRIPT = Path(sys.executable).with_name("hopopt")


def start(*words: str, **options: Any) -> subprocess.Popen[str]:
    """Start ``python -m hopopt`` as a terminal would, even if this process ignores Ctrl-C."""
    return subprocess.Popen(
        [sys.executable, "-m", "hopopt", *words],
        text=True,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **options,
    )


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hopopt.app.progress.INTERVAL", 0.0)
    monkeypatch.setattr("hopopt.app.progress.SHARE", 0.0)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert main(["solve", "4", *TOY]) == 0
    *lines, blank, end = sys.stderr.getvalue().split("\r")  # type: ignore[attr-defined]
    assert [line.strip() for line in lines if line] == [
        "4: plain, restarts: 2",
        *(f"restart {k}/2, stage {stage}, best so far 4" for k in (1, 2) for stage in (1, 2, 3)),
    ]
    assert (blank.strip(), end) == ("", "")
    assert len(blank) == len(lines[-1].rstrip())
    assert all(len(line) < 60 for line in lines)


def test_progress_is_not_written_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the clock ticks by hundredths, a line each tenth of a second is shown."""
    stream, seconds = Terminal(), itertools.count(0.0, 0.01)
    monkeypatch.setattr("hopopt.app.progress.now", lambda: next(seconds))
    with Progress(stream) as progress:
        for k in range(1000):
            progress.show(str(k))
    assert 80 < stream.getvalue().count("\r") < 110


def test_progress_is_silent_elsewhere() -> None:
    for stream in (io.StringIO(), None):
        with Progress(stream) as progress:
            progress.show("working")
        assert stream is None or stream.getvalue() == ""


def ended(number: int, cue: str, *words: str) -> tuple[int, dict[str, Any]]:
    """Send a signal when a terminal shows the cue; return the exit status and the answer."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    with start(*words, "--json", stderr=theirs) as process:
        os.close(theirs)
        seen = ""
        while cue not in seen:
            seen += os.read(ours, 4096).decode()
        process.send_signal(number)
        out, _ = process.communicate(timeout=120)
    os.close(ours)
    return process.returncode, answer(out)


def test_interrupt_from_the_terminal() -> None:
    words = ["solve", "random-300", "--restarts", "1000"]
    code, result = ended(signal.SIGINT, "restart 2/1000", *words)
    assert code == 130
    assert sorted(result["tour"]) == list(range(300))
    assert result["message"].startswith("Interrupted")
    assert 1 <= result["restarts"] <= 1000


@pytest.mark.parametrize(
    ("method", "number", "status"),
    [("k-opt", signal.SIGINT, 130), ("assignment", signal.SIGTERM, 143)],
)
def test_signals_inside_an_attempt_keep_its_best_tour(
    method: str, number: int, status: int
) -> None:
    words = ["solve", "random-400", "--method", method, "--time-limit", "600"]
    code, result = ended(number, "restart 1/1, stage ", *words)
    assert code == status
    assert (result["status"], result["restarts"]) == (Status.INTERRUPTED, 1)
    assert sorted(result["tour"]) == list(range(400))
    assert result["cost"] == pytest.approx(TSP.load("random-400").cost(result["tour"]))


def test_reader_that_goes_away_is_no_error() -> None:
    with start("list", stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk_is_told() -> None:
    with open("/dev/full", "w") as full:
        words = [sys.executable, "-m", "hopopt", "list"]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
    assert done.returncode == 2
    assert done.stderr == "hopopt: error: standard output: No space left on device\n"


@pytest.mark.skipif(not SCRIPT.exists(), reason="hopopt is not installed beside this Python")
def test_installed_command_in_a_folder_with_decoys(here: Path) -> None:
    for name in ("problems", "toy", "numpy"):
        (here / f"{name}.py").write_text("raise SystemExit('decoy')", encoding="utf-8")
    done = subprocess.run(
        [SCRIPT, "solve", "-", "--json"],
        input=TRIANGLE,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert answer(done.stdout)["cost"] == 12
    version = subprocess.run([SCRIPT, "--version"], capture_output=True, text=True, timeout=120)
    assert (version.returncode, version.stdout) == (0, f"hopopt {package_version()}\n")


def test_pictures_and_problems_are_not_imported_for_help() -> None:
    code = (
        "import contextlib, sys; from hopopt.app.cli import main\n"
        "with contextlib.suppress(SystemExit): main(['--help'])\n"
        "assert not {'matplotlib', 'networkx', 'problems'} & set(sys.modules)\n"
        "main(['solve', 'random-5'])\n"
        "assert 'matplotlib' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: hopopt")
    assert "examples:" in done.stdout
