"""Processes that measured on a machine that is made up: quiet, busy, a slower one."""

from __future__ import annotations

import math
import random

from threadbench.bench.measuring import Process
from threadbench.bench.order import PREFIX


def processes(
    seed: int,
    *,
    time: float = 0.1,
    slowness: float = 1.0,
    available: float = 1.0,
    computing: float = 1.0,
    units: float = 4.0,
    number: int = 20,
    version: str = "3.13.0",
) -> list[Process]:
    """Processes that run work of which a part computes, on a machine that is so slow and whose CPU is so far there.

    Where it is not, what computes has to wait in bursts that are longer than a process.
    """
    draw = random.Random(seed)
    made = []
    burst = 0.0
    for _ in range(number):
        own = math.exp(draw.gauss(0, 0.01))
        burst = 0.9 * burst + draw.gauss(0, 0.3 * (1 - available))
        share = min(1.0, available * math.exp(burst)) if available < 1 else 1.0
        clock = slowness * math.exp(draw.gauss(0, 0.05))
        cpu = time * computing * own * clock
        values = tuple(
            cpu / share * math.exp(draw.gauss(0, 0.02)) + time * (1 - computing) * math.exp(draw.gauss(0, 0.01))
            for _ in range(3)
        )
        facts = {
            "cpu_time": cpu,
            "units": units,
            "unit_name": "tasks",
            "yard_time": 1e-7 * clock / share,
            "yard_cpu": 1e-7 * clock,
            "yard_share": share,
            "best_share": cpu / (cpu + time * (1 - computing)),
            "time_in_yards": sorted(values)[1] / (1e-7 * clock / share),
            "cpu_time_in_yards": cpu / (1e-7 * clock),
        }
        metadata = {PREFIX + name: value for name, value in facts.items()}
        made.append(Process(values, (), {**metadata, "loops": 8, "python_version": version}))
    return made
