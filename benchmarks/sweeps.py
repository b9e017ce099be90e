"""What a case, and a byte of its log, costs in a sweep over a Dask cluster: client, scheduler and workers.

    python benchmarks/sweeps.py [--rounds N] [--cases N] [--json FILE]

A scheduler and two workers are started on loopback, and sweeps of few and of many cases are run, with small logs and
with large ones, in turn. Figures are CPU time of each process, from the kernel's books: of the client's over the whole
sweep, of the others by what it added. What few cases cost is taken off, so that no start is in it; what small logs
cost is taken off again for the price of a byte, which is one of the log as it is on disk. The worker's share is that of
its own process, without the processes that run the cases. Searches are measured in the same way, a batch being 250
schedules.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from figures import headline, table, write_json

PLUGIN = """\
from threadbench import Params, hookimpl, workload


class Emitting(Params):
    number: int = 0
    events: int = 0


@workload("emitting", params=Emitting)
def emitting(run, params):
    \"\"\"Writes so many events.\"\"\"
    for number in range(params.events):
        run.emit("step", number=number, of=params.events)
    return params.number


@hookimpl
def threadbench_workloads():
    yield emitting
"""
SMALL, LARGE = 0, 2_000
"""Events of a case."""
FEW = 10
TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """A process of the cluster, and what it prints."""

    def __init__(self, folder: Path, role: str, *arguments: str) -> None:
        self.log = folder / f"{role}-{len(list(folder.glob('*.log')))}.log"
        with self.log.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{role}", *arguments],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(folder), "DASK_TEMPORARY_DIRECTORY": str(folder)},
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    def says(self, pattern: str) -> re.Match[str]:
        """Wait for it."""
        while not (found := re.search(pattern, self.log.read_text())):
            if self.process.poll() is not None:
                sys.exit(self.log.read_text())
            time.sleep(0.05)
        return found

    def cpu(self) -> float:
        """Seconds of CPU time so far, of it alone."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def end(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()


def spent(folder: Path, cluster: list[Process], *words: str) -> list[float]:
    """CPU time of the client, the scheduler and both workers for one command."""
    before = [process.cpu() for process in cluster]
    mine = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "threadbench", *words, "-q"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    client = now.ru_utime + now.ru_stime - mine.ru_utime - mine.ru_stime
    scheduler, *workers = (process.cpu() - was for process, was in zip(cluster, before, strict=True))
    return [client, scheduler, sum(workers)]


def swept(folder: Path, cluster: list[Process], address: str, cases: int, events: int) -> tuple[list[float], int]:
    """What a sweep costs, and the bytes of its logs."""
    text = f"kind: emitting\nparams: {{events: {events}}}\nmatrix: {{number: {list(range(cases))}}}\n"
    (folder / "cases.yaml").write_text(text)
    logs = Path(tempfile.mkdtemp(dir=folder))
    executor = ("--executor", f"dask://{address}", "--events", str(logs))
    cost = spent(folder, cluster, "run", "cases.yaml", "-p", "emitting", "--seed", "1", *executor)
    return cost, sum(path.stat().st_size for path in logs.glob("*.jsonl"))


def searched(folder: Path, cluster: list[Process], address: str, batches: int) -> list[float]:
    """What a search of so many batches costs."""
    (folder / "race.yaml").write_text("kind: race\nparams: {workers: 2, pause: 0ms}\nexpect: {explore: violated}\n")
    size = ("--max-schedules", str(250 * batches), "--time-limit", "60m", "--all-outcomes")
    words = ("explore", "race.yaml", "--strategy", "random", "--seed", "1", *size)
    return spent(folder, cluster, *words, "--executor", f"dask://{address}")


def each(many: list[float], few: list[float], count: float) -> list[float]:
    """Milliseconds that one more costs."""
    return [(a - b) * 1e3 / count for a, b in zip(many, few, strict=True)]


