"""Plugins that cannot be loaded: each says precisely why, and stops nothing else."""

from __future__ import annotations

import pytest
from plugin_site import good, status

from threadbench.errors import PluginError
from threadbench.plugins import Registry
from threadbench.plugins.sources import BUILTIN_KINDS

BROKEN = {
    "raises at import": ("1/0", r"ZeroDivisionError: division by zero \(.*broken_turnstile\.py:1\)"),
    "lacks a module": ("import no_such_module", r"ModuleNotFoundError: No module named 'no_such_module' \(.*:1\)"),
    "is not Python": ("def f(:", r"SyntaxError: .* \(.*broken_turnstile\.py:1\)"),
    "leaves at import": ("import sys; sys.exit(3)", r"SystemExit: 3 \(.*broken_turnstile\.py:1\)"),
    "has an unreadable error": (
        """
        class Odd(Exception):
            def __str__(self): raise RuntimeError
        raise Odd
        """,
        r"Odd \(.*:4\)",
    ),
    "has hostile text in its error": (
        "raise ValueError('a\\x1b[31mb\\nc' + 'd' * 1000)",
        r"ValueError: a\\x1b\[31mb cd+…",
    ),
    "implements nothing": ("x = 1", "it implements no hook: mark a function 'threadbench_workloads'"),
    "forgets the marker": (
        "def threadbench_workloads(): return []",
        "function 'threadbench_workloads' is not marked with @threadbench.hookimpl",
    ),
    "forgets the marker and errs in the name": (
        "def threadbench_workload(): return []",
        r"function 'threadbench_workload' \(did you mean 'threadbench_workloads'\?\) is not marked",
    ),
    "errs in the hook's name": (
        """
        import threadbench
        @threadbench.hookimpl
        def threadbench_worklods(): return []
        """,
        "there is no hook 'threadbench_worklods'; did you mean 'threadbench_workloads'",
    ),
    "takes an argument that the hook has not": (
        """
        import threadbench
        @threadbench.hookimpl
        def threadbench_workloads(config): return []
        """,
        "Argument.*config",
    ),
    "has a hook that raises": (
        """
        import threadbench
        @threadbench.hookimpl
        def threadbench_workloads():
            yield from ()
            raise KeyError("x")
        """,
        r"KeyError: 'x' \(.*broken_turnstile\.py:6\)",
    ),
    "forgets to return": (
        """
        import threadbench
        @threadbench.hookimpl
        def threadbench_workloads(): []
        """,
        "threadbench_workloads gives nothing: it has to return or yield what it provides",
    ),
    "puts something else in place of its module": (
        """
        import sys
        sys.modules[__name__] = object()
        """,
        "AttributeError",
    ),
    "gives no workload": (
        """
        import threadbench
        @threadbench.hookimpl
        def threadbench_workloads(): yield print
        """,
        "threadbench_workloads gives <built-in function print>, not made by @threadbench.workload",
    ),
    "gives a workload in place of several": (
        good("other") + "\n@hookimpl\ndef threadbench_workloads(): return function\n",
        "it has to return or yield workloads",
    ),
    "gives a kind twice": (
        good("other") + "\n@hookimpl\ndef threadbench_workloads(): return [function, function]\n",
        "gives kind 'other' twice",
    ),
    "gives one kind without end": (
        good("other") + "\n@hookimpl\ndef threadbench_workloads():\n    while True: yield function\n",
        "gives kind 'other' twice",
    ),
    "has a param without default": (
        """
        import threadbench
        class P(threadbench.Params):
            fine: int = 1
            people: int
        @threadbench.workload("other", params=P)
        def f(run, params): ...
        @threadbench.hookimpl
        def threadbench_workloads(): yield f
        """,
        "params of kind 'other' without a default: people",
    ),
    "has a default that its own param refuses": (
        """
        import threadbench
        class P(threadbench.Params):
            people: int = "ten"
        @threadbench.workload("other", params=P)
        def f(run, params): ...
        @threadbench.hookimpl
        def threadbench_workloads(): yield f
        """,
        "params of kind 'other' refuse their own defaults: .*people",
    ),
    "has a bad kind": (
        """
        import threadbench
        @threadbench.hookimpl
        def threadbench_workloads(): yield threadbench.Workload("Bad Kind", threadbench.Params, print)
        """,
        "kind 'Bad Kind' is not a valid name",
    ),
    "has params of another making": (
        """
        import threadbench
        @threadbench.hookimpl
        def threadbench_workloads(): yield threadbench.Workload("other", dict, print)
        """,
        "params of kind 'other' are not a subclass of threadbench.Params",
    ),
    "has a workload that is no function": (
        """
        import threadbench
        @threadbench.hookimpl
        def threadbench_workloads(): yield threadbench.Workload("other", threadbench.Params, None)
        """,
        "the workload of kind 'other' is not a function",
    ),
    "states nonsense for a range": (
        "THREADBENCH_API = 'new'\n" + good("other"),
        "THREADBENCH_API 'new' is not a range",
    ),
    "states a number for a range": ("THREADBENCH_API = 1.0\n" + good("other"), "THREADBENCH_API 1.0 is not a text"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_says_why_and_stops_nothing_else(site, case):
    """A plugin that {case} is broken with a precise reason; a built-in kind and the next plugin's still work."""
    source, reason = BROKEN[case]
    site.install("broken", {"turnstile": source}, version="0.3")
    site.install("fine", {"zebra": good("zebra")})
    registry = Registry()

    assert registry.workload("race").kind == "race"
    assert registry.workload("zebra").kind == "zebra"
    row = status(registry, "turnstile")
    assert row.status == "broken"
    assert row.cure == "upgrade or uninstall broken, or leave it out with -p no:turnstile"
    message = f"plugin 'turnstile' of broken 0.3, which is broken: .*{reason}.* \\(threadbench plugins doctor\\)"
    with pytest.raises(PluginError, match=message) as caught:
        registry.workload((row.kinds or ("turnstile",))[0])
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)
    assert list(registry.names()) == [*BUILTIN_KINDS, "zebra"]


def test_only_an_interrupt_ends_the_loading(site):
    """Ctrl-C while a plugin is imported is the user's wish, not the plugin's fault."""
    site.install("slow", {"slow": "raise KeyboardInterrupt"})
    with pytest.raises(KeyboardInterrupt):
        Registry().names()


def test_a_plugin_that_fails_is_not_tried_again(site):
    """A registry imports each plugin once, also one whose import fails."""
    site.install("broken", {"broken": "import builtins\nbuiltins.attempts = getattr(builtins, 'attempts', 0) + 1\n1/0"})
    registry = Registry()
    import builtins

    try:
        registry.plugins()
        registry.names()
        assert builtins.attempts == 1
    finally:
        del builtins.attempts


def test_what_a_plugin_prints_at_import_is_kept_from_standard_output(site, capsys):
    """Standard output may hold one JSON document: a plugin's greeting goes to standard error."""
    site.install("loud", {"loud": "print('hello')\n" + good("loud")})
    Registry().plugins()
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "hello\n")


