"""Builds wheel and sdist of both Python packages: `python scripts/wheels/build_wheels.py FOLDER`.

Each is built in a copy of its folder, to which the one LICENSE of the repository is lent. What builds must be installed
already: sdk/python/requirements-dev.txt has it.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("generated/python", "sdk/python")
_NOT_PACKED = shutil.ignore_patterns("tests", "__pycache__", "*.egg-info", ".*_cache", "dist")


def build_wheels(target: Path) -> list[Path]:
    """What was built."""
    for package in PACKAGES:
        with tempfile.TemporaryDirectory(prefix="agentnet-wheel-") as folder:
            copy = Path(folder) / "package"
            shutil.copytree(ROOT / package, copy, ignore=_NOT_PACKED)
            shutil.copy(ROOT / "LICENSE", copy)
            command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(copy)]
            built = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own package
            if built.returncode:
                raise SystemExit(f"{package} cannot be built:\n{built.stdout}{built.stderr}")
    return sorted(target.iterdir())


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        raise SystemExit(__doc__)
    for path in build_wheels(Path(sys.argv[1]).absolute()):
        print(path)
