"""The runtime's C ABI (runtime/attention.h) for NumPy arrays, as far as comparisons need it."""
import ctypes
import pathlib

import numpy as np

# Bits of bfloat16, which NumPy does not have, are 16-bit numbers without sign.
TYPES = {np.dtype(np.float32): 0, np.dtype(np.float64): 1, np.dtype(np.float16): 2, np.dtype(np.uint16): 3,
         np.dtype(np.int64): 4, np.dtype(np.int32): 5, np.dtype(np.bool_): 6}
POINTER, COUNT = ctypes.c_void_p, ctypes.c_int64


class TensorDescription(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("weight", ctypes.c_char_p), ("shape", ctypes.POINTER(COUNT)),
                ("type", ctypes.c_int32), ("rank", ctypes.c_int32), ("tokens_axis", ctypes.c_int32),
                ("reserved", ctypes.c_int32)]


class Tensor(ctypes.Structure):
    _fields_ = [("data", POINTER), ("shape", ctypes.POINTER(COUNT)), ("type", ctypes.c_int32), ("rank", ctypes.c_int32)]


def tensors(arrays):
    """An array of attn_tensor over contiguous NumPy arrays, which the caller keeps alive."""
    result = (Tensor * len(arrays))()
    for tensor, array in zip(result, arrays):
        if not array.flags.c_contiguous:
            raise ValueError("expects contiguous arrays")
        shape = (COUNT * array.ndim)(*array.shape)
        tensor.data, tensor.shape = array.ctypes.data, ctypes.cast(shape, ctypes.POINTER(COUNT))
        tensor.type, tensor.rank = TYPES[array.dtype], array.ndim
    return result


class Runtime:
    def __init__(self, library):
        self.library = ctypes.CDLL(str(library))
        self.library.attn_status_message.restype = ctypes.c_char_p
        for name in ("input", "result"):
            getattr(self.library, f"attn_function_{name}_count").restype = COUNT
            getattr(self.library, f"attn_function_{name}").restype = ctypes.POINTER(TensorDescription)

    def call(self, name, *arguments):
        """Calls a function that returns a status; raises with its message."""
        function = getattr(self.library, name)
        function.restype = POINTER
        status = function(*arguments)
        if status:
            message = self.library.attn_status_message(POINTER(status)).decode()
            raise RuntimeError(f"{name}: {message}")

    def make(self, name, *arguments):
        """Calls a function whose last argument receives what it makes."""
        made = POINTER()
        self.call(name, *arguments, ctypes.byref(made))
        return made


class Runner:
    """One function of a compiled model, with its weights bound, on a pool of threads. Lives as long as the process."""

    def __init__(self, runtime, model, function, threads, weights=(), step=False):
        self.runtime = runtime
        loaded = runtime.make("attn_model_load", str(model).encode())
        self.function = runtime.make("attn_model_find", loaded, function.encode())
        if step:
            self.function = runtime.make("attn_function_step", self.function)
        bound = runtime.make("attn_weights_create")
        for file in weights:
            runtime.call("attn_weights_add_file", bound, str(pathlib.Path(file)).encode())
        pool = runtime.make("attn_pool_create", COUNT(threads))
        self.runner = runtime.make("attn_runner_create", self.function, bound, pool)

    def prepare(self, *inputs, session=None):
        """A function that runs on these inputs, and the arrays that it fills; a session's next tokens, if one is given, with a
        runner of its step. It may be called for another session of the same past."""
        library = self.runtime.library
        kind, whose = ("runner", ()) if session is None else ("session", (session,))
        arguments = tensors(inputs)
        descriptions = [library.attn_function_result(self.function, COUNT(i)).contents
                        for i in range(library.attn_function_result_count(self.function))]
        sizes = (COUNT * max(1, sum(d.rank for d in descriptions)))()
        workspace_bytes = COUNT()
        self.runtime.call(f"attn_{kind}_plan", *whose, self.runner, arguments, sizes, ctypes.byref(workspace_bytes))
        results, used = [], 0
        for description in descriptions:
            shape = sizes[used:used + description.rank]
            used += description.rank
            dtype = next(dtype for dtype, code in TYPES.items() if code == description.type)
            results.append(np.empty(shape, dtype))
        outputs = tensors(results)
        memory = np.empty(workspace_bytes.value + 64, np.uint8)
        start = -memory.ctypes.data % 64
        workspace = POINTER(memory.ctypes.data + start)

        def run(session=session, keep=(inputs, results, memory)):
            whose = () if session is None else (POINTER(session) if isinstance(session, int) else session,)
            self.runtime.call(f"attn_{kind}_run", *whose, self.runner, arguments, outputs, workspace, workspace_bytes)

        run.workspace_bytes = workspace_bytes.value
        return run, results

    def session(self):
        return self.runtime.make("attn_session_create", self.function, COUNT(1), COUNT(0))

    def state_bytes(self):
        return self.count("attn_session_state_bytes")

    def session_bytes(self):
        return self.count("attn_session_bytes")

    def count(self, name):
        count = COUNT()
        self.runtime.call(name, self.function, COUNT(1), COUNT(0), ctypes.byref(count))
        return count.value
