"""spoil-cache.py CACHE HOW [BYTES]: spoils every entry of a cache, or looks at its size."""
import os
import pathlib
import sys

entries = sorted(pathlib.Path(sys.argv[1]).glob("llvmcache-*"))
entries = [entry for entry in entries if entry.name != "llvmcache.timestamp"]
assert entries
how = sys.argv[2]
if how == "most":
    total = sum(entry.stat().st_size for entry in entries)
    assert total <= int(sys.argv[3]), total
elif how == "rename":  # each gets the content of the next
    contents = [entry.read_bytes() for entry in entries]
    for entry, content in zip(entries, contents[1:] + contents[:1]):
        entry.write_bytes(content)
for entry in entries:
    if how == "cut":
        os.truncate(entry, entry.stat().st_size - 1)
    elif how == "empty":
        os.truncate(entry, 0)
    elif how == "alter":
        content = bytearray(entry.read_bytes())
        content[-1] ^= 1
        entry.write_bytes(content)
    elif how == "age":
        os.utime(entry, (1, 1))
