"""Changing load for minutes or hours, and whether the server ever gives back less than it took.

Cycle after cycle people come by other numbers, in rooms of other sizes, with sound, pictures or both, over lines that lose,
move to other addresses, lose their connections, and leave. After each cycle the server is given time to forget them; then
its memory, descriptors, threads and gauges are read. Memory may not grow from cycle to cycle, and all else has to come back
to where it was.

    soak.py BINARIES [--minutes 120] [--seed 1] [--json FILE] [--svg FILE]
"""

import argparse
import json
import random
import re
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "MediaBench"))

from plot import line_chart  # noqa: E402
from servers import Tandem  # noqa: E402

WARM_UP = [
    ["--rooms", "6", "--participants", "20", "--audio", "on", "--storm", "--hold", "6s"],
    ["--rooms", "30", "--video", "vp8", "--audio", "on", "--storm", "--reconnect", "100%", "--roam", "100%", "--hold", "6s"],
]
"""The largest loads first: buffers of fixed size, 40 MB in all, count as memory from when they are first written to."""
WARM_UP_SHARE = 1 / 3
"""Of the cycles, those that are not judged: the database fills its cache, bounded tables fill."""
FORGET_SECONDS = 4
"""More than the resume window and the empty time-out that the server is started with."""
BOUND_HEAP_KB_A_CYCLE = 16
"""The heap in use: a leak is seen in it however small, a buffer of fixed size never."""
BOUND_KB_A_CYCLE = 256
"""Memory from the system, which still rises while pages of fixed buffers are written to for the first time."""
GAUGES = re.compile(r"^(tandem_(?:rooms|participants|websocket_connections|media_\w+|\w*waiting\w*|\w*queue\w*))(?:\{[^}]*\})? ([0-9.e+]+)$", re.M)
BACK_TO_BASE = ("rooms", "participants", "connections", "peers", "publications", "subscriptions", "depth", "waiting")


def anonymous_kb(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Anonymous:\s+(\d+) kB", text, re.M).group(1))


def sample(server: Tandem, start: float) -> dict:
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=10) as answer:
        metrics = answer.read().decode()
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", metrics, re.M))
    gauges: dict[str, float] = {}
    for name, value in GAUGES.findall(metrics):
        if kinds.get(name) == "gauge":
            gauges[name] = gauges.get(name, 0) + float(value)
    return {
        "second": time.monotonic() - start,
        "anonymousKB": anonymous_kb(server.pid),
        "heapKB": float(re.search(r"^tandem_process_heap_bytes ([0-9.e+]+)$", metrics, re.M).group(1)) / 1024,
        "descriptors": len(list(Path(f"/proc/{server.pid}/fd").iterdir())),
        "threads": len(list(Path(f"/proc/{server.pid}/task").iterdir())),
        "gauges": gauges,
    }


