"""Draws attention with a memory: any variant, gates of any broadcast shape, types and sizes, as model texts with their inputs."""
import math
import random

from random_runs import Tensor

SIZES = [0, 1, 2, 3, 5, 7, 8, 13, 15, 16, 17, 18, 31, 32, 33, 48, 63, 64, 65, 97, 129, 257]
COLUMNS = [1, 2, 3, 5, 7, 8, 15, 16, 17, 24, 31, 32, 33, 48, 64, 65, 100, 128, 192]
# Of max |got - want| / max |want| by rows: sums are in float32, or float64.
TOLERANCES = {"f64": 1e-11, "f32": 2e-4, "f16": 1.2e-3, "bf16": 8.2e-3}


class Case:
    """One attend. `arguments`, `results()` and `text()` are what random_runs asks for."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.arguments, self.clauses = [], []
        self.draw_sizes()
        self.draw_variant()
        self.draw_operands()
        self.draw_gates()
        self.draw_places()
        self.tolerance = TOLERANCES[self.type]
        self.folds = self.family in ("log_exp", "linear") and not any(clause.startswith("decay") for clause in self.clauses)

    def chance(self, share):
        return self.random.random() < share

    def draw_sizes(self):
        pick = self.random.choice
        self.type = pick(["f32", "f32", "f32", "f64", "f16", "bf16"])
        self.has_documents = self.chance(0.2)
        self.batch = 1 if self.has_documents else pick([1, 1, 2, 3, 0])
        self.heads = pick([1, 2, 3, 4, 6])
        divisors = [h for h in range(1, self.heads + 1) if self.heads % h == 0]
        self.operand_heads = [pick(divisors) for _ in range(3)]
        self.operand_heads[pick([0, 0, 2])] = self.heads
        self.queries, self.keys = pick(SIZES), pick(SIZES)
        if self.has_documents or self.chance(0.5):
            self.keys = self.queries
        self.columns, self.value_columns = pick(COLUMNS), pick(COLUMNS)

    def draw_variant(self):
        pick = self.random.choice
        self.family = pick(["log_exp", "linear", "linear", "delta", "rank_one"])
        self.causal, self.variant = self.chance(0.75), self.family
        if self.family == "log_exp":
            self.variant += pick(["", "<values = log>"])
        if self.family == "linear":
            feature, normalizer = pick(["identity", "elu1", "exp", "relu"]), pick(["none", "keys", "count"])
            if normalizer == "keys" and feature in ("identity", "relu"):
                feature = "elu1"  # denominators near 0 make any error large
            self.variant += f"<feature = {feature}, normalizer = {normalizer}>"
        if self.causal:
            self.clauses.append("mask(#attention.causal)")
        if self.family != "log_exp" and self.chance(0.5):
            self.clauses.append(f"scale({pick([0.25, 1.0, 2.0])})")

    def add(self, name, type, shape, values, dynamic=()):
        dynamic = [i for i in dynamic if self.chance(0.7)]
        self.arguments.append(Tensor(name, type, shape, values, dynamic))
        return self.arguments[-1]

    def numbers(self, shape, scale=1.0):
        return [self.random.gauss(0, scale) for _ in range(math.prod(shape))]

    def units(self, shape):
        """Rows of length 1: products with them do not grow."""
        values = self.numbers(shape)
        for at in range(0, len(values), shape[3]):
            norm = math.sqrt(sum(x * x for x in values[at:at + shape[3]])) or 1.0
            values[at:at + shape[3]] = [x / norm for x in values[at:at + shape[3]]]
        return values

    def draw_operands(self):
        rows, columns = [self.queries, self.keys, self.keys], [self.columns, self.columns, self.value_columns]
        for name, heads, n, c in zip("qkv", self.operand_heads, rows, columns):
            shape = (self.batch, heads, n, c)
            values = self.units(shape) if name == "k" and self.family == "delta" else self.numbers(shape)
            self.add(name, self.type, shape, values, dynamic=(0, 2))

    def clause(self, name, tensor):
        self.clauses.append(f"{name}(%{tensor.name} : {tensor.text})")

    def gate(self, name, columns, draw, whole=False):
        full = (self.batch, self.heads, self.keys, columns)
        shape = [size if whole or self.chance(0.7) else 1 for size in full]
        shape[3] = shape[3] if shape[3] == 1 or whole else self.random.choice([columns, 1])
        if self.batch == 0 or self.keys == 0:
            shape = list(full[:3]) + [shape[3]]
        dynamic = [i for i in (0, 2) if shape[i] == full[i] and full[i] != 1]
        self.clause(name, self.add(name, self.type, shape, draw(shape), dynamic))

    def draw_gates(self):
        if self.family != "log_exp" and self.chance(0.75):
            self.gate("decay", self.columns, self.decays)
        if self.family == "delta" and self.chance(0.7):
            self.gate("beta", 1, self.betas)
        if self.family == "rank_one":
            self.gate("remove", self.columns, self.units, whole=True)
            removed = self.arguments[-1].values
            self.gate("replace", self.columns, lambda shape: [-self.random.random() * x for x in removed], whole=True)

    def betas(self, shape):
        """Of 2 the key's direction is reflected, beyond what is written over."""
        most = self.random.choice([1.0, 1.0, 2.0])
        return [most * self.random.choice([self.random.random(), 1.0]) for _ in range(math.prod(shape))]

    def decays(self, shape):
        least, most = self.random.choice([(1e-6, 60), (1e-6, 1e-3), (0.1, 2)])
        shut = 0.05 if self.chance(0.2) else 0
        draw = lambda: -math.exp(self.random.uniform(math.log(least), math.log(most)))
        return [-math.inf if self.chance(shut) else draw() for _ in range(math.prod(shape))]

    def draw_places(self):
        if self.chance(0.3):
            share = self.random.choice([0.0, 0.3, 0.9])
            exists = [int(self.chance(share)) for _ in range(self.batch * self.keys)]
            self.clause("keys", self.add("exists", "i1", (self.batch, self.keys), exists, dynamic=(0, 1)))
            self.plant(exists)
        if self.has_documents:
            starts = [0] + sorted(self.random.randint(0, self.keys) for _ in range(self.random.randint(0, 5))) + [self.keys]
            self.clause("documents", self.add("starts", "i64", (len(starts),), starts, dynamic=(0,)))
        elif self.causal and self.chance(0.25):
            first = [self.random.randint(-5, self.keys + 5) for _ in range(self.batch)]
            self.clause("offset", self.add("first", "i64", (self.batch,), first, dynamic=(0,)))

    def plant(self, exists):
        """Numbers that are none in keys that do not exist."""
        for tensor in self.arguments:
            if tensor.name in ("q", "exists") or tensor.shape[2] != self.keys or tensor.shape[0] != self.batch or self.chance(0.3):
                continue
            _, heads, keys, width = tensor.shape
            for at in range(0, len(tensor.values), width):
                if not exists[at // (heads * keys * width) * keys + at // width % keys]:
                    tensor.values[at] = self.random.choice([math.nan, math.inf, -math.inf])

    def results(self):
        sizes = [tensor.sizes for tensor in self.arguments[:3]]
        batch = next((own[0] for own in sizes if own[0] != "?"), "?")
        return [("o", f"tensor<{batch}x{self.heads}x{sizes[0][2]}x{sizes[2][3]}x{self.type}>")]

    def text(self):
        (name, type), operands = self.results()[0], ", ".join(tensor.text for tensor in self.arguments[:3])
        inputs = ", ".join(tensor.argument for tensor in self.arguments)
        return (f'func.func @attend({inputs})\n    -> ({type} {{attention.name = "{name}"}}) {{\n'
                f"  %o = attention.attend #attention.{self.variant} %q, %k, %v {' '.join(self.clauses)}\n      : {operands}\n"
                f"  return %o : {type}\n}}\n")
