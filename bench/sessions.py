"""What a session costs: the character model of examples/logexp-lm, fed in chunks and token by token.

usage: sessions.py --build BUILD [--threads N] [--longest N] [--sessions N] [--clock wall|cpu]
Prints, after more and more tokens, the time per token in chunks of 1024 and of a token alone, and the bytes of workspace and state;
then how much memory many sessions in one process take, beside what was announced."""
import argparse
import ctypes
import pathlib
import resource
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench" / "peers"))
import numpy as np
from attention_runtime import Runner, Runtime

CHUNK = 1024
CONTEXTS = (1024, 4096, 32768, 262144, 1048576)


def median_seconds(run, times, clock):
    seconds = []
    for _ in range(times):
        start = clock()
        run()
        seconds.append(clock() - start)
    return statistics.median(seconds)


def by_context(runner, longest, clock):
    session, source = runner.session(), np.random.default_rng(1)
    state = runner.state_bytes()
    chunk, token = (source.integers(0, 96, (1, count)) for count in (CHUNK, 1))
    run_chunk, _ = runner.prepare(chunk, session=session)
    seen = 0
    print(f"{'tokens so far':>14} {'us a token, chunks':>19} {'us, one token':>14} {'workspace':>10} {'state':>7}")
    for context in CONTEXTS:
        if context > longest:
            break
        while seen < context - CHUNK * 8:
            run_chunk()
            seen += CHUNK
        in_chunks = median_seconds(run_chunk, 8, clock) / CHUNK
        seen += 8 * CHUNK
        run_token, _ = runner.prepare(token, session=session)
        alone = median_seconds(run_token, 501, clock)
        print(f"{context:14} {1e6 * in_chunks:19.2f} {1e6 * alone:14.1f} {run_chunk.workspace_bytes:10} {state:7}", flush=True)


def resident_bytes():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


class MallInfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]


def allocated_bytes():
    """What malloc has given out, its own bytes included."""
    library = ctypes.CDLL(None)
    library.mallinfo2.restype = MallInfo
    info = library.mallinfo2()
    return info.uordblks + info.hblkhd


def many(runner, count):
    """Each session reads a token; the handles are kept where Python needs no object for each."""
    token = np.array([[1]])
    handles = np.ones(count, np.uint64)
    run, _ = runner.prepare(token, session=runner.session())
    run()
    resident, allocated = resident_bytes(), allocated_bytes()
    for i in range(count):
        handles[i] = runner.session().value
    for handle in handles:
        run(session=int(handle))
    print(f"{count} sessions: {allocated_bytes() - allocated} bytes more allocated, {resident_bytes() - resident} resident; "
          f"announced {count * runner.session_bytes()}, of which state {count * runner.state_bytes()}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=lambda path: pathlib.Path(path).resolve(), required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--longest", type=int, default=CONTEXTS[-1])
    parser.add_argument("--sessions", type=int, default=10000)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall", help="cpu: where others use the machine, with one thread")
    options = parser.parse_args()
    clock = time.perf_counter if options.clock == "wall" else time.process_time
    runtime = Runtime(options.build / "lib" / "libattention_runtime.so")
    runner = Runner(runtime, options.build / "examples" / "logexp-lm" / "logexp-lm.so", "next", options.threads,
                    [ROOT / "examples" / "logexp-lm" / "model.safetensors"], step=True)
    by_context(runner, options.longest, clock)
    many(runner, options.sessions)


main()
