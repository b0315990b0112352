"""Prints the MLIR of pages written by hand as one text that attention-opt can parse; each block stands by itself. Fails where a page
has none. usage: pages.py PAGE.md..."""
import pathlib
import re
import sys

texts, empty = [], []
for page in sys.argv[1:]:
    blocks = re.findall(r"^```mlir\n(.*?)^```", pathlib.Path(page).read_text(), re.DOTALL | re.MULTILINE)
    empty += [] if blocks else [page]
    texts += [f"// {page}\n{block}" for block in blocks]
print("\n// -----\n".join(texts))
if empty:
    sys.exit(f"expects MLIR on each page, but got none in {', '.join(empty)}")
