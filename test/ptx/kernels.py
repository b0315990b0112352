"""Kernels as ptxas sees them: for the tests and tables beside this file."""
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


@dataclasses.dataclass
class Kernel:
    name: str
    registers: int  # of a thread
    stack: int  # bytes, as the two below
    stores: int
    loads: int
    serialized: bool = False  # products of warpgroups that wait for each other
    threads: int = 0  # of a block
    shared: int = 0  # bytes of a block
    gpu: str = ""
    estimate: str = ""  # what the compiler remarks

    @property
    def intensity(self):
        """Operations of products for each byte, as text; - if it multiplies nothing."""
        found = re.search(r"([\d.]+) operations a byte", self.estimate)
        return found.group(1) if found else "-"

    @property
    def bound(self):
        """What bounds it, and the share of the peak of tensor cores that this leaves."""
        found = re.search(r"bound by ([\w ]+)(?:, at best ([\d.]+))?", self.estimate)
        return (found.group(1), found.group(2) or "-") if found else ("-", "-")

    @property
    def spilled(self):
        return self.stack + self.stores + self.loads > 0

    @property
    def occupancy(self):
        """Blocks and warps that one multiprocessor of sm_80 or sm_90 has at a time, as registers and shared memory allow: it has
        65536 registers, dealt out to warps by 256, room for 64 warps and 32 blocks, and 164 or 228 KB, of which a block takes 1 KB more."""
        bytes = (228 if self.gpu.startswith(("sm_90", "sm_100")) else 164) * 1024
        warps = self.threads // 32
        each = -(-self.registers * 32 // 256) * 256
        blocks = min(32, 64 // warps, 65536 // each // warps, bytes // (self.shared + 1024))
        return blocks, blocks * warps


def find_ptxas():
    search = os.pathsep.join([os.environ["PATH"], str(ROOT / "downloads" / "ptxas")])
    return shutil.which("ptxas", path=search)


def run(command):
    """What it printed; ends the program if it failed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}: {done.stderr.strip()[:2000]}")
    return done.stdout + done.stderr


def bench_models(bench, folder, pattern):
    """(name, path of the text) of the rows of attention-bench that match, but those whose text another row has: lengths are no part of it."""
    seen = set()
    for row in re.split(r"(?m)^// ", run([bench, "--text", "--filter", pattern]))[1:]:
        title, _, text = row.partition("\n")
        if text not in seen:
            seen.add(text)
            name = re.sub(r" n\d+$", "", title).replace(" ", "-")
            path = folder / f"{name}.mlir"
            path.write_text(text)
            yield name, path


def assemble(ptxas, compiler, model, gpu, folder):
    """The kernels of a model, in their order."""
    ptx = folder / f"{model.stem}.{gpu}.ptx"
    run([compiler, model, "-o", ptx, f"--gpu={gpu}", "--jobs=1"])
    log = run([ptxas, "-v", f"-arch={gpu}", ptx, "-o", ptx.with_suffix(".cubin")])
    ptx.with_suffix(".cubin").unlink()
    serialized = re.findall(r"\(C75\d\d\) .* function '(\w+)'", log)
    parts = re.split(r"Compiling entry function '(\w+)'", log)[1:]
    for name, text in zip(parts[::2], parts[1::2]):
        sizes = re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", text).groups()
        registers = int(re.search(r"Used (\d+) registers", text).group(1))
        yield Kernel(name, registers, *map(int, sizes), serialized=name in serialized, gpu=gpu)


def add_launches(compiler, model, gpu, kernels, folder):
    """Says of kernels how many threads and how much shared memory their launches give them, and what the compiler expects."""
    path = folder / f"{model.stem}.{gpu}.mlir"
    remarks = run([compiler, model, "-o", path, "--target=cuda", f"--gpu={gpu}", "--stop-after=kernels", "--jobs=1", "--remarks"])
    text = path.read_text()
    names = re.findall(r"llvm.func @(\w+)\(.*nvvm.kernel", text)
    estimates = dict(zip(names, re.findall(r"kernel of \d+-dimensional tasks.*", remarks), strict=True))
    constants = dict(re.findall(r"(%[\w]+) = arith.constant (\d+) : (?:index|i32)", text))
    for kernel in kernels:
        launch = re.search(rf"@kernels::@{kernel.name} .* threads in \((%\w+),.* dynamic_shared_memory_size (%\w+)", text)
        kernel.threads, kernel.shared = (int(constants[value]) for value in launch.groups())
        kernel.estimate = estimates[kernel.name]
