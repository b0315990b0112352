"""What tests that draw models at random have in common: running, comparing, and telling which case failed."""
import argparse
import math
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import npy

THREADS = [1, 2, 3, 7]
COMPILE = []  # flags of attention-compile


class Failure(Exception):
    """What is wrong with a case."""


class Tensor:
    """An argument: its type as text has `?` for the sizes in `dynamic`."""

    DESCRS = {"f64": "<f8", "f32": "<f4", "f16": "<f2", "bf16": "<V2", "i64": "<i8", "i1": "|b1"}

    def __init__(self, name, type, shape, values, dynamic=()):
        self.name, self.type, self.shape, self.values = name, type, tuple(shape), values
        self.sizes = ["?" if i in dynamic else str(size) for i, size in enumerate(shape)]
        self.text = f"tensor<{'x'.join(self.sizes + [type])}>"

    @property
    def descr(self):
        return self.DESCRS[self.type]

    @property
    def argument(self):
        return f'%{self.name}: {self.text} {{attention.name = "{self.name}"}}'


def run(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise Failure(f"{pathlib.Path(command[0]).name}: exit {done.returncode}: {done.stderr.strip()[:2000]}")


def evaluate(program, model, case, folder, tag, flags=(), instead={}):
    """Files of the outputs, by name. `instead`: files that take the place of inputs."""
    command = [program, model, *flags]
    for tensor in case.arguments:
        command += ["--input", f"{tensor.name}={instead.get(tensor.name, folder / f'{tensor.name}.npy')}"]
    outputs = {name: folder / f"{tag}.{name}.npy" for name, _ in case.results()}
    for name, path in outputs.items():
        command += ["--output", f"{name}={path}"]
    run(command)
    return outputs


def compiled(case, bin_folder, text, folder, flags=()):
    """Files of the compiled outputs, which must be the same for any number of threads."""
    model, first = folder / "model.so", None
    run([bin_folder / "attention-compile", text, "-o", model, *COMPILE, *flags])
    for threads in THREADS:
        files = evaluate(bin_folder / "attention-run", model, case, folder, f"threads{threads}", ["--threads", threads])
        data = {name: path.read_bytes() for name, path in files.items()}
        first = first or (files, data)
        if data != first[1]:
            raise Failure(f"{threads} threads give other bits than {THREADS[0]}")
    return first[0]


def emulated(case, bin_folder, text, folder, options=()):
    """Files of what kernels for GPUs give, run without a device: for one processor or the other."""
    chip = ["sm_80", "sm_90a"][len(case.text()) % 2]
    return evaluate(bin_folder / "attention-emulate", text, case, folder, chip, [f"--gpu={chip}", *options])


def compare(form, name, got_files, want_files, bound):
    """How much of the bound is used; fails unless |got - want| <= bound(i, want), and what is not finite is the same."""
    got_type, got_shape, got = npy.read(got_files[name])
    want_type, want_shape, want = npy.read(want_files[name])
    if (got_type, got_shape) != (want_type, want_shape):
        raise Failure(f"{form}: {name} is {got_type} {got_shape}, expected {want_type} {want_shape}")
    worst = 0.0
    for i, (x, y) in enumerate(zip(got, want)):
        if x == y or (x != x and y != y):
            continue
        allowed = bound(i, y) if math.isfinite(x) and math.isfinite(y) else 0.0
        if not abs(x - y) <= allowed:
            raise Failure(f"{form}: {name}[{i}] of {got_shape} is {x!r}, expected {y!r} within {allowed:.2e}")
        worst = max(worst, abs(x - y) / allowed)
    return worst


def prepare(case, folder):
    """Writes the model and its inputs; the path of the text."""
    text = folder / "model.mlir"
    text.write_text(case.text())
    for tensor in case.arguments:
        npy.write(folder / f"{tensor.name}.npy", tensor.descr, tensor.shape, tensor.values)
    return text


def describe(case):
    shapes = ", ".join(f"{tensor.name} {tensor.shape}" for tensor in case.arguments)
    return f"{case.text()}with {shapes}"


def parser_of(description, forms):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--count", type=int, help="cases to draw, however long they take")
    parser.add_argument("--seconds", type=float, default=75, help="start no further case after this time")
    parser.add_argument("--only", type=int, help="the one case to run")
    parser.add_argument("--form", choices=forms, action="append")
    parser.add_argument("--type", help="draw only cases of this type: bf16, ...")
    parser.add_argument("--compile", action="append", default=[], metavar="FLAG", help="a flag of attention-compile")
    parser.add_argument("--keep-going", action="store_true", help="go on after a failure")
    return parser


def drive(description, forms, draw, check):
    """Draws cases by `draw(seed)` until there are enough; `check(case, forms, bin, folder)` raises, or gives how much of
    a bound is used. Exits with 1 if a case fails."""
    arguments = parser_of(description, forms).parse_args()
    print(f"seed {arguments.seed}", flush=True)
    forms, bin_folder = arguments.form or forms, arguments.bin.resolve()
    COMPILE.extend(arguments.compile)
    started, index, ran, failed, most = time.monotonic(), arguments.only or 0, 0, 0, (0.0, 0)
    while True:
        case = draw(f"{arguments.seed}/{index}")
        if arguments.type and getattr(case, "type", None) != arguments.type:
            index += 1
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                most = max(most, (check(case, forms, bin_folder, pathlib.Path(folder)), index))
            except (Failure, subprocess.TimeoutExpired, OSError, ValueError) as failure:
                print(f"case {index} (--seed {arguments.seed} --only {index}): {failure}\n{describe(case)}", flush=True)
                failed += 1
        index, ran = index + 1, ran + 1
        enough = ran >= arguments.count if arguments.count else time.monotonic() - started > arguments.seconds
        if arguments.only is not None or enough or (failed and not arguments.keep_going):
            break
    print(f"{ran - failed} of {ran} cases passed, {most[0]:.0%} of a bound used at most (case {most[1]})")
    sys.exit(1 if failed else 0)
