"""Ids leave as keyed hashes that equal Python's own HMAC."""

import hashlib
import hmac

import pytest
from door_project import orders
from hypothesis import given
from hypothesis import strategies as st

from relops.data.engine import Engine
from relops.data.identity import define_keyed_hash


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
