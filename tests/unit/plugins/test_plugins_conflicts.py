"""Names that two claim."""

from __future__ import annotations

import pytest
from plugin_site import good, status

from threadbench.errors import PluginError
from threadbench.plugins import Registry


@pytest.fixture
def rivals(site):
    """Two distributions that claim `turnstile`; one of them has another kind too."""
    both = good("turnstile") + "\n@workload('gate')\ndef gate(run, params): ...\n"
    site.install("acme", {"a": both + "\n@hookimpl\ndef threadbench_workloads(): return [function, gate]\n"}, "1.1")
    site.install("bolt", {"b": good("turnstile")}, "2.2")


def test_two_claims_of_one_kind_are_a_conflict_that_names_both(rivals):
    """Nobody wins by order of installation: using the kind names both and the switch that decides."""
    registry = Registry()
    assert [status(registry, name).status for name in "ab"] == ["conflict", "conflict"]
    with pytest.raises(PluginError, match=r"plugin 'a' of acme 1\.1 and plugin 'b' of bolt 2\.2") as caught:
        registry.workload("turnstile")
    assert caught.value.hint == "decide with -p no:a or -p no:b"
    assert "turnstile" not in registry.names()


def test_a_conflict_is_about_one_kind(rivals):
    """The other kind of a plugin in conflict works."""
    assert Registry().workload("gate").kind == "gate"
    assert "gate" in Registry().names()


@pytest.mark.parametrize(("dropped", "winner"), [("a", "bolt_b"), ("b", "acme_a"), ("acme", "bolt_b")])
def test_leaving_one_out_resolves_a_conflict(rivals, dropped, winner):
    """`-p no:NAME`, with the name of a plugin or of its distribution, does what the hint promises."""
    registry = Registry.from_switches([f"no:{dropped}"])
    assert registry.workload("turnstile").function.__module__ == winner
    assert [row.status for row in registry.plugins() if row.origin != "builtin"].count("ok") == 1


def test_a_built_in_kind_is_reserved(site):
    """A third party that claims `race` is in conflict; race stays what it is, and the plugin's other kinds work."""
    source = good("race") + "\n@workload('gate')\ndef gate(run, params): ...\n"
    site.install("acme", {"a": source + "\n@hookimpl\ndef threadbench_workloads(): return [function, gate]\n"})
    registry = Registry()
    row = status(registry, "a")
    assert (row.status, row.reason) == ("conflict", "kind 'race' is built in, and its name reserved")
    assert (row.kinds, row.usable) == (("race", "gate"), ("gate",))
    assert registry.workload("race").function.__module__ == "threadbench.kinds.race"
    assert registry.workload("gate").kind == "gate"
    assert list(registry.names()).count("race") == 1


def test_a_built_in_plugin_name_is_reserved(site):
    """An entry point named `race` is not imported: `-p no:race` could mean either."""
    site.install("acme", {"race": good("gate")})
    registry = Registry()
    assert status(registry, "race").status == "conflict"
    assert not site.imported
    assert registry.workload("race").function.__module__ == "threadbench.kinds.race"


def test_one_entry_point_name_in_two_distributions_is_a_duplicate(site):
    """Both distributions are seen and named, neither is imported, and who needs the kind is told."""
    site.install("acme", {"turnstile": good("turnstile")}, "1.1")
    site.install("bolt", {"turnstile": good("turnstile")}, "2.2")
    registry = Registry()
    rows = registry.info("turnstile")
    assert [(each.status.distribution, each.status.status) for each in rows] == [
        ("acme", "duplicate"),
        ("bolt", "duplicate"),
    ]
    assert {each.status.reason for each in rows} == {"acme 1.1 and bolt 2.2 both provide a plugin 'turnstile'"}
    assert not site.imported
    with pytest.raises(PluginError, match=r"acme 1\.1 and bolt 2\.2 both provide") as caught:
        registry.workload("turnstile")
    assert caught.value.hint == "uninstall one of them, or use -p no:acme or -p no:bolt"


def test_a_duplicate_is_resolved_by_distribution(site):
    """What the hint of a duplicate promises works."""
    site.install("acme", {"turnstile": good("turnstile")})
    site.install("bolt", {"turnstile": good("turnstile")})
    registry = Registry.from_switches(["no:acme"])
    assert registry.workload("turnstile").function.__module__ == "bolt_turnstile"


def test_one_module_behind_two_entry_points_is_loaded_once(site):
    """The second name of a module is a duplicate; the kind works."""
    site.module("shared", good("turnstile"))
    site.install("acme", {"a": "=shared", "b": "=shared"})
    registry = Registry()
    assert [status(registry, name).status for name in "ab"] == ["ok", "duplicate"]
    assert "is already loaded as plugin 'a' of acme 1.0" in status(registry, "b").reason
    assert registry.workload("turnstile").kind == "turnstile"


def test_a_second_installation_of_a_distribution_is_shadowed(site, monkeypatch, tmp_path):
    """The same distribution twice on sys.path (an editable one and an old one) is no duplicate: the first counts."""
    import importlib.metadata

    site.install("acme", {"turnstile": good("turnstile")}, "2.0")
    site.metadata("acme", "[threadbench]\nturnstile = old_module\n", "1.0").rename(tmp_path / "acme-1.0.dist-info")
    found = list(importlib.metadata.distributions())
    old = importlib.metadata.Distribution.at(tmp_path / "acme-1.0.dist-info")
    monkeypatch.setattr(importlib.metadata, "distributions", lambda: [*found, old])
    row = status(Registry(), "turnstile")
    assert (row.version, row.status) == ("2.0", "ok")
