"""Customer ids as keyed hashes: what leaves the door tells customers apart and names nobody.

HMAC-SHA256 (RFC 2104), worked out by the engine from its ``sha256``; the first 16 bytes as hexadecimal text.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from pathlib import Path

from relops.data.engine import Engine, literal

BLOCK_BYTES = 64
HASH_DIGITS = 32
HASHED_IDS = "hashed_ids"


def define_keyed_hash(engine: Engine, key: bytes) -> None:
    """Make ``keyed_hash(text)`` known to this connection; null stays null."""
    if len(key) > BLOCK_BYTES:
        key = hashlib.sha256(key).digest()
    padded = key.ljust(BLOCK_BYTES, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in padded).hex() for pad in (0x36, 0x5C))
    engine.create_macro("keyed_hash(x)", f"left(sha256(unhex('{outer}') || unhex(sha256(unhex('{inner}') || "
                        f"encode(x)))), {HASH_DIGITS})")


def hash_ids(engine: Engine, ids: Sequence[str]) -> None:
    """Write the temporary table ``hashed_ids`` (id, hash) of all persons in these queries of original ids: each is
    hashed once, however many records name it."""
    known = " UNION ALL ".join(ids) or "SELECT CAST(NULL AS VARCHAR) AS id"
    engine.create_table(HASHED_IDS, f"SELECT id, keyed_hash(id) AS hash FROM (SELECT DISTINCT id FROM ({known}) "
                        "WHERE id IS NOT NULL)", temporary=True)


def write_id_map(engine: Engine, path: Path) -> None:
    """Write hash and original id of every person (``hashed_ids``) to a Parquet file that only its owner may read;
    persons that it holds already stay in it, so that earlier lists and scores can still be read.

    Raises OSError when the file cannot be written.
    """
    _join_map(engine, f"SELECT hash, id FROM {HASHED_IDS}", path)


def write_key_map(engine: Engine, path: Path) -> None:
    """Write hash, name and value of every key of the table ``persons`` as :func:`write_id_map` does."""
    _join_map(engine, "SELECT keyed_hash(id) AS hash, name AS key, value FROM persons", path)


def _join_map(engine: Engine, query: str, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = f" UNION SELECT * FROM read_parquet({literal(str(path))})" if path.exists() else ""
    draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        engine.copy_to(f"SELECT DISTINCT * FROM ({query}{held}) ORDER BY ALL", draft)
        draft.chmod(0o600)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
