"""The committed small edition: ``python -m relops.data.demo`` makes ``data/demo`` again."""

import shutil
import tempfile
from pathlib import Path

from relops.data.demo.project import demo_project

COMMITTED = Path("data/demo")
# what a run or an editor needs and the repository does not
LEFT_OUT = (".gitignore", "README.md", "brief.schema.json", "brief.xlsx", "notebooks", "reports", "templates")


def remake(folder: Path) -> None:
    """Make the default edition again in ``folder``; its page and its frozen rulers stay."""
    with tempfile.TemporaryDirectory() as draft:
        made = demo_project(Path(draft) / "demo")
        for name in LEFT_OUT:
            left_out = made / name
            shutil.rmtree(left_out) if left_out.is_dir() else left_out.unlink()
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, folder, dirs_exist_ok=True)


if __name__ == "__main__":
    remake(COMMITTED)
