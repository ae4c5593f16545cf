"""Ids leave as keyed hashes that equal Python's own HMAC."""

import hashlib
import hmac

import pandas as pd
import pytest
from door_project import orders
from hypothesis import given
from hypothesis import strategies as st

from relops import project as projects
from relops.brief import Brief
from relops.data.engine import Engine
from relops.data.identity import define_keyed_hash, hash_ids, write_id_map
from relops.errors import BadInput
from relops.project import COMMITTED, Project


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with Engine.create(tmp_path_factory.mktemp("identity") / "e.duckdb") as engine:
        yield engine


@given(key=st.binary(min_size=1, max_size=100), text=st.text(max_size=200))
def test_hash_equals_hmac(engine, key, text):
    define_keyed_hash(engine, key)
    expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]
    assert engine.value("SELECT keyed_hash(?)", [text]) == expected


def test_nobody_stays_nobody(engine):
    define_keyed_hash(engine, b"key")
    assert engine.value("SELECT keyed_hash(NULL)") is None


def test_ids_are_mapped_back_only_in_the_private_folder(door):
    through = door({"o.csv": "date,amount,customer\n2025-01-01,5,李雷\n2025-01-02,6,李雷\n2025-01-03,7,\n"},
                   orders())
    expected = hmac.new(bytes(32), "李雷".encode(), hashlib.sha256).hexdigest()[:32]
    assert through.rows("SELECT DISTINCT customer_id FROM orders ORDER BY 1") == [(expected,), (None,)]
    ids = through.quarantine.parent / "ids.parquet"
    assert through.rows(f"SELECT * FROM read_parquet('{ids}')") == [(expected, "李雷")]
    assert "李雷".encode() not in through.path.read_bytes()
    assert ids.stat().st_mode & 0o077 == 0


def test_the_map_of_ids_keeps_those_of_earlier_runs(engine, tmp_path):
    define_keyed_hash(engine, bytes(32))
    path = tmp_path / "private" / "it's" / "ids.parquet"
    for ids in ("'李雷', '韩梅梅', NULL", "'李雷', 'c3', '李雷'"):
        hash_ids(engine, [f"SELECT unnest([{ids}]) AS id"])
        write_id_map(engine, path)
    found = pd.read_parquet(path)
    assert sorted(found["id"]) == ["c3", "李雷", "韩梅梅"]
    assert dict(found[["id", "hash"]].to_numpy())["c3"] == hmac.new(bytes(32), b"c3", hashlib.sha256).hexdigest()[:32]
    assert [file.name for file in path.parent.iterdir()] == ["ids.parquet"]
    assert path.stat().st_mode & 0o077 == 0


def test_the_map_lies_with_the_project_but_for_the_committed_demo(tmp_path):
    brief = Brief.model_construct()
    assert Project(tmp_path, brief).maps(tmp_path / "elsewhere") == tmp_path / "private"
    assert Project(COMMITTED, brief).maps(tmp_path / "reports") == tmp_path / "reports" / "private"
    assert (COMMITTED / "brief.yaml").is_file()


@pytest.fixture
def keyless(tmp_path):
    return Project(tmp_path, Brief.model_construct())


def test_a_key_is_kept_whole_and_for_its_owner_alone(keyless):
    key = keyless.key()
    assert not keyless.private.exists(), "asking for a key writes nothing"
    keyless.keep_key(key)
    assert keyless.key() == key
    assert [path.name for path in keyless.private.iterdir()] == ["id.key"]
    assert (keyless.private / "id.key").stat().st_mode & 0o077 == 0


def test_a_run_interrupted_while_it_writes_the_key_leaves_none(keyless, monkeypatch):
    def interrupted(draft, path):
        raise KeyboardInterrupt

    monkeypatch.setattr(projects.os, "link", interrupted)
    with pytest.raises(KeyboardInterrupt):
        keyless.keep_key(keyless.key())
    assert list(keyless.private.iterdir()) == []


def test_two_first_runs_at_once_never_end_with_two_keys(keyless, monkeypatch):
    first, second, link = keyless.key(), keyless.key(), projects.os.link

    def slower(draft, path):
        path.write_text(first.hex(), encoding="ascii")
        link(draft, path)

    monkeypatch.setattr(projects.os, "link", slower)
    with pytest.raises(BadInput, match=r"id\.key"):
        keyless.keep_key(second)
    assert keyless.key() == first


def test_a_file_system_without_hard_links_keeps_a_key_too(keyless, monkeypatch):
    def no_links(draft, path):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(projects.os, "link", no_links)
    key = keyless.key()
    keyless.keep_key(key)
    assert keyless.key() == key
