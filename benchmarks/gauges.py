"""What the operating system says of a process (Linux): CPU time and memory."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Seconds of CPU that all threads of a process have used so far, user and system; 0 for ``pid`` 0.

    The scheduler's own count has nanoseconds; where the kernel keeps none, ``stat`` has hundredths of a second.
    """
    if not pid:
        return 0.0
    try:
        threads = Path(f"/proc/{pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
    except FileNotFoundError:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def own_bytes(pid: int) -> int:
    """Bytes of memory that are this process's own and resident: no shared libraries, no page cache."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"/proc/{pid}/status has no line RssAnon")
