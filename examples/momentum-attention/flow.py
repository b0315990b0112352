#!/usr/bin/env python3
"""Checks properties of attention with momentum as a flow: a step from rest is a step of plain attention; points move by a linear
map, so that ellipses stay ellipses; and momenta that are an affine function of the points remain one. usage: flow.py ATTENTION-RUN FLOW.so"""
import pathlib
import random
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "test"))
import npy

POINTS, WIDTH, STEP = 24, 4, 0.05


def rows(values):
    return [values[i : i + WIDTH] for i in range(0, len(values), WIDTH)]


def symmetric(draw, scale):
    matrix = [[scale * draw.gauss(0, 1) for _ in range(WIDTH)] for _ in range(WIDTH)]
    return [[(matrix[i][j] + matrix[j][i]) / 2 for j in range(WIDTH)] for i in range(WIDTH)]


def run(command, function, outputs, **inputs):
    """The rows of each output."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = [*command, function, "--threads", "1"]
        for name, matrix in inputs.items():
            shape = (1, len(matrix), WIDTH) if name in "xy" else (WIDTH, WIDTH)
            npy.write(f"{folder}/{name}.npy", "<f4", shape, [value for row in matrix for value in row])
            arguments += ["--input", f"{name}={folder}/{name}.npy"]
        for name in outputs:
            arguments += ["--output", f"{name}={folder}/{name}.npy"]
        subprocess.run(arguments, check=True)
        return [rows(npy.read(f"{folder}/{name}.npy")[2]) for name in outputs]


def largest(a, b):
    return max(abs(x - y) for p, q in zip(a, b) for x, y in zip(p, q))


def affine_error(points):
    """How far point i + 3 is from point i + point i + 1 - point i + 2, for every fourth i, where it was at first."""
    return max(abs(a + b - c - d) for i in range(0, POINTS, 4) for a, b, c, d in zip(*points[i : i + 4]))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    draw, command, failed = random.Random(3), sys.argv[1:], False
    A, V, S = symmetric(draw, 0.3), symmetric(draw, 0.5), symmetric(draw, 0.5)
    x = []
    for _ in range(0, POINTS, 4):
        a, b, c = ([draw.gauss(0, 1) for _ in range(WIDTH)] for _ in range(3))
        x += [a, b, c, [i + j - k for i, j, k in zip(a, b, c)]]
    rest = [[0.0] * WIDTH for _ in x]
    affine = [[sum(s * v for s, v in zip(row, p)) + 0.5 for row in S] for p in x]
    any_momenta = [[0.5 * draw.gauss(0, 1) for _ in range(WIDTH)] for _ in x]

    (moved, _) = run(command, "step", ["x_end", "y_end"], x=x, y=rest, A=A, V=V)
    (rate,) = run(command, "attention", ["rate"], x=x, A=A, V=V)
    size = STEP * STEP * (1 + STEP) ** -3
    error = largest(moved, [[a + size * r for a, r in zip(p, q)] for p, q in zip(x, rate)])
    failed |= not error < 1e-6
    print(f"from rest: one step is plain linear attention with the step h^2 exp(eta(1) - eta(1 + h)) within {error:.1e}")

    for name, momenta, stays in (("affine", affine, True), ("any", any_momenta, False)):
        ends = run(command, "flow", ["x_end", "y_end"], x=x, y=momenta, A=A, V=V)
        points, moments = map(affine_error, ends)
        failed |= not (points < 2e-5 and (moments < 2e-5) == stays)
        print(f"{name} momenta: after 20 steps, points having moved by up to {largest(x, ends[0]):.1f}, parallelograms are open "
              f"by {points:.1e} among points, {moments:.1e} among momenta")
    return 1 if failed else 0


sys.exit(main())
