"""onnxruntime: the standard's Attention, and the MultiHeadAttention of its own."""
import numpy as np
import onnxruntime
from bench import Case, attend_text, normal
from onnx import TensorProto, helper

NAME = f"onnxruntime {onnxruntime.__version__}"
LENGTHS = (128, 512, 2048, 4096)
HEADS = 8
# Opset 23 brought Attention.
OPSETS = (helper.make_opsetid("", 23), helper.make_opsetid("com.microsoft", 1))


def attention(length, width, is_causal):
    """[batch, head, token, channel], as ours."""
    return helper.make_node("Attention", list("qkv"), ["o"], is_causal=int(is_causal)), [1, HEADS, length, width]


def multi_head_attention(length, width, is_causal):
    """[batch, token, head and channel]"""
    node = helper.make_node("MultiHeadAttention", list("qkv"), ["o"], domain="com.microsoft", num_heads=HEADS,
                            unidirectional=int(is_causal))
    return node, [1, length, HEADS * width]


def cases(bench):
    for operator in (attention, multi_head_attention):
        for width in (64, 128):
            for is_causal in (False, True):
                kind = "causal" if is_causal else "full"
                named = bench.named(f"onnxruntime {operator.__name__} {kind} d{width} h{HEADS}", LENGTHS)
                if not named:
                    continue
                runner = bench.runner(bench.compile(f"onnx_{kind}_{width}", attend_text(HEADS, width, is_causal)))
                for name, length in named:
                    yield case(bench, name, runner, operator, length, width, is_causal)


def case(bench, name, runner, operator, length, width, is_causal):
    arrays = normal((1, HEADS, length, width))
    ours, (output,) = runner.prepare(*arrays)
    node, shape = operator(length, width, is_causal)
    tokens_first = len(shape) == 3
    given = [np.ascontiguousarray(x.transpose(0, 2, 1, 3)).reshape(shape) if tokens_first else x for x in arrays]
    theirs, other = bound(node, shape, given, bench.threads)
    ours()
    theirs()
    if tokens_first:
        other = other.reshape(1, length, HEADS, width).transpose(0, 2, 1, 3)
    return Case(name, ours, theirs, float(np.abs(output - other).max()))


def bound(node, shape, arrays, threads):
    """A function that runs the node without copies, and the array that it fills."""
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "qkvo"]
    graph = helper.make_graph([node], "attend", values[:3], values[3:])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(helper.make_model(graph, opset_imports=OPSETS, ir_version=10).SerializeToString(), options,
                                           providers=["CPUExecutionProvider"])
    binding, output = session.io_binding(), np.empty(shape, np.float32)
    for name, array in zip("qkv", arrays):
        binding.bind_input(name, "cpu", 0, np.float32, shape, array.ctypes.data)
    binding.bind_output("o", "cpu", 0, np.float32, shape, output.ctypes.data)

    def run(keep=(arrays, output)):
        session.run_with_iobinding(binding)

    return run, output
