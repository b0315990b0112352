"""IREE's fused attention, compiled for this CPU (llvm-cpu) and run on its task system. It has no causal form: masks are tensors there."""
import importlib.metadata
import time

import iree.compiler
import iree.runtime
import numpy as np
from bench import Case, attend_text, normal

NAME = "IREE " + importlib.metadata.version("iree-base-compiler")
LENGTHS = (512, 2048)
HEADS = 8
FLAGS = ("--iree-llvmcpu-target-cpu=host", "--iree-opt-level=O3")
MAPS = ("(b, m, k)", "(b, l, k)", "(b, l, n)", "()", "(b, m, n)")


def text(length, width):
    tensor = f"tensor<{HEADS}x{length}x{width}xf32>"
    maps = ", ".join(f"affine_map<(b, m, n, k, l) -> {results}>" for results in MAPS)
    return (f"func.func @attend(%q: {tensor}, %k: {tensor}, %v: {tensor}) -> {tensor} {{\n"
            f"  %scale = arith.constant {width ** -0.5!r} : f32\n"
            f"  %empty = tensor.empty() : {tensor}\n"
            f"  %o = iree_linalg_ext.attention <{{indexing_maps = [{maps}]}}>\n"
            f"    ins(%q, %k, %v, %scale : {tensor}, {tensor}, {tensor}, f32) outs(%empty : {tensor}) {{\n"
            f"    ^bb0(%score: f32):\n      iree_linalg_ext.yield %score : f32\n  }} -> {tensor}\n"
            f"  return %o : {tensor}\n}}\n")


def cases(bench):
    iree.runtime.flags.parse_flags(f"--task_topology_max_group_count={bench.threads}")
    for width in (64, 128):
        named = bench.named(f"iree full d{width} h{HEADS}", LENGTHS)
        if not named:
            continue
        model, seconds = bench.timed_compile(f"iree_{width}", attend_text(HEADS, width, False))
        runner = bench.runner(model)
        for name, length in named:
            yield case(name, runner, length, width, seconds)


def case(name, runner, length, width, seconds):
    arrays = normal((1, HEADS, length, width))
    ours, (output,) = runner.prepare(*arrays)
    start = time.perf_counter()
    binary = iree.compiler.compile_str(text(length, width), target_backends=["llvm-cpu"], input_type="none", extra_args=FLAGS)
    other_seconds = time.perf_counter() - start
    module = iree.runtime.load_vm_flatbuffer(binary, driver="local-task")
    device = iree.runtime.get_device("local-task")
    given = [iree.runtime.asdevicearray(device, array[0]) for array in arrays]

    def theirs():
        return module.attend(*given)

    ours()
    difference = float(np.abs(output[0] - theirs().to_host()).max())
    return Case(name, ours, theirs, difference, {"ours": seconds, "theirs": other_seconds})
