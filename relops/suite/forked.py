"""The client's side of the fork server: start it, ask for a child, watch it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from relops.suite.processes import to_line

READY_SECONDS = 120


class ForkedProcess:
    """A child of the fork server, with the part of ``subprocess.Popen`` that Jupyter uses."""

    stdin = stdout = stderr = None

    def __init__(self, address: str, request: dict[str, Any]):
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._connection.connect(address)
        self._connection.sendall(to_line(request))
        self._unread = b""
        self.returncode: int | None = None
        self.pid: int = next(self._messages(wait=True))["pid"]

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield what the child emits, as it does, until it ends."""
        yield from self._messages(wait=True)

    def poll(self) -> int | None:
        """Return the exit code (minus the signal's number if one killed it), None while it runs."""
        if self.returncode is None:
            for _ in self._messages(wait=False):
                continue
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once there is one. Raises TimeoutError."""
        if self.returncode is None:
            self._connection.settimeout(timeout)
            for _ in self._messages(wait=True):
                continue
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to the child and what it started, if it still runs."""
        if self.poll() is None:
            os.killpg(self.pid, number)

    def terminate(self) -> None:
        """Ask the child to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the child."""
        self.send_signal(signal.SIGKILL)

    def _messages(self, wait: bool) -> Iterator[dict[str, Any]]:
        """Yield the child's messages; note its end. A line closed without one: the server died."""
        while self.returncode is None:
            while b"\n" in self._unread:
                line, self._unread = self._unread.split(b"\n", 1)
                message = json.loads(line)
                if "exit" in message:
                    self.returncode = message["exit"]
                    self._connection.close()
                    return
                yield message
            if not wait and not select.select([self._connection], [], [], 0)[0]:
                return
            received = self._connection.recv(65536)
            if not received:
                self.returncode = -signal.SIGKILL
                self._connection.close()
                return
            self._unread += received


class WarmProcess:
    """A running fork server. It imports ``modules`` in the background; :meth:`ready` waits for that."""

    def __init__(self, folder: Path, name: str, modules: list[str], env: dict[str, str]):
        self.address = str(folder / f"{name}.sock")
        self.log = folder / f"{name}.log"
        self._errors: IO = self.log.open("ab")
        # -P: the folder the user stands in is no place to import from
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "relops.suite.forkserver", self.address, *modules],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, env=env)
        self._threads: int | None = None

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._process.pid

    def ready(self) -> bool:
        """Wait until everything is imported; return whether it can be forked safely (one thread alive)."""
        if self._threads is None:
            line = self._process.stdout.readline()
            self._threads = json.loads(line)["threads"] if line else 0
        return self._threads == 1

    def fork(self, request: dict[str, Any]) -> ForkedProcess:
        """Return a new child; see :mod:`relops.suite.forkserver` for the request."""
        return ForkedProcess(self.address, {"log": str(self.log), **request})

    def close(self) -> None:
        """End the server and all its children."""
        if self._threads is None:  # it is still importing, and nothing of it is needed any more
            self._process.kill()
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._errors.close()
