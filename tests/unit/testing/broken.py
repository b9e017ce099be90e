"""Plugins that break one rule each: the whole one, and what to replace in it, with the words that tell of it."""

from __future__ import annotations

from typing import NamedTuple

SOUND = '''\
"""People pass a turnstile."""

import threading
import time

from pydantic import Field, field_validator

from threadbench import Duration, Params, Run, Workload, hookimpl, read_log, workload

THREADBENCH_API = ">=1.0,<2"


class TurnstileParams(Params):
    """How many, and how fast."""

    people: int = Field(3, ge=1, le=100, description="how many pass")
    pause: Duration = Field(0.001, description="how long each takes")


@workload("turnstile", params=TurnstileParams)
def turnstile(run: Run, params: TurnstileParams):
    """People pass one at a time."""
    gate, passed = threading.Lock(), []

    def person(number):
        with gate:
            time.sleep(params.pause)
            passed.append(number)
        run.emit("passed", number=number)

    people = [threading.Thread(target=person, args=(number,)) for number in range(params.people)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    run.check("everyone passed", len(passed) == params.people)
    return {"passed": len(passed)}


class Fair:
    def __init__(self, seed):
        self.turn = seed

    def begin(self, scheduler):
        return True

    def choose(self, options):
        self.turn += 1
        return options[self.turn % len(options)]

    def end(self, execution):
        pass


@hookimpl
def threadbench_workloads():
    yield turnstile


@hookimpl
def threadbench_strategies():
    yield "fair", Fair


@hookimpl
def threadbench_exporters():
    def names(log, destination):
        events = {event.event for event in read_log(log)}
        destination.write_text("\\n".join(sorted(events)))

    yield "names", names
'''


STRATEGY = SOUND.replace("\n\n@hookimpl\ndef threadbench_workloads():\n    yield turnstile\n", "")
"""The sound plugin without a kind: for rules that have nothing to do with kinds, whose runs take time."""


class Broken(NamedTuple):
    """A change to the sound plugin.

    Attributes:
        rule: the one that it breaks.
        old: what stands in the sound plugin.
        new: what stands here instead.
        subject: what is named.
        said: a part of the message.
        at: a line that the place points at; None where the place is the plugin's.
    """

    rule: str
    old: str
    new: str
    subject: str
    said: str
    at: str | None = None


KIND = "kind 'turnstile'"
PEOPLE = "kind 'turnstile', param 'people'"
DEFAULTED = 'people: int = Field(3, ge=1, le=100, description="how many pass")'
CHECK = '    run.check("everyone passed", len(passed) == params.people)\n'
RETURN = '    return {"passed": len(passed)}\n'
GATE = "    gate, passed = threading.Lock(), []\n"

