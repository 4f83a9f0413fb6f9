"""The media bench: our server, Janus and the bare loop, by turns, under the same load; one table.

    bench.py BINARIES [--scenarios A,B,C,D] [--rounds 3] [--seconds 10] [--only floor,tandem] [--markdown FILE] [--json FILE]
"""

import argparse
import json
import platform
import statistics
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path

from scenarios import SCENARIOS, Measured, contestants
from servers import Janus, cores


def measure(options: argparse.Namespace) -> dict[str, dict[str, list[Measured]]]:
    """By scenario and contestant, in alternation, so that a neighbour's noise falls on all alike."""
    everybody = contestants(options.binaries)
    if options.only:
        everybody = {name: run for name, run in everybody.items() if name in options.only.split(",")}
    results: dict[str, dict[str, list[Measured]]] = {}
    names = options.scenarios.split(",")
    total = len(names) * options.rounds * len(everybody)
    done = 0
    for round_number in range(options.rounds):
        for name in names:
            for contestant, run in everybody.items():
                done += 1
                print(f"[{done}/{total}] round {round_number + 1}: {name}, {contestant}", file=sys.stderr, flush=True)
                try:
                    measured = run(SCENARIOS[name], options.seconds)
                except RuntimeError as error:
                    print(f"  {error}", file=sys.stderr)
                    continue
                results.setdefault(name, {}).setdefault(contestant, []).append(measured)
    return results


def median(runs: list[Measured], field: str) -> float | None:
    values = [value for run in runs if (value := getattr(run, field)) is not None]
    return statistics.median(values) if values else None


def text(value: float | None, digits: int = 1) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def rows(results: dict[str, dict[str, list[Measured]]]) -> list[list[str]]:
    table = [
        ["", "", "CPU µs a packet out", "spread", "× floor", "× Janus", "latency p50 · p99 ms", "set-up p50 ms",
         "KB a person", "switches a packet"]
    ]
    for name, contestant_runs in results.items():
        costs = {who: median(runs, "cost") for who, runs in contestant_runs.items()}
        for who, runs in contestant_runs.items():
            cost = costs[who]
            spread = f"{min(run.cost for run in runs):.1f}–{max(run.cost for run in runs):.1f}"

            def ratio(to: str, cost: float | None = cost, costs: dict = costs) -> str:
                other = costs.get(to)
                return f"{cost / other:.2f}" if cost and other else ""

            latency = ""
            if median(runs, "latency50") is not None:
                latency = f"{text(median(runs, 'latency50'), 2)} · {text(median(runs, 'latency99'), 2)}"
            table.append(
                [name, who, text(cost), spread, ratio("floor"), ratio("janus"), latency, text(median(runs, "set_up50")),
                 text(median(runs, "memory"), 0), text(median(runs, "switches"), 2)]
            )
    return table


def plain(table: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) if column < 2 else cell.rjust(width)
                  for column, (cell, width) in enumerate(zip(row, widths))).rstrip()
        for row in table
    )


def markdown(table: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in table]
    return "\n".join([lines[0], "|" + "---|" * len(table[0]), *lines[1:]]) + "\n"


def machine() -> str:
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    return f"{model}, {cores()} cores, Linux {platform.release()}, Janus {Janus.version() or 'not installed'}, {date.today()}"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("--scenarios", default="A,B,C,D")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--only", default="")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results = measure(options)
    table = rows(results)
    print(f"{machine()}; {options.rounds} rounds of {options.seconds} s; medians\n")
    print(plain(table))
    for name, contestant_runs in results.items():
        for who, runs in contestant_runs.items():
            for doubt in {run.doubt for run in runs if run.doubt}:
                print(f"\n{name}, {who}: {doubt}")
    if options.markdown:
        options.markdown.write_text(f"{machine()}\n\n{markdown(table)}")
    if options.json:
        plainly = {name: {who: [asdict(run) for run in runs] for who, runs in by.items()} for name, by in results.items()}
        options.json.write_text(json.dumps({"machine": machine(), "results": plainly}, indent=2))
    return 0 if results else 1


if __name__ == "__main__":
    sys.exit(main())
