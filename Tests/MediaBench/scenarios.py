"""What the media bench plays, and how one run of it is made against each of the servers."""

import json
import subprocess
from dataclasses import dataclass

from servers import Janus, Tandem, cores


@dataclass(frozen=True)
class Scenario:
    """Rooms of people; the first ones of each room send."""

    name: str
    what: str
    rooms: int
    people: int
    senders: int
    audio: bool
    video: int
    """Packets a second of a picture; 0 for none."""

    @property
    def sent_out(self) -> int:
        """Packets a second that the server sends."""
        each = (50 if self.audio else 0) + self.video
        return self.rooms * self.senders * each * (self.people - 1)


SCENARIOS = {
    scenario.name: scenario
    for scenario in [
        Scenario("A", "10 rooms of 2, sound and picture each way", 10, 2, 2, True, 100),
        Scenario("B", "1 picture of 200 packets/s to 100 receivers", 1, 101, 1, False, 200),
        Scenario("B250", "the same to 250", 1, 251, 1, False, 200),
        Scenario("C", "a room of 8, all to all", 1, 8, 8, True, 100),
        Scenario("C8", "8 such rooms", 8, 8, 8, True, 100),
        Scenario("D", "100 rooms of 2, sound alone", 100, 2, 2, True, 0),
    ]
}


@dataclass
class Measured:
    """Of one run. Times are milliseconds."""

    cost: float
    """CPU microseconds for each packet of media that went out."""
    latency50: float | None = None
    latency99: float | None = None
    set_up50: float | None = None
    memory: float | None = None
    """KB for each participant."""
    switches: float | None = None
    """Context switches for each packet that went out."""
    doubt: str | None = None


def from_load_test(text: str) -> Measured:
    result = json.loads(text)
    server = result["server"]
    if not server or not server["cpuMicrosecondsPerPacket"] or result["failures"]:
        raise RuntimeError(f"nothing was measured: {result['failures']}")
    memory = server["bytesPerParticipant"]
    doubt = result["generator"]["doubt"]
    if result["lossShare"] > 0.001:
        doubt = f"{result['lossShare']:.1%} lost"
    return Measured(
        cost=server["cpuMicrosecondsPerPacket"],
        latency50=result["latency"]["p50"],
        latency99=result["latency"]["p99"],
        set_up50=result["firstMedia"]["p50"],
        memory=memory / 1024 if memory else None,
        switches=(server["contextSwitches"] or 0) / max(1, result["received"]),
        doubt=doubt,
    )


def run_tandem(binary: str, scenario: Scenario, seconds: int) -> Measured:
    server = Tandem(binary)
    try:
        words = [
            binary, "load-test", "--dev", "--url", server.url, "--server-pid", str(server.pid), "--json",
            "--own-sockets", "--rooms", str(scenario.rooms), "--participants", str(scenario.people),
            "--listeners", str((scenario.people - scenario.senders) / scenario.people),
            "--audio", "on" if scenario.audio else "off", "--audio-bytes", "100", "--ramp", "2s",
            "--hold", f"{seconds}s",
        ]
        if scenario.video:
            words += ["--video", "vp8", "--video-packets", str(scenario.video)]
        return from_load_test(run(words))
    finally:
        server.stop()


def run_janus(bench: str, loops: int, scenario: Scenario, seconds: int) -> Measured:
    server = Janus(loops)
    try:
        return from_load_test(
            run(
                [
                    bench, server.url, str(server.pid), str(scenario.rooms), str(scenario.people),
                    str(scenario.senders), "on" if scenario.audio else "off", str(scenario.video), "2",
                    str(seconds),
                ]
            )
        )
    finally:
        server.stop()


def run_floor(floor: str, scenario: Scenario, seconds: int) -> Measured:
    return Measured(cost=json.loads(run([floor, scenario.name, str(seconds)]))["cpuMicrosecondsPerPacket"])


def run(words: list[str], accepts: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode not in accepts or not done.stdout.strip():
        raise RuntimeError(f"{words[0]} ended with {done.returncode}: {done.stderr[-500:]}{done.stdout[-500:]}")
    return done.stdout


def contestants(binaries: str) -> dict:
    """Who takes part, in the order of their turns."""
    tandem, bench, floor = f"{binaries}/tandem", f"{binaries}/media-bench", f"{binaries}/floor"
    everybody = {
        "floor": lambda scenario, seconds: run_floor(floor, scenario, seconds),
        "tandem": lambda scenario, seconds: run_tandem(tandem, scenario, seconds),
    }
    if Janus.version():
        everybody["janus"] = lambda scenario, seconds: run_janus(bench, cores(), scenario, seconds)
        everybody["janus as shipped"] = lambda scenario, seconds: run_janus(bench, 0, scenario, seconds)
    return everybody
