"""A live process of its own: uvicorn with the real application, as in production."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

APPLICATION = "ops_portal.asgi:application"
OPTIONS = ("--ws-per-message-deflate", "false", "--ws-max-size", "16384", "--log-level", "warning")


class LiveProcess:
    """Runs until `stop`; can be killed and started again on the same port."""

    def __init__(
        self, *, database_url: str, redis_url: str, application: str = APPLICATION
    ) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.host = f"localhost:{self.port}"
        self._application = application
        self._env = os.environ | {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "DJANGO_SETTINGS_MODULE": "ops_portal.settings",
            "INSECURE_HTTP": "1",
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "CSRF_TRUSTED_ORIGINS": "https://desk.example.org",
        }
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "uvicorn",
                self._application,
                "--port",
                str(self.port),
                *OPTIONS,
            ],
            env=self._env,
            cwd=Path(__file__).resolve().parents[2],
        )
        deadline = time.monotonic() + 60
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the live process did not start")
            time.sleep(0.05)
        return self.process

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def _answers(self) -> bool:
        try:
            urlopen(f"http://127.0.0.1:{self.port}/", timeout=5)
        except URLError as error:
            return not isinstance(error.reason, OSError)
        except OSError:
            return False
        return True
