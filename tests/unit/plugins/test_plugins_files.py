"""Plugins of one file."""

from __future__ import annotations

import pickle
import sys

import pytest
from plugin_site import good, status

from threadbench.errors import PluginError
from threadbench.plugins import Registry


def test_a_file_is_a_plugin(site, tmp_path, monkeypatch):
    """`--plugin FILE.py` needs no packaging, and is listed like any other."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my plugin.py").write_text(good("turnstile"))
    registry = Registry.from_switches(plugin_files=["my plugin.py", "./my plugin.py"])
    assert registry.workload("turnstile").kind == "turnstile"
    row = status(registry, "my plugin.py")
    assert (row.origin, row.kinds, row.status) == ("file", ("turnstile",), "ok")


def test_functions_of_a_file_can_be_pickled(site, tmp_path):
    """A process pool that a workload starts finds the file's functions in its forked child."""
    path = tmp_path / "one.py"
    path.write_text(good("turnstile") + "\ndef double(x):\n    return 2 * x\n")
    function = Registry(files=[str(path)]).workload("turnstile").function
    double = sys.modules[function.__module__].double
    again = Registry(files=[str(path)]).workload("turnstile").function
    assert pickle.loads(pickle.dumps(double)) is double is sys.modules[again.__module__].double


def test_two_files_of_one_name_are_two_plugins(site, tmp_path):
    """Files are told apart by their paths."""
    for folder, kind in (("one", "turnstile"), ("two", "gate")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "plugin.py").write_text(good(kind))
    registry = Registry(files=[str(tmp_path / folder / "plugin.py") for folder in ("one", "two")])
    assert list(registry.names())[-2:] == ["gate", "turnstile"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "there is no such file"),
        ("folder", "it is not a file"),
        (b"x = 1\n1/0\n", r"ZeroDivisionError: division by zero \(.*plugin\.py:2\)"),
        (b"x = 1\ndef f(:\n", r"SyntaxError: .*\(.*plugin\.py:2\)"),
        (b"\xff\xfe\x00", "SyntaxError|ValueError"),
        (b"x = 1\n", "it implements no hook"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_an_error_with_its_place(site, tmp_path, content, reason):
    """A file was asked for: when it cannot be used, nothing is run, and the error says where it failed."""
    path = tmp_path / "plugin.py"
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    registry = Registry(files=[str(path)])
    with pytest.raises(PluginError, match=f"plugin file .*plugin.py was asked for, but is broken: .*({reason})"):
        registry.workload("race")
    assert status(registry, str(path)).status == "broken"


def test_a_path_that_no_system_call_takes_is_an_error_like_any_other(site):
    """A NUL in a path is a broken plugin, not a traceback."""
    with pytest.raises(PluginError, match="is broken"):
        Registry(files=["a\0b.py"]).workload("race")


def test_a_file_and_a_distribution_can_conflict(site, tmp_path):
    """A file has no precedence; the hint names the switch for the one that is installed."""
    site.install("acme", {"turnstile": good("turnstile")})
    path = tmp_path / "local.py"
    path.write_text(good("turnstile"))
    with pytest.raises(PluginError, match=r"plugin file .*local\.py and plugin 'turnstile' of acme 1\.0") as caught:
        Registry(files=[str(path)]).workload("turnstile")
    assert caught.value.hint == "decide with -p no:turnstile"
    assert Registry(files=[str(path)], blocked=["turnstile"]).workload("turnstile").kind == "turnstile"


def test_a_file_that_was_corrected_loads(site, tmp_path):
    """A failed import leaves nothing behind: the next registry of the same process imports the file anew."""
    path = tmp_path / "plugin.py"
    path.write_text("1/0")
    with pytest.raises(PluginError, match="ZeroDivisionError"):
        Registry(files=[str(path)]).names()
    path.write_text(good("turnstile"))
    assert Registry(files=[str(path)]).workload("turnstile").kind == "turnstile"
