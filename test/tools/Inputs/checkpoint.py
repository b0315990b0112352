"""Writes a tiny encoder checkpoint with weights drawn from a fixed seed, whole or spoilt on purpose.

usage: checkpoint.py DIRECTORY [--family F] [--set KEY=JSON] [--without NAME] [--shape NAME=2x3] [--dtype NAME=F16]
                     [--prefix P] [--shards N] [--pooling KEY] [--modules A,B,C]
Needs Python alone."""
import argparse
import json
import os
import random
import struct

WIDTH, INNER, HEADS, LAYERS, WORDS, POSITIONS = 16, 24, 2, 2, 37, 200


def configuration(family):
    config = {"model_type": family, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "hidden_size": WIDTH,
              "intermediate_size": INNER, "vocab_size": WORDS, "max_position_embeddings": POSITIONS,
              "layer_norm_eps": 1e-5, "hidden_act": "gelu", "pad_token_id": 0 if family == "bert" else 1}
    if family == "mpnet":
        config["relative_attention_num_buckets"] = 32
    else:
        config["type_vocab_size"] = 2
    return config


def shapes(config):
    """Every tensor of a checkpoint, by name."""
    mpnet = config["model_type"] == "mpnet"
    d = config["hidden_size"]
    inner = config["intermediate_size"]
    all_shapes = {"embeddings.word_embeddings.weight": [config["vocab_size"], d],
                  "embeddings.position_embeddings.weight": [config["max_position_embeddings"], d]}
    if mpnet:
        all_shapes["encoder.relative_attention_bias.weight"] = [32, config["num_attention_heads"]]
    else:
        all_shapes["embeddings.token_type_embeddings.weight"] = [config["type_vocab_size"], d]
    norms = ["embeddings.LayerNorm"]
    linear = {}
    for i in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{i}."
        if mpnet:
            rows = [f"attention.attn.{x}" for x in "qkvo"]
        else:
            rows = [f"attention.self.{x}" for x in ("query", "key", "value")] + ["attention.output.dense"]
        linear.update({layer + row: [d, d] for row in rows})
        linear[layer + "intermediate.dense"] = [inner, d]
        linear[layer + "output.dense"] = [d, inner]
        norms += [layer + ("attention.LayerNorm" if mpnet else "attention.output.LayerNorm"), layer + "output.LayerNorm"]
    for name, shape in linear.items():
        all_shapes[name + ".weight"] = shape
        all_shapes[name + ".bias"] = shape[:1]
    for name in norms:
        all_shapes[name + ".weight"] = [d]
        all_shapes[name + ".bias"] = [d]
    return all_shapes


def draw(name, shape):
    """Values of one tensor: the same for the same name and shape. Gains are near 1, all else is around 0."""
    source = random.Random(f"{name} {shape}")
    count = 1
    for size in shape:
        count *= size
    middle = 1.0 if name.endswith("LayerNorm.weight") else 0.0
    return [struct.unpack("<f", struct.pack("<f", middle + source.gauss(0, 0.3)))[0] for _ in range(count)]


FORMATS = {"F32": "<f", "F16": "<e", "F64": "<d", "I64": "<q"}


def encode(value, dtype):
    if dtype == "BF16":
        return struct.pack("<f", value)[2:]
    return struct.pack(FORMATS[dtype], int(value) if dtype == "I64" else value)


def write_safetensors(path, tensors, dtypes):
    header, data = {}, b""
    for name, shape in tensors.items():
        dtype = dtypes.get(name, "F32")
        stored = b"".join(encode(value, dtype) for value in draw(name, shape))
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(stored)]}
        data += stored
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def write_json(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file)


def pairs(texts):
    return dict(text.split("=", 1) for text in texts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("--family", default="bert")
    for option in ("--set", "--without", "--shape", "--dtype"):
        parser.add_argument(option, action="append", default=[])
    parser.add_argument("--prefix", default="")
    parser.add_argument("--shards", type=int, default=0)
    parser.add_argument("--pooling")
    parser.add_argument("--modules", default="Transformer,Pooling,Normalize")
    options = parser.parse_args()

    config = configuration(options.family)
    tensors = shapes(config)
    config.update({key: json.loads(value) for key, value in pairs(options.set).items()})
    write_json(os.path.join(options.directory, "config.json"), config)

    for name, shape in pairs(options.shape).items():
        tensors[name] = [int(size) for size in shape.split("x")]
    tensors = {options.prefix + name: shape for name, shape in tensors.items() if name not in options.without}
    dtypes = pairs(options.dtype)
    single = os.path.join(options.directory, "model.safetensors")
    if not options.shards:
        write_safetensors(single, tensors, dtypes)
    else:
        places = {name: f"model-{i % options.shards}.safetensors" for i, name in enumerate(tensors)}
        for shard in set(places.values()):
            part = {name: shape for name, shape in tensors.items() if places[name] == shard}
            write_safetensors(os.path.join(options.directory, shard), part, dtypes)
        write_json(single + ".index.json", {"metadata": {}, "weight_map": places})
    if options.pooling:
        write_json(os.path.join(options.directory, "1_Pooling/config.json"),
                   {"word_embedding_dimension": WIDTH, options.pooling: True})
        modules = [{"idx": i, "path": "1_Pooling" if name == "Pooling" else "", "type": "sentence_transformers.models." + name}
                   for i, name in enumerate(options.modules.split(","))]
        write_json(os.path.join(options.directory, "modules.json"), modules)


if __name__ == "__main__":
    main()
