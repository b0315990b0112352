"""Whole models that are drawn at random: attention among glue and upstream ops, in loops along depth and along the sequence."""
import math

from model_attends import Attends
from model_steps import WIDTHS
from model_variants import custom_text

# Of the largest number in a row and a tenth of the largest of all: each step adds a few roundings of its type.
TOLERANCES = {"f64": 1e-9, "f32": 3e-4, "f16": 3e-2, "bf16": 2e-1}
ALONE = ["euler", "heun", "rk4"]
WITH_MOMENTUM = ["plain", "damped_euler", "presymplectic", "exponential", "adams_bashforth"]


class Case(Attends):
    """A function. `arguments`, `results()` and `text()` are what random_runs asks for."""

    def __init__(self, seed):
        super().__init__(seed)
        pick = self.random.choice
        self.pool = [self.argument(("B", "N", pick(WIDTHS)), self.gauss()) for _ in range(pick([1, 1, 2]))]
        if not self.streams and self.chance(0.5):
            self.pool.append(self.argument(("B", "M", pick(WIDTHS)), self.gauss()))
        if self.chance(0.15):
            self.pool.append(self.embedded())
        for _ in range(self.random.randint(1, 6)):
            self.step()
        self.outputs = self.draw_outputs()
        self.tolerance = TOLERANCES[self.type]

    def embedded(self):
        table = self.argument((11, self.random.choice(WIDTHS)), self.gauss())
        ids = self.argument(("B", "N"), lambda: self.random.randint(0, 10), "i64")
        return self.new(f"attention.embed {table.name}, {ids.name} : {self.of(table)}, {self.of(ids)}", ("B", "N", table.dims[1]))

    def step(self):
        steps = [self.attend] * 5 + self.by_row()
        if not self.streams:
            steps += self.along_rows()
        if not self.depth:
            steps += [self.segments, self.evolve, self.loop] + ([] if self.streams else [self.branch])
        made = self.random.choice(steps)()
        if made:
            self.pool.append(made)

    # --- loops ---------------------------------------------------------------------------------------------------

    def within(self, own, steps, end):
        """Steps in a region that has values of its own; `end(last)` writes what it yields."""
        pool, indent = self.pool, self.indent
        self.pool, self.indent, self.depth = pool + own * 3, indent + "  ", self.depth + 1
        for _ in range(steps):
            self.step()
        end(self.pool[-1] if self.pool[-1].dims[:2] == own[0].dims[:2] else own[0])
        self.pool, self.indent, self.depth = pool, indent, self.depth - 1

    def yielded(self, op, x):
        return lambda last: self.write(f"{op} {self.of_width(last, x.dims[2]).name} : {self.of(x)}")

    def loop(self):
        """A residual where sizes are not known: loops keep those of what they carry, and another input's rows may be other ones."""
        x, result, carried = self.rows(), self.fresh(), self.fresh()
        bounds = [self.constant("index", n) for n in (0, self.random.choice([0, 1, 3]), 1)]
        self.write(f"{result} = scf.for {self.fresh()} = {bounds[0]} to {bounds[1]} step {bounds[2]} iter_args({carried} = {x.name}) -> ({self.of(x)}) {{")
        end = self.yielded("scf.yield", x)
        residual = lambda last: end(self.new(f"arith.addf {carried}, {self.of_width(last, x.dims[2]).name} : {self.of(x)}", x.dims))
        self.within([self.value(carried, x.dims)], self.random.choice([1, 2]), residual if "?" in self.of(x) else end)
        self.write("}")
        return self.value(result, x.dims)

    def branch(self):
        """Of a size that is known: a result's must follow from arguments."""
        x = self.rows()
        if "?" in self.of(x):
            return None
        scalar, zero, result = self.scalar(), self.number("0.0"), self.fresh()
        condition = self.emit(f"arith.cmpf ogt, {scalar}, {zero} : {self.type}")
        self.write(f"{result} = scf.if {condition} -> ({self.of(x)}) {{")
        self.within([x], self.random.choice([0, 1]), self.yielded("scf.yield", x))
        self.write("} else {")
        self.within([x], self.random.choice([0, 1]), self.yielded("scf.yield", x))
        self.write("}")
        return self.value(result, x.dims)

    def evolve(self):
        x, moves = self.rows(), self.chance(0.4)
        points = [x, self.alike(x)] if moves else [x]
        clauses = f"damping(#attention.damping<log = {self.random.choice([0.0, 3.0])}, linear = {self.random.choice([0.0, 0.5])}, start = 1.0>)" if moves else ""
        clauses = "on(#attention.sphere)" if not moves and self.chance(0.5) else clauses
        ends = [self.fresh() for _ in points]
        self.write(f"{', '.join(ends)} = attention.evolve {', '.join(p.name for p in points)} steps({self.random.choice([1, 2, 3])}) step({self.step_size(moves)}) "
                   f"method({self.random.choice(WITH_MOMENTUM if moves else ALONE)}) {clauses} velocity {{")
        for number in range(len(points)):
            own = [self.value(self.fresh(), x.dims) for _ in points]
            time = self.fresh()
            self.write(f"^bb0({', '.join(f'{p.name}: {self.of(p)}' for p in own)}, {self.fresh()}: index, {time}: {self.score}):")
            self.within(own, self.random.choice([0, 1, 2]), lambda last: self.rate(last, x, time))
            self.write("} force {" if number + 1 < len(points) else "}")
        types = ", ".join(self.of(p) for p in points)
        self.lines[-1] += f" : ({types}) -> ({types})"
        self.pool += [self.value(end, x.dims) for end in ends[1:]]
        return self.value(ends[0], x.dims)

    def step_size(self, moves):
        kind = self.random.choice(["number", "number", "value", "values"])
        if kind == "number":
            return "0.1"
        values = [self.constant(self.score, number) for number in (["0.1", "0.2"] if kind == "values" and moves else ["0.1"])]
        return f"{', '.join(values)} : {', '.join([self.score] * len(values))}"

    def rate(self, last, x, time):
        bounded = self.of_width(last, x.dims[2])
        bounded = self.new(f"math.tanh {bounded.name} : {self.of(x)}", x.dims)
        if self.chance(0.3):
            time = time if self.type == self.score else self.emit(f"arith.truncf {time} : {self.score} to {self.type}")
            bounded = self.new(f"arith.mulf {bounded.name}, {self.splat(time, x)} : {self.of(x)}", x.dims)
        self.write(f"attention.yield {bounded.name} : {self.of(x)}")

    def segments(self):
        """A memory of four rows that attention makes anew, or the segment before, or none."""
        x, kind, out = self.rows("N"), self.random.choice(["none", "anew", "before"]), self.random.choice(WIDTHS)
        start = self.argument(("B", 4, x.dims[2]), self.gauss())
        self.dynamic |= {"S": True, "C": True}
        segment, memory = self.value(self.fresh(), ("B", "S", x.dims[2])), self.value(self.fresh(), ("B", 4 if kind == "anew" else "S", x.dims[2]))
        result, last = self.fresh(), self.fresh()
        carry, names = (f"carry({start.name}) ", f"{result}, {last}") if kind != "none" else ("", result)
        self.write(f"{names} = attention.segments {x.name} {carry}length({self.random.choice([1, 3, 5, 8, 16, 20])}) {{")
        self.write(f"^bb0({', '.join(f'{v.name}: {self.of(v)}' for v in ([segment, memory] if carry else [segment]))}):")
        self.depth, self.indent = self.depth + 1, self.indent + "  "
        rows = self.of_width(self.looked_at(segment, self.joined_rows(memory, segment) if carry else segment), out)
        kept = [] if kind == "none" else [self.renewed(memory, segment)] if kind == "anew" else [segment]
        self.write(f"attention.yield {', '.join(v.name for v in [rows] + kept)} : {', '.join(self.of(v) for v in [rows] + kept)}")
        self.depth, self.indent = self.depth - 1, self.indent[:-2]
        output = self.value(result, ("B", "N", out))
        if carry:
            self.write(f"}} : ({self.of(x)}, {self.of(start)}) -> ({self.of(output)}, {self.of(memory)})")
            if not self.streams and self.chance(0.5):
                self.beside.append(self.value(last, memory.dims))
        else:
            self.write(f"}} : ({self.of(x)}) -> {self.of(output)}")
        return output

    def joined_rows(self, memory, segment):
        name = memory.name
        if memory.dims[1] == 4:
            name = self.emit(f"tensor.cast {name} : {self.of(memory)} to {self.of(segment)}")
        return self.new(f"tensor.concat dim(1) {name}, {segment.name} : ({self.of(segment)}, {self.of(segment)}) -> {self.of(segment)}", ("B", "C", segment.dims[2]))

    def looked_at(self, x, y):
        heads, columns, out = self.random.choice([1, 2, 4]), self.random.choice([4, 8, 16]), self.random.choice([4, 8, 16])
        q, k, v = self.heads(x, heads, columns), self.heads(y, heads, columns), self.heads(y, heads, out)
        variant = self.random.choice(["softmax", "softmax", "sigmoid", "linear<feature = elu1, normalizer = keys>", "log_exp", "delta"])
        k = self.normed(k, 1 / math.sqrt(columns)) if variant == "delta" else k
        mask = "mask(#attention.causal) " if self.streams or self.chance(0.7) else ""
        output = self.new(f"attention.attend #attention.{variant} {q.name}, {k.name}, {v.name} {mask}: {self.of(q)}, {self.of(k)}, {self.of(v)}",
                          ("B", heads, x.dims[1], out))
        return self.normed(self.merged(output))

    def renewed(self, memory, segment):
        seen = self.of_width(self.looked_at(memory, segment), memory.dims[2])
        total = self.emit(f"arith.addf {seen.name}, {memory.name} : {self.of(memory)}")
        return self.new(f"math.tanh {total} : {self.of(memory)}", memory.dims)

    # --- the model -----------------------------------------------------------------------------------------------

    def draw_outputs(self):
        """The last value, others, now and then an argument as it is, or one twice."""
        outputs = [self.pool[-1]] + [v for v in self.pool if self.chance(0.15)] + [v for v in self.beside if self.chance(0.8)]
        outputs += [outputs[0]] * self.chance(0.1)
        if self.streams:
            outputs = [v for v in outputs if "N" in v.dims]
        self.random.shuffle(outputs)
        return outputs

    def results(self):
        return [(f"o{i}", self.of(v)) for i, v in enumerate(self.outputs)]

    def feeds(self):
        return self.streams and self.dynamic["N"]

    def named(self, name, axis):
        tokens = f", attention.tokens = {axis} : i64" if self.streams and axis is not None else ""
        return f'{{attention.name = "{name}"{tokens}}}'

    def text(self):
        inputs = [f"%{t.name}: {t.text} {self.named(t.name, axis)}" for t, axis in zip(self.arguments, self.tokens)]
        outputs = [f"{type} {self.named(name, v.dims.index('N') if 'N' in v.dims else None)}" for (name, type), v in zip(self.results(), self.outputs)]
        variants = "".join(custom_text(name, self.score) for name in sorted(self.customs))
        return (f"{variants}func.func @model({', '.join(inputs)})\n    -> ({', '.join(outputs)}) {{\n" + "".join(line + "\n" for line in self.lines) +
                f"  return {', '.join(v.name for v in self.outputs)} : {', '.join(type for _, type in self.results())}\n}}\n")
