"""Checks that each numbered constraint in the description of an op has a function @<op>_c<number> among the refusals.

usage: constraints.py LLVM_TBLGEN TEST_FOLDER INCLUDE_FOLDER..."""
import json
import pathlib
import re
import subprocess
import sys

tblgen, folder, *includes = sys.argv[1:]
command = [tblgen, "-dump-json", "dialect/AttentionOps.td", *("-I" + path for path in includes)]
records = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
refusals = "".join(path.read_text() for path in sorted(pathlib.Path(folder).glob("invalid*.mlir")))
missing = []
for name in records["!instanceof"]["Op"]:
    if not name.startswith("Attention_"):
        continue
    op = records[name]
    for number in re.findall(r"- \(C(\d+)\)", op["description"]):
        if not re.search(rf"@{op['opName']}_c{number}\b|@{op['opName']}_c{number}_", refusals):
            missing.append(f"@{op['opName']}_c{number}")
if missing:
    sys.exit(f"expects a refusal for each constraint, but got none for {', '.join(missing)}")
