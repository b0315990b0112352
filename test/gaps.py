"""How far numbers are from those that were wanted, where some of them may be infinite or none."""
import math


def gap(got, want):
    """|got - want|; infinite where only one of them is a number, or both are not the same infinity."""
    if got == want or (got != got and want != want):
        return 0.0
    return abs(got - want) if math.isfinite(got) and math.isfinite(want) else math.inf


def relative(distance, size):
    """A gap of 0, or an infinite one, stays that whatever it is held against."""
    return distance / size if 0 < distance < math.inf else distance


def largest(got, want):
    """The largest |got - want| / (1 + |want|)."""
    return max((relative(gap(x, y), 1 + abs(y)) for x, y in zip(got, want)), default=0.0)
