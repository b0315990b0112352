"""Laws of a fold, for every variant: each line of the table below is held against all of them.

usage: laws.py BIN [VARIANT...]

- identity: what has seen no key reads as zero.
- unit and associativity: the empty partial on either side changes nothing, and ranges of keys may be joined in any grouping.
- streams: keys in pieces, with a carry, give what they give at once.
- tiles: any size of tiles means the same.
- steps: tokens one by one, or in pieces of any lengths, give what they give at once.
- travels: a session that is saved and loaded goes on to the last bit as one that was not.
- spans: tokens that a scan goes through at the same time, in spans of any lengths, give what they give one after another.
- threads: any number of them gives the same bits.
All that is compiled is compared with the float64 meaning, and the meanings of one law with one another, bit by bit."""
import math
import pathlib
import random
import re
import sys
import tempfile

import random_runs
from random_runs import Failure, npy

import gaps

HERE = pathlib.Path(__file__).resolve().parent
TOLERANCE = 2e-5
TOKENS, COLUMNS, VALUES, HEADS, SHARED = 53, 16, 8, 4, 2

# name: variant, whether it is a fold of partials that join (else a memory that goes on), what it is given.
VARIANTS = {
    "softmax": ("softmax", True, []),
    "sigmoid": ("sigmoid", True, []),
    "relu": ("relu<power = 1>", True, []),
    "relu_squared": ("relu<power = 2>", True, []),
    "custom": ("custom<@softmax, [f32, f32]>", True, []),
    "custom_pairwise": ("custom<@fading, [f32, i32]>", True, []),
    "log_exp": ("log_exp", True, []),
    "log_exp_logs": ("log_exp<values = log>", True, []),
    "linear": ("linear", True, []),
    "linear_keys": ("linear<feature = elu1, normalizer = keys>", True, []),
    "linear_count": ("linear<feature = relu, normalizer = count>", True, []),
    "linear_exp": ("linear<feature = exp, normalizer = keys>", True, []),
    "retention": ("linear<normalizer = count>", False, ["decay:1"]),
    "scalar_gate": ("linear<feature = relu, normalizer = keys>", False, ["decay:?x1"]),
    "channel_gate": ("linear<feature = elu1>", False, ["decay:?x16"]),
    "channel_gate_keys": ("linear<feature = exp, normalizer = keys>", False, ["decay:?x16"]),
    "delta": ("delta", False, ["beta:?x1"]),
    "gated_delta": ("delta", False, ["decay:?x1", "beta:?x1"]),
    "channel_gated_delta": ("delta", False, ["decay:?x16", "beta:?x1"]),
    "rank_one": ("rank_one", False, ["decay:?x16", "remove:?x16", "replace:?x16"]),
}


