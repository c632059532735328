"""Running the checker as a person or a build server does: a process of its own, in a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def commands(folder: Path) -> Path:
    """A folder to put first on the PATH: `checker` is that of this checkout, `pip` says what it was asked to install."""
    folder.mkdir(exist_ok=True)
    _script(folder / "checker", f'PYTHONPATH="{ROOT}" exec "{sys.executable}" -P -m checker "$@"')
    _script(folder / "pip", 'echo "pip $*"')
    return folder


def _script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)


def run(line: str, folder: Path, bin: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A line of shell, run in a folder with the commands of `bin`."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CHECKER_") and key != "PYTHONPATH"}
    clean = kept | {"PATH": f"{bin}{os.pathsep}{os.environ['PATH']}"} | environment
    return subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False, env=clean)
