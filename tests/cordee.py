"""A whole `cordee up` for tests."""

from __future__ import annotations

import os
import secrets as random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from shared.embedded import environment
from shared.embedded.data_dir import DataDir
from shared.embedded.installation import Installation
from shared.embedded.leftovers import read_pid_file
from shared.embedded.secrets import Secrets
from tests.servers import ROOT, free_port, wait_for


class Cordee:
    """A whole `cordee up` in a process of its own, with an administrator."""

    COMMAND: Sequence[str] = (
        *(sys.executable, "-P", "-c"),
        *("from gateway.cli import main; main()", "up"),
    )

    def __init__(
        self,
        folder: Path | None = None,
        *,
        env: Mapping[str, str] | None = None,
        command: Sequence[str] = COMMAND,
        port: int | None = None,
    ) -> None:
        """`folder` is kept, and can be used again; `env` is added to the environment."""
        self._temporary = folder is None
        self._folder = folder or Path(tempfile.mkdtemp(prefix="cordee-"))
        self._folder.mkdir(exist_ok=True)
        self._command = command
        self.data_dir = self._folder / "data"
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.admin_key = random.token_hex(20)
        self.admin_password = random.token_hex(12)
        self._env = {
            **{name: value for name, value in os.environ.items() if name[:7] != "CORDEE_"},
            "PYTHONPATH": str(ROOT),
            "CORDEE_HOST": "127.0.0.1",
            "CORDEE_PORT": str(self.port),
            "CORDEE_DATA_DIR": str(self.data_dir),
            "CORDEE_PUBLIC_URL": self.url,
            "CORDEE_ADMIN_USERNAME": "admin",
            "CORDEE_ADMIN_EMAIL": "admin@example.com",
            "CORDEE_ADMIN_PASSWORD": self.admin_password,
            "CORDEE_ADMIN_API_KEY": self.admin_key,
            **(env or {}),
        }
        self.process: subprocess.Popen[bytes]
        self._said_before = 0

    def __enter__(self) -> Self:
        """Start and wait until everything works."""
        self.start()
        try:
            self.wait_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and remove what was temporary."""
        if self.process.poll() is None:
            self.stop()
        if self._temporary:
            shutil.rmtree(self._folder)

    def start(self) -> None:
        """Start without waiting."""
        self._said_before = self.output.stat().st_size if self.output.exists() else 0
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                self._command,
                env=self._env,
                cwd=self._folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_ready(self, seconds: float = 60.0) -> None:
        """Wait for `GET /readyz`, and that it is this process's: one before may still answer."""

        def ready() -> bool:
            if self.process.poll() is not None:
                raise AssertionError(
                    f"cordee up ended with {self.process.returncode}:\n{self.log()}"
                )
            return self._announced() and self._status("/readyz") == 200

        try:
            wait_for("GET /readyz", ready, seconds)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.log()}") from late

    @property
    def output(self) -> Path:
        """What it printed, of every start."""
        return self._folder / "up.log"

    def log(self, lines: int = 60) -> str:
        """The last lines that it printed."""
        text = self.output.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def pid_of(self, name: str) -> int:
        """The process that runs `mongod`, `nats`, a service or `gateway`; waits for a restart."""
        file = self.data_dir / "run" / f"{name}.pid"
        return wait_for(f"{name} runs", lambda: read_pid_file(file))

    def mongo_url(self, service: str) -> str:
        """MongoDB with the rights of one service."""
        return (self.data_dir / "secrets" / f"mongo_url_{service}").read_text("utf-8").strip()

    def environment_of(self, service: str) -> dict[str, str]:
        """What the process of a service is told; forks have it where nobody else can look."""
        data = DataDir(self.data_dir, -1)
        nats_port = Installation.load(data.installation).ports["nats"]
        addresses = environment.Addresses(
            host="127.0.0.1",
            port=self.port,
            public_url=self.url,
            blob_url=self._env.get("CORDEE_BLOB_URL") or data.blobs.as_uri(),
            nats_url=f"nats://127.0.0.1:{nats_port}",
            mongo_urls={},
            embedded_nats=True,
        )
        secrets = Secrets(data.secrets)
        return environment.for_service(
            service, addresses, data=data, secrets=secrets, parent=self._env
        )

    def kill(self, name: str) -> int:
        """kill -9 of one child, or of everything's parent (`cordee`); the pid that it had."""
        pid = self.process.pid if name == "cordee" else self.pid_of(name)
        os.kill(pid, signal.SIGKILL)
        if name == "cordee":
            self.process.wait()
        return pid

    def stop(self, seconds: float = 35.0) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended(seconds)

    def ended(self, seconds: float = 35.0) -> int:
        """The exit code; it is killed, with a failure, when it does not end in time."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired as late:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"cordee up did not end:\n{self.log()}") from late

    def _announced(self) -> bool:
        with self.output.open("rb") as output:
            output.seek(self._said_before)
            return "Cordée is ready".encode() in output.read()

    def _status(self, path: str) -> int:
        """The status that a GET answers, 0 where nobody does."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(
                    f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
                    "Connection: close\r\n\r\n".encode()
                )
                answer = connection.makefile("rb").readline().split()
        except OSError:
            return 0
        return int(answer[1]) if len(answer) > 1 else 0