class Subject:
    """A variant with its text and its inputs."""

    def __init__(self, name):
        self.name, (self.variant, self.joins, given) = name, VARIANTS[name]
        self.recurs = self.variant.partition("<")[0] in ("log_exp", "linear", "delta", "rank_one")
        self.shapes = {"q": (HEADS, COLUMNS), "k": (SHARED, COLUMNS), "v": (SHARED, VALUES)}
        self.types = {name: f"tensor<1x{heads}x?x{columns}xf32>" for name, (heads, columns) in self.shapes.items()}
        self.gates = {}
        for gate in given:
            clause, _, sizes = gate.partition(":")
            along = sizes.startswith("?")
            self.gates[clause] = along
            self.shapes[clause] = (HEADS, int(sizes.split("x")[-1]))
            self.types[clause] = f"tensor<1x{HEADS}x{'?' if along else 1}x{self.shapes[clause][1]}xf32>"

    def signature(self, function, tokens=False):
        axis = ", attention.tokens = 2 : i64" if tokens else ""
        arguments = [f'%{name}: {type} {{attention.name = "{name}"{axis if self.gates.get(name, True) else ""}}}'
                     for name, type in self.types.items()]
        return (f"func.func @{self.name}_{function}({', '.join(arguments)})\n"
                f'    -> (tensor<1x{HEADS}x?x{VALUES}xf32> {{attention.name = "o"{axis}}}) {{\n')

    def attend(self):
        clauses = " ".join(f"{gate}(%{gate} : {self.types[gate]})" for gate in self.gates)
        operands = ", ".join(self.types[name] for name in "qkv")
        scale = "" if "log_exp" in self.variant else "scale(0.25) "
        return (self.signature("whole", tokens=True) +
                f"  %o = attention.attend #attention.{self.variant} %q, %k, %v mask(#attention.causal) {scale}{clauses} : {operands}\n"
                f"  return %o : tensor<1x{HEADS}x?x{VALUES}xf32>\n}}\n")

    def text(self):
        return self.attend() + (self.states() if self.joins else "")

    def states(self):
        """The functions `joined`, `joined_in_three` and `streamed` of Inputs/states.mlir, for this variant."""
        text = (HERE / "Inputs" / "states.mlir").read_text()
        text = text[text.index("// Keys from"):]
        for word, type in {"!q": self.types["q"], "!k": self.types["k"], "!v": self.types["v"],
                           "!o": f"tensor<1x{HEADS}x?x{VALUES}xf32>"}.items():
            text = text.replace(word, type)
        for word, type in {"!partial": f"!attention.partial<#attention.{self.variant}, tensor<1x{HEADS}x?x{VALUES}xf32>>",
                           "!carry": f"!attention.carry<#attention.{self.variant}, tensor<1x{HEADS}x{COLUMNS}x{VALUES}xf32>>"}.items():
            text = text.replace(word, type)
        text = text.replace("#variant", f"#attention.{self.variant}").replace("%batch, 2, %n", f"1, {SHARED}, %n")
        if "log_exp" in self.variant:
            text = re.sub(r"scale\([^)]*\) ?", "", text)
        for name in ("visited", "joined_in_three", "joined", "streamed"):
            text = text.replace(f"@{name}(", f"@{self.name}_{name}(")
        return text

    def draw(self, folder, keys=TOKENS, queries=TOKENS):
        """Files of the inputs, by name."""
        generator, files = random.Random(self.name), {}
        for name, (heads, columns) in self.shapes.items():
            rows = queries if name == "q" else keys if self.gates.get(name, True) else 1
            values = [self.number(generator, name) for _ in range(heads * rows * columns)]
            if name == "k" and self.variant == "delta" or name == "remove":
                values = unit_rows(values, columns)
            if name == "replace":
                values = [-0.7 * x for x in npy.read(files["remove"])[2]]
            files[name] = folder / f"{self.name}.{queries}.{keys}.{name}.npy"
            npy.write(files[name], "<f4", (1, heads, rows, columns), values)
        return files

    def number(self, generator, name):
        if name == "decay":
            return -math.exp(generator.uniform(math.log(1e-6), math.log(60)))
        return generator.random() if name == "beta" else generator.gauss(0, 1)


def unit_rows(values, width):
    rows = [values[at:at + width] for at in range(0, len(values), width)]
    return [x / math.sqrt(sum(y * y for y in row)) for row in rows for x in row]


class Bench:
    """The models of all subjects, compiled, tiled, and as they are."""

    def __init__(self, bin_folder, folder, subjects):
        self.bin, self.folder = bin_folder, folder
        customs = (HERE / "custom.mlir").read_text()
        variants = "".join(part + "\n}\n" for part in customs.split("\n}\n") if "attention.variant @" in part)
        variants = variants[variants.index("attention.variant"):]
        self.text = self.write("all", variants + "".join(subject.text() for subject in subjects))
        folds = self.write("folds", variants + "".join(subject.attend() for subject in subjects if subject.joins))
        self.compiled = folder / "all.so"
        random_runs.run([bin_folder / "attention-compile", self.text, "-o", self.compiled])
        self.spans = [self.cut(subjects, length) for length in (16, 32)] if any(s.recurs for s in subjects) else []
        self.tiled = [self.tile(folds, rows, keys) for rows, keys in ((8, 16), (16, 48), (64, 192))]
        self.count = 0

    def write(self, name, text):
        path = self.folder / f"{name}.mlir"
        path.write_text(text)
        return path

    def tile(self, text, rows, keys):
        path = self.folder / f"tiled.{rows}.{keys}.mlir"
        random_runs.run([self.bin / "attention-opt", "--attention-check-sizes", "--attention-unfold-attend",
                         f"--attention-tile-queries=rows={rows}", f"--attention-stream-keys=keys={keys}", text, "-o", path])
        return path

    def cut(self, subjects, length):
        """What has a memory, in spans of so many tokens or more."""
        path = self.write("memories", "".join(subject.attend() for subject in subjects if subject.recurs))
        cut, compiled = self.folder / f"cut.{length}.mlir", self.folder / f"cut.{length}.so"
        random_runs.run([self.bin / "attention-opt", "--attention-check-sizes", "--attention-choose-form=form=scan",
                         f"--attention-scan-tokens=span={length} tasks=64", path, "-o", cut])
        random_runs.run([self.bin / "attention-compile", cut, "-o", compiled])
        return compiled

    def run(self, model, function, files, flags=()):
        """The bytes of the output's file, and its numbers."""
        self.count += 1
        output = self.folder / f"out.{self.count}.npy"
        command = [self.bin / "attention-run", model, function, *flags, "--output", f"o={output}"]
        for name, path in files.items():
            command += ["--input", f"{name}={path}"]
        random_runs.run(command)
        return output.read_bytes(), npy.read(output)[2]


