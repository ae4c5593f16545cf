import os
import signal
import sys
import time
from pathlib import Path

import pytest

from relops.suite.processes import QUIET_THREADS, can_fork

pytestmark = pytest.mark.skipif(not can_fork(), reason="kernels are forked only where fork is safe")

ENV = {**os.environ, **QUIET_THREADS}


def report(arguments, emit):
    """A job: what it sees of itself."""
    emit({"pid_seen": os.getpid(), "modules": sorted({"numpy", "pandas"} & set(sys.modules)),
          "session": os.getsid(0) == os.getpid(), "cwd": str(Path.cwd()), "env": os.environ.get("WHO"),
          **arguments})


def sleep(arguments, emit):
    emit({"asleep": True})
    time.sleep(arguments["seconds"])


def fail(arguments, emit):
    raise ValueError("a job that fails")


@pytest.fixture
def server(tmp_path):
    from relops.suite.forked import WarmProcess

    root = Path(__file__).resolve().parents[2]
    process = WarmProcess(tmp_path, "s", ["pandas"], {**ENV, "PYTHONPATH": str(root)})
    yield process
    process.close()


def request(server, tmp_path, job, **arguments):
    assert server.ready()
    return server.fork({"job": f"tests.suite.test_forkserver:{job}", "arguments": arguments,
                        "env": {**ENV, "WHO": "成都"}, "cwd": str(tmp_path)})


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat").read_text()
    return status.rsplit(")", 1)[1].split()[0] == "Z"  # a zombie waits for a parent that reads no exit codes


def wait_gone(pid, seconds=5):
    deadline = time.monotonic() + seconds
    while not gone(pid):
        assert time.monotonic() < deadline, f"{pid} still lives"
        time.sleep(0.05)


def test_nothing_but_imports_is_alive_at_the_fork(server):
    assert server.ready()


def test_a_server_with_a_thread_alive_refuses(tmp_path):
    from relops.suite.forked import WarmProcess

    (tmp_path / "busy_module.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(30,), daemon=True).start()\n")
    process = WarmProcess(tmp_path, "s", ["busy_module"], {**ENV, "PYTHONPATH": str(tmp_path)})
    assert not process.ready()
    process.close()


def test_a_job_runs_in_a_child_of_its_own(server, tmp_path):
    child = request(server, tmp_path, "report", mark="甲")
    events = list(child.events())
    assert events == [{"pid_seen": child.pid, "modules": ["numpy", "pandas"], "session": True,
                       "cwd": str(tmp_path), "env": "成都", "mark": "甲"}]
    assert child.poll() == 0
    assert child.pid not in (server.pid, os.getpid())


def test_a_failing_job_says_why_in_the_log(server, tmp_path):
    child = request(server, tmp_path, "fail")
    assert child.wait() == 1
    assert "ValueError: a job that fails" in server.log.read_text()


def test_a_killed_child_is_noticed(server, tmp_path):
    child = request(server, tmp_path, "sleep", seconds=60)
    assert next(child.events()) == {"asleep": True}
    assert child.poll() is None
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait(10) == -signal.SIGKILL


def test_a_child_ends_when_its_client_goes(server, tmp_path):
    child = request(server, tmp_path, "sleep", seconds=60)
    next(child.events())
    child._connection.close()
    wait_gone(child.pid)


def test_children_end_with_the_server_even_when_it_is_killed(server, tmp_path):
    child = request(server, tmp_path, "sleep", seconds=60)
    next(child.events())
    os.kill(server.pid, signal.SIGKILL)
    wait_gone(child.pid)
    assert child.poll() == -signal.SIGKILL
