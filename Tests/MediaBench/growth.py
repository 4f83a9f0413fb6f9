"""How cost and memory grow: pairs of people from one room to thousands, and one room from two people to hundreds.

    growth.py BINARIES [--seconds 6] [--svg FOLDER] [--json FILE] [--quick]
"""

import argparse
import json
import sys
from pathlib import Path

from plot import line_chart
from scenarios import run
from servers import Tandem

PAIRS = [1, 10, 100, 1_000, 5_000]
CROWDS = [2, 8, 50, 250]


def measure(binary: str, words: list[str], seconds: int) -> dict:
    server = Tandem(binary)
    try:
        result = json.loads(
            run(
                [binary, "load-test", "--dev", "--url", server.url, "--server-pid", str(server.pid), "--json", "--hold",
                 f"{seconds}s", "--max-failures", "100", *words],
                # The table says what was lost; the load test's own bounds are not this one's.
                accepts=(0, 1),
            )
        )
    finally:
        server.stop()
    return {
        "people": result["joined"],
        "packets": result["receivedPerSecond"],
        "cost": result["server"]["cpuMicrosecondsPerPacket"],
        "cores": result["server"]["cores"],
        "memory": result["server"]["bytesPerParticipant"] / 1024,
        "latency99": result["latency"]["p99"],
        "loss": result["lossShare"],
        "failures": sum(result["failures"].values()),
        "doubt": result["generator"]["doubt"],
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--svg", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true", help="without the largest of each")
    options = parser.parse_args()
    binary = f"{options.binaries}/tandem"
    loads: dict[str, dict[int, list[str]]] = {
        # Two cores play both sides: a thousand rooms of speech in turns are as much as they take.
        "pairs, speech in turns": {
            rooms: ["--rooms", str(rooms), "--audio", "dtx", "--ramp", f"{max(1, rooms // 100)}s"]
            for rooms in PAIRS[: 4 if not options.quick else 3]
        },
        "pairs, silent": {
            rooms: ["--rooms", str(rooms), "--audio", "silent", "--ramp", f"{max(1, rooms // 50)}s"]
            for rooms in (PAIRS if not options.quick else PAIRS[:3])
        },
        "one sends a picture": {
            people: ["--rooms", "1", "--participants", str(people), "--listeners", str((people - 1) / people), "--audio",
                     "off", "--video", "vp8", "--video-packets", "200", "--ramp", f"{max(1, people // 50)}s"]
            for people in CROWDS
        },
    }
    results: dict[str, dict[int, dict]] = {}
    print(f"{'load':<24}{'size':>6}{'people':>8}{'packets/s':>11}{'µs a packet':>13}{'cores':>7}{'KB a person':>13}{'p99 ms':>8}{'lost':>9}")
    for name, sizes in loads.items():
        for size, words in sizes.items():
            try:
                found = measure(binary, words, options.seconds)
            except RuntimeError as error:
                print(f"{name:<24}{size:>6}  {error}")
                continue
            results.setdefault(name, {})[size] = found
            cost = f"{found['cost']:.1f}" if found["cost"] else ""
            print(
                f"{name:<24}{size:>6}{found['people']:>8}{found['packets']:>11.0f}{cost:>13}{found['cores']:>7.2f}"
                f"{found['memory']:>13.0f}{found['latency99'] or 0:>8.2f}{found['loss']:>9.3%}  {found['doubt'] or ''}",
                flush=True,
            )
    if options.svg:
        options.svg.mkdir(parents=True, exist_ok=True)
        for field, title, y_name in [
            ("cost", "CPU of the server for a packet that goes out", "µs"),
            ("memory", "Memory that each person adds", "KB"),
        ]:
            series = {
                name: [(size, found[field]) for size, found in sizes.items() if found[field] and found[field] > 0]
                for name, sizes in results.items()
            }
            (options.svg / f"growth-{field}.svg").write_text(
                line_chart(title, "rooms of two · people in one room", y_name, series, log_x=True, log_y=True)
            )
    if options.json:
        options.json.write_text(json.dumps(results, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