def near(law, got, want):
    worst = gaps.largest(got, want)
    if not worst <= TOLERANCE or len(got) != len(want):
        raise Failure(f"{law}: error {worst:.1e}, allowed are {TOLERANCE}")


def same(law, got, want):
    if got != want:
        raise Failure(f"{law}: other bits")


def identity(bench, subject):
    files, whole = subject.draw(bench.folder, keys=0, queries=5), f"{subject.name}_whole"
    for model in (bench.text, bench.compiled):
        if any(bench.run(model, whole, files)[1]):
            raise Failure("identity: what has seen no key is not zero")


def joins(bench, subject, files, want):
    """Unit and associativity, streams and tiles."""
    for function in ("joined", "joined_in_three", "streamed"):
        name = f"{subject.name}_{function}"
        same(f"{function}, interpreted", bench.run(bench.text, name, files)[0], want[0])
        near(function, bench.run(bench.compiled, name, files)[1], want[1])
    for tiled in bench.tiled:
        same(tiled.name, bench.run(tiled, f"{subject.name}_whole", files)[0], want[0])


def steps(bench, subject, files, want):
    for lengths in ("1", "1,3,7", "16,17", "64"):
        near(f"steps of {lengths}", bench.run(bench.compiled, f"{subject.name}_whole", files, ["--chunks", lengths])[1], want[1])


def spans(bench, subject, files, want):
    for compiled in bench.spans:
        runs = [bench.run(compiled, f"{subject.name}_whole", files, ["--threads", n]) for n in (1, 3)]
        near(compiled.stem, runs[0][1], want[1])
        same(f"{compiled.stem}, threads", runs[1][0], runs[0][0])


def part(bench, subject, files, first, last):
    """The inputs of tokens from `first` to before `last`."""
    parts = {}
    for name, path in files.items():
        descr, (batch, heads, rows, columns), values = npy.read(path)
        if rows != TOKENS:
            parts[name] = path
            continue
        parts[name] = bench.folder / f"part.{name}.npy"
        kept = [x for head in range(heads) for x in values[(head * rows + first) * columns:(head * rows + last) * columns]]
        npy.write(parts[name], descr, (batch, heads, last - first, columns), kept)
    return parts


def travels(bench, subject, files):
    whole, session = f"{subject.name}_whole", bench.folder / "session"
    lengths = ["--chunks", "19,5,1,28"]
    going_on = bench.run(bench.compiled, whole, files, lengths)[1]
    bench.run(bench.compiled, whole, part(bench, subject, files, 0, 24), ["--chunks", "19,5", "--save-session", session])
    rest = bench.run(bench.compiled, whole, part(bench, subject, files, 24, TOKENS),
                     ["--chunks", "1,28", "--load-session", session, "--save-session", session])[1]
    again = [x for head in range(HEADS) for x in going_on[(head * TOKENS + 24) * VALUES:(head + 1) * TOKENS * VALUES]]
    same("travels", rest, again)


def threads(bench, subject, files, chunks=()):
    runs = [bench.run(bench.compiled, f"{subject.name}_whole", files, ["--threads", n, *chunks])[0] for n in (1, 2, 3)]
    for run in runs[1:]:
        same("threads", run, runs[0])


def check(bench, subject):
    files = subject.draw(bench.folder)
    want = bench.run(bench.text, f"{subject.name}_whole", files)
    near("whole", bench.run(bench.compiled, f"{subject.name}_whole", files)[1], want[1])
    identity(bench, subject)
    if subject.joins:
        joins(bench, subject, files, want)
    if subject.recurs:
        spans(bench, subject, files, want)
    steps(bench, subject, files, want)
    travels(bench, subject, files)
    threads(bench, subject, files)
    threads(bench, subject, files, ["--chunks", "7,1,20"])


def main():
    subjects = [Subject(name) for name in sys.argv[2:] or VARIANTS]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(folder), subjects)
        for subject in subjects:
            try:
                check(bench, subject)
            except Failure as failure:
                sys.exit(f"{subject.name}: {failure}")
            print("ok", subject.name)


main()