BROKEN = [
    Broken("imports", "import time\n", "import no_such_library\n", "plugin", "No module named 'no_such_library'"),
    Broken("import-quiet", "import time\n", "import time\nprint('hello')\n", "plugin", "importing it prints 'hello'"),
    Broken(
        "import-quiet",
        "import time\n",
        "import time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True, name='eager').start()\n",
        "plugin",
        "importing it starts threads: eager",
    ),
    Broken(
        "import-quiet",
        "import time\n",
        "import os, time\nos.spawnlp(os.P_NOWAIT, 'sleep', 'sleep', '2')\n",
        "plugin",
        "importing it starts 1 processes",
    ),
    Broken(
        "import-quiet",
        "import time\n",
        "import sys, time\nsys.setswitchinterval(1e-6)\n",
        "plugin",
        "importing it changes the switch interval",
    ),
    Broken(
        "hooks",
        "def threadbench_workloads",
        "def threadbench_workload",
        "plugin",
        "there is no hook 'threadbench_workload'; did you mean 'threadbench_workloads'?",
    ),
    Broken("hooks-answer", "    yield turnstile\n", "    yield turnstile\n    1 / 0\n", "plugin", "ZeroDivisionError"),
    Broken(
        "provides", "    yield turnstile\n", "    yield turnstile.function\n", "plugin", "threadbench_workloads gives"
    ),
    Broken("provides", "    yield turnstile\n", "    yield turnstile\n    yield turnstile\n", "plugin", "twice"),
    Broken("provides", 'yield "fair", Fair', 'yield "fair", 3', "plugin", "the factory of strategy 'fair'"),
    Broken("api-range", '">=1.0,<2"', '">=2"', "plugin", "THREADBENCH_API is '>=2', and this threadbench has "),
    Broken("api-range", '">=1.0,<2"', '"1.x"', "plugin", "'1.x' is not a range such as"),
    Broken("kind-name", '@workload("turnstile"', '@workload("race"', "kind 'race'", "is reserved", "@workload("),
    Broken("docstring", '    """People pass one at a time."""\n', "", KIND, "has no docstring", "@workload("),
    Broken(
        "param-default", DEFAULTED, 'people: int = Field(description="how many")', PEOPLE, "no default", "people: int"
    ),
    Broken("param-default", "Field(3, ge=1", "Field(0, ge=1", PEOPLE, "refused by its own rules: ", "people: int"),
    Broken("param-description", ', description="how many pass"', "", PEOPLE, "it has no description", "people: int"),
    Broken(
        "param-strict",
        '    """How many, and how fast."""\n',
        '    """How many, and how fast."""\n\n    model_config = {"extra": "ignore"}\n',
        "kind 'turnstile', params",
        "unknown keys are not refused (extra='ignore')",
        "class TurnstileParams",
    ),
    Broken(
        "param-strict",
        "Field(3, ge=1",
        "Field(3, strict=False, ge=1",
        PEOPLE,
        'it accepts "4" for its type, integer',
        "people: int",
    ),
    Broken(
        "param-schema",
        DEFAULTED,
        DEFAULTED + '\n    ended: type[Exception] = Field(KeyError, description="with what")',
        "kind 'turnstile', params",
        "cannot be told in JSON",
        "class TurnstileParams",
    ),
    Broken(
        "param-errors",
        '    pause: Duration = Field(0.001, description="how long each takes")\n',
        '    pause: Duration = Field(0.001, description="how long each takes")\n\n'
        '    @field_validator("people")\n    @classmethod\n    def _known(cls, value):\n'
        "        return {3: 3, 1: 1}[value]\n",
        PEOPLE,
        "its validation raises KeyError",
        "people: int",
    ),
    Broken(
        "runs-native", RETURN, '    run.runtime == "native" and 1 / 0\n' + RETURN, KIND, "crashed: ZeroDivisionError"
    ),
    Broken(
        "runs-native",
        RETURN,
        '    while run.runtime == "native": time.sleep(1)\n' + RETURN,
        KIND,
        "ended as timeout: still running",
    ),
    Broken("runs-virtual", RETURN, '    run.runtime == "virtual" and 1 / 0\n' + RETURN, KIND, "crashed: ZeroDivision"),
    Broken(
        "deterministic",
        RETURN,
        "    import os\n    return {'passed': int.from_bytes(os.urandom(4))}\n",
        KIND,
        "two runs with seed 0 differ: {'passed': ",
        "@workload(",
    ),
    Broken(
        "same-words",
        RETURN,
        '    run.runtime == "native" and run.emit("counted")\n' + RETURN,
        KIND,
        "event 'turnstile.counted' is there on native threads, and in none of 6 schedules",
        "@workload(",
    ),
    Broken(
        "same-words",
        CHECK,
        '    if run.runtime == "virtual":\n    ' + CHECK,
        KIND,
        "check 'everyone passed' is there in all of 6 schedules of virtual threads, and not on native ones",
        "@workload(",
    ),
    Broken("event-names", 'run.emit("passed"', 'run.emit("Passed!"', KIND, "it emits 'Passed!'", 'run.emit("Passed!"'),
    Broken("check-names", '"everyone passed"', '" "', KIND, "it states a check named ' '", 'run.check(" "'),
    Broken("check-names", CHECK, CHECK + CHECK, KIND, "check 'everyone passed' is stated in 2 places: ", "run.check("),
    Broken("outcome-json", '{"passed": len(passed)}', '{"passed": set(passed)}', KIND, "outcome.passed is a set"),
    Broken("outcome-json", '{"passed": len(passed)}', '{"part": [float("nan")]}', KIND, "outcome.part[0] is nan"),
    Broken(
        "errors-surface",
        CHECK,
        '    try:\n        run.check("everyone passed", True)\n    except Exception:\n        pass\n',
        KIND,
        "was swallowed: the run ended as passed",
        "run.check(",
    ),
    Broken(
        "threads-end",
        GATE,
        GATE + "    threading.Thread(target=threading.Event().wait, name='poller', daemon=True).start()\n",
        KIND,
        "thread 'poller' is still there when it is over",
        "name='poller'",
    ),
    Broken(
        "threads-end",
        GATE,
        GATE + "    import subprocess\n"
        "    run.runtime == 'native' and subprocess.Popen(['sleep', '15'], start_new_session=True)\n",
        KIND,
        "a process that it started is still there when it is over: sleep 15",
        "@workload(",
    ),
    Broken("exporter-writes", "destination.write_text(", "str(", "exporter 'names'", "it writes no file"),
    Broken(
        "exporter-writes",
        "        events = {",
        "        *_, last = read_log(log)\n        last.data['verdict']\n        events = {",
        "exporter 'names'",
        "it raises KeyError: 'verdict' (",
    ),
    Broken(
        "strategy-explores",
        "return options[self.turn % len(options)]",
        "return 'nobody'",
        "strategy 'fair'",
        "it broke off: ",
    ),
]
