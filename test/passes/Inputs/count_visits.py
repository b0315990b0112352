"""Turns streamed attention into a program that counts: a partial becomes the number of visits that led to it, and `finish` puts that
number into the first element of its tile. Then interprets it and prints the number of all visits.

usage: count_visits.py QUERIES KEYS ROWS_OF_A_TILE FOLDER < streamed.mlir"""
import re
import subprocess
import sys

import npy

queries, keys, rows, folder = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
lines = []
for line in sys.stdin:
    line = re.sub(r"!attention\.partial<#attention\.\w+, tensor<[^>]*>>", "index", line)
    result = line.split("=")[0].strip()
    name = "%of_" + result[1:]
    operands = re.findall(r"%[\w#]+", line.partition("=")[2])
    if "attention.empty_partial" in line:
        line = f"{result} = arith.constant 0 : index\n"
    elif "attention.visit" in line:
        line = f"{name}_one = arith.constant 1 : index\n{result} = arith.addi {operands[0]}, {name}_one : index\n"
    elif "attention.finish" in line:
        place, kind = re.search(r"into\((%[\w#]+) : (tensor<[^>]*>)\)", line).groups()
        line = (
            f"{name}_0 = arith.constant 0 : index\n"
            f"{name}_i = arith.index_cast {operands[0]} : index to i64\n"
            f"{name}_f = arith.sitofp {name}_i : i64 to f32\n"
            f"{result} = tensor.insert {name}_f into {place}[{name}_0, {name}_0] : {kind}\n"
        )
    lines.append(line)
with open(f"{folder}.mlir", "w") as file:
    file.writelines(lines)
inputs = [f"--input={name}=zeros:1x1x{length}x16" for name, length in (("q", queries), ("k", keys), ("v", keys))]
subprocess.run(["attention-interpret", f"{folder}.mlir", *inputs, f"--output=o={folder}.npy"], check=True)
_, shape, values = npy.read(f"{folder}.npy")
print("visits:", round(sum(values[row * shape[3]] for row in range(0, queries, rows))))
