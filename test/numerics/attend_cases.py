"""Draws attention ops: any variant, clauses, masks, types and shapes, as model texts with their inputs."""
import math
import random

from random_runs import Tensor

# Around the sizes of tiles and vectors, primes, and the small ones where loops end before they begin.
SIZES = [0, 1, 2, 3, 5, 7, 8, 13, 15, 16, 17, 31, 32, 33, 48, 61, 63, 64, 65, 96, 97, 127, 128, 129, 191, 192, 193]
MANY_KEYS = [511, 513, 1021, 1536, 2047, 2048, 2049, 3001, 4099]
COLUMNS = [1, 2, 3, 5, 7, 8, 15, 16, 17, 24, 31, 32, 33, 40, 48, 64, 65, 80, 96, 100, 128]
WIDE_COLUMNS = [192, 256, 257]
# Variants with a memory that fold over pairs as well. Scores are positive, so that nothing cancels but what values do; but for the last one's.
MEMORIES = ["log_exp", "linear<feature = elu1, normalizer = keys>", "linear<feature = exp>", "linear<feature = relu, normalizer = count>", "linear"]
# Added to scores in place of -inf by many models.
LEAST = -3.4028234663852886e38
HEADS = [1, 1, 2, 2, 3, 4, 5, 6, 7, 8]
# What the interpreter does in about half a second.
MOST_PAIRS = 400_000
MOST_PAIRS_IN_REGIONS = 30_000


