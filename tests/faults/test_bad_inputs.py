"""What a careless user feeds it: each ends with one clear message, exit 2, and nothing half-written.

Every message names the place, what was found, what is allowed and what to do (four lines a problem).
"""

import datetime
import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HEADER = "order_id,customer_id,ordered_at,amount\n"
BRIEF = """client: {{name: 试验公司}}
finance: {{currency: CNY}}
period: {{timezone: Asia/Shanghai{period}}}
data:
  sources:
    - table: orders
      files: data/orders.csv
{source}
{rest}
"""


def relops(*arguments: object) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-m", "relops", *map(str, arguments)], capture_output=True, text=True,
                          encoding="utf-8", env=os.environ | {"RELOPS_LANG": "en", "COLUMNS": "200"})
    output = " ".join((done.stdout + done.stderr).split())
    assert "Traceback" not in output, output
    return done.returncode, output


def project(folder: Path, rows: str, source: str = "", *, period: str = "", rest: str = "",
            header: str = HEADER) -> Path:
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "orders.csv").write_bytes((header + rows).encode())
    (folder / "brief.yaml").write_text(BRIEF.format(source=source, period=period, rest=rest), encoding="utf-8")
    return folder


def orders(count: int, *, customers: int = 10, every_days: int = 3) -> str:
    day = datetime.date(2025, 1, 1)
    return "".join(f"A{i},C{i % customers},{day + datetime.timedelta(days=every_days * i)},{10 + i}.50\n"
                   for i in range(count))


def refused(folder: Path, *words: str, command: str = "check") -> str:
    before = sorted(p for p in folder.rglob("*") if p.is_file())
    code, output = relops(command, folder)
    assert code == 2, output
    for word in (*words, "found:", "allowed:", "do:"):
        assert word in output, f"{word!r} not in: {output}"
    left = [p for p in folder.rglob("*") if p.is_file() and p not in before]
    assert left == [], "a refused input leaves nothing behind"
    return output


