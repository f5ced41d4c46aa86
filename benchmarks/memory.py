"""The most memory this process has had at once."""

from pathlib import Path


def peak_megabytes() -> float:
    """Resident memory at its largest so far, in megabytes.

    From the kernel's own words: `ru_maxrss` begins with that of the process that started this one.
    """
    words = Path("/proc/self/status").read_text().split()
    return int(words[words.index("VmHWM:") + 1]) / 1024
