"""What two threads with a GIL really lose, idiom by idiom: the measurement behind `docs/gil-model.md`.

python benchmarks/gil_truth.py --times 1000000 --json truth-3.13.json     # on each interpreter, with no dependency
python benchmarks/gil_truth.py --join truth-3.*.json                      # the page's table, in Markdown

Each idiom adds one to shared state, in two threads at a switch interval of 1 µs: in a hot loop, in fresh code objects
that are never specialised, under a profiler in C (`sys.setprofile`, and `sys.monitoring` where there is one), and under
a profiler written in Python, whose callback is Python code of its own. It exits with 1 if the model calls impossible
what was seen.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from pathlib import Path
from typing import Any

from figures import table

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "truth"))

from idioms import IDIOMS, Idiom
from native import BEYOND, SETTINGS, allowed, lost

LEFT_OUT = (
    Idiom("c.v += 1", "c.v += 1"),
    Idiom("split, on one line", "t = c.v; c.v = t + 1"),
    Idiom("split, on two lines", "t = c.v\nc.v = t + 1"),
    Idiom("sets made between", "t = c.v; ({t}, {t}); c.v = t + 1"),
)


def measure(times: int) -> dict[str, Any]:
    """Every idiom in every setting, on this interpreter."""
    rows = []
    for idiom in IDIOMS:
        found = {setting: lost(idiom, setting, times) for setting in SETTINGS}
        wrong = [setting for setting, count in found.items() if count and not allowed(idiom, setting)]
        rows.append(
            {
                "idiom": idiom.name,
                "possible": idiom.possible(),
                "called_back": idiom.possible_called_back(),
                "lost": found,
                "wrong": wrong,
            }
        )
        print(f"{idiom.name}: {found}", file=sys.stderr, flush=True)
    return {"python": platform.python_version(), "times": times, "settings": list(SETTINGS), "rows": rows}


def beyond(times: int) -> None:
    """What Python code at other places does, which the model leaves out."""
    rows = [[idiom.name, *(f"{lost(idiom, setting, times):,}" for setting in BEYOND)] for idiom in LEFT_OUT]
    table(f"Updates lost of {2 * times:,}, CPython {platform.python_version()}", ["idiom", *BEYOND], rows)


def verdict(row: dict[str, Any]) -> str:
    """What the model says of an idiom, in a word."""
    if row["wrong"]:
        return "WRONG"
    return "possible" if row["possible"] else "called back" if row["called_back"] else "never"


def show(record: dict[str, Any]) -> None:
    """The table of one interpreter."""
    settings = record["settings"]
    table(
        f"Updates lost of {2 * record['times']:,}, CPython {record['python']}",
        ["idiom", *settings, "model"],
        [[row["idiom"], *(f"{row['lost'][s]:,}" for s in settings), verdict(row)] for row in record["rows"]],
    )


def join(records: list[dict[str, Any]]) -> str:
    """One Markdown table over interpreters: lost in per cent, `hot / fresh / profiled / called back`, and why."""
    names = [record["python"] for record in records]
    lines = ["| idiom | code | " + " | ".join(names) + " | model | because |", "|---" * (len(names) + 4) + "|"]
    idioms = {idiom.name: idiom for idiom in IDIOMS}
    for rows in zip(*(record["rows"] for record in records), strict=True):
        idiom = idioms[rows[0]["idiom"]]
        cells = [share(row, record) for row, record in zip(rows, records, strict=True)]
        said = list(dict.fromkeys(verdict(row) for row in rows))
        told = [plain(idiom.name), f"`{one_line(idiom.update)}`", *cells, ", ".join(said), reason(idiom)]
        lines.append(f"| {' | '.join(told)} |")
    return "\n".join(lines)


def one_line(code: str) -> str:
    """Statements as a cell of a table can hold them."""
    return code.replace(":\n    ", ": ").replace("\n    ", "; ").replace("\n", "; ")


def reason(idiom: Idiom) -> str:
    """The instruction that checks between the read and the write, or that none does."""
    because = f"`{idiom.switch}`: {plain(idiom.why)}" if idiom.switch else plain(idiom.why)
    return f"{because}; {idiom.called_back}" if idiom.called_back else because


def plain(text: str) -> str:
    """Text in which Markdown sees no emphasis."""
    return text.replace("_", r"\_").replace("<", r"\<")


def share(row: dict[str, Any], record: dict[str, Any]) -> str:
    """Per cent lost in each setting; the two profilers in C are one figure, the greater."""
    seen = row["lost"]
    columns = [seen["hot"], seen["fresh"], max(seen["profiled"], seen.get("monitored", 0)), seen["called back"]]
    return " / ".join(per_cent(count, 2 * record["times"]) for count in columns)


def per_cent(count: int, of: int) -> str:
    """Rounded up to a tenth: one lost update is not nothing."""
    return "0" if not count else f"{max(0.1, 100 * count / of):.1f}" if count * 10 < of else f"{100 * count / of:.0f}"


def main() -> int:
    """Measure, or join what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200_000, help="updates a thread makes")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--join", type=Path, nargs="+", help="print one Markdown table of these files")
    parser.add_argument("--beyond", action="store_true", help="what the model leaves out, instead")
    options = parser.parse_args()
    if options.beyond:
        beyond(options.times)
        return 0
    if options.join:
        print(join([json.loads(path.read_text(encoding="utf-8")) for path in options.join]))
        return 0
    record = measure(options.times)
    show(record)
    if options.json:
        options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 1 if any(row["wrong"] for row in record["rows"]) else 0


if __name__ == "__main__":
    sys.exit(main())
