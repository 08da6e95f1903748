"""How things are measured: whole processes by the kernel's own accounts, calls by the clock."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """CPU seconds and peak memory of a finished child process."""

    cpu: float
    wall: float
    peak_mb: float


def process(*arguments: str, runs: int = 3) -> Process:
    """The median run of `python -m …`, after one that warms the file cache."""
    done = [_once(arguments) for _ in range(runs + 1)][1:]
    return sorted(done, key=lambda run: run.cpu)[len(done) // 2]


def _once(arguments: Sequence[str]) -> Process:
    began = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with status {child.returncode}")
    return Process(used.ru_utime + used.ru_stime, time.perf_counter() - began, used.ru_maxrss / 1024)


def milliseconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def p50_p95(values: Sequence[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return statistics.median(values), cuts[18]


def resident_mb() -> float:
    with Path("/proc/self/status").open() as status:
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