def shape(chance: random.Random) -> list[str]:
    """One cycle's load, small enough for a share of two cores."""
    people = chance.choice([2, 2, 2, 3, 4, 8, 20])
    rooms = max(1, chance.randrange(10, 120) // people)
    words = ["--rooms", str(rooms), "--participants", str(people), "--seed", str(chance.randrange(1 << 30))]
    words += ["--audio", chance.choice(["on", "dtx", "dtx", "silent"])]
    if people <= 8 and rooms * people <= 60:
        words += ["--video", chance.choice(["off", "vp8"])]
    words += ["--listeners", chance.choice(["0%", "0%", "50%"])]
    words += ["--loss", chance.choice(["0%", "1%", "5%"]), "--roam", chance.choice(["0%", "100%", "100%"])]
    words += ["--reconnect", chance.choice(["0%", "100%", "100%"])]
    words += ["--storm"] if chance.random() < 0.3 else ["--ramp", f"{chance.randrange(1, 4)}s"]
    return [*words, "--hold", f"{chance.randrange(6, 14)}s"]


def growth(values: list[float]) -> float:
    """What a cycle adds, as the median of the slopes between all pairs (Theil and Sen): one odd value moves nothing."""
    slopes = [(values[b] - values[a]) / (b - a) for a in range(len(values)) for b in range(a + 1, len(values))]
    return statistics.median(slopes) if slopes else 0.0


def judged(idle: list[dict]) -> list[dict]:
    return idle[len(WARM_UP) + int(len(idle) * WARM_UP_SHARE):]


def judge(idle: list[dict]) -> list[str]:
    faults = []
    kept = judged(idle)
    if len(kept) < 4:
        return ["too few cycles to judge by"]
    for what, name, bound in [
        ("heapKB", "the heap", BOUND_HEAP_KB_A_CYCLE), ("anonymousKB", "memory", BOUND_KB_A_CYCLE),
    ]:
        slope = growth([one[what] for one in kept])
        if slope > bound:
            faults.append(f"{name} grows by {slope:.0f} KB a cycle")
    for what in ("descriptors", "threads"):
        if kept[-1][what] > idle[0][what] + 2:
            faults.append(f"{what}: {idle[0][what]} at first, {kept[-1][what]} at the end")
    for name, value in kept[-1]["gauges"].items():
        if any(part in name for part in BACK_TO_BASE) and value > idle[0]["gauges"].get(name, 0):
            faults.append(f"{name}: {idle[0]['gauges'].get(name, 0):.0f} at first, {value:.0f} at the end")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--svg", type=Path)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    binary = f"{options.binaries}/tandem"
    server = Tandem(binary, "--sessions-resume-window", "2s", "--rooms-empty-timeout", "1s")
    start = time.monotonic()
    idle: list[dict] = []
    cycles: list[dict] = []
    try:
        time.sleep(3)
        idle.append(sample(server, start))
        while time.monotonic() - start < options.minutes * 60:
            words = WARM_UP[len(cycles)] if len(cycles) < len(WARM_UP) else shape(chance)
            done = subprocess.run(
                [binary, "load-test", "--dev", "--url", server.url, "--json", "--max-failures", "0", *words],
                capture_output=True, text=True, timeout=180, check=False,
            )
            result = json.loads(done.stdout) if done.stdout else {"failures": {"crashed": done.stderr[-300:]}}
            time.sleep(FORGET_SECONDS)
            idle.append(sample(server, start))
            cycles.append({"words": words, "failures": result["failures"], "joined": result.get("joined")})
            print(
                f"{idle[-1]['second'] / 60:6.1f} min  {result.get('joined')} people  "
                f"{idle[-1]['anonymousKB']} KB, heap {idle[-1]['heapKB']:.0f} KB  {idle[-1]['descriptors']} descriptors  {result['failures'] or ''}",
                flush=True,
            )
    finally:
        server.stop()
    faults = judge(idle)
    faults += [f"cycle {index}: {one['failures']} with {' '.join(one['words'])}"
               for index, one in enumerate(cycles) if one["failures"]]
    print(f"\n{len(cycles)} cycles in {(time.monotonic() - start) / 60:.0f} minutes, seed {options.seed}")
    for what, name in [("heapKB", "heap in use"), ("anonymousKB", "memory")]:
        kept = [one[what] for one in judged(idle)]
        print(f"{name} after warm-up: {kept[0]:.0f} KB at first, {kept[-1]:.0f} KB at the end, {growth(kept):+.1f} KB a cycle")
    for fault in faults:
        print(f"FAULT: {fault}")
    if options.json:
        options.json.write_text(json.dumps({"seed": options.seed, "idle": idle, "cycles": cycles, "faults": faults}, indent=2))
    if options.svg:
        points = [(one["second"] / 60, one["anonymousKB"] / 1024) for one in idle]
        options.svg.write_text(
            line_chart(
                "Memory of an idle server between loads", "minutes", "MB",
                {"memory": points, "heap in use": [(one["second"] / 60, one["heapKB"] / 1024) for one in idle]},
            )
        )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
