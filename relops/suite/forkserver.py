"""One process that has imported everything, and forks a child for each kernel or job that is asked for.

Most of a small notebook's time is starting Python and importing. Here this is paid once. Nothing happens before a
fork but imports and the reading of what never changes (:mod:`relops.suite.warm`), and no thread is alive then: the
server refuses to serve otherwise.

A client connects to the server's socket and sends one line: ``{"argv": [...]}`` for a Jupyter kernel or
``{"job": "module:function", "arguments": {...}}``, with ``env``, ``cwd`` and ``log``. It reads the pid,
what the job emits, and ``{"exit": code}`` at the end. When the client goes, its child is killed; when
the server's standard input closes, all are.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

from relops.suite.processes import alive_threads, die_with_parent, run_job, to_line

MAX_REQUEST_BYTES = 16 * 1024 * 1024


class ForkServer:
    """The server's loop. ``children``: pid of a child → connection of the client who asked for it."""

    def __init__(self, address: str):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(address)
        self.listener.listen()
        self.children: dict[int, socket.socket] = {}
        self.selector = selectors.DefaultSelector()
        self.woken, self.waker = socket.socketpair()
        for end in (self.woken, self.waker):
            end.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ, self._accept)
        self.selector.register(self.woken, selectors.EVENT_READ, self._reap)
        self.selector.register(sys.stdin.fileno(), selectors.EVENT_READ, self._stop)
        self.serving = True

    def serve(self) -> None:
        """Serve until standard input closes."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run that owns us decides when to stop
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.waker.fileno(), warn_on_full_buffer=False)
        while self.serving:
            for key, _ in self.selector.select():
                key.data(key.fileobj)
        for pid in self.children:
            _kill_group(pid)

    def _stop(self, _: Any) -> None:
        self.serving = False

    def _accept(self, _: Any) -> None:
        connection, _ = self.listener.accept()
        with connection.makefile("rb") as lines:
            line = lines.readline(MAX_REQUEST_BYTES)
        if not line:
            connection.close()
            return
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            self._become_child(connection, request)
        self.children[pid] = connection
        self.selector.register(connection, selectors.EVENT_READ, lambda _: self._client_gone(pid))
        connection.sendall(to_line({"pid": pid}))

    def _client_gone(self, pid: int) -> None:
        """A client never sends a second line: what can be read is that it closed."""
        self.selector.unregister(self.children[pid])
        _kill_group(pid)

    def _reap(self, woken: socket.socket) -> None:
        woken.recv(4096)
        while self.children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            connection = self.children.pop(pid)
            if connection in {key.fileobj for key in self.selector.get_map().values()}:
                self.selector.unregister(connection)
                _send(connection, {"exit": os.waitstatus_to_exitcode(status)})
            connection.close()

    def _become_child(self, connection: socket.socket, request: dict[str, Any]) -> None:
        """Leave the server behind, do what was asked, end. Never returns."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            die_with_parent(server := os.getppid())
            os.setsid()
            self.selector.close()
            for end in (self.listener, self.woken, self.waker, *self.children.values()):
                end.close()
            _redirect(request["log"])
            os.environ.clear()
            os.environ.update(request["env"])
            os.chdir(request["cwd"])
            run = _run_job if "job" in request else _run_kernel
            code = run(connection, request, server)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def _send(connection: socket.socket, message: dict[str, Any]) -> None:
    try:
        connection.sendall(to_line(message))
    except (BrokenPipeError, ConnectionResetError):
        return  # the client is gone and needs no answer


def _kill_group(pid: int) -> None:
    """Kill a child and what it started (it leads a session of its own, or is about to)."""
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _redirect(log: str) -> None:
    """Give the child an empty input, and the log for whatever a library prints below Python."""
    empty = os.open(os.devnull, os.O_RDONLY)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, target in ((empty, 0), (out, 1), (out, 2)):
        os.dup2(source, target)


def _run_job(connection: socket.socket, request: dict[str, Any], _: int) -> int:
    run_job(request, lambda event: _send(connection, event))
    return 0


def _run_kernel(connection: socket.socket, request: dict[str, Any], server: int) -> int:
    from ipykernel.kernelapp import IPKernelApp

    connection.close()
    sys.argv = ["ipykernel_launcher", *request["argv"]]
    if "numpy" in sys.modules:  # Python's own generator renews itself at a fork, numpy's global one does not
        sys.modules["numpy"].random.seed()
    IPKernelApp.launch_instance(argv=request["argv"], parent_handle=server)
    return 0


def main(address: str, modules: list[str]) -> None:
    """Import ``modules``, print how many threads are alive, and serve if it is only this one.

    ``package.module:function`` also calls the function.
    """
    die_with_parent(os.getppid())
    gc.disable()  # imports make no garbage worth looking for
    for name in modules:
        module, _, function = name.partition(":")
        try:
            imported = importlib.import_module(module)
            if function:
                getattr(imported, function)()
        except Exception:  # a notebook that needs this module will say so; the others need not wait for it
            traceback.print_exc()
    gc.collect()
    gc.freeze()  # what is shared stays shared: the collector of a child leaves it alone
    gc.enable()
    server = ForkServer(address)
    sys.stdout.buffer.write(to_line({"threads": alive_threads()}))
    sys.stdout.buffer.flush()
    if alive_threads() == 1:
        server.serve()
    Path(address).unlink(missing_ok=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
