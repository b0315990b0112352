"""Steps of models that are drawn at random: glue, and upstream ops on rows."""
from model_text import WIDTHS, ModelText, Value

FULL = "affine_map<(b, n, d) -> (b, n, d)>"
LOOPS = 'iterator_types = ["parallel", "parallel", "parallel"]'


class Steps(ModelText):
    """Each step makes one more matrix of rows, or none. What goes along the rows is for models that do not stream."""

    def by_row(self):
        return [self.project, self.norm, self.activate, self.combine, self.combine, self.bend, self.bend, self.scaled, self.shifted, self.joined, self.generic]

    def along_rows(self):
        steps = [self.mean, self.rows_before, self.transposed, self.reduced]
        # Products of linalg sum in the type that their text says: in 16 bits, and tanh makes the error large.
        return steps + ([self.products] if self.type in ("f32", "f64") else [])

    def project(self):
        return self.projected(self.rows(), self.random.choice(WIDTHS), self.chance(0.3))

    def norm(self):
        x = self.rows()
        if self.chance(0.6):
            return self.normed(x)
        gain, bias = self.argument((x.dims[-1],), self.gauss(0.1, 1.0)), self.argument((x.dims[-1],), self.gauss(0.1))
        return self.new(f"attention.layer_norm {x.name}, {gain.name}, {bias.name} epsilon(1.0e-2) : {self.of(x)}, {self.of(gain)}, {self.of(bias)}", x.dims)

    def activate(self):
        x = self.rows()
        return self.new(f"attention.{self.random.choice(['silu', 'gelu', 'gelu approximate'])} {x.name} : {self.of(x)}", x.dims)

    def combine(self):
        x = self.rows()
        op = self.random.choice(["addf", "addf", "subf", "maximumf", "minimumf"])
        return self.new(f"arith.{op} {x.name}, {self.alike(x).name} : {self.of(x)}", x.dims)

    def bend(self):
        x = self.rows()
        kind = self.random.choice(["math.tanh", "math.sin", "math.cos", "math.absf", "math.erf", "arith.negf", "gauss", "select"])
        if "." in kind:
            return self.new(f"{kind} {x.name} : {self.of(x)}", x.dims)
        if kind == "gauss":
            square = self.emit(f"arith.mulf {x.name}, {x.name} : {self.of(x)}")
            minus = self.emit(f"arith.negf {square} : {self.of(x)}")
            return self.new(f"math.exp {minus} : {self.of(x)}", x.dims)
        other = self.alike(x)
        larger = self.emit(f"arith.cmpf ogt, {x.name}, {other.name} : {self.of(x)}")
        minus = self.emit(f"arith.negf {x.name} : {self.of(x)}")
        return self.new(f"arith.select {larger}, {minus}, {other.name} : {self.tensor(x.dims, 'i1')}, {self.of(x)}", x.dims)

    def scaled(self):
        x = self.rows()
        everywhere = self.splat(self.scalar(), x)
        return self.new(f"arith.{self.random.choice(['mulf', 'addf'])} {x.name}, {everywhere} : {self.of(x)}", x.dims)

    def shifted(self):
        """With the rows before: a causal convolution of width 2."""
        x, zero, padded = self.rows("N"), self.number("0.0"), self.fresh()
        rows = "?" if self.word("N") == "?" else self.sizes["N"] + 1
        type = self.tensor(("B", "N", x.dims[2])) if rows == "?" else f"tensor<{self.word('B')}x{rows}x{x.dims[2]}x{self.type}>"
        self.write(f"{padded} = tensor.pad {x.name} low[0, 1, 0] high[0, 0, 0] {{")
        self.write(f"^bb0({', '.join(f'{self.fresh()}: index' for _ in range(3))}):")
        self.write(f"  tensor.yield {zero} : {self.type}")
        self.write(f"}} : {self.of(x)} to {type}")
        before = self.emit(f"tensor.extract_slice {padded}[0, 0, 0] [{self.size(x, 0)}, {self.size(x, 1)}, {x.dims[2]}] [1, 1, 1] : {type} to {self.of(x)}")
        return self.new(f"arith.addf {x.name}, {before} : {self.of(x)}", x.dims)

    def joined(self):
        """Columns of two, and some of them."""
        x, y = self.rows("N"), self.rows("N")
        both = self.new(f"tensor.concat dim(2) {x.name}, {y.name} : ({self.of(x)}, {self.of(y)}) -> {self.tensor(x.dims[:2] + (x.dims[2] + y.dims[2],))}",
                        x.dims[:2] + (x.dims[2] + y.dims[2],))
        if self.chance(0.5):
            return both
        first = self.random.randint(0, both.dims[2] - 1)
        width = self.random.randint(1, both.dims[2] - first)
        dims = x.dims[:2] + (width,)
        return self.new(f"tensor.extract_slice {both.name}[0, 0, {first}] [{self.size(x, 0)}, {self.size(x, 1)}, {width}] [1, 1, 1] : "
                        f"{self.of(both)} to {self.tensor(dims)}", dims)

    def generic(self):
        """linalg with a row for all, and the number of the column."""
        x = self.rows()
        row, output, result, type = self.argument((x.dims[2],), self.gauss(0.5, 1.0)), self.empty(x), self.fresh(), self.type
        self.write(f"{result} = linalg.generic {{indexing_maps = [{FULL}, affine_map<(b, n, d) -> (d)>, {FULL}], {LOOPS}}} "
                   f"ins({x.name}, {row.name} : {self.of(x)}, {self.of(row)}) outs({output} : {self.of(x)}) {{")
        a, b, last = self.fresh(), self.fresh(), self.fresh()
        self.write(f"^bb0({a}: {type}, {b}: {type}, {self.fresh()}: {type}):")
        self.write(f"  {last} = arith.mulf {a}, {b} : {type}")
        if not self.streams and self.chance(0.4):
            column, integer, number, sine, product, last = (self.fresh() for _ in range(4)), None, None, None, last, self.fresh()
            names = list(column)
            for line in (f"{names[0]} = linalg.index 2 : index", f"{names[1]} = arith.index_cast {names[0]} : index to i32",
                         f"{names[2]} = arith.sitofp {names[1]} : i32 to {type}", f"{names[3]} = math.sin {names[2]} : {type}",
                         f"{last} = arith.addf {product}, {names[3]} : {type}"):
                self.write("  " + line)
        self.write(f"  linalg.yield {last} : {type}")
        self.write(f"}} -> {self.of(x)}")
        return Value(result, x.dims, type)

    # --- along the rows ------------------------------------------------------------------------------------------

    def mean(self):
        x, like = self.rows(), self.rows()
        mean = self.new(f"attention.mean_rows {x.name} : {self.of(x)}", ("B", 1, x.dims[2]))
        return self.new(f"attention.broadcast_rows {mean.name} like {like.name} : {self.of(mean)}, {self.of(like)}", ("B", like.dims[1], x.dims[2]))

    def rows_before(self):
        """The first rows of another's and these together."""
        x = self.rows("N")
        y = self.random.choice([v for v in self.pool if len(v.dims) == 3 and v.dims[2] == x.dims[2]])
        known = "?" not in (self.word(x.dims[1]), self.word(y.dims[1]))
        rows = str(int(self.word(x.dims[1])) + int(self.word(y.dims[1]))) if known else "?"
        type = f"tensor<{self.word('B')}x{rows}x{x.dims[2]}x{self.type}>"
        both = self.emit(f"tensor.concat dim(1) {y.name}, {x.name} : ({self.of(y)}, {self.of(x)}) -> {type}")
        return self.new(f"tensor.extract_slice {both}[0, 0, 0] [{self.size(x, 0)}, {self.size(x, 1)}, {x.dims[2]}] [1, 1, 1] : {type} to {self.of(x)}", x.dims)

    def turned(self, x):
        flat = Value(None, (x.dims[0], x.dims[2], x.dims[1]), x.type)
        sizes = [self.size(x, dim) for dim in (0, 2, 1) if self.word(x.dims[dim]) == "?"]
        output = self.emit(f"tensor.empty({', '.join(sizes)}) : {self.of(flat)}")
        return self.new(f"linalg.transpose ins({x.name} : {self.of(x)}) outs({output} : {self.of(flat)}) permutation = [0, 2, 1]", flat.dims)

    def transposed(self):
        columns = self.turned(self.rows())
        return self.turned(self.new(f"math.tanh {columns.name} : {self.of(columns)}", columns.dims))

    def reduced(self):
        """With the sum or maximum of each row."""
        x = self.rows()
        kind, start = self.random.choice([("addf", "0.0"), ("maximumf", "-100.0")])
        per_row = Value(None, x.dims[:2], x.type)
        sizes = self.dynamic_sizes(x)
        start, place = self.number(start), self.emit(f"tensor.empty({', '.join(sizes)}) : {self.of(per_row)}")
        filled = self.emit(f"linalg.fill ins({start} : {self.type}) outs({place} : {self.of(per_row)}) -> {self.of(per_row)}")
        total = self.emit(f"linalg.reduce {{arith.{kind}}} ins({x.name} : {self.of(x)}) outs({filled} : {self.of(per_row)}) dimensions = [2]")
        everywhere = self.emit(f"linalg.broadcast ins({total} : {self.of(per_row)}) outs({self.empty(x)} : {self.of(x)}) dimensions = [2]")
        bent = self.emit(f"math.tanh {everywhere} : {self.of(x)}")
        return self.new(f"arith.addf {x.name}, {bent} : {self.of(x)}", x.dims)

    def products(self):
        """x tanh(x^T x), by linalg."""
        x = self.rows()
        square = Value(None, ("B", x.dims[2], x.dims[2]), x.type)
        zero, columns = self.number("0.0"), self.turned(x)
        sizes = [self.size(x, 0)] if self.word("B") == "?" else []
        place = self.emit(f"tensor.empty({', '.join(sizes)}) : {self.of(square)}")
        filled = self.emit(f"linalg.fill ins({zero} : {self.type}) outs({place} : {self.of(square)}) -> {self.of(square)}")
        product = self.emit(f"linalg.batch_matmul ins({columns.name}, {x.name} : {self.of(columns)}, {self.of(x)}) outs({filled} : {self.of(square)}) -> {self.of(square)}")
        bent = self.emit(f"math.tanh {product} : {self.of(square)}")
        filled = self.emit(f"linalg.fill ins({zero} : {self.type}) outs({self.empty(x)} : {self.of(x)}) -> {self.of(x)}")
        return self.new(f"linalg.batch_matmul ins({x.name}, {bent} : {self.of(x)}, {self.of(square)}) outs({filled} : {self.of(x)}) -> {self.of(x)}", x.dims)
