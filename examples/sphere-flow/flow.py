#!/usr/bin/env python3
"""Lets particles cluster on the sphere, and steers three measures that overlap to three points; writes a picture of each frame
and film.svg, and checks what the theory says of such flows.
usage: flow.py ATTENTION-RUN MODEL.so FOLDER"""
import itertools
import math
import pathlib
import subprocess
import sys
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "test"))
import npy
from sphere import angle, diameter, distance_to_point, dot, drawn, mean, normalized, picture

NONE = [[0.0] * 3] * 3
ONE = [[float(i == j) for j in range(3)] for i in range(3)]


def scaled(matrix, factor):
    return [[factor * x for x in row] for row in matrix]


def outer(a, b):
    return [[x * y for y in b] for x in a]


def gated(z, radius, w):
    """The parameters of x' = max(0, <z, x> - cos radius) P_x w: towards w, and nothing outside of the ball around z."""
    return {"U": outer([1.0] * 3, z), "b": [-math.cos(radius)] * 3, "W": outer(w, [1 / 3] * 3)}


def drift(w):
    """The parameters of x' = P_x w."""
    return {"b": [1.0] * 3, "W": outer(w, [1 / 3] * 3)}


class Flow:
    """The compiled model; what goes in and out lies in a folder."""

    def __init__(self, run, model, folder):
        self.run, self.model, self.folder = run, model, folder
        self.longest = 0.0

    def advance(self, clouds, time, **given):
        """Moves the clouds, which have equally many particles, by 25 steps under the parameters V, B, W, U and b."""
        parameters = {"V": NONE, "B": NONE, "W": NONE, "U": NONE, "b": [0.0] * 3, "time": [time], **given}
        command = [self.run, self.model, "flow", "--threads", "1", "--output", f"y={self.folder}/y.npy"]
        shapes = {name: ((3, 3) if name in "VBWU" else (len(value),)) for name, value in parameters.items()}
        parameters["x"], shapes["x"] = [p for cloud in clouds for p in cloud], (len(clouds), len(clouds[0]), 3)
        for name, value in parameters.items():
            numbers = list(itertools.chain(*value)) if len(shapes[name]) > 1 else value
            npy.write(f"{self.folder}/{name}.npy", "<f4", shapes[name], numbers)
            command += ["--input", f"{name}={self.folder}/{name}.npy"]
        subprocess.run(command, check=True)
        numbers = iter(npy.read(f"{self.folder}/y.npy")[2])
        moved = [[[next(numbers) for _ in range(3)] for _ in cloud] for cloud in clouds]
        self.longest = max(self.longest, *(abs(math.hypot(*p) - 1) for cloud in moved for p in cloud))
        return moved


class Checks:
    """What was measured beside what must hold."""

    def __init__(self):
        self.failed = False

    def __call__(self, holds, words):
        print(("" if holds else "FAILED: ") + words)
        self.failed |= not holds


def check_drift(flow, check):
    """x' = P_x w has a solution in closed form: <x(t), w> = tanh(t + artanh <x(0), w>)."""
    w = normalized([1.0, 2.0, -1.0])
    start, error = drawn(64, seed=1), 0.0
    clouds = [start]
    for step in range(1, 5):
        clouds = flow.advance(clouds, 0.5, **drift(w))
        error = max(error, *(abs(dot(p, w) - math.tanh(0.5 * step + math.atanh(dot(p0, w)))) for p, p0 in zip(clouds[0], start)))
    check(error < 2e-6, f"drift: <x, w> is tanh(t + artanh <x(0), w>) up to t = 2 within {error:.1e}")


def check_ball(flow, check):
    """Outside of its ball a gate leaves points where they are; inside it takes them nearer to w."""
    z, w = normalized([0.2, 0.1, 1.0]), normalized([0.0, 0.3, 1.0])
    start = drawn(200, seed=2)
    (end,) = flow.advance([start], 3.0, **gated(z, 1.0, w))
    outside = max(angle(p, q) for p, q in zip(start, end) if angle(p, z) > 1.0)
    inside = min(angle(p, w) - angle(q, w) for p, q in zip(start, end) if angle(p, z) < 0.99)
    check(outside < 1e-6 and inside > 0, f"gated ball: outside moves by at most {outside:.1e}, inside by at least {inside:.1e} towards w")


