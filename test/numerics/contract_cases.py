"""Draws models from the texts in test/contract: the same words with other sizes, lengths and data."""
import json
import math
import pathlib
import random
import re

from random_runs import Tensor

CONTRACT = pathlib.Path(__file__).resolve().parent.parent / "contract"
LENGTHS = [0, 1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 32, 33, 47, 64, 65, 97, 128, 129, 200]
LONG = [511, 1024, 1025, 2049]
COLUMNS = [1, 2, 3, 5, 7, 8, 12, 15, 16, 17, 20, 24, 31, 32, 33, 48, 64, 65]
# What the interpreter does in about a second.
MOST_PAIRS = 600_000

# For each text what its sizes become: shapes as they stand in types, and other words. B, N are sizes that may be `?`.
RECURRENT = {"1x2x?x16": "{B}x{H}x?x{D}", "1x2x?x12": "{B}x{H}x?x{E}", "1x2x1x1": "{B}x{H}x1x1", "1x2x?x1": "{B}x{H}x?x1"}
GROUPED = {"?x6x?x16": "?x{H}x?x{D}", "?x2x?x16": "?x{G}x?x{D}", "?x2x?x8": "?x{G}x?x{E}", "?x6x?x8": "?x{H}x?x{E}"}
METHODS = {"1x5x4": "{b}x{N}x{D}", "4x4": "{D}x{D}"}
TEXTS = {
    "custom": {"1x2x?x16": "{B}x{H}x?x{D}"},
    "decoder_block": {"?x?x32": "?x?x{M}", "?x?x16": "?x?x{K}", "?x?x48": "?x?x{F}", "32": "{M}", "32x32": "{M}x{M}", "16x32": "{K}x{M}",
                      "48x32": "{F}x{M}", "32x48": "{M}x{F}", "?x4x?x8": "?x{H}x?x{D}", "?x2x?x8": "?x{G}x?x{D}",
                      "heads(4)": "heads({H})", "heads(2)": "heads({G})"},
    "evolve_methods": METHODS,
    "evolve_momentum": {"1x24x8": "{b}x{N}x{D}", "8x8": "{D}x{D}", "1x1x24x8": "{b}x1x{N}x{D}"},
    "evolve_sphere": {"1x24x3": "{b}x{N}x{D}", "3x3": "{D}x{D}", "3": "{D}", "1x1x24x3": "{b}x1x{N}x{D}"},
    "function_vector": {"1x?x6": "1x?x{E}", "2x16x10": "2x{F}x{P}", "2x4x16": "2x{H}x{F}", "1x1x4": "1x1x{H}", "16x10": "{F}x{P}",
                        "4x16": "{H}x{F}", "1x?x4": "1x?x{H}", "1x?x10": "1x?x{P}", "1x?x16": "1x?x{F}",
                        "[1, 16, 10]": "[1, {F}, {P}]", "[1, 4, 16]": "[1, {H}, {F}]"},
    "glue": {"2x3x?x12": "{B}x{H}x?x{W}", "2x?": "{B}x?", "2": "{B}", "2x?x12": "{B}x?x{W}", "29x12": "29x{W}", "12": "{W}", "2x1x12": "{B}x1x{W}"},
    "linear_family": RECURRENT,
    "linear_masks": {"2x2x30x8": "{B}x{H}x{S}x{D}", "2x30": "{B}x{S}", "2x2x30x1": "{B}x{H}x{S}x1"},
    "log_exp": RECURRENT,
    "log_exp_logs": {"1x3x33x8": "{B}x{H}x{S}x{D}"},
    "log_exp_ramp": RECURRENT,
    "rank_one": RECURRENT,
    "sigmoid": {"2x2x31x16": "{B}x{H}x{S}x{D}"},
    "softmax_causal_grouped": GROUPED,
    "softmax_documents": {"1x2x?x16": "1x{H}x?x{D}", "1x2x1x?": "1x{H}x1x?"},
    "softmax_f64": {"1x2x?x12": "{B}x{H}x?x{D}", "1x2x?": "{B}x{H}x?"},
    "softmax_half": {"1x4x?x64": "{B}x{H}x?x{D}"},
    "softmax_heads": {"1x2x?x16": "{B}x{G}x?x{D}", "1x6x?x8": "{B}x{H}x?x{E}", "6": "{H}"},
    "softmax_masks": {"2x3x29x16": "{B}x{H}x{S}x{D}", "2x29": "{B}x{S}"},
    "softmax_nonfinite": {"1x2x?x16": "{B}x{H}x?x{D}"},
    "softmax_score": {"1x4x?x32": "{B}x{H}x?x{D}", "4": "{H}"},
}
STEPPING = ("evolve_methods", "evolve_momentum", "evolve_sphere")
MEMORY = ("linear_family", "linear_masks", "log_exp", "log_exp_logs", "log_exp_ramp", "rank_one")
# Score maps are interpreted op by op.
SLOW = ("custom", "sigmoid", "softmax_nonfinite", "softmax_score", "softmax_heads", "log_exp", "log_exp_logs", "log_exp_ramp")


