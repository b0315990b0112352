"""Attention in models that are drawn at random: every variant with its clauses, out of projections of the rows."""
import math

from model_steps import Steps
from model_variants import CUSTOM

COLUMNS = [1, 2, 4, 6, 8, 16, 17, 32, 64]
PAIRS = ["softmax"] * 4 + ["sigmoid", "relu", "custom", "custom"]
MEMORIES = ["log_exp", "linear", "linear", "delta", "rank_one"]


class Attends(Steps):
    def __init__(self, seed):
        super().__init__(seed)
        self.customs, self.beside = set(), []

    def attend(self):
        pick, axis = self.random.choice, "N" if self.streams else None
        x, y = self.rows(axis), self.rows(axis)
        x = self.normed(x) if self.chance(0.6) else x
        family = pick(PAIRS + MEMORIES)
        heads = pick([1, 2, 3, 4, 6])
        counts = [pick([h for h in range(1, heads + 1) if heads % h == 0]) for _ in range(3)]
        counts[pick([0, 0, 0, 2])] = heads
        columns = pick(COLUMNS)
        q, k = self.heads(x, counts[0], columns), self.heads(y, counts[1], columns)
        v = k if counts[2] == counts[1] and self.chance(0.2) else self.heads(y, counts[2], pick(COLUMNS))
        if columns % 2 == 0 and self.chance(0.4):
            q, k = (self.new(f"attention.rotary {t.name} base(10000.0) : {self.of(t)}", t.dims) for t in (q, k))
        if family == "delta":
            k = self.normed(k, 1 / math.sqrt(columns))
        return self.finished(self.attended(family, heads, q, k, v, y), x)

    def attended(self, family, heads, q, k, v, y):
        decays = family in ("delta", "rank_one") or (family == "linear" and self.chance(0.6))
        clauses, regions = self.places(q, k, decays), []
        if family != "log_exp" and self.chance(0.5):
            clauses.append(f"scale({self.random.choice(['0.25', '1.0'])})")
        has_sum = family == "softmax" and self.chance(0.25)
        if family in PAIRS:
            clauses += self.added(heads, family, q, k) + ["log_sum_exp"] * has_sum
            regions = ([self.visible(heads)] if self.chance(0.2) else []) + ([self.score_map(heads)] if self.chance(0.3) else [])
        if decays:
            clauses += self.gates(family, y, heads, k.dims[3])
        self.random.shuffle(clauses)
        name, type = self.fresh("o"), self.variant(family)
        sums = f", {name}l" if has_sum else ""
        self.write(f"{name}{sums} = attention.attend #attention.{type} {q.name}, {k.name}, {v.name} {' '.join(clauses + regions)}\n"
                   f"{self.indent}    : {self.of(q)}, {self.of(k)}, {self.of(v)}")
        output = self.value(name, ("B", heads, q.dims[2], v.dims[3]))
        if has_sum and not self.depth:
            self.beside.append(self.value(f"{name}l", output.dims[:3], self.score))
        return output

    def finished(self, output, x):
        """Rows again, of about the size of 1, perhaps with a residual."""
        if not self.depth and self.chance(0.1):
            self.beside.append(output)
        y = self.normed(self.merged(output))
        if self.chance(0.6):
            residual = self.rows(x.dims[1])
            y = self.of_width(y, residual.dims[2])
            y = self.new(f"arith.addf {y.name}, {residual.name} : {self.of(y)}", y.dims)
        return y

    def variant(self, family):
        pick = self.random.choice
        if family == "relu":
            return f"relu<power = {pick([1, 2])}>"
        if family == "log_exp":
            return family + pick(["", "<values = log>"])
        if family == "linear":
            normalizer = pick(["none", "keys", "count"])
            # Denominators near 0 make any error large.
            feature = pick(["elu1", "exp"] if normalizer == "keys" else ["identity", "elu1", "exp", "relu"])
            return f"linear<feature = {feature}, normalizer = {normalizer}>"
        if family == "custom":
            # Rounded to 16 bits on the way, scores that are alike change places: another value is the largest's.
            name = pick(sorted(set(CUSTOM) - ({"hard"} if self.type in ("f16", "bf16") else set())))
            self.customs.add(name)
            return f"custom<@{name}>"
        return family

    # --- who sees what -------------------------------------------------------------------------------------------

    def places(self, q, k, recurs):
        clauses, rows = [], k.dims[2]
        if self.streams or self.chance(0.7 if recurs else 0.5):
            bounded = not recurs and self.chance(0.5)
            clauses.append(f"mask({f'#attention.all<[#attention.causal, {self.mask()}]>' if bounded else '#attention.causal'})")
        elif not recurs and self.chance(0.5):
            clauses.append(f"mask({self.mask()})")
        if self.chance(0.25):
            share = self.random.choice([0.0, 0.5, 0.9])
            exists = self.argument(("B", rows), lambda: int(self.chance(share)), "i1")
            clauses.append(f"keys({exists.name} : {self.of(exists)})")
        if not self.streams and self.word("B") == "1" and q.dims[2] == rows and rows in ("N", "M") and self.chance(0.15):
            total = self.sizes[rows]
            starts = [0] + sorted(self.random.randint(0, total) for _ in range(self.random.randint(0, 4))) + [total]
            packed = self.argument((len(starts),), starts, "i64")
            clauses.append(f"documents({packed.name} : {self.of(packed)})")
        elif not self.streams and self.chance(0.15):
            first = self.argument(("B",), lambda: self.random.randint(-3, 70), "i64")
            clauses.append(f"offset({first.name} : {self.of(first)})")
        return clauses

    def mask(self):
        n = lambda most: self.random.randint(0, most)
        return self.random.choice([
            f"#attention.window<{1 + n(40)}>", f"#attention.band<{n(30)}, {n(30)}>", f"#attention.prefix<{n(40)}>", f"#attention.dilated<{1 + n(4)}>",
            f"#attention.any<[#attention.window<{1 + n(9)}>, #attention.prefix<{n(9)}>]>", f"#attention.not<#attention.prefix<{n(9)}>>"])

    def added(self, heads, family, q, k):
        clauses = []
        if self.chance(0.25):
            full = ["B", heads, q.dims[2], k.dims[2]]
            shares = [0.6, 0.6, 0, 0] if self.streams else [0.6] * 4
            bias = self.argument([size if self.chance(share) else 1 for size, share in zip(full, shares)], self.gauss(), hasTokens=False)
            clauses.append(f"bias({bias.name} : {self.of(bias)})")
        if family == "softmax" and self.chance(0.25):
            sink = self.argument((heads,), self.gauss(1.5), self.score)
            clauses.append(f"sink({sink.name} : {self.of(sink)})")
        return clauses

    def gates(self, family, y, heads, columns):
        clauses = []
        if family != "rank_one" or self.chance(0.7):
            gate = self.gate(y, self.random.choice([heads, 1]), self.random.choice([columns, 1]))
            logarithm = self.emit(f"math.log {gate.name} : {self.of(gate)}")
            clauses.append(f"decay({logarithm} : {self.of(gate)})")
        if family == "delta" and self.chance(0.6):
            gate = self.gate(y, self.random.choice([heads, 1]), 1)
            clauses.append(f"beta({gate.name} : {self.of(gate)})")
        if family == "rank_one":
            remove = self.normed(self.heads(y, heads, columns), 1 / math.sqrt(columns))
            replace = self.new(f"arith.mulf {remove.name}, {self.splat(self.number('-0.5'), remove)} : {self.of(remove)}", remove.dims)
            clauses += [f"remove({remove.name} : {self.of(remove)})", f"replace({replace.name} : {self.of(replace)})"]
        return clauses

    def gate(self, y, heads, columns):
        """1 / (1 + exp(-z))"""
        z = self.heads(y, heads, columns)
        power = self.emit(f"math.exp {self.emit(f'arith.negf {z.name} : {self.of(z)}')} : {self.of(z)}")
        one = self.splat(self.number("1.0"), z)
        total = self.emit(f"arith.addf {power}, {one} : {self.of(z)}")
        return self.new(f"arith.divf {one}, {total} : {self.of(z)}", z.dims)

    # --- regions -------------------------------------------------------------------------------------------------

    def region(self, name, arguments, body, result, type):
        lines = "".join(f"{self.indent}  {line}\n" for line in body)
        return f"{name} {{\n{self.indent}^bb0({arguments}):\n{lines}{self.indent}  attention.yield {result} : {type}\n{self.indent}}}"

    def visible(self, heads):
        b, h, q, k, seen, at, limit, rest = (self.fresh() for _ in range(8))
        kind = self.random.choice(["scattered", "by sequence", "by head"])
        if kind == "scattered":
            three, zero = self.constant("index", 3), self.constant("index", 0)
            body = [f"{at} = arith.addi {h}, {k} : index", f"{rest} = arith.remsi {at}, {three} : index", f"{seen} = arith.cmpi ne, {rest}, {zero} : index"]
        else:
            dims, by, most = (("B",), b, 60) if kind == "by sequence" else ((heads,), h, 40)
            limits = self.argument(dims, lambda: self.random.randint(0, most), "i64")
            body = [f"{rest} = tensor.extract {limits.name}[{by}] : {self.of(limits)}", f"{limit} = arith.index_cast {rest} : i64 to index",
                    f"{at} = arith.subi {q}, {k} : index", f"{seen} = arith.cmpi sle, {k if by == b else at}, {limit} : index"]
        return self.region("visible", f"{b}: index, {h}: index, {q}: index, {k}: index", body, seen, "i1")

    def score_map(self, heads):
        step = self.random.choice([self.by_scalar, self.by_scalar, self.by_distance, self.capped, self.shut])
        s, b, h, q, k, result = (self.fresh() for _ in range(6))
        body = step(heads, s, h, q, k, result)
        arguments = f"{s}: {self.score}, {b}: index, {h}: index, {q}: index, {k}: index"
        return self.region("score", arguments, body, result, self.score)

    def by_scalar(self, heads, s, h, q, k, result):
        number = self.scalar()
        if self.type != self.score:
            number = self.emit(f"arith.extf {number} : {self.type} to {self.score}")
        return [f"{result} = arith.{self.random.choice(['mulf', 'addf'])} {s}, {number} : {self.score}"]

    def by_distance(self, heads, s, h, q, k, result):
        table = self.argument((heads, 9), self.gauss())
        low, high = self.constant("index", 0), self.constant("index", 8)
        distance, least, place, entry, wide = (self.fresh() for _ in range(5))
        body = [f"{distance} = arith.subi {q}, {k} : index", f"{least} = arith.maxsi {distance}, {low} : index", f"{place} = arith.minsi {least}, {high} : index",
                f"{entry} = tensor.extract {table.name}[{h}, {place}] : {self.of(table)}"]
        if self.type != self.score:
            body.append(f"{wide} = arith.extf {entry} : {self.type} to {self.score}")
        return body + [f"{result} = arith.addf {s}, {entry if self.type == self.score else wide} : {self.score}"]

    def capped(self, heads, s, h, q, k, result):
        cap, part, bent, t = self.constant(self.score, "2.0"), self.fresh(), self.fresh(), self.score
        return [f"{part} = arith.divf {s}, {cap} : {t}", f"{bent} = math.tanh {part} : {t}", f"{result} = arith.mulf {bent}, {cap} : {t}"]

    def shut(self, heads, s, h, q, k, result):
        """-inf in places: as good as masked."""
        t, place, rest, closed = self.score, self.fresh(), self.fresh(), self.fresh()
        least = self.constant(t, {"f32": "0xFF800000", "f64": "0xFFF0000000000000"}[t])
        five, zero = self.constant("index", 5), self.constant("index", 0)
        return [f"{place} = arith.addi {q}, {k} : index", f"{rest} = arith.remsi {place}, {five} : index", f"{closed} = arith.cmpi eq, {rest}, {zero} : index",
                f"{result} = arith.select {closed}, {least}, {s} : {t}"]
