"""pyproject.toml is the only list of dependencies: the lock, environment.yml and the wheel agree with it."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def locked() -> dict[str, set[str]]:
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", LOCK, re.MULTILINE):
        pins.setdefault(canonicalize_name(name), set()).add(version)
    return pins


def declared() -> list[Requirement]:
    return [Requirement(line) for line in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]]


def test_every_dependency_is_locked_at_an_allowed_version():
    pins = locked()
    wrong = {str(need): pins.get(canonicalize_name(need.name)) for need in declared()
             if not any(need.specifier.contains(version) for version in pins.get(canonicalize_name(need.name), ()))}
    assert wrong == {}


def test_lock_pins_by_hash_and_names_no_host():
    entries = [block for block in re.split(r"\n(?=[A-Za-z0-9])", LOCK) if block.strip()]
    assert len(entries) > 100
    assert [block.splitlines()[0] for block in entries if "--hash=sha256:" not in block] == []
    assert re.findall(r"https?://|file://|--(?:extra-)?index-url|--find-links", LOCK) == []


def test_environment_file_is_thin_and_agrees():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, extra = environment["dependencies"]
    assert python == f"python{PROJECT['requires-python']}"
    assert pip == "pip"
    assert extra == {"pip": ["-e .[test]"]}


def test_licence_is_permissive_and_present():
    assert PROJECT["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> dict:
    """The built wheel, installed by pip outside the clone, and an environment that finds it before the clone."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
                   check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    # what it needs is there already: nothing is looked for in an index
    subprocess.run([sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--no-compile", "--quiet",
                    "--disable-pip-version-check", "--target", site, wheel], check=True, capture_output=True)
    return {"site": site, "names": [p.relative_to(site).as_posix() for p in site.rglob("*")],
            "command": shutil.which("relops", path=os.pathsep.join(str(site / name) for name in ("bin", "Scripts"))),
            "env": os.environ | {"PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}, "folder": folder}


def test_wheel_carries_the_notebooks_and_the_package_data(installed):
    names = installed["names"]
    for notebook in (ROOT / "notebooks").glob("0*.ipynb"):
        assert f"relops/_notebooks/{notebook.name}" in names
    for data in (p for kind in ("*.yaml", "*.j2", "*.html", "*.css", "*.js") for p in (ROOT / "relops").rglob(kind)):
        assert data.relative_to(ROOT).as_posix() in names


@pytest.mark.slow
def test_wheel_makes_and_runs_a_project_outside_the_clone(installed):
    folder = installed["folder"]

    def relops(*arguments: str) -> str:
        done = subprocess.run([installed["command"], *arguments], cwd=folder, env=installed["env"],
                              capture_output=True, text=True, encoding="utf-8")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    where = subprocess.run([sys.executable, "-c", "import relops; print(relops.__file__)"], cwd=folder,
                           env=installed["env"], capture_output=True, text=True, check=True).stdout
    assert Path(where.strip()).is_relative_to(installed["site"])
    assert relops("--version").strip() == PROJECT["version"]
    relops("new", "客户 甲", "--from", "cdnow")
    relops("run", "客户 甲")
    latest = (folder / "客户 甲" / "reports" / "latest").read_text(encoding="utf-8").strip()
    run = folder / "客户 甲" / "reports" / latest
    assert (run / "index.html").stat().st_size > 10_000
    assert sorted(p.name for p in run.glob("*.docx")) == [
        "plan-relationship.en.docx", "plan-relationship.zh.docx",
        "plan-word-of-mouth.en.docx", "plan-word-of-mouth.zh.docx"]
