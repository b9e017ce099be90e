"""The explanation of a schedule: text that says what happened, short enough to paste into an issue.

Threads stand side by side; each line of code that a thread executed stands once, with what it read and wrote, and the
accesses that explain what came of it are marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .columns import Cell, interrupt, layout
from .conflict import conflict
from .ending import raised, stuck
from .peeking import ABSENT
from .places import Place, short_name, shown_path
from .recording import record
from .spelling import bare
from .strategies.base import Diverged

if TYPE_CHECKING:
    from .search import Search
    from .steps import Raised, Recording, Step

WIDTH = 100
MOST_LINES = 60
MOST_FOLDED = 12
"""Lines of code of a loop that is shown once where it repeats."""
RESTS = ("wait", "sleep")
"""After which a thread stands still of itself."""
QUIET = ("(ends)", "waits", "goes on")
NOTHING = repr(ABSENT)


def explain(recording: Recording, width: int = WIDTH) -> str:
    """What happened in a schedule, for a person.

    Args:
        recording: of the schedule.
        width: of the text, in characters.
    """
    marks = conflict(recording)
    cells = cells_of(recording, marks)
    cells, loop = _loop(cells) if recording.cause == "livelock" else (cells, [])
    if recording.raised is not None:
        interrupt(cells)  # before what shows it is left out
        cells = _until_raised(cells, _raises(recording.raised))
    cells = _folded(_trimmed(cells) if marks and recording.cause == "violated" else cells)
    below = [*stuck(recording), *raised(recording)]
    names = recording.threads
    above = _files(recording, {cell.place.rpartition(":")[0] for cell in cells})
    room = MOST_LINES - len(below) - len(above) - 4
    parts = [above, layout(cells, names, width, room, loop=loop), below]
    return "\n\n".join("\n".join(line.rstrip() for line in part) for part in parts if part)


def _files(recording: Recording, names: set[str]) -> list[str]:
    """Which file each short name is, where that is not the same."""
    files = {step.place.file for step in recording.steps if step.place is not None}
    files = {file for file in files if short_name(file) in names}
    shown = {file: shown_path(file) for file in sorted(files)}
    return [f"{short_name(file)} is {path}" for file, path in shown.items() if path != short_name(file)]


# -- cells ------------------------------------------------------------------------------------------------------------


def cells_of(recording: Recording, marks: dict[int, str]) -> list[Cell]:
    """The steps as lines of code executed."""
    steps = recording.steps
    began = next((index for index, step in enumerate(steps) if step.thread), 0)
    groups: list[list[int]] = []
    latest: dict[int, int] = {}
    resting: set[int] = set()  # groups after which their thread waits, where no code under test is
    for index, step in enumerate(steps):
        hidden = (step.thread == 0 and index < began and index not in marks) or step.what == "begin"
        if hidden or (step.place is None and (step.what != "end" or step.thread == 0)):
            if step.what in RESTS and step.thread in latest:
                resting.add(latest[step.thread])
            continue
        if recording.left_out and index == recording.first_after:
            groups.append([])
        if groups and groups[-1] and _together(steps[groups[-1][-1]], step, [steps[i] for i in groups[-1]]):
            groups[-1].append(index)
        else:
            groups.append([index])
        latest[step.thread] = len(groups) - 1
    cells = []
    waited: dict[int, Place | None] = {}
    for number, group in enumerate(groups):
        if not group:
            cells.append(Cell(None, "", "", [], recording.left_out))
            continue
        first = steps[group[0]]
        place = first.place
        source = bare(place.source) if place is not None else ""
        notes = _notes([(steps[i], marks.get(i)) for i in group], recording)
        rests = number in resting or steps[group[-1]].what in RESTS or steps[group[-1]].rests
        kind = "end" if first.what == "end" else "wait" if rests else ""
        if not notes and waited.get(first.thread) == place:
            notes = [("goes on", None)]
        waited[first.thread] = place if steps[group[-1]].what == "wait" else None
        if place is None and kind != "end":
            continue
        cell = Cell(first.thread, "" if place is None else str(place), source, notes, len(group), kind)
        cell.where, cell.values = place, _values([steps[i] for i in group])
        cells.append(cell)
    return [cell for cell in cells if cell.thread is None or cell.notes or cell.place]


def _values(steps: Sequence[Step]) -> dict[str, str]:
    """What was read or written, with the last value of each."""
    seen = ((step.location, step.value) for step in steps if step.what in ("read", "write") and not step.dull)
    return {name: value for name, value in seen if name is not None and value not in (None, NOTHING)}


def _trimmed(cells: list[Cell]) -> list[Cell]:
    """Without what comes after the last mark and is nothing but waiting."""
    last = max((number for number, cell in enumerate(cells) if cell.marked), default=len(cells))
    return [
        cell
        for number, cell in enumerate(cells)
        if number <= last or cell.thread is None or any(note not in QUIET for note, _ in cell.notes)
    ]


def _raises(error: Raised) -> str:
    """A column has room for a line; all of the text stands below."""
    return f"raises {error.text.partition(chr(10))[0]}"


def _until_raised(cells: list[Cell], raises: str) -> list[Cell]:
    """Without what comes after the exception and the last mark."""
    raised = next((number for number, cell in enumerate(cells) if any(note == raises for note, _ in cell.notes)), None)
    if raised is None:
        return cells
    last = max((number for number, cell in enumerate(cells) if cell.marked), default=0)
    return cells[: max(raised, last) + 1]


def _together(last: Step, step: Step, group: Sequence[Step]) -> bool:
    """Whether a step belongs to the same execution of a line as those before it."""
    if last.thread != step.thread or last.place != step.place or last.place is None or last.what in RESTS:
        return False
    visits = {s.visit for s in group if s.what in ("read", "write")}
    return step.what not in ("read", "write") or not visits or step.visit in visits


def _notes(steps: Sequence[tuple[Step, str | None]], recording: Recording) -> list[tuple[str, str | None]]:
    """What is to be said of a line, each with its mark."""
    notes: list[tuple[str, str | None]] = []
    for at, (step, mark) in enumerate(steps):
        text = _note(step, recording, marked=mark is not None)
        if text is None and mark is None:
            continue
        before = steps[at - 1][0] if at else None
        if (
            step.what == "write"
            and before is not None
            and before.what == "read"
            and before.location == step.location
            and before.value not in (None, NOTHING)
            and not before.dull
            and notes
            and steps[at - 1][1] is None
        ):
            notes[-1] = (f"{step.location}: {before.value} -> {step.value}", mark)
        elif notes and mark is None and notes[-1][1] is None:
            if f", {text}, " not in f", {notes[-1][0]}, ":
                notes[-1] = (f"{notes[-1][0]}, {text}", None)
        else:
            notes.append((text or step.location or "", mark))
    return notes


def _note(step: Step, recording: Recording, *, marked: bool) -> str | None:
    where = step.location
    match step.what:
        case "read":
            if step.value is None or (step.dull and not marked):
                return None
            return f"{where} is not there" if step.value == NOTHING else f"{where} is {step.value}"
        case "write":
            if step.dull and not marked:
                return None
            if step.value is None:
                return f"changes {where}"
            return f"{where} is gone" if step.value == NOTHING else f"{where} = {step.value}"
        case "wait":
            return "waits" if step.inside else f"waits for {where}"
        case "timeout":
            return "times out" if step.inside else f"times out on {where}"
        case "raise":
            return _raises(recording.raised) if recording.raised else "raises"
        case "choose":
            return f"chosen: {step.value}"
        case "sleep" | "begin":
            return None
        case "end":
            return "(ends)"
        case "start":
            return f"starts {where}"
    if step.inside:
        return None
    words = {"acquire": "takes", "release": "releases", "join": "joins", "put": "puts into", "get": "gets from"}
    return f"{words.get(step.what, step.what.replace('find', 'finds'))} {where}"


def _folded(cells: list[Cell]) -> list[Cell]:
    """Where a thread does the same over and over in a row, the first time and the last."""
    folded: list[Cell] = []
    at = 0
    while at < len(cells):
        for period in range(1, min(MOST_FOLDED, len(cells) - at)):
            again = cells[at + period]
            if again.thread != cells[at].thread:
                folded.append(cells[at])
                at += 1
                break  # another thread's turn: whatever repeats would have begun before
            times = _times(cells, at, period) if again.place == cells[at].place else 0
            if times > 2:
                between = cells[at + period : at + (times - 1) * period]
                text = f"... {times - 2} more time{'s' * (times > 3)} ..."
                gap = Cell(cells[at].thread, "", "", [(text, None)], sum(cell.steps for cell in between))
                folded += [*cells[at : at + period], gap, *cells[at + (times - 1) * period : at + times * period]]
                at += times * period
                break
        else:
            folded.append(cells[at])
            at += 1
    return folded


def _times(cells: list[Cell], at: int, period: int) -> int:
    """How often the cells from there on are repeated, of one thread and without a mark."""
    first = cells[at : at + period]
    thread = cells[at].thread
    times = 0
    while True:
        block = cells[at + times * period : at + (times + 1) * period]
        same = len(block) == period and all(
            cell.thread == thread
            and cell.place
            and (cell.place, cell.kind) == (one.place, one.kind)
            and not (cell.marked or cell.kind == "end")
            for cell, one in zip(block, first, strict=True)
        )
        if not same:
            return times
        times += 1


def _loop(cells: list[Cell]) -> tuple[list[Cell], list[Cell]]:
    """The cells before what repeats at the end, and that, once; also where steps in between are left out."""
    keys = [(cell.thread, cell.place) for cell in cells]
    for period in range(1, min(60, len(cells) // 3)):
        if keys[-period:] == keys[-2 * period : -period] == keys[-3 * period : -2 * period]:
            start = len(cells) - period
            while start and keys[start - 1] == keys[start - 1 + period]:
                start -= 1
            loop = cells[start : start + period]
            if start and cells[start - 1].thread is None:
                return _loop_before(cells[: start - 1], loop) or (cells[:start], loop)
            return cells[:start], loop
    return cells, []


def _loop_before(cells: list[Cell], loop: list[Cell]) -> tuple[list[Cell], list[Cell]] | None:
    """The same, where the cells end within the loop, from where on the steps are left out; None where they do not."""
    keys, again = [[(cell.thread, cell.place) for cell in part] for part in (cells, loop)]
    for turn in range(len(loop)):
        turned = [*again[turn:], *again[:turn]]
        if keys[-len(loop) :] != turned:
            continue
        start = len(cells)
        while start and keys[start - 1] == turned[(start - 1 - len(cells)) % len(loop)]:
            start -= 1
        first = (turn + start - len(cells)) % len(loop)
        return cells[:start], [*loop[first:], *loop[:first]]
    return None


def explained(search: Search, choices: Sequence[int]) -> str | None:
    """The explanation of a schedule of a search under way; None where it does something else now."""
    try:
        recording = record(search, choices)
    except Diverged:
        return None
    if recording.choices != tuple(choices):
        return None
    try:
        return explain(recording)
    except Exception as error:
        return f"(no explanation: {type(error).__name__}: {error})"
