"""The policies are found from a wheel, from an editable install and from a bare checkout; the house stands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WHERE = "from checker.shipped import policies_folder; print(policies_folder())"
COUNT = "from checker.load import load_book; from checker.shipped import policies_folder; print(len(load_book([policies_folder()]).policies))"


def run(folder: Path, code: str, **environment: str) -> str:
    """What a fresh process prints; `folder` is the working folder, and first on the path only where PYTHONPATH says so."""
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | environment
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=folder, capture_output=True, text=True, check=False, env=clean)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)], check=True, capture_output=True)
    return next(folder.glob("service_standards_checker-*.whl"))


def test_a_wheel_brings_the_policies(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path / "site")
    found = run(tmp_path, WHERE, PYTHONPATH=str(tmp_path / "site"))
    assert Path(found) == tmp_path / "site" / "checker" / "_policies"
    assert run(tmp_path, COUNT, PYTHONPATH=str(tmp_path / "site")) == run(ROOT, COUNT, PYTHONPATH=str(ROOT))


def test_a_wheel_brings_the_templates_of_a_working_folder(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path / "site")
    code = "from pathlib import Path; from checker.init import write_folder; print(len(write_folder(Path('fresh'))))"
    assert run(tmp_path, code, PYTHONPATH=str(tmp_path / "site")) == run(tmp_path, code.replace("fresh", "again"), PYTHONPATH=str(ROOT))


def test_a_bare_checkout_has_them_beside_the_package(tmp_path: Path) -> None:
    for name in ("checker", "policies"):
        shutil.copytree(ROOT / name, tmp_path / "copy" / name)
    assert Path(run(tmp_path, WHERE, PYTHONPATH=str(tmp_path / "copy"))) == tmp_path / "copy" / "policies"


def test_an_editable_install_passes_over_a_stale_copy_inside_the_package(tmp_path: Path) -> None:
    for name in ("checker", "policies"):
        shutil.copytree(ROOT / name, tmp_path / "work" / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "work")
    (tmp_path / "work" / "checker" / "_policies").mkdir()
    (tmp_path / "work" / "checker" / "_policies" / "catalogue.yaml").write_text("format: catalogue/1\ndocuments: {}\n", encoding="utf-8")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "editable.pth").write_text(str(tmp_path / "work") + "\n", encoding="utf-8")
    code = f"import site; site.addsitedir({str(tmp_path / 'site')!r}); import sys; sys.path.insert(0, sys.path.pop()); {WHERE}"
    assert Path(run(tmp_path, code)) == tmp_path / "work" / "policies"


def test_imports_go_one_way() -> None:
    done = subprocess.run([Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "0 broken" in done.stdout, done.stdout


def test_help_imports_no_heavy_library() -> None:
    heavy = ("duckdb", "pydantic", "yaml", "python_calamine")
    code = f"import sys; sys.argv = ['checker', '--help']\ntry:\n import checker.cli; checker.cli.main()\nexcept SystemExit: pass\nprint([one for one in {heavy} if one in sys.modules])"
    assert run(ROOT, code, PYTHONPATH=str(ROOT)).endswith("[]")
