"""What benchmarks share: seconds, the peak of memory, and what was measured with."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

import academic_workplace as aw


def seconds(call: Callable[[], object]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def peak() -> float:
    """The most memory of this process, in GiB; macOS counts bytes, Linux kilobytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def versions(*names: str) -> dict[str, str]:
    """Of this package, of what both sides stand on, and of the peers; '' is absent."""
    out = {"academic-workplace": aw.__version__, "Python": sys.version.split()[0]}
    for name in names:
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            out[name] = ""
    return out
