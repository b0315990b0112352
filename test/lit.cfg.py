import ctypes
import os
import platform
import shutil
import sys

import lit.formats

config.name = "attention"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["amx", "contract", "unit", "instructions", "lib", "ptx", "Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.attention_obj_root, "test")
config.environment["PATH"] = os.pathsep.join(
    [config.attention_bin_dir, config.llvm_bin_dir, os.environ["PATH"], os.path.join(config.attention_src_root, "downloads", "ptxas")])
config.environment["HOME"] = os.environ.get("HOME", "/")
config.substitutions.append(("%contract", os.path.join(config.test_source_root, "contract")))
config.substitutions.append(("%python", sys.executable))
config.substitutions.append(("%root", config.attention_src_root))
config.substitutions.append(("%llvm_include", config.llvm_include_dir))
config.substitutions.append(("%llvm_lib", os.path.join(os.path.dirname(config.llvm_bin_dir.rstrip("/")), "lib")))
config.substitutions.append(("%driver", os.path.join(config.attention_obj_root, "test", "driver")))
config.substitutions.append(("%toys", os.path.join(config.attention_obj_root, "test", "Inputs")))
amx = os.path.join(config.attention_obj_root, "test", "amx", "libattention_runtime.so")
config.substitutions.append(("%amx", amx))
processor = open("/proc/cpuinfo").read() if os.path.exists("/proc/cpuinfo") else ""
if os.path.exists(amx) and " amx_tile" not in processor:
    config.available_features.add("emulated-amx")
minilm = os.path.join(config.attention_src_root, "downloads", "minilm")
config.substitutions.append(("%minilm", minilm))
if os.path.exists(os.path.join(minilm, "complete")):
    config.available_features.add("minilm")
if platform.machine() == "x86_64":
    config.available_features.add("x86_64")
if os.path.exists("/proc/cpuinfo") and " avx512_bf16 " in open("/proc/cpuinfo").read().replace("\n", " "):
    config.available_features.add("avx512bf16")
try:
    ctypes.CDLL("libcuda.so.1")
except OSError:
    config.available_features.add("no-driver")
if shutil.which("ptxas", path=config.environment["PATH"]):
    config.available_features.add("ptxas")
