"""Ourselves: what one form of a model gains over another."""
import pathlib

import numpy as np
from bench import Case, attend_text, normal

NAME = "ourselves: token by token, and softmax as built in"
HEADS = 8
CUSTOM_SOFTMAX = (pathlib.Path(__file__).parent / "softmax.mlir").read_text()


def cases(bench):
    yield from recurrence(bench)
    yield from custom(bench)


def recurrence_text(width, variant):
    tensor, perToken = (f"tensor<?x{HEADS}x?x{columns}xf32>" for columns in (width, 1))
    clauses = {"log_exp": "", "linear": "g", "delta": "gb"}[variant]
    names = {"g": "decay", "b": "beta"}
    arguments = ", ".join(f'%{x}: {tensor if x in "qkv" else perToken} {{attention.name = "{x}"}}' for x in "qkv" + clauses)
    given = "".join(f" {names[x]}(%{x} : {perToken})" for x in clauses)
    return (f'func.func @attend({arguments}) -> ({tensor} {{attention.name = "o"}}) {{\n'
            f"  %o = attention.attend #attention.{variant} %q, %k, %v mask(#attention.causal){given} : {tensor}, {tensor}, {tensor}\n"
            f"  return %o : {tensor}\n}}\n")


def recurrence_inputs(length, width, variant):
    source = np.random.default_rng(1)
    arrays = [source.standard_normal((1, HEADS, length, width), np.float32) for _ in range(3)]
    arrays[1] /= np.linalg.norm(arrays[1], axis=-1, keepdims=True)
    if variant != "log_exp":
        arrays.append(-np.abs(source.standard_normal((1, HEADS, length, 1), np.float32)))
    if variant == "delta":
        arrays.append(source.random((1, HEADS, length, 1), np.float32))
    return arrays


def recurrence(bench):
    """Chunks of tokens against the recurrence, token by token."""
    for variant in ("log_exp", "linear", "delta"):
        for width in (32, 64, 128):
            named = bench.named(f"own recurrence {variant} d{width} h{HEADS}", (1024, 4096, 16384))
            if not named:
                continue
            text = recurrence_text(width, variant)
            chunks, tokens = (bench.runner(bench.compile(f"{variant}_{width}_{form}", text, f"--form={form}"))
                              for form in ("chunked", "recurrent"))
            for name, length in named:
                yield pair(name, chunks, tokens, recurrence_inputs(length, width, variant))


def custom(bench):
    """Softmax in a user's words against the built-in variant."""
    for width in (64, 128):
        named = bench.named(f"custom softmax causal d{width} h{HEADS}", (512, 1024, 4096))
        if not named:
            continue
        texts = CUSTOM_SOFTMAX + attend_text(HEADS, width, True, "custom<@soft>"), attend_text(HEADS, width, True)
        ours, built_in = (bench.runner(bench.compile(f"softmax_{width}_{i}", text)) for i, text in enumerate(texts))
        for name, length in named:
            yield pair(name, ours, built_in, normal((1, HEADS, length, width)))


def pair(name, runner, other_runner, arrays):
    (ours, (output,)), (theirs, (other,)) = runner.prepare(*arrays), other_runner.prepare(*arrays)
    ours()
    theirs()
    return Case(name, ours, theirs, float(np.abs(output - other).max()))
