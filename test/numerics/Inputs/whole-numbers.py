"""Writes q, k and v of small whole numbers, whose products and sums bf16 holds: usage: whole-numbers.py FOLDER TOKENS"""
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import npy

folder, tokens = pathlib.Path(sys.argv[1]), int(sys.argv[2])
draw = random.Random(tokens)
for name, columns in {"q": 48, "k": 48, "v": 40}.items():
    shape = (1, 2, tokens, columns)
    npy.write(folder / f"{name}.npy", "<f4", shape, [float(draw.choice([-1, 0, 0, 1])) for _ in range(2 * tokens * columns)])
