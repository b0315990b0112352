"""Draws chains of what stands around attention: projections, norms, activations, residuals, heads and rotary positions."""
import math
import random

from random_runs import Tensor

ROWS = [0, 1, 2, 3, 7, 15, 16, 17, 31, 33, 64, 65, 97]
COLUMNS = [1, 3, 8, 16, 17, 24, 32, 48, 63, 64, 65, 96, 128, 192]
# Of fewer columns the variance of a row may be so small that a norm magnifies the rounding before it.
LEAST_NORMED = 16
ROUNDOFF = {"f64": 2.0**-53, "f32": 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-9}


class Value:
    """A value of the function: `[batch, rows, columns]`."""

    def __init__(self, name, columns):
        self.name, self.columns = name, columns


class Case:
    """A chain of ops on rows: its text and its arguments."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.pool = [self.random.gauss(0, 1) for _ in range(4096)]
        self.type = self.random.choice(["f32", "f32", "f64", "f16", "bf16"])
        self.batch, self.rows = self.random.choice([0, 1, 1, 2, 3]), self.random.choice(ROWS)
        dynamic = self.random.choice([(0, 1), (1,), ()])
        self.dims = ["?" if i in dynamic else str(size) for i, size in enumerate((self.batch, self.rows))]
        self.arguments, self.lines, self.dynamic = [], [], dynamic
        self.values = [self.draw_start()]
        self.widest = self.values[0].columns
        for _ in range(self.random.randint(2, 7)):
            value = self.draw_step(self.values[-1])
            self.widest = max(self.widest, value.columns)
            self.values.append(value)

    # --- arguments and text --------------------------------------------------------------------------------------

    def add(self, shape, scale=1.0, shift=0.0, dynamic=()):
        values = [shift + scale * x for x in self.random.choices(self.pool, k=math.prod(shape))]
        self.arguments.append(Tensor(f"a{len(self.arguments)}", self.type, shape, values, dynamic))
        return self.arguments[-1]

    def add_integers(self, shape, most, dynamic):
        values = [self.random.randint(0, most) for _ in range(math.prod(shape))]
        self.arguments.append(Tensor(f"a{len(self.arguments)}", "i64", shape, values, dynamic))
        return self.arguments[-1]

    def tensor(self, *sizes):
        return f"tensor<{'x'.join([*map(str, sizes), self.type])}>"

    def type_of(self, value):
        return self.tensor(*self.dims, value.columns)

    def emit(self, text, columns):
        value = Value(f"%v{len(self.lines)}", columns)
        self.lines.append(f"  {value.name} = {text}")
        return value

    def draw_start(self):
        columns = self.random.choice(COLUMNS)
        if self.random.random() < 0.7:
            tensor = self.add((self.batch, self.rows, columns), dynamic=self.dynamic)
            return Value(f"%{tensor.name}", columns)
        table = self.add((11, columns))
        ids = self.add_integers((self.batch, self.rows), 10, self.dynamic)
        return self.emit(f"attention.embed %{table.name}, %{ids.name} : {table.text}, {ids.text}", columns)

    # --- steps ---------------------------------------------------------------------------------------------------

    def draw_step(self, x):
        steps = [self.project, self.project, self.activate, self.combine, self.turn, self.average]
        if x.columns >= LEAST_NORMED:
            steps += [self.norm, self.norm]
        return self.random.choice(steps)(x)

    def project(self, x):
        out = self.random.choice([x.columns, self.random.choice(COLUMNS)])
        weight = self.add((out, x.columns), 1 / math.sqrt(x.columns))
        operands, types = f"{x.name}, %{weight.name}", f"{self.type_of(x)}, {weight.text}"
        if self.random.random() < 0.5:
            bias = self.add((out,))
            operands, types = f"{operands}, %{bias.name}", f"{types}, {bias.text}"
        return self.emit(f"attention.project {operands} : {types}", out)

    def norm(self, x):
        gain = self.add((x.columns,), 0.2, 1.0)
        epsilon = self.random.choice(["1.0e-5", "1.0e-6", "1.0e-12"])
        if self.random.random() < 0.5:
            return self.emit(f"attention.rms_norm {x.name}, %{gain.name} epsilon({epsilon}) : "
                             f"{self.type_of(x)}, {gain.text}", x.columns)
        bias = self.add((x.columns,))
        return self.emit(f"attention.layer_norm {x.name}, %{gain.name}, %{bias.name} epsilon({epsilon}) : "
                         f"{self.type_of(x)}, {gain.text}, {bias.text}", x.columns)

    def activate(self, x):
        op = self.random.choice(["silu", "gelu", "gelu approximate"])
        return self.emit(f"attention.{op} {x.name} : {self.type_of(x)}", x.columns)

    def combine(self, x):
        """With an earlier value of the same type, perhaps itself."""
        other = self.random.choice([value for value in [*getattr(self, "values", []), x] if value.columns == x.columns])
        # Products of products leave the range of float16.
        op = self.random.choice(["addf", "addf", "addf" if self.type == "f16" else "mulf"])
        return self.emit(f"arith.{op} {x.name}, {other.name} : {self.type_of(x)}", x.columns)

    def average(self, x):
        mean = self.emit(f"attention.mean_rows {x.name} : {self.type_of(x)}", x.columns)
        return self.emit(f"attention.broadcast_rows {mean.name} like {x.name} : "
                         f"{self.tensor(self.dims[0], 1, x.columns)}, {self.type_of(x)}", x.columns)

    def turn(self, x):
        """Through heads, and turned by positions where the columns of a head allow it."""
        heads = self.random.choice([h for h in (1, 2, 3, 4, 8) if x.columns % h == 0])
        columns = x.columns // heads
        shape = self.tensor(self.dims[0], heads, self.dims[1], columns)
        value = self.emit(f"attention.split_heads {x.name} heads({heads}) : {self.type_of(x)}", x.columns)
        if columns % 2 == 0:
            value = self.emit(f"attention.rotary {value.name} base(10000.0) {self.rotary_clauses(columns)}: {shape}",
                              x.columns)
        return self.emit(f"attention.merge_heads {value.name} : {shape}", x.columns)

    def rotary_clauses(self, columns):
        text = ""
        where = self.random.choice(["", "", "offset", "positions"])
        if where == "offset":
            tensor = self.add_integers((self.batch,), 50, [i for i in self.dynamic if i == 0])
            text += f"offset(%{tensor.name} : {tensor.text}) "
        if where == "positions":
            tensor = self.add_integers((self.batch, self.rows), 50, self.dynamic)
            text += f"positions(%{tensor.name} : {tensor.text}) "
        if columns >= 4 and self.random.random() < 0.3:
            text += f"dims({2 * self.random.randint(1, columns // 2)}) "
        return text + self.random.choice(["", "interleaved "])

    # --- the model -----------------------------------------------------------------------------------------------

    def results(self):
        return [("y", self.type_of(self.values[-1]))]

    def text(self):
        y = self.values[-1]
        return (f"func.func @chain({', '.join(tensor.argument for tensor in self.arguments)})\n"
                f"    -> ({self.type_of(y)} {{attention.name = \"y\"}}) {{\n" + "".join(f"{line}\n" for line in self.lines) +
                f"  return {y.name} : {self.type_of(y)}\n}}\n")

    def bound(self, largest):
        """`largest`: the largest result. Each op adds a few roundings of its type and of its sums, and an exponential."""
        sums = ROUNDOFF["f64" if self.type == "f64" else "f32"]
        each = 8 * ROUNDOFF[self.type] + sums * (16 + 8 * math.sqrt(self.widest)) + (0 if self.type == "f64" else 2e-6)
        return len(self.lines) * each * (1 + largest)
