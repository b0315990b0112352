"""Laws of flows along depth: orders of convergence (interpreted, as float64 means them), lengths on the sphere, and what momentum
attention conserves (both compiled).

usage: flows.py FOLDER

Momentum attention is X' = (1/n) (X A X^T) Y, Y' = -alpha Y - (1/n) (Y Y^T) X A + X V^T, with the energy
H = (1/2n) sum <x_i, A x_j> <y_i, y_j> - 1/2 sum <x_i, V x_i>; the flow of points alone is softmax attention."""
import math
import pathlib
import random
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import gaps
import npy

POINTS, WIDTH = 8, 4
END = 1.0  # of time, from the start
COUNTS = (16, 32, 64)
FINE = 4096
DAMPED = "damping(#attention.damping<log = 3.0, linear = 0.5, start = 1.0>)"

HEADER = """
!points = tensor<1x8x4xTYPE>
!heads = tensor<1x1x8x4xTYPE>
!square = tensor<4x4xTYPE>
func.func private @weigh(%a: !points, %b: !points, %c: !points) -> !points {
  %ah = attention.split_heads %a heads(1) : !points
  %bh = attention.split_heads %b heads(1) : !points
  %ch = attention.split_heads %c heads(1) : !points
  %oh = attention.attend #attention.linear<normalizer = count> %ah, %bh, %ch : !heads, !heads, !heads
  %o = attention.merge_heads %oh : !heads
  return %o : !points
}
"""
MOMENTUM = """
func.func @NAME(%x: !points {attention.name = "x"}, %y: !points {attention.name = "y"}, %A: !square {attention.name = "A"}, %V: !square {attention.name = "V"})
    -> (!points {attention.name = "x_end"}, !points {attention.name = "y_end"}) {
  %xe, %ye = attention.evolve %x, %y steps(STEPS) step(SIZE) method(METHOD) CLAUSES velocity {
  ^bb0(%p: !points, %m: !points, %layer: index, %time: TYPE):
    %pa = attention.project %p, %A : !points, !square
    %rate = func.call @weigh(%pa, %p, %m) : (!points, !points, !points) -> !points
    attention.yield %rate : !points
  } force {
  ^bb0(%p: !points, %m: !points, %layer: index, %time: TYPE):
    %pa = attention.project %p, %A : !points, !square
    %pv = attention.project %p, %V : !points, !square
    %back = func.call @weigh(%m, %m, %pa) : (!points, !points, !points) -> !points
    %rate = arith.subf %pv, %back : !points
    attention.yield %rate : !points
  } : (!points, !points) -> (!points, !points)
  return %xe, %ye : !points, !points
}
"""
ALONE = """
func.func @NAME(%x: !points {attention.name = "x"}, %A: !square {attention.name = "A"}, %V: !square {attention.name = "V"}) -> (!points {attention.name = "x_end"}) {
  %xe = attention.evolve %x steps(STEPS) step(SIZE) method(METHOD) CLAUSES velocity {
  ^bb0(%p: !points, %layer: index, %time: TYPE):
    %q = attention.project %p, %A : !points, !square
    %qh = attention.split_heads %q heads(1) : !points
    %ph = attention.split_heads %p heads(1) : !points
    %ah = attention.attend #attention.softmax %qh, %ph, %ph scale(1.0) : !heads, !heads, !heads
    %a = attention.merge_heads %ah : !heads
    %rate = attention.project %a, %V : !points, !square
    attention.yield %rate : !points
  } : (!points) -> !points
  return %xe : !points
}
"""


def text(template, name, kind, steps, size, method, clauses):
    for key, value in {"NAME": name, "STEPS": steps, "SIZE": repr(size), "METHOD": method, "CLAUSES": clauses, "TYPE": kind}.items():
        template = template.replace(key, str(value))
    return template


class Model:
    """Functions of one text."""

    def __init__(self, path, kind):
        self.path, self.kind, self.functions, self.runs = path, kind, {}, path + ".mlir"

    def add(self, template, name, steps, size, method, clauses=""):
        self.functions[name] = text(template, name, self.kind, steps, size, method, clauses)

    def write(self):
        pathlib.Path(self.runs).write_text(HEADER.replace("TYPE", self.kind) + "".join(self.functions.values()))

    def compile(self):
        self.write()
        subprocess.run(["attention-compile", self.runs, "-o", self.path + ".so"], check=True)
        self.runs = self.path + ".so"

    def run(self, name, **inputs):
        """The rows of x, and of y where there are momenta."""
        outputs = ["x_end", "y_end"] if "y" in inputs else ["x_end"]
        command = ["attention-run", self.runs, name]
        for key, matrix in inputs.items():
            shape = (1, POINTS, WIDTH) if key in "xy" else (WIDTH, WIDTH)
            npy.write(f"{self.path}.{key}.npy", {"f64": "<f8", "f32": "<f4"}[self.kind], shape, sum(matrix, []))
            command += ["--input", f"{key}={self.path}.{key}.npy"]
        for key in outputs:
            command += ["--output", f"{key}={self.path}.{key}.npy"]
        subprocess.run(command, check=True)
        values = [npy.read(f"{self.path}.{key}.npy")[2] for key in outputs]
        return [[v[i : i + WIDTH] for i in range(0, len(v), WIDTH)] for v in values]


