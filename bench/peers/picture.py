"""Draws what compare.py and attention-bench measured, as SVG.

usage: picture.py OUT [--peers COMPARE.json] [--bench BENCH.json]
OUT/peers.svg: the other's time over ours, a dot for each length, a row for each kind of model.
OUT/roofline.svg: what rows of attention-bench reach, by operations per byte of inputs and results, below the machine's own peaks."""
import argparse
import json
import pathlib
import re

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

# Text stays text, and the same figures give the same file.
plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "attention", "font.family": "sans-serif", "font.size": 9})
METADATA = {"Date": None}
ELEMENT_BYTES = {"f64": 8, "f32": 4, "f16": 2, "bf16": 2}
HEADS, QUERY_HEADS_PER_KEY_HEAD = 8, 4
INK, FAINT = "#222222", "#bbbbbb"
COLORS = ("#1b6ca8", "#d1495b", "#66a182", "#8d6a9f", "#edae49", "#00798c", "#5f0f40", "#9a8c98", "#222222")
# Rows of several runs or lengths, which have no one number of tokens.
RAGGED = ("apart", "packed", "trimmed", "padded")


def kind_of(case):
    """A case's name without its length."""
    return re.sub(r"( h\d+)? (n\d+|\d+x\d+)$", "", case)


def bars(tables):
    figure_rows = []
    for color, table in zip(COLORS, tables):
        kinds = {}
        for row in table["rows"]:
            kinds.setdefault(kind_of(row["case"]), []).append(row["ratio"])
        figure_rows += [(table["peer"], color, kind, ratios) for kind, ratios in kinds.items()]
    figure, axes = plt.subplots(figsize=(8, 0.9 + 0.2 * len(figure_rows)), layout="constrained")
    named = set()
    for y, (peer, color, kind, ratios) in enumerate(figure_rows):
        axes.plot([min(ratios), max(ratios)], [y, y], color=color, linewidth=1, alpha=0.5)
        axes.plot(ratios, [y] * len(ratios), "o", color=color, markersize=4, label=None if peer in named else peer)
        named.add(peer)
    axes.axvline(1, color=INK, linewidth=1)
    axes.set_xscale("log")
    axes.set_xlabel("time of the other / ours; a dot for each length")
    axes.set_yticks(range(len(figure_rows)), [row[2] for row in figure_rows])
    axes.set_ylim(len(figure_rows) - 0.5, -0.5)
    ticks = [tick for tick in (0.5, 1, 2, 3, 5, 10, 30, 100, 300, 1000) if tick <= 1.2 * max(max(row[3]) for row in figure_rows)]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.grid(axis="x", color=FAINT, linewidth=0.4)
    axes.legend(loc="lower right", frameon=False)
    return figure


def intensity(row):
    """Operations per byte of inputs and results, and operations in a second (in 1e9)."""
    element, width, length = re.search(r"(f64|f32|f16|bf16) d(\d+) n(\d+)$", row["row"]).groups()
    size = ELEMENT_BYTES[element]
    if row["unit"] == "GB/s":  # two operations for each element that is read and each query that shares it
        per_byte = 2 * QUERY_HEADS_PER_KEY_HEAD / size
        return per_byte, per_byte * row["rate"]
    return row["work"] / (4 * HEADS * int(length) * int(width) * size), row["rate"]


def roofline(measured):
    peaks = {peak["peak"]: peak["rate"] for peak in measured["peaks"]}
    points = [(row["row"].split()[0], row, *intensity(row)) for row in measured["rows"] if re.search(r" d\d+ n\d+$", row["row"])]
    points = [point for point in points if point[1]["row"].split()[1] not in RAGGED]
    figure, axes = plt.subplots(figsize=(10, 5), layout="constrained")
    left, right = 0.5, 3 * max(point[2] for point in points)
    for name, rate in peaks.items():
        if name == "read":
            continue
        corner = rate / peaks["read"]
        axes.plot([left, corner, right], [left * peaks["read"], rate, rate], color=FAINT, zorder=0)
        axes.text(right, rate * 1.04, f"{name} {rate:.0f} GFLOP/s", ha="right", color=INK)
    axes.text(left * 1.1, left * 1.5 * peaks["read"], f"read {peaks['read']:.0f} GB/s", color=INK, rotation=38)
    for color, family in zip(COLORS, dict.fromkeys(point[0] for point in points), strict=True):
        for element, marker in (("f32", "o"), ("bf16", "s"), ("f16", "^"), ("f64", "d")):
            chosen = [point for point in points if point[0] == family and f" {element} " in point[1]["row"]]
            if chosen:
                axes.plot([p[2] for p in chosen], [p[3] for p in chosen], marker, color=color, markersize=4, alpha=0.8,
                          label=f"{family} {element}")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("operations of the definition per byte of inputs and results")
    axes.set_ylabel("GFLOP/s")
    axes.set_title(f"{measured['processor']}, {measured['threads']} threads", fontsize=9)
    figure.legend(loc="outside right center", frameon=False, fontsize=7, ncols=2)
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--peers", type=pathlib.Path)
    parser.add_argument("--bench", type=pathlib.Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.peers:
        bars(json.loads(options.peers.read_text())["tables"]).savefig(options.out / "peers.svg", metadata=METADATA)
    if options.bench:
        roofline(json.loads(options.bench.read_text())).savefig(options.out / "roofline.svg", metadata=METADATA)


main()
