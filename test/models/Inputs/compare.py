"""Compares two .npy files of rows; exit status 1 and the worst place where they differ too much.

usage: compare.py GOT WANT (--absolute BOUND | --cosine BOUND) [--where MASK]
--absolute: of every element. --cosine: of every row along the last axis, at least. MASK (int64, the leading axes of the
others): rows that count. Needs Python alone."""
import argparse
import math
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).parents[2]))
import npy


def rows(shape, values, counts):
    width = shape[-1]
    for row in range(len(values) // width):
        if counts is None or counts[row]:
            yield row, values[row * width:(row + 1) * width]


def distance(got, want):
    """The largest difference; infinite where one is no number."""
    return max((abs(a - b) if a - b == a - b else math.inf for a, b in zip(got, want)), default=0.0)


def cosine(got, want):
    lengths = math.sqrt(sum(a * a for a in got) * sum(b * b for b in want))
    return sum(a * b for a, b in zip(got, want)) / lengths if lengths else 0.0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("got")
    parser.add_argument("want")
    bound = parser.add_mutually_exclusive_group(required=True)
    bound.add_argument("--absolute", type=float)
    bound.add_argument("--cosine", type=float)
    parser.add_argument("--where")
    options = parser.parse_args()

    descr, shape, got = npy.read(options.got)
    wanted_descr, wanted, want = npy.read(options.want)
    if (descr, shape) != (wanted_descr, wanted):
        sys.exit(f"expects {wanted_descr} {wanted}, but got {descr} {shape}")
    counts = npy.read(options.where)[2] if options.where else None
    pairs = [(row, a, b) for (row, a), (_, b) in zip(rows(shape, got, counts), rows(shape, want, counts))]
    if options.absolute is not None:
        worst, row = max((distance(a, b), row) for row, a, b in pairs)
        good = worst <= options.absolute
    else:
        worst, row = min((cosine(a, b), row) for row, a, b in pairs)
        good = worst >= options.cosine
    print(f"worst of {len(pairs)} rows: {worst:.3g} in row {row}")
    sys.exit(not good)


main()
