"""Runs a command, and says how much memory it took: its own peak, not that of other children."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from subprocess import CalledProcessError

from benchmarks.job import ROOT


def run_child(command: Sequence[str], environment: Mapping[str, str] | None = None) -> float:
    """Run a command at the root of the repository, its output unseen; its peak in megabytes."""
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise CalledProcessError(child.returncode, command)
    return megabytes(usage.ru_maxrss)


def megabytes(peak: int) -> float:
    """The peak that the system tells, which counts in bytes on macOS and in kilobytes elsewhere."""
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
