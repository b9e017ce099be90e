"""Paths: files, folders, globs and selectors, and which files they come to."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenario_kinds import FakeKinds

from threadbench.errors import NothingSelectedError, ScenarioError
from threadbench.scenario import load_cases


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree of scenarios, which is the working directory."""
    for name in ("b.yaml", "a.yml", "sub/c.yaml", ".hidden.yaml", ".git/d.yaml", "sub/notes.txt", "odd.conf"):
        file = tmp_path / "scenarios" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("kind: race\nmatrix: {workers: [1, 2]}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ids(*paths: str) -> list[str]:
    """The ids of all cases of these paths."""
    return [case.id for case in load_cases(paths, FakeKinds())]


def files(*paths: str) -> list[str]:
    """The files of all cases of these paths."""
    return list(dict.fromkeys(each.partition("::")[0] for each in ids(*paths)))


def test_a_folder_gives_its_files_sorted_and_not_the_hidden_ones(folder: Path) -> None:
    """YAML files at any depth, in order; the path begins as it was typed."""
    assert files("scenarios") == ["scenarios/a.yml", "scenarios/b.yaml", "scenarios/sub/c.yaml"]
    assert files("scenarios/") == files("scenarios")
    assert files("./scenarios/sub") == ["./scenarios/sub/c.yaml"]
    assert files(str(folder / "scenarios" / "sub")) == [f"{folder}/scenarios/sub/c.yaml"]


def test_a_file_may_have_any_name(folder: Path) -> None:
    """What was named is read, whatever it is called, hidden or not."""
    assert files("scenarios/odd.conf", "scenarios/.hidden.yaml") == ["scenarios/odd.conf", "scenarios/.hidden.yaml"]


def test_globs_are_expanded(folder: Path) -> None:
    """Where the shell does not, we do; of what matches, scenario files and folders count."""
    assert files("scenarios/*") == ["scenarios/a.yml", "scenarios/b.yaml", "scenarios/sub/c.yaml"]
    assert files("scenarios/**/*.yaml") == ["scenarios/b.yaml", "scenarios/sub/c.yaml"]


def test_a_file_with_the_characters_of_a_glob_is_a_file(folder: Path) -> None:
    """A path that exists is meant as it is."""
    (folder / "a[1].yaml").write_text("kind: race")
    assert files("a[1].yaml") == ["a[1].yaml"]


def test_a_file_is_loaded_once(folder: Path) -> None:
    """Named twice, also through a folder or a link, it is one file, under its first name and in its first place."""
    (folder / "link.yaml").symlink_to("scenarios/b.yaml")
    assert files("scenarios/b.yaml", "scenarios", "./scenarios/b.yaml", "link.yaml") == [
        "scenarios/b.yaml",
        "scenarios/a.yml",
        "scenarios/sub/c.yaml",
    ]


def test_selectors_pick_cases(folder: Path) -> None:
    """`::name`, `::name[cell]`, several of them, and of a file that is also named whole, all."""
    both = ["scenarios/b.yaml::b[workers=1]", "scenarios/b.yaml::b[workers=2]"]
    assert ids("scenarios/b.yaml::b") == both
    assert ids(both[1], both[0]) == both
    assert ids(both[1], "scenarios/b.yaml") == both


def test_a_selector_that_names_nothing_selects_nothing(folder: Path) -> None:
    """The case that was probably meant is suggested, else all are listed."""
    with pytest.raises(NothingSelectedError) as caught:
        ids("scenarios/b.yaml::b[worker=1]")
    assert str(caught.value) == "no case 'b[worker=1]' in scenarios/b.yaml"
    assert caught.value.hint == "did you mean 'b[workers=1]'?"
    with pytest.raises(NothingSelectedError) as caught:
        ids("scenarios/b.yaml::zzz")
    assert caught.value.hint == "cases: b[workers=1], b[workers=2]"


def test_what_is_wrong_counts_before_what_is_selected(folder: Path) -> None:
    """A broken scenario of the file is told, whichever case was asked for."""
    (folder / "bad.yaml").write_text("scenarios: [{kind: race, name: good}, {kind: rase}]")
    with pytest.raises(ScenarioError):
        ids("bad.yaml::good")


def test_ids_hold_the_path_as_it_was_given(folder: Path) -> None:
    """Errors and ids name a file as the user did."""
    assert ids("scenarios/../scenarios/b.yaml")[0] == "scenarios/../scenarios/b.yaml::b[workers=1]"
    (folder / "bad.yaml").write_text("kind: rase")
    with pytest.raises(ScenarioError) as caught:
        ids("./bad.yaml")
    assert caught.value.render().startswith("./bad.yaml:1:7: error: unknown kind 'rase'")


def test_no_paths_are_no_cases() -> None:
    """Nothing named, nothing loaded."""
    assert ids() == []


def test_the_folder_of_a_case_is_absolute(folder: Path) -> None:
    """A workload finds what lies beside its file wherever it is run from."""
    (case,) = load_cases(["scenarios/sub/c.yaml::c[workers=1]"], FakeKinds())
    assert case.folder is not None
    assert Path(case.folder).is_absolute()
    assert Path(case.folder) == folder / "scenarios" / "sub"
