"""What the command line and the environment say about plugins."""

from __future__ import annotations

import pickle

import pytest
from plugin_site import good, status

from threadbench.errors import PluginError, UsageError
from threadbench.plugins import Registry
from threadbench.plugins.sources import BUILTIN_KINDS


def test_a_blocked_plugin_is_not_imported(site):
    """`-p no:NAME` acts before import, and who needs the plugin is told of the switch."""
    site.install("acme", {"turnstile": "raise AssertionError"})
    registry = Registry.from_switches(["no:turnstile"])
    row = status(registry, "turnstile")
    assert (row.status, row.reason, row.ill) == ("blocked", "-p no:turnstile", False)
    with pytest.raises(PluginError, match="which is blocked: -p no:turnstile"):
        registry.workload("turnstile")
    assert not site.imported


def test_names_are_compared_as_package_indexes_do(site):
    """`-p no:My_Tools` blocks my-tools: nobody remembers which of the two it was."""
    site.install("acme", {"my-tools": good("turnstile")})
    assert status(Registry(blocked=["My_Tools"]), "my-tools").status == "blocked"


def test_the_environment_blocks_too(site, monkeypatch):
    """THREADBENCH_DISABLE_PLUGINS=a,b is -p no:a -p no:b."""
    monkeypatch.setenv("THREADBENCH_DISABLE_PLUGINS", "a, b,")
    site.install("acme", {name: good(name) for name in "abc"})
    registry = Registry()
    assert [status(registry, name).status for name in "abc"] == ["blocked", "blocked", "ok"]
    assert status(registry, "a").reason == "THREADBENCH_DISABLE_PLUGINS"
    assert registry.recipe.blocked == ("a", "b")


def test_no_plugins_imports_no_third_party(site):
    """--no-plugins acts before import; built-in kinds work, and who needs another is told of the switch."""
    site.install("acme", {"turnstile": good("turnstile")})
    registry = Registry.from_switches(no_plugins=True)
    assert list(registry.names()) == list(BUILTIN_KINDS)
    with pytest.raises(PluginError, match="which is blocked: --no-plugins"):
        registry.workload("turnstile")
    assert not site.imported


def test_what_is_asked_for_is_used_even_with_no_plugins(site):
    """`--no-plugins -p NAME` is that one plugin and no other."""
    site.install("acme", {"turnstile": good("turnstile"), "gate": good("gate")})
    registry = Registry.from_switches(["turnstile"], no_plugins=True)
    assert list(registry.names()) == [*BUILTIN_KINDS, "turnstile"]
    assert site.imported == {"acme_turnstile"}


def test_a_module_can_be_asked_for(site):
    """`-p MODULE` makes a plugin of an importable module that is not installed as one."""
    site.module("local_plugin", good("turnstile"))
    registry = Registry.from_switches(["local_plugin"])
    assert registry.workload("turnstile").kind == "turnstile"
    row = status(registry, "local_plugin")
    assert (row.origin, row.distribution, row.status) == ("module", None, "ok")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no_such_plugin", "broken: there is neither an installed plugin nor a module of that name"),
        ("no.such.plugin", "broken: there is neither an installed plugin nor a module of that name"),
        ("bad", "broken: ZeroDivisionError"),
        ("bad_module", "broken: ModuleNotFoundError: No module named 'missing'"),
        ("new", "incompatible: it needs plugin API >=2"),
        ("twin", "a duplicate: one 1.0 and two 1.0 both provide"),
        ("zebra", "blocked: -p no:zebra"),
        ("greedy", "in conflict: the name 'race' is reserved"),
    ],
)
def test_what_is_asked_for_has_to_load(site, name, reason):
    """`-p PLUGIN` that cannot be loaded is an error even for a kind that does not need it, but the rows can be seen."""
    site.install("acme", {"bad": "1/0", "new": good("new", api=">=2"), "zebra": good("zebra")})
    site.install("one", {"twin": good("twin")})
    site.install("two", {"twin": good("twin")})
    site.install("greedy", {"race": good("race")})
    site.module("bad_module", "import missing")
    registry = Registry.from_switches([name, "no:zebra"])
    for use in (lambda: registry.workload("race"), registry.names, registry.workloads):
        with pytest.raises(PluginError, match=f"was asked for, but is {reason}"):
            use()
    assert name in {label for row in registry.plugins() for label in (row.name, row.distribution)}


def test_a_misspelt_plugin_is_guessed(site):
    """`-p` with a name close to an installed plugin's says which."""
    site.install("acme", {"turnstile": good("turnstile")})
    with pytest.raises(PluginError, match="plugin module turnstyle was asked for") as caught:
        Registry.from_switches(["turnstyle"]).names()
    assert caught.value.hint == "did you mean 'turnstile'?"


@pytest.mark.parametrize("switch", ["", "no:", "no: ", " "])
def test_a_switch_without_a_name_is_a_mistake(switch):
    """`-p ''` is refused, not ignored."""
    with pytest.raises(UsageError, match="names no plugin"):
        Registry.from_switches([switch])


def test_a_recipe_makes_the_same_registry_in_another_process(site):
    """A recipe is pickled to a spawned worker, which gets the same kinds from it."""
    path = site.folder / "one_file.py"
    path.write_text(good("turnstile"))
    registry = Registry(blocked=["x"], required=["race"], third_party=False, files=[str(path)])
    again = pickle.loads(pickle.dumps(registry.recipe)).build()
    assert again.recipe == registry.recipe
    assert again.workload("turnstile").kind == "turnstile"
    assert list(again.names()) == list(registry.names())
