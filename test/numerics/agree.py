"""Runs a model compiled and interpreted, and compares.

usage: agree.py MODEL TOLERANCE [rows] [--FLAG]... [--or [--FLAG]...]...

Flags are those of attention-compile; those that begin with --attention- are passes, which the text goes through before.
With `--or` the model is compiled once more, by the flags behind it.

Each line `// CASE: FUNCTION NAME=TYPE:SHAPE... -> NAME...` of the model is one run with inputs drawn from a seed that is
the line's number; `NAME=TYPE:SHAPE=V,V*TIMES...` gives the values, and `NAME=TYPE:SHAPE!AXIS` has NaN at odd indices along an axis. Error: |got - want| / (1 + |want|), or with
`rows` max |got - want| / max |want| of each row of the last dimension; NaN and infinities
must stand where the interpreter has them."""
import math
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import gaps
import npy

DESCRS = {"f64": "<f8", "f32": "<f4", "f16": "<f2", "bf16": "<V2", "i64": "<i8", "i1": "|b1"}


def draw(generator, text):
    """The type, shape and values of an input."""
    text, _, given = text.partition("=")
    text, _, spoilt = text.partition("!")
    element, _, sizes = text.partition(":")
    shape = [int(size) for size in sizes.split("x")]
    count = math.prod(shape)
    if given:
        values = []
        for part in given.split(","):
            value, _, times = part.partition("*")
            values += [float(value) if "f" in element else int(value)] * int(times or 1)
    elif element == "i1":
        values = [generator.randint(0, 1) for _ in range(count)]
    elif element == "i64":
        values = [generator.randint(-9, 9) for _ in range(count)]
    else:
        values = [generator.gauss(0, 1) for _ in range(count)]
    if spoilt:
        stride, size = math.prod(shape[int(spoilt) + 1:]), shape[int(spoilt)]
        values = [math.nan if i // stride % size % 2 else value for i, value in enumerate(values)]
    return DESCRS[element], shape, values


def error(got, want, by_rows):
    if got[:2] != want[:2]:
        return math.inf
    if not by_rows:
        return gaps.largest(got[2], want[2])
    width, worst = got[1][-1], 0.0
    for first in range(0, len(want[2]), width):
        row = want[2][first:first + width]
        furthest = max(map(gaps.gap, got[2][first:first + width], row))
        worst = max(worst, gaps.relative(furthest, max(map(abs, row))))
    return worst


def run(file, case, function, inputs, outputs, folder):
    command = ["attention-run", str(file), function]
    for name in inputs:
        command += ["--input", f"{name}={folder / name}.npy"]
    results = {name: folder / f"{pathlib.Path(file).suffix[1:]}.{name}.npy" for name in outputs}
    for name, path in results.items():
        command += ["--output", f"{name}={path}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{case}: {done.stderr.strip()}")
    return {name: npy.read(path) for name, path in results.items()}


def check(number, case, model, compiled, tolerance, by_rows, folder):
    """`compiled`: the files to run, by the flags that they were made with."""
    generator = random.Random(number)
    left, _, right = case.partition("->")
    function, *arguments = left.split()
    inputs = dict(argument.split("=", 1) for argument in arguments)
    for name, text in inputs.items():
        npy.write(folder / f"{name}.npy", *draw(generator, text))
    outputs = right.split()
    want = run(model, case, function, inputs, outputs, folder)
    for flags, file in compiled.items():
        got = run(file, case, function, inputs, outputs, folder)
        for name in outputs:
            if (worst := error(got[name], want[name], by_rows)) > tolerance:
                sys.exit(f"{case}: {flags} error {worst:.1e} in {name}, allowed are {tolerance}")
    print("ok", case)


def compile(model, flags, folder):
    """By its flags, and by passes that the text goes through first."""
    passes = [flag for flag in flags if flag.startswith("--attention-")]
    if passes:
        subprocess.run(["attention-opt", str(model), *passes, "-o", str(folder / "passed.mlir")], check=True)
        model = folder / "passed.mlir"
    compiled = folder / f"{len(list(folder.iterdir()))}.so"
    subprocess.run(["attention-compile", str(model), "-o", str(compiled), *[f for f in flags if f not in passes]], check=True)
    return compiled


def groups(arguments):
    """The flags of each model."""
    found = [[]]
    for argument in arguments:
        if argument == "--or":
            found.append([])
        elif argument.startswith("--"):
            found[-1].append(argument)
    return found


def main():
    model, tolerance, by_rows = pathlib.Path(sys.argv[1]), float(sys.argv[2]), "rows" in sys.argv[3:]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        compiled = {" ".join(flags): compile(model, flags, folder) for flags in groups(sys.argv[3:])}
        for number, line in enumerate(model.read_text().splitlines()):
            if line.startswith("// CASE: "):
                check(number, line[len("// CASE: "):], model, compiled, tolerance, by_rows, folder)


main()