class Case:
    """One attend: sizes, clauses as text, arguments, and what is known of its numbers."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.pool = [self.random.gauss(0, 1) for _ in range(4096)]
        self.arguments, self.clauses, self.regions = [], [], []
        self.constants = []
        self.draw_variant()
        self.draw_sizes()
        self.draw_operands()
        self.draw_clauses()
        self.plant()
        self.strain()

    # --- what is attended to -------------------------------------------------------------------------------------

    def draw_variant(self):
        self.type = self.random.choice(["f32", "f32", "f32", "f64", "f16", "bf16"])
        self.score_type = "f64" if self.type == "f64" else "f32"
        self.variant = self.random.choice(["softmax"] * 4 + ["sigmoid", "relu<power = 1>", "relu<power = 2>"] + MEMORIES)
        self.has_memory = self.variant in MEMORIES
        self.has_visible = self.random.random() < 0.2 and not self.has_memory
        self.has_score = self.random.random() < 0.3 and not self.has_memory
        self.has_documents = self.random.random() < 0.15

    def draw_sizes(self):
        pick = self.random.choice
        most = MOST_PAIRS_IN_REGIONS if self.has_visible or self.has_score else MOST_PAIRS
        while True:
            self.batch = 1 if self.has_documents else pick([1, 1, 1, 2, 2, 3, 0])
            self.heads = pick(HEADS)
            if not self.has_documents and self.random.random() < 0.25:
                self.queries, self.keys = pick([1, 1, 2, 3, 4, 7, 16, 17]), pick(MANY_KEYS)
            else:
                self.queries, self.keys = pick(SIZES), pick(SIZES)
            if self.has_documents or self.random.random() < 0.3:
                self.keys = self.queries
            if self.batch * self.heads * self.queries * self.keys <= most:
                break
        divisors = [h for h in range(1, self.heads + 1) if self.heads % h == 0]
        self.operand_heads = [pick(divisors) for _ in range(3)]
        self.operand_heads[pick([0, 0, 0, 2])] = self.heads
        few = self.batch * self.heads * self.queries * self.keys <= most // 4
        widths = COLUMNS + WIDE_COLUMNS if few else COLUMNS
        self.columns, self.value_columns = pick(widths), pick(widths)

    def numbers(self, count, scale=1.0):
        return [scale * value for value in self.random.choices(self.pool, k=count)]

    def add(self, name, type, shape, values, dynamic=()):
        """An argument of the function; sizes in `dynamic` are `?` in its type, or not, as drawn."""
        dynamic = [i for i in dynamic if self.random.random() < 0.7]
        self.arguments.append(Tensor(name, type, shape, values, dynamic))
        return self.arguments[-1]

    def draw_operands(self):
        rows = [self.queries, self.keys, self.keys]
        columns = [self.columns, self.columns, self.value_columns]
        for name, heads, n, c in zip("qkv", self.operand_heads, rows, columns):
            shape = (self.batch, heads, n, c)
            self.add(name, self.type, shape, self.numbers(math.prod(shape)), dynamic=(0, 2))

    # --- clauses -------------------------------------------------------------------------------------------------

    def draw_clauses(self):
        chance = lambda p: self.random.random() < p
        if chance(0.6):
            self.clauses.append(f"mask({self.draw_mask(2)})")
        if chance(0.3):
            self.draw_keys()
        if self.has_documents:
            self.draw_documents()
        elif chance(0.2):
            first = [self.random.randint(-5, self.keys + 5) for _ in range(self.batch)]
            self.clause("offset", self.add("first", "i64", (self.batch,), first, dynamic=(0,)))
        self.scale = 1 if self.has_memory else 1 / math.sqrt(self.columns)
        if chance(0.3) and self.variant != "log_exp":
            self.scale = self.random.choice([0.0, 0.125, 0.5, 0.7])
            self.clauses.append(f"scale({self.scale:.6f})")
        if chance(0.35) and not self.has_memory:
            self.draw_bias()
        if self.variant == "softmax" and chance(0.3):
            self.clause("sink", self.add("sink", self.score_type, (self.heads,), self.numbers(self.heads, 2)))
        self.has_sum = self.variant == "softmax" and chance(0.3)
        if self.has_sum:
            self.clauses.append("log_sum_exp")
        self.random.shuffle(self.clauses)
        if self.has_visible:
            self.regions.append(self.draw_visible())
        if self.has_score:
            self.regions.append(self.draw_score())

    def clause(self, name, tensor):
        self.clauses.append(f"{name}(%{tensor.name} : {tensor.text})")

    def draw_mask(self, depth):
        n = lambda most: self.random.randint(0, most)
        simple = ["#attention.causal", "#attention.causal", f"#attention.window<{1 + n(40)}>",
                  f"#attention.band<{n(30)}, {n(30)}>", f"#attention.prefix<{n(40)}>", f"#attention.dilated<{1 + n(4)}>"]
        kind = self.random.choice(["simple", "simple", "all", "any", "not"]) if depth else "simple"
        if kind == "simple":
            return self.random.choice(simple)
        if kind == "not":
            return f"#attention.not<{self.draw_mask(depth - 1)}>"
        masks = [self.draw_mask(depth - 1) for _ in range(self.random.randint(1, 3))]
        return f"#attention.{kind}<[{', '.join(masks)}]>"

    def draw_keys(self):
        """Existing keys, as padding or scattered; now and then a batch row has none."""
        self.exists = []
        for _ in range(self.batch):
            share = self.random.choice([0.0, 0.3, 0.9])
            length = self.random.randint(0, self.keys)
            scattered = self.random.random() < 0.5
            self.exists += [int(self.random.random() < share if scattered else j < length) for j in range(self.keys)]
        self.clause("keys", self.add("exists", "i1", (self.batch, self.keys), self.exists, dynamic=(0, 1)))

    def draw_documents(self):
        cuts = sorted(self.random.randint(0, self.keys) for _ in range(self.random.randint(0, 6)))
        starts = [0] + cuts + [self.keys]
        self.clause("documents", self.add("starts", "i64", (len(starts),), starts, dynamic=(0,)))

    def draw_bias(self):
        full = (self.batch, self.heads, self.queries, self.keys)
        shape = [self.random.choice([size, size, 1]) for size in full]
        dynamic = [i for i in (0, 2, 3) if shape[i] == full[i] and full[i] != 1]
        type = self.random.choice([self.type, self.score_type])
        self.clause("bias", self.add("bias", type, shape, self.numbers(math.prod(shape)), dynamic))

    # --- regions -------------------------------------------------------------------------------------------------

    def constant(self, type, value):
        name = f"%c{len(self.constants)}"
        self.constants.append(f"  {name} = arith.constant {value} : {type}")
        return name

    def draw_visible(self):
        index = lambda value: self.constant("index", value)
        body = self.random.choice([self.visible_scattered, self.visible_limited, self.visible_blocks])(index)
        return ("visible {\n  ^bb0(%batch: index, %head: index, %query: index, %key: index):\n" +
                "".join(f"    {line}\n" for line in body) + "    attention.yield %seen : i1\n  }")

    def visible_scattered(self, index):
        return ["%sum = arith.addi %head, %key : index", f"%rest = arith.remsi %sum, {index(3)} : index",
                f"%seen = arith.cmpi ne, %rest, {index(0)} : index"]

    def visible_limited(self, index):
        """Reads a tensor by batch row."""
        limits = [self.random.randint(0, max(self.keys, 1)) for _ in range(self.batch)]
        tensor = self.add("limit", "i64", (self.batch,), limits, dynamic=(0,))
        return [f"%limit_b = tensor.extract %limit[%batch] : {tensor.text}",
                "%bound = arith.index_cast %limit_b : i64 to index", "%seen = arith.cmpi slt, %key, %bound : index"]

    def visible_blocks(self, index):
        block = index(self.random.choice([4, 16, 50]))
        return [f"%i = arith.floordivsi %query, {block} : index", f"%j = arith.floordivsi %key, {block} : index",
                "%seen = arith.cmpi eq, %i, %j : index"]

    def draw_score(self):
        steps = [self.score_capped, self.score_sloped, self.score_shut, self.score_relative]
        body, score = [], "%s"
        for step in self.random.sample(steps, self.random.randint(1, 2)):
            lines, score = step(score)
            body += lines
        return (f"score {{\n  ^bb0(%s: {self.score_type}, %batch: index, %head: index, %query: index, %key: index):\n" +
                "".join(f"    {line}\n" for line in body) + f"    attention.yield {score} : {self.score_type}\n  }}")

    def score_capped(self, score):
        t, cap = self.score_type, self.constant(self.score_type, "3.0")
        return [f"%part = arith.divf {score}, {cap} : {t}", f"%bent = math.tanh %part : {t}",
                f"%capped = arith.mulf %bent, {cap} : {t}"], "%capped"

    def score_sloped(self, score):
        t = self.score_type
        tensor = self.add("slope", t, (self.heads,), self.numbers(self.heads, 0.05))
        return [f"%slope_h = tensor.extract %slope[%head] : {tensor.text}", "%back = arith.subi %key, %query : index",
                "%back_i = arith.index_cast %back : index to i32", f"%back_f = arith.sitofp %back_i : i32 to {t}",
                f"%line = arith.mulf %slope_h, %back_f : {t}", f"%sloped = arith.addf {score}, %line : {t}"], "%sloped"

    def score_shut(self, score):
        """-inf in places: as good as masked."""
        t, infinity = self.score_type, {"f32": "0xFF800000", "f64": "0xFFF0000000000000"}[self.score_type]
        five, zero = self.constant("index", 5), self.constant("index", 0)
        return ["%place = arith.addi %query, %key : index", f"%fifth = arith.remsi %place, {five} : index",
                f"%shut = arith.cmpi eq, %fifth, {zero} : index",
                f"%open = arith.select %shut, {self.constant(t, infinity)}, {score} : {t}"], "%open"

    def score_relative(self, score):
        """A table by distance, clamped at its ends, of all heads or of each."""
        t, perHead = self.score_type, self.random.random() < 0.5
        tensor = self.add("relative", t, (self.heads, 17) if perHead else (17,), self.numbers(17 * self.heads if perHead else 17))
        low, high, middle = (self.constant("index", n) for n in (0, 16, 8))
        return ["%distance = arith.subi %key, %query : index", f"%raised = arith.addi %distance, {middle} : index",
                f"%floor = arith.maxsi %raised, {low} : index", f"%entry = arith.minsi %floor, {high} : index",
                f"%nudge = tensor.extract %relative[{'%head, ' if perHead else ''}%entry] : {tensor.text}",
                f"%nudged = arith.addf {score}, %nudge : {t}"], "%nudged"

    # --- numbers that are none -----------------------------------------------------------------------------------

    def plant(self):
        """NaN and infinities where no query may look, and now and then one in a value that some do see."""
        tensors = {tensor.name: tensor for tensor in self.arguments}
        for name in "kv" if hasattr(self, "exists") and self.random.random() < 0.7 else "":
            tensor = tensors[name]
            heads, columns = tensor.shape[1], tensor.shape[3]
            for at in range(0, len(tensor.values), max(columns, 1)):
                batch, key = at // (heads * self.keys * columns), at // columns % self.keys
                if not self.exists[batch * self.keys + key]:
                    bad = self.random.choice([math.nan, math.inf, -math.inf])
                    tensor.values[at:at + columns] = [bad] * columns
        self.shows_none = tensors["v"].values and self.random.random() < 0.15
        if self.shows_none:
            tensors["v"].values[self.random.randrange(len(tensors["v"].values))] = self.random.choice(self.numbers_that_are_none())

    def strain(self):
        """Scores that are large, and numbers that are none where some do look: one or the other, for a weight that is
        too small for its type is 0, which makes NaN of infinity where a wider type does not."""
        tensors, chance = {tensor.name: tensor for tensor in self.arguments}, lambda p: self.random.random() < p
        if chance(0.15) and not self.has_memory and not self.shows_none and self.type != "f16":
            factor = self.random.choice([30.0, 1000.0])
            tensors["q"].values[:] = [factor * x for x in tensors["q"].values]
        if "bias" in tensors and chance(0.4):
            low = {"f16": -6e4, "bf16": -1e30, "f32": LEAST, "f64": -1e300}[tensors["bias"].type]
            self.sprinkle(tensors["bias"], self.random.choice([0.02, 0.5, 1.0]), [-math.inf, -math.inf, low, 1e-40])
        if chance(0.1):
            names = [name for name in ("q", "k", "bias", "sink") if name in tensors]
            if self.has_memory and (hasattr(self, "exists") or self.keys == 0):
                names.remove("q")  # A memory of nothing is zeros, of which NaN makes NaN (docs/compiling.md).
            if self.variant == "log_exp" and self.columns == 1 and "q" in names:
                names.remove("q")  # Weights that are all 0 make 0, where the quotient of sums is NaN.
            name = self.random.choice(names)
            self.sprinkle(tensors[name], 0.01, self.numbers_that_are_none())

    def numbers_that_are_none(self):
        """A memory of products has multiplied infinities before the sign of their weight is known (docs/compiling.md)."""
        return [math.nan] * 3 if self.has_products else [math.nan, math.inf, -math.inf]

    @property
    def has_products(self):
        return self.has_memory and self.variant != "log_exp"

    def sprinkle(self, tensor, share, numbers):
        for at in range(len(tensor.values)):
            if self.random.random() < share:
                tensor.values[at] = self.random.choice(numbers)

    # --- the model -----------------------------------------------------------------------------------------------

    def results(self):
        """(name, type, shape as text) of each."""
        sizes = [tensor.sizes for tensor in self.arguments[:3]]
        # One operand that says how large the batch is says it for all.
        batch = next((own[0] for own in sizes if own[0] != "?"), "?")
        sizes = [batch, str(self.heads), sizes[0][2], sizes[2][3]]
        results = [("o", "x".join(sizes + [self.type]))]
        if self.has_sum:
            results.append(("lse", "x".join(sizes[:3] + [self.score_type])))
        return [(name, f"tensor<{text}>") for name, text in results]

    def text(self):
        inputs = [tensor.argument for tensor in self.arguments]
        outputs = [f'{type} {{attention.name = "{name}"}}' for name, type in self.results()]
        names = ", ".join(f"%{name}" for name, _ in self.results())
        types = ", ".join(type for _, type in self.results())
        operands = ", ".join(tensor.text for tensor in self.arguments[:3])
        return (f"func.func @attend({', '.join(inputs)})\n    -> ({', '.join(outputs)}) {{\n" +
                "".join(line + "\n" for line in self.constants) +
                f"  {names} = attention.attend #attention.{self.variant} %q, %k, %v " +
                " ".join(self.clauses + self.regions) + f"\n      : {operands}\n  return {names} : {types}\n}}\n")
