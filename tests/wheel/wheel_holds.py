"""wheel_holds.py WHEEL TREE: the wheel holds every file of the five packages, programs and data, and nothing else."""

import sys
import zipfile
from pathlib import Path

PACKAGES = ("vilomem", "flows", "tasks", "storage", "vilomem_core")


def main(wheel: str, tree: str) -> None:
    root = Path(tree)
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    wanted = {path.relative_to(root).as_posix() for package in PACKAGES for path in (root / package).rglob("*") if path.is_file()}
    assert any(name.endswith(".sql") for name in wanted) and "vilomem/py.typed" in wanted, "this is not the tree of the project"
    assert names == wanted, f"missing in the wheel: {sorted(wanted - names)}; more than in the tree: {sorted(names - wanted)}"


if __name__ == "__main__":
    main(*sys.argv[1:])
