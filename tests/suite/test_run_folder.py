import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from relops.errors import BadInput
from relops.suite.run_folder import RunFolder, latest_run


def test_a_good_run_becomes_the_latest(tmp_path):
    first, second = RunFolder(tmp_path), RunFolder(tmp_path)
    assert first.run_id != second.run_id
    (first.draft / "index.html").write_text("one")
    assert not first.final.exists()
    assert first.finish() == tmp_path / first.run_id
    assert (tmp_path / "latest").read_text() == f"{first.run_id}\n"
    assert latest_run(tmp_path) == tmp_path / first.run_id
    assert f'url={first.run_id}/index.html"' in (tmp_path / "latest.html").read_text()
    second.discard()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([first.run_id, "latest", "latest.html"])


def test_a_failed_run_leaves_the_latest_alone(tmp_path):
    good = RunFolder(tmp_path)
    good.finish()
    bad = RunFolder(tmp_path)
    assert bad.fail() == tmp_path / f"{bad.run_id}-failed"
    assert latest_run(tmp_path) == good.final


def test_what_a_killed_run_left_behind_is_swept_and_a_living_one_is_not(tmp_path):
    living = RunFolder(tmp_path)
    script = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from relops.suite.run_folder import RunFolder
        run = RunFolder(Path(sys.argv[1]))
        (run.draft / "half.txt").write_text("half a report")
        print(run.draft, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True)
    left = Path(killed.stdout.strip()) / "half.txt"
    assert killed.returncode == -9
    assert left.exists()
    next_run = RunFolder(tmp_path)
    assert not left.exists()
    assert living.draft.exists()
    next_run.discard()
    living.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput) as caught:
        RunFolder(tmp_path / "file" / "reports")
    assert caught.value.problems[0].code == "suite.folder"


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_without_the_right_to_write_is_told(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(BadInput) as caught:
        RunFolder(tmp_path)
    assert caught.value.problems[0].code == "suite.folder"
    tmp_path.chmod(0o700)
