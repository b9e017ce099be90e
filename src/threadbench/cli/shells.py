"""Completion scripts: the commands as plain records enter, a script for bash, zsh or fish leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PROGRAM: Final = "threadbench"


@dataclass(frozen=True, slots=True)
class Option:
    """An option: `names` as typed, `choices` where its value is one of few; `value` whether it takes one at all."""

    names: tuple[str, ...]
    help: str
    value: bool
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verb:
    """A command: the words that lead to it, its options, sub-commands with their help, and words it may be given."""

    path: tuple[str, ...]
    options: tuple[Option, ...]
    commands: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()


def bash(verbs: Sequence[Verb], install: str) -> str:
    """A script for bash: options, sub-commands, the choices of an option; files wherever something else may stand."""
    options = [
        f"        '{' '.join(verb.path)}') options='{_names(verb)}'; words='{_words(verb)}' ;;" for verb in verbs
    ]
    values = [
        f"        '{' '.join(verb.path)} {name}') choices='{' '.join(option.choices)}'; value=1 ;;"
        for verb in verbs
        for option in verb.options
        for name in option.names
        if option.value
    ]
    return "\n".join(
        [
            f"# bash completion for {PROGRAM}: {install}",
            f"_{PROGRAM}() {{",
            '    local current="${COMP_WORDS[COMP_CWORD]}" previous="" verb="" word at',
            '    local options="" words="" choices="" value=""',
            '    [ "$COMP_CWORD" -gt 0 ] && previous="${COMP_WORDS[COMP_CWORD-1]}"',
            "    for ((at = 1; at < COMP_CWORD; at++)); do",
            '        word="${verb:+$verb }${COMP_WORDS[at]}"',
            '        case "$word" in',
            f'        {" | ".join(_paths(verbs))}) verb="$word" ;;',
            "        esac",
            "    done",
            '    case "$verb" in',
            *options,
            "    esac",
            '    case "$verb $previous" in',
            *values,
            "    esac",
            "    COMPREPLY=()",
            '    if [ -n "$choices" ]; then words="$choices"',
            '    elif [ -n "$value" ]; then words=""',
            '    elif [[ "$current" == -* ]]; then words="$options"',
            "    fi",
            '    if [ -n "$words" ]; then while IFS= read -r word; do COMPREPLY+=("$word"); done'
            ' < <(compgen -W "$words" -- "$current")',
            "    fi",
            "}",
            f"complete -o default -F _{PROGRAM} {PROGRAM}",
            "",
        ]
    )


def zsh(verbs: Sequence[Verb], install: str) -> str:
    """A script for zsh: the same, with the help of each option and sub-command."""
    lines = [f"#compdef {PROGRAM}", f"# zsh completion for {PROGRAM}: {install}", ""]
    for verb in reversed(verbs):
        lines += [f"{_function(verb)}() {{"]
        specs = [_zsh_option(option) for option in verb.options]
        if verb.commands:
            entries = " ".join(_quote(f"{name}:{text}") for name, text in verb.commands)
            branches = [f"            {name}) {_function(verb)}_{name} ;;" for name, _ in verb.commands]
            lines += [
                "    local curcontext=$curcontext state line",
                "    _arguments -C \\",
                *[f"        {spec} \\" for spec in specs],
                "        '1: :->command' '*:: :->arguments'",
                "    case $state in",
                "    command)",
                f"        local -a commands=({entries})",
                "        _describe command commands ;;",
                "    arguments)",
                "        case $words[1] in",
                *branches,
                "        esac ;;",
                "    esac",
            ]
        else:
            rest = f"'*: :({' '.join(verb.words)})'" if verb.words else "'*: :_files'"
            lines += ["    _arguments -s \\", *[f"        {spec} \\" for spec in specs], f"        {rest}"]
        lines += ["}", ""]
    # Sourced, the file registers the function; found in $fpath, it is the function.
    lines += [
        f'if [ "$funcstack[1]" = "_{PROGRAM}" ]; then _{PROGRAM} "$@"',
        f"else compdef _{PROGRAM} {PROGRAM}",
        "fi",
        "",
    ]
    return "\n".join(lines)


def fish(verbs: Sequence[Verb], install: str) -> str:
    """A script for fish: the same, with the help of each option and sub-command."""
    lines = [f"# fish completion for {PROGRAM}: {install}"]
    for verb in verbs:
        below = " ".join(name for name, _ in verb.commands)
        seen = [f"__fish_seen_subcommand_from {word}" for word in verb.path]
        inside = "; and ".join([*seen, f"not __fish_seen_subcommand_from {below}"] if below else seen)
        where = f"complete -c {PROGRAM} -n {_quote(inside)}"
        lines += [f"{where} -f -a {name} -d {_quote(text)}" for name, text in verb.commands]
        if verb.words:
            lines.append(f"{where} -f -a {_quote(' '.join(verb.words))}")
        for option in verb.options:
            names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
            value = f" -x -a {_quote(' '.join(option.choices))}" if option.choices else " -r" if option.value else ""
            lines.append(f"{where} {names}{value} -d {_quote(option.help)}")
    return "\n".join([*lines, ""])


SHELLS: Final[dict[str, Callable[[Sequence[Verb], str], str]]] = {"bash": bash, "zsh": zsh, "fish": fish}


def _names(verb: Verb) -> str:
    return " ".join(name for option in verb.options for name in option.names)


def _words(verb: Verb) -> str:
    return " ".join([*(name for name, _ in verb.commands), *verb.words])


def _paths(verbs: Sequence[Verb]) -> list[str]:
    return [f"'{' '.join(verb.path)}'" for verb in verbs if verb.path]


def _function(verb: Verb) -> str:
    return "_".join(["", PROGRAM, *verb.path])


def _zsh_option(option: Option) -> str:
    text = option.help
    for special in "\\[]:":
        text = text.replace(special, f"\\{special}")
    value = f": :({' '.join(option.choices)})" if option.choices else ": :_files" if option.value else ""
    alone = f"({' '.join(option.names)})" if len(option.names) > 1 else "*"
    specs = [_quote(f"{alone}{name}[{text}]{value}") for name in option.names]
    return " ".join(specs)


def _quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
