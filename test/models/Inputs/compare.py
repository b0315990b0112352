"""Compares two .npy files of float32 rows; exit status 1 and the worst place where they differ too much.

usage: compare.py GOT WANT (--absolute BOUND | --cosine BOUND) [--where MASK]
--absolute: of every element. --cosine: of every row along the last axis, at least. MASK (int64, the leading axes of the
others): rows that count. Needs Python alone."""
import argparse
import array
import ast
import math
import struct
import sys


def load(path):
    with open(path, "rb") as file:
        if file.read(6) != b"\x93NUMPY":
            sys.exit(f"{path}: expects .npy")
        wide = file.read(2)[0] > 1
        size = struct.unpack("<I" if wide else "<H", file.read(4 if wide else 2))[0]
        header = ast.literal_eval(file.read(size).decode())
        codes = {"<f4": "f", "<i8": "q"}
        if header["descr"] not in codes or header["fortran_order"]:
            sys.exit(f"{path}: expects <f4 or <i8 in C order, but got {header['descr']}")
        values = array.array(codes[header["descr"]], file.read())
    if len(values) != math.prod(header["shape"]):
        sys.exit(f"{path}: expects {header['shape']}, but got {len(values)} elements")
    return header["shape"], values


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

    shape, got = load(options.got)
    wanted, want = load(options.want)
    if shape != wanted:
        sys.exit(f"expects shape {wanted}, but got {shape}")
    counts = load(options.where)[1] if options.where else None
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
