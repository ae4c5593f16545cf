"""The engine file: offline, read-only where it should be, and clear about a disk that fails it."""

import errno

import duckdb
import pytest
from door_project import make_project, orders

from relops.data import ingest, read_audit
from relops.data.engine import Engine, storage_faults
from relops.errors import RunFailed

GOOD = {"o.csv": "date,amount,customer\n2025-01-01,5,x\n2025-01-02,6,\n"}


def test_no_extension_is_fetched_and_what_is_needed_is_in_the_wheel(tmp_path):
    with Engine.create(tmp_path / "e.duckdb") as engine:
        settings = dict(engine.rows("SELECT name, value FROM duckdb_settings() WHERE name LIKE 'auto%extensions'"))
        assert settings == {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
        linked = engine.rows("SELECT extension_name FROM duckdb_extensions() WHERE install_mode = 'STATICALLY_LINKED'")
        assert {"icu", "json", "parquet"} <= {name for name, in linked}
        assert engine.value("SELECT CAST(timezone('Asia/Shanghai', TIMESTAMP '2024-01-05 00:00') AS VARCHAR)") \
            == "2024-01-04 16:00:00+00"


def test_tables_come_and_go(tmp_path):
    with Engine.create(tmp_path / "e.duckdb", memory="500 MB", threads=1) as engine:
        engine.create_table("kept", "SELECT 1 AS a")
        engine.create_table("passing", "SELECT 2 AS a", temporary=True)
        assert engine.names() == ["kept"]
        assert engine.value("SELECT current_setting('threads')") == 1
    with Engine.open(tmp_path / "e.duckdb") as engine:
        assert engine.has("kept")
        assert not engine.has("passing")
        assert engine.table("kept").to_pandas()["a"].tolist() == [1]
        with pytest.raises(duckdb.InvalidInputException):
            engine.create_table("more", "SELECT 1 AS a")


@pytest.mark.parametrize(("fault", "said"), [
    (OSError(errno.ENOSPC, "No space left on device"), "no space is left"),
    (duckdb.IOException("Could not write file: No space left on device"), "no space is left"),
    (PermissionError(errno.EACCES, "Permission denied"), "no right to write"),
    (duckdb.IOException("Cannot open file: Permission denied"), "no right to write"),
    (duckdb.IOException("The file is damaged"), "could not be read or written"),
    (duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate"), "memory ran out"),
])
def test_faults_of_disk_and_memory_are_sentences(monkeypatch, tmp_path, fault, said):
    monkeypatch.setenv("RELOPS_LANG", "en")
    with pytest.raises(RunFailed, match=said) as raised, storage_faults(tmp_path / "e.duckdb"):
        raise fault
    assert "e.duckdb" in str(raised.value)
    assert raised.value.exit_code == 1


@pytest.mark.parametrize("step", ["write_quarantine", "write_id_map", "land"])
def test_a_disk_that_fills_up_on_the_way(monkeypatch, tmp_path, step):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setenv("RELOPS_LANG", "en")
    monkeypatch.setattr(f"relops.data.door.{step}", full)
    project = make_project(tmp_path, GOOD, [orders()])
    with pytest.raises(RunFailed, match="no space is left"):
        ingest(project, tmp_path / "run" / "e.duckdb", tmp_path / "run" / "quarantine")
    assert list((tmp_path / "run").glob(".drafts-*")) == []


def test_the_audit_reads_back_as_it_was(tmp_path):
    project = make_project(tmp_path, GOOD, [orders()])
    audit = ingest(project, tmp_path / "run" / "e.duckdb", tmp_path / "run" / "quarantine")
    with Engine.open(tmp_path / "run" / "e.duckdb") as engine:
        assert read_audit(engine) == audit
        assert engine.value("SELECT value FROM door_meta WHERE key = 'sha256:data/o.csv'") == audit.files[0].sha256
    assert audit.rows("orders", "rows_anonymous") == 1


def test_input_files_stay_as_they_are(tmp_path):
    project = make_project(tmp_path, GOOD, [orders()])
    before = {path: path.read_bytes() for path in (tmp_path / "data").iterdir()}
    ingest(project, tmp_path / "run" / "e.duckdb", tmp_path / "run" / "quarantine")
    assert {path: path.read_bytes() for path in (tmp_path / "data").iterdir()} == before
