"""The site of a run made by hand, built once."""

import shutil
from types import SimpleNamespace

import pytest
from handmade_run import RECORD, hand_made, make_project

from relops.suite.site import build_site


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    exhibits = hand_made(folder)
    index = build_site(folder, make_project(tmp_path_factory.mktemp("project")), exhibits, RECORD)
    pages = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.html")}
    return SimpleNamespace(folder=folder, index=index, exhibits=exhibits, pages=pages)


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as driver:
        window = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield window
        window.close()
