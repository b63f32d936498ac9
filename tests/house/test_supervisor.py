"""The supervisor: one log, a fallen child starts again, all end together."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ops_portal.supervisor import Child, Ending, Log, Supervisor, end_leftovers
from ops_portal.survivors import command_of, is_running

STEADY = "import time; print('here', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {STEADY}"


def supervise(tmp_path: Path, *programs: str) -> Supervisor:
    children = [Child(f"c{i}", [sys.executable, "-c", code]) for i, code in enumerate(programs)]
    log = Log([child.name for child in children])
    record = tmp_path / "children"
    return Supervisor(children, environment=os.environ, record=record, log=log, ending=Ending())


def eventually(condition: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def recorded(tmp_path: Path) -> list[int]:
    return [int(line) for line in (tmp_path / "children").read_text().split()]


def test_lines_carry_the_name_of_their_child(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor = supervise(tmp_path, "print('here')", "print('there')")

    supervisor.start()
    eventually(lambda: not any(is_running(pid) for pid in recorded(tmp_path)))
    supervisor.stop()

    lines = capsys.readouterr().out
    assert "c0 | here" in lines
    assert "c1 | there" in lines


def test_a_fallen_child_starts_again(tmp_path: Path) -> None:
    ticks = tmp_path / "ticks"
    fall = f"open({str(ticks)!r}, 'a').write('x'); raise SystemExit(3)"
    supervisor = supervise(tmp_path, fall)

    supervisor.start()
    keeper = threading.Thread(target=supervisor.keep_running)
    keeper.start()
    came_back = eventually(lambda: ticks.exists() and len(ticks.read_text()) >= 2)
    supervisor._on_signal(signal.SIGTERM, None)
    keeper.join()
    supervisor.stop()

    assert came_back


def test_a_child_that_ignores_the_polite_signal_ends_too(tmp_path: Path) -> None:
    supervisor = supervise(tmp_path, STUBBORN)
    supervisor.start()
    (pid,) = recorded(tmp_path)
    time.sleep(0.5)

    began = time.monotonic()
    supervisor.stop()

    assert time.monotonic() - began < 10
    assert not is_running(pid)


def test_children_of_a_killed_supervisor_are_ended_by_the_next(tmp_path: Path) -> None:
    supervise(tmp_path, STEADY).start()
    (pid,) = recorded(tmp_path)
    eventually(lambda: "time.sleep" in command_of(pid))

    ended = end_leftovers(tmp_path / "children", mark="time.sleep(600)")

    assert ended == 1
    assert not is_running(pid)


def test_a_process_id_that_belongs_to_another_program_is_left_alone(tmp_path: Path) -> None:
    supervisor = supervise(tmp_path, STEADY)
    supervisor.start()
    (pid,) = recorded(tmp_path)

    ended = end_leftovers(tmp_path / "children", mark="another/program")

    assert ended == 0
    assert is_running(pid)
    supervisor.stop()
