"""Writes token ids as .npy. usage: write-ids.py F.npy ID..."""
import struct
import sys

path, *ids = sys.argv[1:]
header = f"{{'descr': '<i8', 'fortran_order': False, 'shape': ({len(ids)},), }}\n".encode()
with open(path, "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
    file.write(struct.pack(f"<{len(ids)}q", *map(int, ids)))
