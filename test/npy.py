"""Reads and writes .npy files as the tools do, with Python alone."""
import ast
import math
import struct

CODES = {"<f8": "d", "<f4": "f", "<f2": "e", "<i8": "q", "<i4": "i", "|b1": "B"}


def bfloat16(bits):
    return struct.unpack("<f", struct.pack("<I", bits << 16))[0]


def read(path):
    """(descr, shape, values); bfloat16 is the two-byte void "<V2"."""
    with open(path, "rb") as file:
        if file.read(6) != b"\x93NUMPY":
            raise ValueError(f"{path} is not .npy")
        width = "<H" if file.read(2)[0] == 1 else "<I"
        (length,) = struct.unpack(width, file.read(struct.calcsize(width)))
        header = ast.literal_eval(file.read(length).decode())
        raw = file.read()
    if header["fortran_order"]:
        raise ValueError(f"{path} is not in C order")
    descr, shape = header["descr"].replace("|V2", "<V2"), header["shape"]
    if descr == "<V2":
        values = [bfloat16(bits) for (bits,) in struct.iter_unpack("<H", raw)]
    else:
        values = [value for (value,) in struct.iter_unpack("<" + CODES[descr], raw)]
    if len(values) != math.prod(shape):
        raise ValueError(f"{path} is truncated")
    return descr, shape, values


def rounded_bfloat16(value):
    """The bits of a bfloat16, to nearest even."""
    (bits,) = struct.unpack("<I", struct.pack("<f", value))
    if value != value:
        return 0x7FC0
    return (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16


def write(path, descr, shape, values):
    header = repr({"descr": descr, "fortran_order": False, "shape": tuple(shape)})
    header += " " * (-(len(header) + 11) % 64) + "\n"
    if descr == "<V2":
        raw = struct.pack(f"<{len(values)}H", *map(rounded_bfloat16, values))
    else:
        raw = struct.pack(f"<{len(values)}{CODES[descr]}", *values)
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)))
        file.write(header.encode() + raw)
