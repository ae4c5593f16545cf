"""What Windows brings along: Chinese paths with blanks, a console in cp936, line ends, a brief from Notepad."""

import os
import subprocess
import sys

import pytest
from gallery import CASES, write_case

from relops.brief import load_brief
from relops.data import ingest
from relops.project import Project

ENV = {name: value for name, value in os.environ.items() if name not in ("RELOPS_LANG", "LC_ALL", "LANG")}


@pytest.mark.parametrize("encoding", ["cp936", "gbk", "cp1252"])
def test_a_console_of_another_encoding(tmp_path, encoding):
    case = next(case for case in CASES if case.name == "抖店")
    files = write_case(case, tmp_path / "导出 三月")
    command = [sys.executable, "-m", "relops", "new", str(tmp_path / "客户 甲"), "--from", str(files)]
    environment = ENV | {"PYTHONIOENCODING": encoding, "COLUMNS": "100"}
    done = subprocess.run([*command, "--yes", "--lang", "zh"], capture_output=True, env=environment, check=False)
    shown = done.stdout.decode("utf-8" if encoding == "cp1252" else encoding)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    assert "月度合计" in shown and "订单算在哪一天？" in shown
    assert b"Traceback" not in done.stderr
    # a name in other capitals is the same file there
    (tmp_path / "客户 甲" / "data" / "抖店订单.csv").rename(tmp_path / "客户 甲" / "data" / "抖店订单.CSV")
    audit = ingest(Project.open(tmp_path / "客户 甲"), tmp_path / "engine.duckdb", tmp_path / "private" / "quarantine")
    assert audit.rows("orders", "rows_in") == 4
    # the brief as Notepad saves it: with a mark at the beginning and Windows line ends
    path = tmp_path / "客户 甲" / "brief.yaml"
    before = load_brief(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_brief(path) == before
