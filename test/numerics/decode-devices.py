"""Few queries and many keys on the emulated device: keys are visited in stretches, by tasks of their own, and joined.

usage: decode-devices.py BIN

Each case is compared with the interpreter: no key, one, one more than a stretch has, ragged ones, so many that tasks visit
several stretches or that partials are joined in two steps; windows, biases, sinks, keys that do not exist, documents."""
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import gaps
import npy

MODEL = """func.func @attend(%q: tensor<?x{heads}x?x{d}x{type}> {{attention.name = "q"}}, %k: tensor<?x{kv}x?x{d}x{type}> {{attention.name = "k"}},
    %v: tensor<?x{kv}x?x{d}x{type}> {{attention.name = "v"}}{arguments}) -> (tensor<?x{heads}x?x{d}x{type}> {{attention.name = "o"}}) {{
  %o = attention.attend #attention.{variant} %q, %k, %v {clauses}
      : tensor<?x{heads}x?x{d}x{type}>, tensor<?x{kv}x?x{d}x{type}>, tensor<?x{kv}x?x{d}x{type}>
  return %o : tensor<?x{heads}x?x{d}x{type}>
}}
"""
CAUSAL = "mask(#attention.causal)"
WINDOW = "mask(#attention.all<[#attention.causal, #attention.window<40>]>)"
SLOPE = """score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %0 = arith.subi %key, %query : index
    %1 = arith.index_cast %0 : index to i32
    %2 = arith.sitofp %1 : i32 to f32
    %c = arith.constant 0.01 : f32
    %3 = arith.mulf %c, %2 : f32
    %4 = arith.addf %s, %3 : f32
    attention.yield %4 : f32
  }"""
EXIST = (', %e: tensor<?x?xi1> {attention.name = "e"}', "keys(%e : tensor<?x?xi1>)")
SINK = (', %sink: tensor<8xf32> {attention.name = "sink"}', "sink(%sink : tensor<8xf32>)")

# type, heads, heads of keys, batch, queries, keys, clauses, (argument, its clause), variant
CASES = [
    ("f32", 8, 2, 1, 1, 0, CAUSAL, ("", ""), "softmax"),
    ("f32", 8, 2, 2, 1, 1, CAUSAL, ("", ""), "softmax"),
    ("bf16", 8, 1, 1, 1, 257, CAUSAL, ("", ""), "softmax"),
    ("f64", 4, 4, 1, 1, 300, CAUSAL, ("", ""), "softmax"),
    ("f16", 3, 1, 1, 1, 700, CAUSAL, ("", ""), "softmax"),
    ("f32", 1, 1, 1, 1, 4400, CAUSAL, ("", ""), "softmax"),     # 18 stretches: joined in two steps
    ("bf16", 128, 64, 8, 1, 600, WINDOW, ("", ""), "softmax"),  # 512 heads: two stretches a task
    ("f32", 4, 2, 1, 3, 600, WINDOW, ("", ""), "softmax"),
    ("f32", 2, 2, 1, 16, 523, CAUSAL, ("", ""), "softmax"),
    ("f32", 4, 2, 1, 1, 530, CAUSAL + SLOPE, ("", ""), "softmax"),
    ("f32", 8, 4, 2, 1, 300, CAUSAL, EXIST, "softmax"),
    ("f32", 8, 8, 1, 1, 300, CAUSAL, SINK, "softmax"),
    ("f32", 4, 1, 1, 1, 520, CAUSAL, ("", ""), "sigmoid"),
    ("f32", 4, 1, 1, 7, 520, CAUSAL, ("", ""), "relu<power = 2>"),
]
TOLERANCE = {"f64": 1e-6, "f32": 2e-5, "f16": 2e-3, "bf16": 2e-2}
WIDTH = 16


def existing(path, batch, keys):
    """Every third key, and none of the last row of the batch."""
    npy.write(path, "|b1", (batch, keys), [row + 1 < batch and key % 3 == 0 for row in range(batch) for key in range(keys)])


def check(bin_folder, case, folder, number):
    kind, heads, kv, batch, queries, keys, clauses, (argument, clause), variant = case
    model = folder / "model.mlir"
    model.write_text(MODEL.format(heads=heads, kv=kv, d=WIDTH, type=kind, arguments=argument, variant=variant,
                                  clauses=f"{clauses.partition('score')[0]} {clause} {''.join(clauses.partition('score')[1:])}"))
    inputs = {"q": f"random:{batch}x{heads}x{queries}x{WIDTH}:1", "k": f"random:{batch}x{kv}x{keys}x{WIDTH}:2",
              "v": f"random:{batch}x{kv}x{keys}x{WIDTH}:3"}
    if "%e:" in argument:
        existing(folder / "e.npy", batch, keys)
        inputs["e"] = folder / "e.npy"
    if "%sink:" in argument:
        inputs["sink"] = "random:8:4"
    words = [word for name, value in inputs.items() for word in ("--input", f"{name}={value}")]
    results = []
    for tool, flags in (("attention-interpret", []), ("attention-emulate", [f"--gpu={('sm_80', 'sm_90a')[number % 2]}"])):
        output = folder / f"{tool}.npy"
        done = subprocess.run([str(bin_folder / tool), str(model), "attend", *flags, *words, "--output", f"o={output}"],
                              capture_output=True, text=True)
        if done.returncode:
            return done.stderr.strip()[:300]
        results.append(npy.read(output))
    meaning, got = results
    if meaning[:2] != got[:2]:
        return f"{got[:2]} for {meaning[:2]}"
    worst = gaps.largest(got[2], meaning[2])
    return None if worst <= TOLERANCE[kind] else f"differs by {worst}"


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(CASES):
            failure = check(pathlib.Path(sys.argv[1]), case, pathlib.Path(folder), number)
            print("FAIL" if failure else "ok  ", *case[:6], case[8], failure or "")
            failed += bool(failure)
    sys.exit(1 if failed else 0)


main()
