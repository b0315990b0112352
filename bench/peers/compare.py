"""Compares compiled models with other systems: both in one process, in turns, on the same number of threads.

usage: compare.py --build BUILD [--checkpoint DIRECTORY] [--peer NAME]... [--only REGEX] [--threads N] [--rounds N] [--clock wall|cpu]
                  [--json FILE]
Prints for each case the median times and the median over rounds of (the other's time / our time): above 1, we are faster; and the
seconds that compiling took, where the other compiles too. Peer `own` compares with ourselves: token recurrence with chunks, softmax in
a user's words with the built-in one. `--clock cpu` counts processor time, of all threads: for a machine that others use, with
`--threads 1`."""
import argparse
import importlib
import json
import pathlib
import tempfile

from bench import Bench

# Each is a module NAME_attention here, with `NAME` (and the version) and `cases(bench)`, imported when it is asked for.
PEERS = ("pytorch", "flex", "onnx", "iree", "own")


def row_of(bench, case, rounds):
    row = {"case": case.name, "difference": case.difference, **bench.interleave(case, rounds)}
    if case.compile_seconds:
        row["compile_seconds"] = case.compile_seconds
    return row


def print_row(row):
    seconds = row.get("compile_seconds")
    compiled = f"{seconds['ours']:9.2f} {seconds['theirs']:9.2f}" if seconds else ""
    print(f"{row['case']:48} {1e3 * row['ours']:9.3f} {1e3 * row['theirs']:9.3f} {row['ratio']:11.2f} {row['difference']:11.1e} {compiled}",
          flush=True)


def measure(bench, peer, rounds):
    module = importlib.import_module(f"{peer}_attention")
    print(f"\n{module.NAME}")
    print(f"{'case':48} {'ours':>9} {'other':>9} {'other/ours':>11} {'difference':>11} {'compile':>9} {'other':>9}", flush=True)
    rows = []
    for case in module.cases(bench):
        rows.append(row_of(bench, case, rounds))
        print_row(rows[-1])
    return {"peer": module.NAME, "rows": rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=lambda path: pathlib.Path(path).resolve(), required=True)
    parser.add_argument("--checkpoint", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--peer", choices=PEERS, action="append", help="all of them, if none is given")
    parser.add_argument("--only", default="", help="run the cases whose name holds a match of this regular expression")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    print(f"{options.threads} threads, {options.rounds} rounds; times of a run in ms, of compiling in s")
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(options, directory)
        tables = [measure(bench, peer, options.rounds) for peer in options.peer or PEERS]
    if options.json:
        options.json.write_text(json.dumps({"threads": options.threads, "tables": tables}, indent=1) + "\n")


main()
