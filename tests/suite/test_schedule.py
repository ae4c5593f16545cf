import json
import threading

from relops.suite.graph import build_graph
from relops.suite.record import expected_seconds
from relops.suite.schedule import Progress, execute_graph


class Recorder:
    """Workers that only note the order in which notebooks start."""

    kind = "recorded"

    def __init__(self, exit_codes=None, together=1):
        self.started, self.exit_codes = [], exit_codes or {}
        self.gate = threading.Barrier(together)

    def run(self, function, job, listen):
        self.started.append(job["notebook"])
        self.gate.wait(timeout=10)
        code = self.exit_codes.get(job["notebook"], 0)
        if not code:
            listen({"cell": 1, "of": 1})
            listen({"outcome": {"notebook": job["notebook"], "status": "complete", "seconds": 0.1}})
        return code


def run(project, workers, at_once=1, expected=None):
    graph = build_graph(project)
    return execute_graph(graph, lambda node: {"notebook": node.name}, workers, at_once, Progress(),
                         dict.fromkeys(graph, 0.0) | (expected or {}))


def test_the_longest_starts_first_but_never_before_what_it_needs(project, notebook):
    for name, after in (("91_a", []), ("92_b", []), ("93_c", ["91_a"])):
        notebook(name, after=after)
    workers = Recorder()
    outcomes = run(project, workers, expected={"93_c": 9, "92_b": 5, "91_a": 1})
    assert workers.started == ["92_b", "91_a", "93_c"]
    assert list(outcomes) == ["91_a", "92_b", "93_c"]


def test_as_many_run_at_once_as_allowed(project, notebook):
    for name in ("91_a", "92_b", "93_c"):
        notebook(name)
    outcomes = run(project, Recorder(together=3), at_once=3)  # each waits for the two others
    assert [outcome["status"] for outcome in outcomes.values()] == ["complete"] * 3


def test_a_killed_process_is_no_success_and_stops_what_follows(project, notebook):
    notebook("91_a")
    notebook("92_b", after=["91_a"])
    workers = Recorder({"91_a": -9})
    outcomes = run(project, workers)
    assert workers.started == ["91_a"]
    assert outcomes == {"91_a": {"notebook": "91_a", "status": "failed", "kind": "died", "seconds": None}}


def test_expected_seconds_are_those_of_the_projects_last_run(tmp_path):
    record = {"project": "mine", "notebooks": [{"name": "91_a", "seconds": 7.5}, {"name": "99_gone", "seconds": 1}]}
    (tmp_path / "run.json").write_text(json.dumps(record))
    assert expected_seconds(tmp_path, "mine", ["91_a", "92_b"]) == {"91_a": 7.5, "92_b": 1.0}
    assert expected_seconds(tmp_path, "other", ["91_a", "92_b"]) == {"91_a": 0.0, "92_b": 1.0}
    assert expected_seconds(None, "mine", ["91_a"]) == {"91_a": 0.0}
