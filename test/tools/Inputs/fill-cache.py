"""fill-cache.py CACHE FOLDER MODEL...: compiles every model several times at once with one cache, while entries are cut
short and removed, and checks that every output is what it is without a cache."""
import pathlib
import subprocess
import sys
import threading

cache, folder, models = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
WRITERS = 3


def compile_model(model, output, *options):
    return subprocess.Popen(["attention-compile", model, "-o", output, "--cpu=x86-64-v2", *options])


def entries():
    return sorted(cache.glob("llvmcache-*"))


def spoil(stop):
    """Cuts or removes one entry after the other."""
    turn = 0
    while not stop.wait(0.02):
        for entry in entries()[turn % 3::3]:
            try:
                if turn % 2:
                    entry.unlink()
                else:
                    with open(entry, "r+b") as file:
                        file.truncate(turn * 7 % 64)
            except FileNotFoundError:
                pass  # somebody was quicker
        turn += 1


expected = []
for number, model in enumerate(models):
    output = folder / f"plain{number}.so"
    assert compile_model(model, output).wait() == 0
    expected.append(output.read_bytes())

stop = threading.Event()
spoiler = threading.Thread(target=spoil, args=[stop])
spoiler.start()
running = [(number, folder / f"cached{number}.{writer}.so") for writer in range(WRITERS) for number in range(len(models))]
processes = [compile_model(models[number], output, f"--cache={cache}") for number, output in running]
statuses = [process.wait() for process in processes]
stop.set()
spoiler.join()
assert not any(statuses), statuses
for number, output in running:
    assert output.read_bytes() == expected[number], output
assert not list(cache.glob("*.new")), "files on their way stay"
print("equal")