def check_decay(flow, check):
    """In an open hemisphere, with V = I, the diameter only falls, in the end like exp(-t) whatever B."""
    for beta in (0.0, 1.0, 4.0):
        clouds = [drawn(64, [0.0, 0.0, 1.0], 1.2, seed=3)]
        sizes = [diameter(clouds[0])]
        while sizes[-1] > 5e-3 and len(sizes) < 60:
            clouds = flow.advance(clouds, 0.5, V=ONE, B=scaled(ONE, beta))
            sizes.append(diameter(clouds[0]))
        falls = all(b <= a for a, b in zip(sizes, sizes[1:]))
        slope = math.log(sizes[-1] / sizes[-3])
        check(falls and abs(slope + 1) < 0.01, f"beta {beta:g}: diameter {sizes[0]:.2f} falls to {sizes[-1]:.4f}, rate {slope:.4f}")


def cluster(flow, folder):
    """Frames of 120 particles from all over the sphere that attend to what is near."""
    clouds, frames = [drawn(120, seed=4)], []
    for step in range(17):
        frames.append((clouds, (), f"t = {step}"))
        picture(f"{folder}/cluster-{step:02}.svg", frames[-1])
        clouds = flow.advance(clouds, 1.0, V=ONE, B=scaled(ONE, 9.0))
    return [frames[step] for step in (0, 1, 2, 4, 8, 16)]


def between(a, b):
    return normalized([x + y for x, y in zip(a, b)])


def schedule(clouds, targets):
    """What takes the clouds to their targets: a caption, a time and parameters for each phase.

    The first phase parts the first two: x' = <m, a> P_x a moves a measure with mean m to the a or -a that is nearer, and
    leaves the third, whose mean is orthogonal to a. A gate then moves what is in its ball: one measure, and no other.
    Attention with V = I gathers the third, while two that are points have nowhere to go."""
    third = normalized(mean(clouds[2]))
    apart = [x - y for x, y in zip(mean(clouds[0]), mean(clouds[1]))]
    a = normalized([x - dot(apart, third) * y for x, y in zip(apart, third)])
    minus = [-x for x in a]
    to = lambda start, target, room: gated(between(start, target), angle(start, target) / 2 + room, target)
    return [("1 and 2 part", 14.0, {"V": outer(a, a)}),
            ("1 moves", 30.0, to(a, targets[0], 0.5)),
            ("2 moves", 30.0, to(minus, targets[1], 0.5)),
            ("3 gathers", 10.0, {"V": ONE, "B": ONE}),
            ("3 moves", 30.0, to(third, targets[2], 0.5))]


def steer(flow, check, folder):
    clouds = [drawn(50, normalized(center), 0.75, seed) for center, seed in (((0.4, 0, 1), 5), ((-0.4, 0.1, 1), 6), ((0, 0, 1), 7))]
    targets = [normalized(t) for t in ((1.0, -1.2, -0.3), (-1.0, -1.0, -0.4), (0.3, -1.0, 0.9))]
    nearest = min(angle(p, q) for i, a in enumerate(clouds) for b in clouds[:i] for p in a for q in b)
    frames, film, start = [(clouds, targets, "start")], [], clouds[2]
    for caption, time, parameters in schedule(clouds, targets):
        film.append(frames[-1])
        for _ in range(4):
            clouds = flow.advance(clouds, time / 4, **parameters)
            frames.append((clouds, targets, caption))
        if caption == "2 moves":
            moved = max(angle(p, q) for p, q in zip(start, clouds[2]))
            check(moved < 1e-4, f"the third measure has moved by at most {moved:.1e} while the others moved")
        print(caption + ": W2 " + ", ".join(f"{distance_to_point(c, t):.4f}" for c, t in zip(clouds, targets)))
    film.append(frames[-1])
    for number, frame in enumerate(frames):
        picture(f"{folder}/steer-{number:02}.svg", frame)
    errors = [distance_to_point(c, t) for c, t in zip(clouds, targets)]
    check(nearest < 0.05 and max(errors) < 0.01,
          f"steering: three measures {nearest:.3f} apart end at their targets, W2 " + ", ".join(f"{e:.1e}" for e in errors))
    return film


def check_pictures(check, folder):
    discs = {path.name: len(xml.etree.ElementTree.parse(path).findall("{*}circle")) for path in sorted(folder.glob("*.svg"))}
    expected = {f"cluster-{i:02}.svg": 121 for i in range(17)} | {f"steer-{i:02}.svg": 154 for i in range(21)} | {"film.svg": 6 * (121 + 154)}
    check(discs == expected, f"{len(discs)} pictures with all particles in {folder}")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    flow, check = Flow(sys.argv[1], sys.argv[2], folder), Checks()
    check_drift(flow, check)
    check_ball(flow, check)
    check_decay(flow, check)
    picture(folder / "film.svg", cluster(flow, folder), steer(flow, check, folder))
    check_pictures(check, folder)
    check(flow.longest < 1e-6, f"all points are of length 1 within {flow.longest:.1e}")
    return 1 if check.failed else 0


sys.exit(main())
