"""Wheels written by hand: a wheel is a zip, so the real pip installs a third party's project without any network."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def write_wheel(
    folder: Path, distribution: str, version: str, files: Mapping[str, str], points: Mapping[str, str]
) -> Path:
    """A wheel of pure Python with entry points of group `threadbench`; returns its path."""
    stem = f"{distribution.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[threadbench]\n"
        + "".join(f"{name} = {value}\n" for name, value in points.items()),
    }
    record = [f"{name},sha256={_digest(text)},{len(text.encode())}\n" for name, text in content.items()]
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in content.items():
            wheel.writestr(name, text)
        wheel.writestr(f"{info}/RECORD", "".join(record) + f"{info}/RECORD,,\n")
    return path


def wheel_of_project(folder: Path, project: Path) -> Path:
    """The wheel of a project in src layout, of what its pyproject.toml says."""
    metadata = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    source = project / "src"
    files = {str(path.relative_to(source)): path.read_text(encoding="utf-8") for path in source.rglob("*.py")}
    return write_wheel(folder, metadata["name"], metadata["version"], files, metadata["entry-points"]["threadbench"])


def install(wheels: Iterable[Path], target: Path) -> None:
    """Install wheels into a folder as a user would, with pip or, in an environment without it, uv."""
    if importlib.util.find_spec("pip"):
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--no-compile"]
    elif shutil.which("uv"):
        command = ["uv", "pip", "install", "--python", sys.executable]
    else:
        pytest.skip("neither pip nor uv is here to install with")
    options = ["--quiet", "--no-index", "--no-deps", "--target", str(target)]
    done = subprocess.run([*command, *options, *map(str, wheels)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def wheel_of_threadbench(folder: Path) -> Path:
    """Build the wheel of this project as it is published into a folder; returns the folder."""
    root = Path(__file__).parents[2]
    _pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(root))
    return folder


def index_is_reached(folder: Path) -> bool:
    """Whether an index is there to install from: asked for the build backend, which everything else needs first."""
    return _pip("download", "--no-deps", "--dest", str(folder / "backend"), "uv_build>=0.9,<0.14", check=False) == 0


def _pip(*arguments: str, check: bool = True) -> int:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run([*command, "--quiet"], capture_output=True, text=True, check=False, timeout=300)
    assert not check or done.returncode == 0, done.stderr
    return done.returncode
