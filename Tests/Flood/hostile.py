"""Calls under attack: twenty people in pairs talk and see each other while a flood goes on beside them, one kind after the
other. Their latency, their losses and whether anybody is dropped are compared with a quiet run of the same calls.

    hostile.py BINARIES [--seconds 10] [--rate 50000] [--json FILE] [--only stun,hello]
"""

import argparse
import json
import subprocess
import sys
import time
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "MediaBench"))

from servers import Tandem  # noqa: E402

ADDED_MILLISECONDS = 20.0
HEALTH_SECONDS = 1.0


@dataclass
class Outcome:
    """What the calls felt, and what the server did meanwhile."""

    attack: str
    sent: str = ""
    latency50: float = 0
    latency99: float = 0
    loss: float = 0
    dropped: int = 0
    health: float = 0
    """The slowest answer of /healthz, in seconds."""
    memory: int = 0
    """What the server holds more than before, five seconds after, in KB."""
    cpu: float = 0
    """Cores."""
    faults: str = ""


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4


def health(url: str) -> float:
    begin = time.monotonic()
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            answer.read()
    except OSError:
        return 99.0
    return time.monotonic() - begin


def media_port(pid: int) -> int:
    """The first worker's: of the UDP sockets of the process, the lowest port."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    ports = []
    for table in ("/proc/net/udp", "/proc/net/udp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes:
                ports.append(int(fields[1].rsplit(":", 1)[1], 16))
    return min(ports)


def calls(binary: str, server: Tandem, seconds: int, rooms: int = 10) -> subprocess.Popen:
    return subprocess.Popen(
        [
            binary, "load-test", "--dev", "--url", server.url, "--server-pid", str(server.pid), "--json", "--rooms",
            str(rooms), "--video", "vp8", "--ramp", "1s", "--hold", f"{seconds}s",
        ],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )


def attack(binaries: str, server: Tandem, kind: str, rate: int, seconds: int) -> subprocess.Popen | None:
    """At the lowest priority: on one machine a flood that takes the processor is no flood of the network."""
    if kind == "quiet":
        return None
    if kind == "join storm":
        return subprocess.Popen(
            [
                f"{binaries}/tandem", "load-test", "--dev", "--url", server.url, "--json", "--rooms", "2500", "--storm",
                "--audio", "silent", "--hold", f"{max(1, seconds - 5)}s", "--max-failures", "100000",
            ],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, preexec_fn=lambda: __import__("os").nice(10),
        )
    port = server.port if kind in ("connects", "slow", "upgrade") else media_port(server.pid)
    each = 500 if kind in ("connects", "slow", "upgrade") else rate
    return subprocess.Popen(
        [f"{binaries}/flood", kind, str(port), str(each), str(seconds)],
        stdout=subprocess.PIPE, text=True, preexec_fn=lambda: __import__("os").nice(10),
    )


def run(binaries: str, server: Tandem, kind: str, rate: int, seconds: int) -> Outcome:
    outcome = Outcome(kind)
    before = resident(server.pid)
    talking = calls(f"{binaries}/tandem", server, seconds + 2)
    time.sleep(4)
    flood = attack(binaries, server, kind, rate, seconds)
    while talking.poll() is None:
        outcome.health = max(outcome.health, health(server.url))
        time.sleep(0.5)
    result = json.loads(talking.stdout.read())
    if flood:
        said = json.loads(flood.communicate(timeout=60)[0].strip() or "{}")
        outcome.sent = (
            f"{said['joined']} of {said['participants']} joined" if "joined" in said else f"{said['perSecond']:.0f}/s"
        )
    outcome.latency50 = result["latency"]["p50"] or 0
    outcome.latency99 = result["latency"]["p99"] or 0
    outcome.loss = result["lossShare"]
    outcome.dropped = sum(result["failures"].values())
    outcome.cpu = result["server"]["cores"]
    time.sleep(5)
    outcome.memory = resident(server.pid) - before
    return outcome


def judge(outcome: Outcome, quiet: Outcome) -> None:
    faults = []
    if outcome.latency99 > quiet.latency99 + ADDED_MILLISECONDS:
        faults.append(f"p99 {outcome.latency99 - quiet.latency99:.0f} ms longer")
    if outcome.dropped:
        faults.append(f"{outcome.dropped} dropped")
    if outcome.loss > 0.01:
        faults.append(f"{outcome.loss:.1%} lost")
    if outcome.health > HEALTH_SECONDS:
        faults.append(f"/healthz took {outcome.health:.1f} s")
    outcome.faults = ", ".join(faults)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rate", type=int, default=50_000)
    parser.add_argument("--only", default="")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    kinds = ["quiet", "stun", "hello", "garbage", "rtp", "connects", "slow", "upgrade", "join storm"]
    if options.only:
        kinds = ["quiet", *options.only.split(",")]
    server = Tandem(f"{options.binaries}/tandem")
    outcomes: list[Outcome] = []
    try:
        for kind in kinds:
            print(f"{kind} …", file=sys.stderr, flush=True)
            outcomes.append(run(options.binaries, server, kind, options.rate, options.seconds))
            judge(outcomes[-1], outcomes[0])
    finally:
        server.stop()
    print(f"{'attack':<12}{'sent':>22}{'p50 ms':>9}{'p99 ms':>9}{'lost':>9}{'dropped':>9}{'healthz s':>11}{'cores':>7}{'KB more':>9}")
    for one in outcomes:
        print(
            f"{one.attack:<12}{one.sent:>22}{one.latency50:>9.2f}{one.latency99:>9.2f}{one.loss:>9.3%}{one.dropped:>9}"
            f"{one.health:>11.3f}{one.cpu:>7.2f}{one.memory:>9}  {one.faults and 'MISSED: ' + one.faults}"
        )
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in outcomes], indent=2))
    return 1 if any(one.faults for one in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
