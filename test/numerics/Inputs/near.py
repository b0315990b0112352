"""Fails unless each of the files holds what the first does: max |got - want| / (1 + max |want|) up to a
bound: the terms that a weighted sum cancels are as large as its largest results.

usage: near.py BOUND WANT.npy GOT.npy..."""
import sys

import gaps
import npy

bound, want, *others = float(sys.argv[1]), *sys.argv[2:]
_, shape, wanted = npy.read(want)
largest = max(map(abs, wanted), default=0)
for path in others:
    _, got_shape, got = npy.read(path)
    if got_shape != shape:
        sys.exit(f"{path}: expects shape {shape}, but got {got_shape}")
    error = max((gaps.relative(gap, 1 + largest) for gap in map(gaps.gap, got, wanted)), default=0)
    if not error <= bound:
        sys.exit(f"{path}: expects an error up to {bound}, but got {error}")
