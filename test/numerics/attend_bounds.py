"""How far a compiled attend may be from its float64 meaning: the rounding errors of its sums, to first order."""
import math

# Half the distance from 1 to the next number.
ROUNDOFF = {"f64": 2.0**-53, "f32": 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-8}
SMALLEST = {"f64": 0.0, "f32": 2.0**-126, "f16": 2.0**-24, "bf16": 2.0**-126}
# What docs/tile-level.md allows the exponential in float32; in float64 a few roundings.
EXPONENTIAL = {"f32": 1e-6, "f64": 8 * 2.0**-53}


def longest_row(values, columns):
    """The largest Euclidean norm of a row, over those that are finite."""
    largest = 0.0
    for at in range(0, len(values), columns):
        square = sum(x * x for x in values[at:at + columns])
        if math.isfinite(square):
            largest = max(largest, square)
    return math.sqrt(largest)


class Bounds:
    def __init__(self, case):
        tensors = {tensor.name: tensor for tensor in case.arguments}
        u = ROUNDOFF[case.score_type]
        # What the least numbers are added to weighs nothing, whatever it was.
        finite = lambda name: [abs(x) for x in tensors[name].values if abs(x) < 1e20] if name in tensors else []
        product = (abs(case.scale) * longest_row(tensors["q"].values, case.columns) *
                   longest_row(tensors["k"].values, case.columns))
        added = max(finite("bias"), default=0) + max(finite("relative"), default=0)
        added += max(finite("slope"), default=0) * (case.keys + case.queries + 5)
        # A product of `columns` terms, and a few roundings of what the score map and the bias make of it.
        self.score = u * ((case.columns + 2) * product + 8 * (product + added + 3)) + 4 * EXPONENTIAL[case.score_type] * (
            3 if case.has_score else 0)
        # Weights are rounded to the type of the values before they meet them.
        narrowed = ROUNDOFF[case.type] if case.type in ("f16", "bf16") else 0
        self.weight = 4 * EXPONENTIAL[case.score_type] + 2 * narrowed + u * (16 + 2 * math.sqrt(case.keys))
        if case.has_memory and case.variant != "linear":
            # Sums of positive terms, to the precision of each of them: an exponential's is that of its argument.
            largest = max(finite("q"), default=0) * max(1, abs(case.scale)) + max(finite("k"), default=0)
            self.score = u * (case.columns + 8 + 4 * largest) + 4 * EXPONENTIAL[case.score_type]
        self.largest_score = product + added
        self.most_values = case.keys * max(finite("v"), default=0)
        self.case = case

    def of_output(self, want, absolute):
        """`absolute` is the same sum over absolute values: what cancels in the result does not in its error."""
        case = self.case
        if case.variant.startswith("relu"):
            power = 2 if "2" in case.variant else 1
            slope = power * max(self.largest_score, 1.0) ** (power - 1)
            error = self.weight * absolute + slope * self.score * self.most_values
        elif case.variant == "linear":  # weights cancel as well
            error = (self.weight * self.largest_score + self.score) * self.most_values
        else:
            error = (self.weight + math.expm1(min(2 * self.score, 700))) * absolute
        # Both are rounded: what is exact lies half a unit from what is expected, and may round to the other side.
        return error + 2.02 * ROUNDOFF[case.type] * abs(want) + SMALLEST[case.type]

    def of_sum(self, want):
        return self.score + self.weight + 4 * ROUNDOFF[self.case.score_type] * (1 + abs(want))