@pytest.mark.parametrize(("name", "content", "words"), [
    ("nowhere.csv", None, ["nowhere.csv"]),
    ("empty.csv", b"", ["empty.csv"]),
    ("header.csv", HEADER.encode(), ["header.csv"]),
    ("undated.csv", b"order_id,customer_id,amount\nA1,C1,5\nA2,C2,6\n", ["undated.csv", "ordered_at"]),
    ("either.csv", (HEADER + "A1,C1,03/04/2025,5\nA2,C2,05/06/2025,6\n").encode(), ["either.csv", "date_format"]),
])
def test_new_refuses_a_file_it_cannot_map(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    code, output = relops("new", tmp_path / "client", "--from", tmp_path / name)
    assert code == 2, output
    for word in (*words, "found:", "allowed:", "do:"):
        assert word in output
    assert not (tmp_path / "client").exists()


def test_no_such_file(tmp_path):
    folder = project(tmp_path / "p", orders(5))
    (folder / "data" / "orders.csv").unlink()
    refused(folder, "data/orders.csv")


def test_empty_file(tmp_path):
    refused(project(tmp_path / "p", "", header=""), "orders.csv")


def test_header_only(tmp_path):
    refused(project(tmp_path / "p", ""), "orders.csv")


def test_wrong_encoding(tmp_path):
    folder = project(tmp_path / "p", "", "      encoding: utf-8")
    (folder / "data" / "orders.csv").write_bytes((HEADER + "A1,张三,2025-01-01,5\n").encode("gb18030"))
    refused(folder, "orders.csv", "encoding")


def test_missing_required_column(tmp_path):
    refused(project(tmp_path / "p", "A1,C1,5\n", header="order_id,customer_id,amount\n"), "ordered_at")


def test_mapping_to_an_absent_column(tmp_path):
    refused(project(tmp_path / "p", orders(5), "      columns: {amount: 金额}"), "金额", "amount")


def test_all_dates_unparsable(tmp_path):
    refused(project(tmp_path / "p", "A1,C1,yesterday,5\nA2,C2,soon,6\n"), "ordered_at", "soon")


def test_day_month_order_unknown(tmp_path):
    refused(project(tmp_path / "p", "A1,C1,03/04/2025,5\nA2,C2,05/06/2025,6\n"), "date_format")


def test_negative_amounts_without_a_refund_rule(tmp_path):
    refused(project(tmp_path / "p", orders(5) + "A9,C1,2025-02-01,-4\n", period=", data_end: 2025-06-30"),
            "refunds", "-4")


def test_all_rows_after_data_end(tmp_path):
    refused(project(tmp_path / "p", orders(5), period=", data_end: 2024-06-30"), "2024-06-30")


def test_unknown_keys_and_wrong_types_are_told_at_once_with_their_lines(tmp_path):
    folder = project(tmp_path / "p", orders(5), rest="budgett: {total: 5}\nbudget: {total: lots}\nmissing: perhaps")
    output = refused(folder, "budgett", "brief.yaml:9", "brief.yaml:10", "brief.yaml:11")
    assert output.count("do:") == 3


def test_broken_yaml(tmp_path):
    folder = project(tmp_path / "p", orders(5))
    (folder / "brief.yaml").write_text("client: {name: A\nfinance: [", encoding="utf-8")
    refused(folder, "brief.yaml")


@pytest.mark.parametrize("content", ["", "0" * 63, "g" * 64])
def test_a_key_of_customer_ids_that_is_none(tmp_path, content):
    folder = project(tmp_path / "p", orders(5))
    (folder / "private").mkdir()
    (folder / "private" / "id.key").write_text(content, encoding="ascii")
    refused(folder, "id.key", f"{len(content)} characters", "64 hexadecimal digits", "restore it from a backup")


def test_no_project(tmp_path):
    refused(tmp_path, "brief.yaml", command="run")


def test_a_project_is_never_overwritten(tmp_path):
    folder = project(tmp_path / "p", orders(5))
    brief = (folder / "brief.yaml").read_bytes()
    code, output = relops("new", folder, "--from", "cdnow")
    assert (code, (folder / "brief.yaml").read_bytes()) == (2, brief), output


def test_wrong_parameter_names_and_types(tmp_path):
    folder = project(tmp_path / "p", orders(40))
    for wrong in ("03_rfm_segments.binz=4", "03_rfm_segments.bins=many", "09_nothing.bins=4", "bins"):
        code, output = relops("run", folder, "-p", wrong)
        assert code == 2, output
        assert "allowed:" in output
        assert wrong.split("=")[0].split(".")[-1] in output
    assert not list(folder.glob("reports/*/index.html"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_no_write_permission(tmp_path):
    folder = project(tmp_path / "p", orders(40))
    folder.chmod(0o500)
    try:
        code, output = relops("run", folder)
    finally:
        folder.chmod(0o700)
    assert code == 2
    assert str(folder) in output


def test_order_id_repeated_with_other_values_lies_in_quarantine(tmp_path):
    folder = project(tmp_path / "p", orders(40) + "A3,C9,2025-03-03,77\n", "      grain: order")
    code, output = relops("run", folder, "--only", "01")
    assert code == 0, output
    run = folder / "reports" / (folder / "reports" / "latest").read_text(encoding="utf-8").strip()
    (file,) = (run / "private" / "quarantine").glob("*.csv")
    text = file.read_text(encoding="utf-8-sig")
    assert "A3" in text
    assert "42" in text, "the line of the refused row"


def test_a_ten_megabyte_cell(tmp_path):
    folder = project(tmp_path / "p", orders(40) + f"A99,{'x' * 10_000_000},2025-03-03,77\n")
    code, output = relops("check", folder)
    assert code == 0, output
    assert len(output) < 20_000, "the cell itself is not printed"
    assert "a cell is too large" in output and "data/orders.csv:42" in output
    kept = (folder / "private" / "quarantine-check" / "orders.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(kept) == 2 and kept[1].startswith("data/orders.csv,42,cell_size,"), "its row alone is refused"


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "found"), [
    pytest.param(orders(40, customers=1), {"rfm.gaps.count": 39, "rfm.groups.missing:rfm.gaps.customers": None},
                 id="one customer"),
    pytest.param(orders(40, customers=40), {"rfm.gaps.count": 0, "lifetime_value.repeat_customers": 0},
                 id="one order each"),
    pytest.param(orders(40, every_days=0), {"rfm.gaps.count": 0, "lifetime_value.repeat_customers": 0}, id="one day"),
])
def test_thin_data_runs_to_the_end_and_says_what_it_cannot(tmp_path, rows, found):
    folder = project(tmp_path / "p", rows, period=", data_end: 2025-06-30", rest="meta: {languages: [en]}")
    code, output = relops("run", folder)
    assert code == 0, output
    run = folder / "reports" / (folder / "reports" / "latest").read_text(encoding="utf-8").strip()
    told = {record["id"]: record["value"] for record in json.loads((run / "evidence.json").read_text("utf-8"))}
    assert {key: told[key] for key in found} == found
    lacked = {}
    for store in (run / "store").glob("*/exhibits.json"):
        lacked |= {record["id"]: record["code"] for record in json.loads(store.read_text("utf-8"))["missing"]}
    assert {key: lacked[key] for key in ("rfm.groups.missing", "lifetime_value.gamma_gamma.missing",
                                         "lifetime_value.expected_purchases.missing")} == {
        "rfm.groups.missing": "M2", "lifetime_value.gamma_gamma.missing": "M2",
        "lifetime_value.expected_purchases.missing": "M2"}
    for notebook, sentence in (("03_rfm_segments", "so the split into four customer groups is not stated"),
                               ("04_customer_lifetime_value", "so expected purchases is not stated")):
        page = (run / "notebooks" / f"{notebook}.html").read_text(encoding="utf-8")
        assert "[M2 not enough data]" in page and sentence in page
    page = (run / "index.html").read_text(encoding="utf-8")
    assert "the split into four customer groups" in page
    assert "rfm.r1_days" not in (folder / "settings.lock").read_text(encoding="utf-8"), "no ruler from so little"


def test_a_gzip_that_is_none(tmp_path):
    folder = project(tmp_path / "p", orders(5))
    (folder / "data" / "orders.csv").rename(folder / "data" / "orders.csv.gz")
    brief = (folder / "brief.yaml").read_text(encoding="utf-8").replace("orders.csv", "orders.csv.gz")
    (folder / "brief.yaml").write_text(brief, encoding="utf-8")
    refused(folder, "orders.csv.gz")


def test_a_truncated_gzip(tmp_path):
    folder = project(tmp_path / "p", orders(5))
    whole = gzip.compress((HEADER + orders(500)).encode())
    (folder / "data" / "orders.csv").unlink()
    (folder / "data" / "orders.csv.gz").write_bytes(whole[: len(whole) // 2])
    brief = (folder / "brief.yaml").read_text(encoding="utf-8").replace("orders.csv", "orders.csv.gz")
    (folder / "brief.yaml").write_text(brief, encoding="utf-8")
    refused(folder, "orders.csv.gz")


@pytest.fixture
def small_disk(tmp_path, request):
    """A file system of its own with so many kilobytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", f"size={request.param}k", "tmpfs", str(place)]
    if mount is None or subprocess.run([mount, *options], capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("small_disk", [512, 3072], indirect=True, ids=["full at once", "full half-way"])
def test_a_disk_that_really_is_full(tmp_path, small_disk):
    folder = project(tmp_path / "p", orders(40), period=", data_end: 2025-06-30", rest="meta: {languages: [en]}")
    code, output = relops("run", folder, "--out", small_disk)
    assert code == 1, output
    assert "disk is full" in output or "no space is left" in output
    left = [path for path in small_disk.iterdir() if path.name.endswith("-failed")]
    assert [path.name for path in small_disk.iterdir() if path not in left] == []
    kept = {path.name for run in left for path in run.iterdir()}
    assert kept <= {"index.html", "run.json", "notebooks", "store", "private"}, "no half document"
    assert not list(folder.glob("settings.lock*")), "no ruler is frozen by a run that failed"
