"""Plugins that are installed: those that work, those for another threadbench, and unreadable metadata."""

from __future__ import annotations

import pytest
from plugin_site import good, status

from threadbench.errors import PluginError
from threadbench.plugins import Registry


def test_an_installed_plugin_provides_its_kinds(site):
    """A kind is found though its plugin's name says nothing of it."""
    site.install("acme-tools", {"tools": good("turnstile", api=">=1.0,<2")}, version="0.3")
    registry = Registry()
    assert registry.workload("turnstile").summary == "What turnstile shows."
    assert registry.names()[-1] == "turnstile"
    assert registry.workloads()[-1].kind == "turnstile"
    row = status(registry, "tools")
    assert row.load_ms > 0
    assert row.to_json() == {
        "name": "tools",
        "kinds": ["turnstile"],
        "usable": ["turnstile"],
        "strategies": [],
        "exporters": [],
        "executors": [],
        "observers": 0,
        "distribution": "acme-tools",
        "version": "0.3",
        "origin": "distribution",
        "api": ">=1.0,<2",
        "status": "ok",
        "reason": None,
        "cure": None,
        "load_ms": row.load_ms,
    }


def test_an_entry_point_may_name_an_object_in_a_module(site):
    """`module:attribute` is an entry point like any other."""
    site.module(
        "acme", good("turnstile") + "\nclass Holder:\n    threadbench_workloads = staticmethod(threadbench_workloads)\n"
    )
    site.install("acme", {"acme": "=acme:Holder"})
    assert Registry().workload("turnstile").kind == "turnstile"
    site.module("bolt", "THREADBENCH_API = '>=2'\nclass Holder: ...\n")
    site.install("bolt", {"bolt": "=bolt:Holder"})
    assert status(Registry(), "bolt").status == "incompatible"


def test_only_the_group_threadbench_is_read(site):
    """Scripts of a plugin's distribution are no plugins, and extras behind an entry point are no part of a module."""
    site.module("acme", good("turnstile"))
    site.metadata("acme", "[console_scripts]\nturn = acme:main\n\n[threadbench]\nacme = acme [fast]\n")
    registry = Registry()
    assert [row.name for row in registry.plugins() if row.origin != "builtin"] == ["acme"]
    assert registry.workload("turnstile").kind == "turnstile"


def test_kinds_are_sorted_whoever_provides_them(site):
    """Names and workloads come in one order: the built-in ones, then the others by name."""
    site.install("acme", {"a": good("zebra"), "b": good("apple")})
    registry = Registry()
    assert list(registry.names())[-2:] == ["apple", "zebra"]
    assert [workload.kind for workload in registry.workloads()] == list(registry.names())


def test_nobody_provides_an_unknown_kind(site):
    """An unknown kind is a LookupError, and no plugin is blamed."""
    site.install("acme", {"acme": good("turnstile")})
    with pytest.raises(LookupError, match=r"^no plugin provides it$"):
        Registry().workload("turnstyle")


def test_an_unknown_kind_mentions_plugins_that_could_not_be_looked_into(site):
    """What a plugin that fails at import would provide is not known: the error names it as a possibility."""
    site.install("acme", {"tools": "1/0"})
    with pytest.raises(LookupError, match="unless 'tools' \\(broken\\) does: see threadbench plugins doctor"):
        Registry().workload("turnstile")


def test_an_incompatible_plugin_tells_how_to_mend_it(site):
    """A plugin for another API is not asked for its kinds, but who needs one of them hears of it."""
    source = good("turnstile", api=">=2").replace("yield function", "raise SystemError")
    site.install("acme", {"tools": source}, version="9.0")
    registry = Registry()
    row = status(registry, "tools")
    assert (row.status, row.api, row.kinds) == ("incompatible", ">=2", ("turnstile",))
    assert row.reason == "it needs plugin API >=2, this threadbench has 1.0"
    assert row.cure == "pip install --upgrade threadbench acme, or leave it out with -p no:tools"
    with pytest.raises(PluginError, match=r"'tools' of acme 9\.0, which is incompatible: it needs plugin API >=2"):
        registry.workload("turnstile")
    assert "turnstile" not in registry.names()


def test_malformed_metadata_of_one_distribution_hides_no_other(site):
    """A distribution whose entry points cannot be parsed is one broken row."""
    site.metadata("bad", "[threadbench]\nthis line has no value\n")
    site.metadata("binary", "").joinpath("entry_points.txt").write_bytes(b"[threadbench]\n\xff\xfe = x\n")
    nameless = site.metadata("nameless", "[threadbench]\nghost = no_such_module\n")
    (nameless / "METADATA").unlink()
    site.install("fine", {"zebra": good("zebra")})
    registry = Registry()
    assert registry.workload("zebra").kind == "zebra"
    (ghost,) = [row for row in registry.plugins() if row.name in {"ghost", "unknown distribution"}]
    assert ghost.status == "broken"
    assert status(registry, "bad").status == "broken"
    assert "metadata cannot be read" in status(registry, "bad").reason


@pytest.mark.parametrize("value", ["not a module!", ":attribute", "", "mod ule", "..up"])
def test_an_entry_point_that_names_no_module_is_broken(site, value):
    """A value that cannot be imported is one broken row."""
    site.metadata("acme", f"[threadbench]\nacme = {value}\n")
    (row,) = [row for row in Registry().plugins() if row.origin != "builtin"]
    assert row.status == "broken"
    assert row.reason


def test_info_tells_what_was_imported_and_what_broke(site):
    """Location, hooks, summaries and, for a broken plugin, the traceback."""
    site.install("acme", {"fine": '"""Gates."""\n' + good("turnstile"), "bad": "1/0"})
    (fine,) = Registry().info("fine")
    assert (fine.summary, fine.hooks, fine.kinds) == (
        "Gates.",
        ("threadbench_workloads",),
        (("turnstile", "What turnstile shows."),),
    )
    assert fine.location == str(site.folder / "acme_fine.py")
    (bad,) = Registry().info("bad")
    assert "ZeroDivisionError" in bad.traceback
    assert {each.status.name for each in Registry().info("acme")} == {"fine", "bad"}


def test_info_of_nobody_guesses(site):
    """An unknown name is a PluginError with did-you-mean."""
    with pytest.raises(PluginError, match="there is no plugin 'rase'") as caught:
        Registry().info("rase")
    assert caught.value.hint == "did you mean 'race'?"
