"""What recording costs a server: CPU and bytes written while pairs talk, recorded and not, in turns; then the CPU of the
mixes. Prints one JSON.

    python Tests/RecordingBench/recording_cost.py [--rooms 100] [--seconds 30] [--rounds 3] [--binary .build/release/tandem]
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Kill"))
from recording_kill_test import House

TICK = os.sysconf("SC_CLK_TCK")


def used(pid):
    """CPU seconds and bytes handed to the disk."""
    words = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    io = dict(line.split(": ") for line in pathlib.Path(f"/proc/{pid}/io").read_text().splitlines())
    return (int(words[11]) + int(words[12])) / TICK, int(io["write_bytes"])


def measure(house, given, is_recorded):
    players = subprocess.Popen(
        [house.binary, "load-test", "--url", house.url, "--dev", "--rooms", str(given.rooms), "--ramp", "3s", "--hold",
         f"{given.seconds + 20}s", "--json", *(["--record"] if is_recorded else [])],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 30
        while is_recorded and sum(one["state"] == "recording" for one in house.recordings()) < given.rooms:
            assert time.monotonic() < until, "not all are recorded"
            time.sleep(0.5)
        time.sleep(8)
        began, before = time.monotonic(), used(house.process.pid)
        time.sleep(given.seconds)
        after, took = used(house.process.pid), time.monotonic() - began
    finally:
        players.terminate()
        players.wait()
    people = 2 * given.rooms
    return {"cpuMillisecondsAPersonMinute": 1e3 * (after[0] - before[0]) / took * 60 / people,
            "bytesWrittenAPersonSecond": (after[1] - before[1]) / took / people}


def mixes(house):
    """CPU a second of recording, from the last end until all are ready."""
    before, until = used(house.process.pid)[0], time.monotonic() + 600
    while any(one["state"] in ("recording", "processing") for one in house.recordings()):
        assert time.monotonic() < until, "the mixes are not done after ten minutes"
        time.sleep(0.5)
    seconds = sum(one["durationMilliseconds"] for one in house.recordings()) / 1000
    return seconds, used(house.process.pid)[0] - before


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rooms", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--binary", default=os.environ.get("TANDEM_BINARY", ".build/release/tandem"))
    given = parser.parse_args()
    found = {False: [], True: []}
    mixed = []
    for _ in range(given.rounds):
        for is_recorded in (False, True):
            with tempfile.TemporaryDirectory(prefix="tandem-cost-") as folder:
                house = House(given.binary, folder)
                house.start()
                try:
                    found[is_recorded].append(measure(house, given, is_recorded))
                    if is_recorded:
                        mixed.append(mixes(house))
                finally:
                    house.process.kill()
                    house.process.wait()

    def median(name, is_recorded):
        return statistics.median(one[name] for one in found[is_recorded])

    plain, taped = (median("cpuMillisecondsAPersonMinute", one) for one in (False, True))
    print(json.dumps({
        "rooms": given.rooms, "payloadBytesAPersonSecond": 50 * 80,
        "cpuMillisecondsAPersonMinute": {"call": round(plain, 1), "recorded": round(taped, 1),
                                         "difference": round(taped - plain, 1)},
        "bytesWrittenAPersonSecond": round(median("bytesWrittenAPersonSecond", True)),
        "mixTimesRealTime": round(statistics.median(seconds / cpu for seconds, cpu in mixed)),
        "rounds": {"call": found[False], "recorded": found[True]}}, indent=1))


if __name__ == "__main__":
    main()
