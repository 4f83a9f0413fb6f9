"""How long a search takes in a catalogue of a million recordings: by person, room, session and time, over HTTP, with the
pages that follow. Prints one JSON.

    python Tests/RecordingBench/catalogue_bench.py [--rows 1000000] [--searches 500] [--binary .build/release/tandem]
"""

import argparse
import json
import os
import pathlib
import random
import sqlite3
import sys
import tempfile
import time

sys.path[:0] = [str(pathlib.Path(__file__).parents[1] / name) for name in ("Kill", "Contract")]

PEOPLE, ROOMS, DAY = 20_000, 5_000, 86_400_000


def fill(path, rows, chance):
    """Two people each, half an hour apart, some people far busier than others."""
    database = sqlite3.connect(path)
    database.executescript("pragma synchronous = off; pragma journal_mode = memory")
    begin = int(time.time() * 1000) - rows * 60_000

    def person():
        return f"user-{int(PEOPLE * chance.random() ** 2)}"

    def recordings():
        for number in range(rows):
            at = begin + number * 60_000
            yield (f"r_{number:016}", f"room-{chance.randrange(ROOMS)}", f"s_{number:016}", "ready", at, at + 1_800_000,
                   1_800_000, 12_000_000, '{"roomName":"Algebra"}', bytes(60), "stopped")

    def tracks():
        for number in range(rows):
            for place, role in enumerate(("mentor", "student")):
                yield (f"t_{number:015}{place}", f"r_{number:016}", f"p_{number:015}{place}", person(), role, "opus",
                       begin + number * 60_000, 0, 1_800_000, 6_000_000, bytes(32), bytes(60), "Somebody", "microphone",
                       begin + number * 60_000)

    with database:
        database.executemany(
            "insert into recordings (id, room, session, state, started_at, stopped_at, duration_ms, bytes, metadata, "
            "sealed_key, stop_reason) values (?,?,?,?,?,?,?,?,?,?,?)", recordings())
        database.executemany(
            "insert into recording_tracks (id, recording, participant, identity, role, codec, started_at, offset_ms, "
            "duration_ms, bytes, sha256, sealed_key, name, source, recorded_at) values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", tracks())
    database.execute("pragma journal_mode = wal")
    database.close()
    return begin


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--searches", type=int, default=500)
    parser.add_argument("--binary", default=os.environ.get("TANDEM_BINARY", ".build/release/tandem"))
    given = parser.parse_args()
    os.environ["TANDEM_BINARY"] = str(pathlib.Path(given.binary).resolve())
    from recording_kill_test import House  # its server is one like any other

    chance = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="tandem-catalogue-") as folder:
        house = House(given.binary, folder)
        house.start()
        house.process.terminate()
        house.process.wait()
        print(f"filling {given.rows} rows", file=sys.stderr)
        begin = fill(pathlib.Path(folder) / "data" / "tandem.db", given.rows, chance)
        house.start()

        def moment(share):
            return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime((begin + share * given.rows * 60_000) / 1000))

        def person():
            return f"user-{int(PEOPLE * chance.random() ** 2)}"

        searches = {
            "newest": lambda: "",
            "person": lambda: f"&identity={person()}",
            "busiest person": lambda: "&identity=user-0",
            "nobody": lambda: "&identity=nobody",
            "person in a month": lambda: (lambda at: f"&identity={person()}&from={moment(at)}&to={moment(at + 0.04)}")(
                chance.random() * 0.9),
            "person in a room": lambda: f"&identity={person()}&room=room-{chance.randrange(ROOMS)}",
            "room": lambda: f"&room=room-{chance.randrange(ROOMS)}",
            "room before a time": lambda: f"&room=room-{chance.randrange(ROOMS)}&to={moment(chance.random())}",
            "session": lambda: f"&session=s_{chance.randrange(given.rows):016}",
            "time": lambda: f"&from={moment(0)}&to={moment(chance.random())}",
        }
        found = {}
        try:
            for name, query in searches.items():
                times = []
                for _ in range(given.searches):
                    path, at = "/v1/recordings?limit=50" + query(), time.perf_counter()
                    page = json.loads(house.get(path))
                    times.append(time.perf_counter() - at)
                    if page["next"]:
                        at = time.perf_counter()
                        house.get(f"{path}&cursor={page['next']}")
                        times.append(time.perf_counter() - at)
                times.sort()
                found[name] = {"p50Milliseconds": round(1e3 * times[len(times) // 2], 2),
                               "p95Milliseconds": round(1e3 * times[int(len(times) * 0.95)], 2),
                               "mostMilliseconds": round(1e3 * times[-1], 2)}
        finally:
            house.process.kill()
        size = (pathlib.Path(folder) / "data" / "tandem.db").stat().st_size
        print(json.dumps({"rows": given.rows, "databaseBytes": size, "searches": found}, indent=1))


if __name__ == "__main__":
    main()