def measured(folder: Path, cluster: list[Process], address: str, rounds: int, cases: int) -> dict[str, list[float]]:
    """Medians over the rounds, of client, scheduler and workers."""
    found: dict[str, list[list[float]]] = {"a case, ms": [], "a MB of log, ms": [], "a batch of 250 schedules, ms": []}
    sizes: list[float] = []
    swept(folder, cluster, address, FEW, SMALL)  # workers import, and start what their runs descend from
    searched(folder, cluster, address, 2)
    for _ in range(rounds):
        few, _ = swept(folder, cluster, address, FEW, SMALL)
        many, small = swept(folder, cluster, address, cases, SMALL)
        large, bytes_large = swept(folder, cluster, address, cases, LARGE)
        found["a case, ms"].append(each(many, few, cases - FEW))
        found["a MB of log, ms"].append(each(large, many, (bytes_large - small) / 1e6))
        sizes.append(small / cases)
        batches = cases // 5
        short, long = (searched(folder, cluster, address, count) for count in (2, batches))
        found["a batch of 250 schedules, ms"].append(each(long, short, batches - 2))
    print(f"a small log has {statistics.median(sizes):,.0f} bytes, a large one {bytes_large / cases:,.0f}")
    return {name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in found.items()}


def travels(folder: Path) -> dict[str, float]:
    """Bytes on the wire: of a case as it is sent, and of a log as it comes back, for each of its own."""
    import pickle
    import zlib

    from threadbench.engine import Options, session_of
    from threadbench.plugins import Registry
    from threadbench.scenario import load_cases
    from threadbench.sweep.unit import Packer

    sys.path.insert(0, str(folder))
    (case, *_) = cases = load_cases([str(folder / "cases.yaml")], Registry(required=["emitting"]))
    packer = Packer(session_of(cases, Options(seed=1)), Options(seed=1), scratch=None, forked=False)
    unit = packer.pack(case, 1)
    log = max(folder.glob("tmp*/*.jsonl"), key=lambda path: path.stat().st_size).read_bytes()
    return {"sent": len(pickle.dumps(unit)), "back": len(zlib.compress(log, 1)) / len(log)}


def resumes(folder: Path) -> dict[str, float]:
    """What a sweep that goes on takes for each log that is there: milliseconds of CPU time, and bytes of memory."""
    import tracemalloc

    from threadbench.engine import Options, session_of
    from threadbench.places import log_paths
    from threadbench.plugins import Registry
    from threadbench.scenario import load_cases
    from threadbench.sweep.record import finished

    with contextlib.chdir(folder):  # where they were measured: a case is named as it was typed
        cases = load_cases(["cases.yaml"], Registry(required=["emitting"]))
    session = session_of(cases, Options(seed=1))
    newest = max(folder.glob("tmp*"), key=lambda path: path.stat().st_mtime)
    paths = list(log_paths(cases, str(newest)))

    def took() -> float:
        began = time.process_time()
        done = [finished(case, 1, session, path) for case, path in zip(cases, paths, strict=True)]
        assert all(result is not None for result in done)
        return (time.process_time() - began) * 1e3 / len(done)

    spent = statistics.median(took() for _ in range(9))
    tracemalloc.start()
    kept = [finished(case, 1, session, path) for case, path in zip(cases, paths, strict=True)]
    return {"ms": spent, "bytes": tracemalloc.get_traced_memory()[0] / len(kept)}


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--json")
    options = parser.parse_args()
    print(headline())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "emitting.py").write_text(PLUGIN)
        cluster = [Process(folder, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show")]
        try:
            address = cluster[0].says(r"Scheduler at: *tcp://(\S+)")[1]
            rest = ("--no-nanny", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1")
            cluster += [Process(folder, "worker", address, *rest) for _ in range(2)]
            for worker in cluster[1:]:
                worker.says("Registered to")
            rows = measured(folder, cluster, address, options.rounds, options.cases)
            wire = travels(folder)
            again = resumes(folder)
        finally:
            for process in cluster:
                process.end()
    shown = [[name, *(f"{value:.2f}" for value in values)] for name, values in rows.items()]
    table("CPU time", ["", "client", "scheduler", "workers"], shown)
    print(f"\na case is sent as {wire['sent']:,} bytes; a byte of its log comes back as {wire['back']:.3f}")
    print(f"a log that is gone on from takes {again['ms']:.3f} ms, and {again['bytes']:,.0f} bytes of memory")
    write_json(options.json, {"cpu_ms": rows, "wire": wire, "resumed": again}, [])


if __name__ == "__main__":
    main()
