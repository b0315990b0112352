"""Fails unless two .npy files hold the same shape, and numbers that differ by no more than a tolerance.

usage: near.py ONE.npy OTHER.npy TOLERANCE"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import gaps
import npy

one, other = npy.read(sys.argv[1]), npy.read(sys.argv[2])
assert one[:2] == other[:2], f"{one[:2]} is not {other[:2]}"
worst = max(map(gaps.gap, one[2], other[2]))
assert worst <= float(sys.argv[3]), f"differs by {worst}"
