"""Checks that what attention-bench wrote hangs together. usage: bench-figures.py FILE"""
import json
import statistics
import sys

report = json.load(open(sys.argv[1]))
assert report["threads"] == 2 and report["clock"] == "cpu" and report["rounds"] == 3, report
peaks = {peak["peak"]: peak for peak in report["peaks"]}
assert {"fma_f32", "fma_f64", "read"} <= set(peaks), peaks
assert all(peak["rate"] > 0 and peak["feature"] for peak in peaks.values()), peaks
causal, sink = report["rows"]
for row in causal, sink:
    assert row["work"] == 8 * 4 * 64 * 512 * 513 / 2 and row["unit"] == "GFLOP/s" and row["peak"] == "fma_f32", row
    assert len(row["seconds"]) == 3, row
    rate = row["work"] / statistics.median(row["seconds"]) / 1e9
    assert abs(row["rate"] - rate) < 1e-3 * rate + 1e-3, (row, rate)
    assert row["ratio"] > 0 and row["peak_rate"] > 0, row
assert sink["against"]["row"] == causal["row"] and "against" not in causal, report
