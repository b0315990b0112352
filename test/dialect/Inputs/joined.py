"""Prints the models of all cases in a folder as one text for -split-input-file.

usage: joined.py FOLDER"""
import pathlib
import sys

models = sorted(pathlib.Path(sys.argv[1]).glob("*/model.mlir"))
print("\n// -----\n".join(model.read_text() for model in models))