def test_an_optional_hook_of_a_later_threadbench_is_no_error(site):
    """`hookimpl(optionalhook=True)` lets a plugin implement a hook that only later versions have."""
    site.install("new", {"new": good("new") + "\n@hookimpl(optionalhook=True)\ndef threadbench_planets(): ...\n"})
    assert Registry().workload("new").kind == "new"


def test_a_default_is_validated_like_a_value():
    """A duration's default may be written as in YAML, and arrives as seconds."""
    from threadbench import Duration, Params

    class P(Params):
        hold: Duration = "10ms"  # type: ignore[assignment]

    assert P().hold == 0.01


def test_a_refused_plugin_leaves_nothing_registered(site):
    """Whoever names a refused module once more gets the same reason, not the news that it is loaded already."""
    site.module("shared", "import threadbench\n@threadbench.hookimpl\ndef threadbench_worklods(): ...\n")
    site.install("acme", {"a": "=shared", "b": "=shared"})
    registry = Registry()
    assert status(registry, "a").reason == status(registry, "b").reason
    assert status(registry, "b").reason.startswith("there is no hook 'threadbench_worklods'")


def test_an_entry_point_without_its_module_is_told_from_a_misspelt_switch(site):
    """An installed plugin whose module is missing names the module, and no place inside the import system."""
    site.install("acme", {"acme": "=no_such_module"})
    assert status(Registry(), "acme").reason == "ModuleNotFoundError: No module named 'no_such_module'"


def test_a_rule_that_is_broken_has_no_traceback(site):
    """A traceback is kept where the plugin's code failed, not where threadbench refused what it provides."""
    site.install("acme", {"refused": "x = 1", "failed": "1/0"})
    registry = Registry()
    assert registry.info("refused")[0].traceback is None
    assert registry.info("failed")[0].traceback.splitlines()[-1] == "ZeroDivisionError: division by zero"


def test_the_provider_of_a_kind_is_recognised_by_its_name(site):
    """What fails at import is blamed for the kind that it, its distribution or its module is named after."""
    site.install("threadbench-turnstile", {"tools": "1/0"})
    with pytest.raises(PluginError, match="plugin 'tools' of threadbench-turnstile"):
        Registry().workload("turnstile")
