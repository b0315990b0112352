"""What models that are drawn at random are written with: values and their types, arguments, lines."""
import math
import random

from random_runs import Tensor

ROWS = [0, 1, 1, 2, 3, 5, 7, 13, 16, 17, 31, 33, 47, 64, 65, 70, 97, 129]
WIDTHS = [1, 2, 4, 6, 8, 12, 16, 20, 24, 32, 48]


class Value:
    """Sizes are numbers or names of axes: B sequences, N rows of the model's, S of a segment, M and C of others."""

    def __init__(self, name, dims, type):
        self.name, self.dims, self.type = name, tuple(dims), type


class ModelText:
    """A function: its arguments, the lines so far, and the values that the next ones may use (`pool`)."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.type = self.random.choice(["f32", "f32", "f32", "f32", "f64", "f16", "bf16"])
        self.score = "f64" if self.type == "f64" else "f32"
        self.sizes = {"B": self.random.choice([0, 1, 1, 1, 2, 3]), "N": self.random.choice(ROWS), "M": self.random.choice(ROWS)}
        # Upstream verifiers refuse slices of what is known to be empty.
        shares = {"B": 0.5, "N": 0.7, "M": 0.6}
        self.dynamic = {axis: not size or self.random.random() < shares[axis] for axis, size in self.sizes.items()}
        self.streams = self.random.random() < 0.35
        self.arguments, self.tokens, self.lines, self.pool = [], [], [], []
        self.indent, self.depth, self.count = "  ", 0, 0

    def chance(self, share):
        return self.random.random() < share

    # --- types and lines -----------------------------------------------------------------------------------------

    def word(self, size):
        if not isinstance(size, str):
            return str(size)
        return "?" if self.dynamic[size] else str(self.sizes[size])

    def tensor(self, dims, type=None):
        return f"tensor<{'x'.join([self.word(size) for size in dims] + [type or self.type])}>"

    def of(self, value):
        return self.tensor(value.dims, value.type)

    def write(self, line):
        self.lines.append(self.indent + line)

    def value(self, name, dims, type=None):
        return Value(name, dims, type or self.type)

    def fresh(self, letter="v"):
        self.count += 1
        return f"%{letter}{self.count}"

    def emit(self, text):
        name = self.fresh()
        self.write(f"{name} = {text}")
        return name

    def new(self, text, dims, type=None):
        return Value(self.emit(text), dims, type or self.type)

    def constant(self, type, value):
        return self.emit(f"arith.constant {value} : {type}")

    def number(self, value):
        return self.constant(self.type, value)

    # --- arguments -----------------------------------------------------------------------------------------------

    def argument(self, dims, values, type=None, hasTokens=True):
        """`values`: of an element, by a function without arguments, or all."""
        shape = [self.sizes[size] if isinstance(size, str) else size for size in dims]
        count = math.prod(shape)
        dynamic = [i for i, size in enumerate(dims) if isinstance(size, str) and self.dynamic[size]]
        tensor = Tensor(f"a{len(self.arguments)}", type or self.type, shape, [values() for _ in range(count)] if callable(values) else values, dynamic)
        self.arguments.append(tensor)
        self.tokens.append(dims.index("N") if hasTokens and "N" in dims else None)
        return Value("%" + tensor.name, dims, tensor.type)

    def gauss(self, scale=1.0, shift=0.0):
        return lambda: shift + self.random.gauss(0, scale)

    def rows(self, axis=None):
        """A matrix for each sequence."""
        return self.random.choice([v for v in self.pool if len(v.dims) == 3 and v.type == self.type and axis in (None, v.dims[1])])

    def alike(self, value):
        return self.random.choice([v for v in self.pool if v.dims == value.dims and v.type == value.type])

    # --- sizes and scalars ---------------------------------------------------------------------------------------

    def size(self, value, dim):
        """As the operand of an op."""
        if self.word(value.dims[dim]) != "?":
            return self.word(value.dims[dim])
        number = self.constant("index", dim)
        return self.emit(f"tensor.dim {value.name}, {number} : {self.of(value)}")

    def dynamic_sizes(self, value):
        return [self.size(value, dim) for dim, size in enumerate(value.dims) if self.word(size) == "?"]

    def empty(self, value):
        sizes = ", ".join(self.dynamic_sizes(value))
        return self.emit(f"tensor.empty({sizes}) : {self.of(value)}")

    def splat(self, scalar, value):
        sizes = ", ".join(self.dynamic_sizes(value))
        return self.emit(f"tensor.splat {scalar}{f'[{sizes}]' if sizes else ''} : {self.of(value)}")

    def scalar(self):
        """A number that the model reads."""
        if self.chance(0.4):
            tensor = self.argument((), [self.random.choice([0.5, -1.0, 0.25, 1.0])])
            return self.emit(f"tensor.extract {tensor.name}[] : {self.of(tensor)}")
        tensor, place = self.argument((3,), self.gauss()), self.constant("index", self.random.randint(0, 2))
        return self.emit(f"tensor.extract {tensor.name}[{place}] : {self.of(tensor)}")

    # --- projections and norms, which other steps are made of ------------------------------------------------------

    def projected(self, x, out, biased=False):
        weight = self.argument((out, x.dims[-1]), self.gauss(1 / math.sqrt(max(x.dims[-1], 1))))
        operands, types = f"{x.name}, {weight.name}", f"{self.of(x)}, {self.of(weight)}"
        if biased:
            bias = self.argument((out,), self.gauss(0.3))
            operands, types = f"{operands}, {bias.name}", f"{types}, {self.of(bias)}"
        return self.new(f"attention.project {operands} : {types}", x.dims[:-1] + (out,))

    def of_width(self, x, width):
        return x if x.dims[-1] == width else self.projected(x, width)

    def normed(self, x, scale=1.0):
        gain = self.argument((x.dims[-1],), self.gauss(0.1 * scale, scale))
        return self.new(f"attention.rms_norm {x.name}, {gain.name} epsilon(1.0e-2) : {self.of(x)}, {self.of(gain)}", x.dims)

    def heads(self, x, heads, columns):
        projection = self.projected(x, heads * columns)
        return self.new(f"attention.split_heads {projection.name} heads({heads}) : {self.of(projection)}", ("B", heads, x.dims[1], columns))

    def merged(self, x):
        return self.new(f"attention.merge_heads {x.name} : {self.of(x)}", ("B", x.dims[2], x.dims[1] * x.dims[3]))