class Case:
    """One function of one text. `arguments`, `results()` and `text()` are what random_runs asks for."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.folder = self.random.choice(sorted(TEXTS))
        about = json.loads((CONTRACT / self.folder / "case.json").read_text())
        self.function = self.random.choice(sorted(about["functions"]))
        self.tolerance, self.streams = about["tolerance"], about["streams"]
        self.draw_sizes()
        self.body = self.substituted((CONTRACT / self.folder / "model.mlir").read_text())
        self.name_sizes()
        self.arguments = [self.tensor(*found) for found in self.named(self.body.split("->")[0])]
        self.shape_data()

    # --- sizes ---------------------------------------------------------------------------------------------------

    def draw_sizes(self):
        pick = self.random.choice
        self.heads = pick([1, 2, 3, 4, 6])
        group = pick([g for g in range(1, self.heads + 1) if self.heads % g == 0])
        self.columns, value_columns = pick(COLUMNS), pick(COLUMNS)
        if self.folder == "decoder_block":
            self.columns = pick([2, 4, 8, 10, 16, 32])
        if self.folder == "evolve_sphere":
            self.columns = max(self.columns, 2)
        self.draw_lengths()
        maybe = lambda size: pick(["?", size])
        channels, hidden, wide = self.heads, pick(COLUMNS), 2 * pick([4, 5, 6, 8, 16, 20])
        self.sizes = {"B": maybe(self.batch), "b": self.batch, "H": self.heads, "G": group, "D": self.columns, "E": value_columns,
                      "M": self.heads * self.columns, "K": group * self.columns, "F": hidden, "P": value_columns + channels,
                      "W": wide, "N": self.keys, "S": maybe(self.keys)}

    def draw_lengths(self):
        pick, small = self.random.choice, self.folder in STEPPING
        most = MOST_PAIRS // (20 if self.folder in SLOW else 1)
        while True:
            self.batch = 1 if self.folder == "softmax_documents" else pick([0, 1, 1, 2, 3])
            self.keys = pick([n for n in LENGTHS if n <= 65] if small else LENGTHS * 2 + LONG)
            # Where the default is that the last query stands at the last key, there may be more or fewer of them.
            same = self.folder in ("softmax_documents", "decoder_block") or self.random.random() < 0.7
            self.queries = self.keys if same else pick(LENGTHS)
            if self.batch * self.heads * self.queries * self.keys * self.columns <= most * 16:
                return

    def substituted(self, text):
        function = re.search(rf"func\.func @{self.function}\(.*?\n}}\n", text, re.DOTALL).group(0)
        variant = re.search(r"attention\.variant .*?\n}\n", text, re.DOTALL)
        words = {shape: become.format(**self.sizes) for shape, become in TEXTS[self.folder].items()}

        def replaced(match):
            return f"tensor<{words.get(match[1], match[1])}x{match[2]}>"

        function = re.sub(r"tensor<([0-9x?]+)x([a-z]+[0-9]+)>", replaced, function)
        phrases = [re.escape(word) for word in words if not re.fullmatch(r"[0-9x?]+", word)]
        if phrases:
            function = re.sub("|".join(phrases), lambda match: words[match[0]], function)
        return (variant.group(0) if variant else "") + function

    def named(self, text):
        return re.findall(r'%(\w+): tensor<([^>]+)x([a-z0-9]+)> \{attention.name = "(\w+)"', text)

    # --- data ----------------------------------------------------------------------------------------------------

    def name_sizes(self):
        """What `?` stands for, by argument and axis."""
        self.starts = [0] + sorted(self.random.randint(0, self.keys) for _ in range(self.random.randint(0, 6))) + [self.keys]

    def size_of(self, name, shape, axis):
        if name == "starts":
            return len(self.starts)
        if axis == 0:
            return self.batch
        return self.queries if name == "q" else self.keys

    def tensor(self, _, shape, type, name):
        sizes = shape.split("x")
        dynamic = [axis for axis, size in enumerate(sizes) if size == "?"]
        shape = [self.size_of(name, sizes, axis) if size == "?" else int(size) for axis, size in enumerate(sizes)]
        return Tensor(name, type, shape, self.draw(name, type, shape), dynamic)

    def draw(self, name, type, shape):
        count, generator = math.prod(shape), self.random
        if name == "starts":
            return self.starts
        if type == "i1":
            share = generator.choice([0.0, 0.5, 0.9])
            return [int(generator.random() < share) for _ in range(count)]
        if type == "i64":
            return [generator.randint(0, 28) for _ in range(count)]
        if name == "decay":
            kind = generator.random()
            if kind < 0.15:  # a gate that is shut, or open
                return [generator.choice([-math.inf, 0.0, -0.1]) for _ in range(count)]
            return [-math.exp(generator.uniform(math.log(1e-6), math.log(60))) for _ in range(count)]
        if name == "beta":
            return [generator.random() for _ in range(count)]
        scale = 1.0
        if name not in "qkvxyz" or self.folder in STEPPING:
            # Weights: products of about the size of what they multiply.
            scale = 1 / math.sqrt(max(shape[-1], 1))
        elif self.folder not in ("decoder_block", "function_vector"):
            scale = generator.choice([1, 1, 1, 5, 1e-3])
        return [generator.gauss(0, scale) for _ in range(count)]

    def shape_data(self):
        """What the texts ask of their data beyond sizes, and numbers that are none where nobody looks."""
        tensors = {tensor.name: tensor for tensor in self.arguments}
        if self.function in ("gated_delta",):
            self.normalize(tensors["k"])
        if self.folder == "rank_one":
            self.normalize(tensors["remove"])
            tensors["replace"].values = [-self.random.random() * x for x in tensors["remove"].values]
        if self.folder.startswith("log_exp") and self.function == "attend" and self.random.random() < 0.4:
            self.ramp(tensors["k"])
        if "exists" in tensors:
            self.plant(tensors)
        if self.folder in MEMORY and self.function != "all" and self.random.random() < 0.2:
            names = [name for name in tensors if name not in ("q", "exists") and tensors[name].shape[2] == self.keys]
            self.spoil_late(tensors[self.random.choice(names)]) if names else None

    def normalize(self, tensor):
        width = tensor.shape[-1]
        for at in range(0, len(tensor.values), width):
            row = tensor.values[at:at + width]
            norm = math.sqrt(sum(x * x for x in row)) or 1.0
            tensor.values[at:at + width] = [x / norm for x in row]

    def ramp(self, tensor):
        """Keys that climb or fall by hundreds along the tokens, in the first channel or in all."""
        width, slope = tensor.shape[-1], self.random.choice([300.0, -300.0, 20.0, -20.0, 1.0])
        for at in range(len(tensor.values)):
            if at % width == 0 or slope == 1.0:
                tensor.values[at] += slope * (at // width % self.keys)

    def plant(self, tensors):
        """NaN and infinities in keys that do not exist."""
        exists = tensors["exists"].values
        for name in ("k", "v", "decay"):
            if name not in tensors or self.random.random() < 0.4:
                continue
            _, heads, keys, width = tensors[name].shape
            for at in range(0, len(tensors[name].values), width):
                if not exists[at // (heads * keys * width) * keys + at // width % keys]:
                    tensors[name].values[at] = self.random.choice([math.nan, math.inf, -math.inf])

    def spoil_late(self, tensor):
        """NaN in what belongs to one of the last tokens: what comes before does not see it."""
        if tensor.values:
            _, _, keys, width = tensor.shape
            tensor.values[(keys - 1 - self.random.randint(0, keys // 3)) * width] = math.nan

    # --- what random_runs asks for -------------------------------------------------------------------------------

    def results(self):
        found = re.findall(r'tensor<([^>]+)> \{attention.name = "(\w+)"', self.body.split("->", 1)[1].split("{\n")[0])
        return [(name, type) for type, name in found]

    def text(self):
        return self.body

    def feeds(self):
        """Whether the text streams at these sizes: every token axis is of one length."""
        return self.streams and self.queries == self.keys