def product(a, b):
    return [[math.fsum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]


def transposed(a):
    return [list(column) for column in zip(*a)]


def distance(a, b):
    return max(gaps.gap(x, y) for p, q in zip(a, b) for x, y in zip(p, q))


def energy(x, y, A, V):
    pairs = zip(sum(product(product(x, A), transposed(x)), []), sum(product(y, transposed(y)), []))
    potential = sum(a * b for row, moved in zip(x, product(x, V)) for a, b in zip(row, moved))
    return sum(a * b for a, b in pairs) / (2 * POINTS) - potential / 2


class Laws:
    def __init__(self, folder):
        draw = random.Random(11)
        matrix = lambda rows, scale: [[scale * draw.gauss(0, 1) for _ in range(WIDTH)] for _ in range(rows)]
        self.folder, self.failed = folder, False
        self.x, self.y = matrix(POINTS, 0.7), matrix(POINTS, 0.7)
        root, other = matrix(WIDTH, 0.5), matrix(WIDTH, 0.3)
        self.A = product(root, transposed(root))  # positive semidefinite
        self.V = [[a + b for a, b in zip(p, q)] for p, q in zip(other, transposed(other))]

    def hold(self, holds, words):
        print(("" if holds else "FAILED: ") + words)
        self.failed |= not holds

    def order(self, words, expected, model, name, exact, **inputs):
        errors = [max(map(distance, model.run(f"{name}_{n}", **inputs), exact)) for n in COUNTS]
        orders = [math.log2(a / b) for a, b in zip(errors, errors[1:])]
        self.hold(abs(orders[-1] - expected) < 0.2, f"{words}: order {orders[-1]:.2f}, errors " + ", ".join(f"{e:.1e}" for e in errors))

    def points_alone(self):
        model = Model(f"{self.folder}/alone", "f64")
        for manifold, clauses in {"plane": "", "sphere": "on(#attention.sphere)"}.items():
            model.add(ALONE, f"{manifold}_exact", FINE, END / FINE, "rk4", clauses)
            for method in ("euler", "heun", "rk4"):
                for n in COUNTS:
                    model.add(ALONE, f"{manifold}_{method}_{n}", n, END / n, method, clauses)
        model.write()
        inputs = {"x": [[v / math.hypot(*p) for v in p] for p in self.x], "A": self.A, "V": self.V}
        for manifold in ("plane", "sphere"):
            exact = model.run(f"{manifold}_exact", **inputs)
            for method, expected in (("euler", 1), ("heun", 2), ("rk4", 4)):
                self.order(f"{method}, {manifold}", expected, model, f"{manifold}_{method}", exact, **inputs)

    def lengths(self):
        model = Model(f"{self.folder}/lengths", "f32")
        for method in ("euler", "heun", "rk4"):
            model.add(ALONE, method, 1000, 0.05, method, "on(#attention.sphere)")
        model.compile()
        for method in model.functions:
            (end,) = model.run(method, x=self.x, A=self.A, V=self.V)
            error = max(abs(math.hypot(*p) - 1) for p in end)
            self.hold(error < 1e-6, f"{method}: after 1000 steps on the sphere in f32 lengths are 1 within {error:.1e}")

    def momenta(self):
        model, methods = Model(f"{self.folder}/momenta", "f64"), ("damped_euler", "presymplectic", "exponential", "adams_bashforth")
        for n in (*COUNTS, FINE):
            for method in methods:
                model.add(MOMENTUM, f"{method}_{n}", n, END / n, method, DAMPED)
            model.add(MOMENTUM, f"plain_{n}", n, END / n, "plain")
        model.add(MOMENTUM, "free", FINE, END / FINE, "adams_bashforth")
        model.write()
        inputs = {"x": self.x, "y": self.y, "A": self.A, "V": self.V}
        self.order("plain", 1, model, "plain", model.run("free", **inputs), **inputs)
        damped = model.run(f"adams_bashforth_{FINE}", **inputs)
        for method in methods:
            self.order(method, 2 if method == "adams_bashforth" else 1, model, method, damped, **inputs)

    def conserved(self):
        model, inputs = Model(f"{self.folder}/conserved", "f64"), {"x": self.x, "y": self.y, "A": self.A, "V": self.V}
        model.add(MOMENTUM, "free", FINE, END / FINE, "adams_bashforth")
        model.add(MOMENTUM, "damped", FINE, END / FINE, "adams_bashforth", DAMPED)
        for n in COUNTS[1:]:
            model.add(MOMENTUM, f"kicked_{n}", n, END / n, "presymplectic")
        model.compile()
        before = energy(**inputs)
        after = {name: energy(*model.run(name, **inputs), self.A, self.V) for name in model.functions}
        drifts = [abs(after[name] - before) for name in ("free", *(f"kicked_{n}" for n in COUNTS[1:]))]
        self.hold(drifts[0] < 1e-6 and 1.5 < drifts[1] / drifts[2] < 2.5,
                  f"without friction the energy {before:.3f} drifts by {drifts[0]:.1e} in {FINE} steps of adams_bashforth, by {drifts[1]:.1e} "
                  f"and {drifts[2]:.1e} in {COUNTS[1]} and {COUNTS[2]} of presymplectic")
        self.hold(after["damped"] < before, f"friction takes energy: {before:.3f} becomes {after['damped']:.3f}")
        eta = lambda t: 3 * math.log(t) + 0.5 * t
        pairings = product(self.x, transposed(self.y))
        for name, factor in (("free", 1.0), ("damped", math.exp(eta(1) - eta(1 + END)))):
            x, y = model.run(name, **{**inputs, "V": [[0.0] * WIDTH for _ in range(WIDTH)]})
            error = distance(product(x, transposed(y)), [[factor * p for p in row] for row in pairings])
            self.hold(error < 1e-6, f"{name}: with V = 0 all pairings <x_i, y_j> are {factor:.4f} times what they were within {error:.1e}")


laws = Laws(sys.argv[1])
laws.points_alone()
laws.lengths()
laws.momenta()
laws.conserved()
sys.exit(1 if laws.failed else 0)
