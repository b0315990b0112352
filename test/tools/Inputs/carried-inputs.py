"""Writes a safetensors file of one weight.  usage: carried-inputs.py FILE"""
import json
import struct
import sys

header = json.dumps({"x": {"dtype": "F32", "shape": [6, 8], "data_offsets": [0, 192]}}).encode()
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<Q", len(header)) + header + struct.pack("<48f", *(i / 10 for i in range(48))))
