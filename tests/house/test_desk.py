"""What stops a start is said in one sentence; what a killed run left is cleaned up."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from ops_portal import desk, embedded


def run_desk(state: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE", "REDIS"))}
    return subprocess.run(
        [sys.executable, str(desk.BASE / "manage.py"), "desk"],
        env=clean | {"PORTAL_STATE": str(state)} | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_busy_port_is_named(state: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        done = run_desk(state, PORT=str(port))

    assert done.returncode == 1
    assert f"Port {port} is in use: choose another" in done.stdout
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("port", ["many", "0", "70000"])
def test_a_wrong_port_is_refused(state: Path, port: str) -> None:
    done = run_desk(state, PORT=port)

    assert done.returncode == 1
    assert f"PORT must be a number from 1 to 65535, not '{port}'." in done.stdout


def test_a_second_desk_on_the_same_folder_says_where_the_first_is(state: Path) -> None:
    state.mkdir()
    lock = desk._lock(state, 8123)

    done = run_desk(state)
    lock.close()

    assert "The desk already runs at http://localhost:8123" in done.stdout


def test_a_full_disk_is_said_before_anything_starts(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(desk, "FREE_BYTES", 10**18)
    monkeypatch.setenv("PORTAL_STATE", str(state))

    code = desk.main()

    assert code == 1
    assert "MB are free on the disk of" in capsys.readouterr().out
    assert not (state / "postgres").exists()


def test_servers_of_a_killed_run_make_way_for_new_ones(state: Path) -> None:
    state.mkdir()
    first = embedded.start_postgres(state), embedded.start_valkey(state)
    with psycopg.connect(first[0].url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    redis.Redis.from_url(first[1].url).set("kept", "7")

    second = embedded.start_postgres(state), embedded.start_valkey(state)

    assert all(server.process.poll() is not None for server in first)
    with psycopg.connect(second[0].url) as connection:
        assert connection.execute("SELECT seven FROM kept").fetchone() == (7,)
    assert redis.Redis.from_url(second[1].url).get("kept") == b"7"
    for server in second:
        server.stop()


def test_a_server_killed_without_warning_starts_again(state: Path) -> None:
    state.mkdir()
    first = embedded.start_postgres(state)
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()

    second = embedded.start_postgres(state)

    with psycopg.connect(second.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    second.stop()


def test_a_long_path_still_gets_a_private_socket(state: Path) -> None:
    deep = state.joinpath(*["a-rather-long-name-of-a-folder"] * 4)
    deep.mkdir(parents=True)
    for folder in (deep, *deep.parents[:4]):
        folder.chmod(0o711)

    server = embedded.start_postgres(deep)

    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.stop()


def test_the_private_valkey_asks_for_its_password_and_never_evicts(state: Path) -> None:
    state.mkdir()
    server = embedded.start_valkey(state, password="p4ss")
    client = redis.Redis.from_url(server.url)

    stranger = redis.Redis.from_url(server.url.replace("default:p4ss@", ""))

    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert client.config_get("appendonly") == {"appendonly": "yes"}
    with pytest.raises(redis.AuthenticationError):
        stranger.ping()
    server.stop()


def test_another_major_version_of_the_data_is_never_opened(state: Path) -> None:
    state.mkdir()
    embedded.start_postgres(state).stop()
    (state / "postgres" / "PG_VERSION").write_text("9\n")

    with pytest.raises(embedded.ServerUnavailable, match="is of PostgreSQL 9"):
        embedded.start_postgres(state)
