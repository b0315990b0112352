"""Prints the examples of the dialect's definitions as one text that attention-opt can parse: each in a function whose arguments are
the values that the example only uses. Fails where an op, an attribute or a type has no example.

usage: examples.py LLVM_TBLGEN INCLUDE_FOLDER..."""
import json
import re
import subprocess
import sys
import textwrap

EXAMPLE = re.compile(r"```mlir\n(.*?)```", re.DOTALL)
SSA = r"%[a-zA-Z_]\w*"


def definitions(tblgen, includes):
    command = [tblgen, "-dump-json", "dialect/AttentionOps.td", *("-I" + folder for folder in includes)]
    records = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    for kind in ("Op", "AttrDef", "TypeDef"):
        for name in records["!instanceof"].get(kind, []):
            if name.startswith("Attention_"):
                yield name, records[name]["description"]


def split_types(text):
    """Splits at the commas that stand in no bracket."""
    types, depth = [""], 0
    for char in re.sub(r"\s+", " ", text).replace("->", "\0"):
        depth += (char in "<([{") - (char in ">)]}")
        if char == "," and depth == 0:
            types.append("")
        else:
            types[-1] += char
    return [t.replace("\0", "->").strip() for t in types]


def without_brackets(text, brackets):
    """The text that stands in no bracket."""
    result, depth = "", 0
    for char in text:
        depth += char == brackets[0]
        result += char if depth == 0 else ""
        depth -= char == brackets[1]
    return result


def free_values(example):
    """Names and types of the values that the example uses and does not define. Operands come in the order of the types at the
    end, clauses write theirs beside them; all others are positions, but for the condition %bad."""
    defined = set()
    for results in re.findall(rf"((?:{SSA}\s*,\s*)*{SSA})(?::\d+)?\s*=", example):
        defined.update(re.findall(SSA, results))
    for arguments in re.findall(r"\^\w+\((.*?)\):", example, re.DOTALL):
        defined.update(re.findall(SSA, arguments))
    values = {}
    inner = [line for body in re.findall(r"\{(.*?)\}", example, re.DOTALL) for line in body.splitlines() if " : " in line]
    for statement in [without_brackets(example, "{}"), *inner]:
        head, colon, tail = statement.rpartition(" : ") if " : " in without_brackets(statement, "()") else (statement, "", "")
        for names, kinds in re.findall(rf"\(({SSA}(?:, {SSA})*) : ([^()]*)\)", head):
            values.update(zip(re.findall(SSA, names), split_types(kinds)))
        operands = re.findall(SSA, without_brackets(head.split("=")[-1], "()"))
        kinds = split_types(tail.split(" to ")[0]) if colon else []
        if tail.startswith("("):  # a functional type: of all operands, those of clauses too
            operands = re.findall(SSA, head.split("=", 1)[-1])
            kinds = split_types(tail[1:].split(") ->")[0])
        kinds *= len(operands) if "attention.join" in head else 1  # whose operands are of one type, written once
        for name, kind in zip(operands, kinds):
            values.setdefault(name, kind)
    for name in re.findall(SSA, example):
        values.setdefault(name, "i1" if name == "%bad" else "index")
    return {name: kind for name, kind in values.items() if name not in defined}


def main():
    texts, missing = [], []
    for name, description in definitions(sys.argv[1], sys.argv[2:]):
        examples = EXAMPLE.findall(description)
        if not examples:
            missing.append(name)
        for number, example in enumerate(examples):
            text = textwrap.dedent(example).rstrip()
            if text[0] in "#!":
                use = text.split(" ")[0]
                text = f'{text}\nfunc.func private @{name}_{number}() attributes {{test.example = {use}}}'
                if use[0] == "!":
                    text = f"{example.strip()}\nfunc.func private @{name}_{number}({use})"
            elif not re.match(r"[\w.]+ @", text):  # symbols stand by themselves
                arguments = ", ".join(f"{value}: {kind}" for value, kind in free_values(text).items())
                text = f"func.func @{name}_{number}({arguments}) {{\n{textwrap.indent(text, '  ')}\n  return\n}}"
            texts.append(text)
    print("\n// -----\n".join(texts))
    if missing:
        sys.exit(f"expects an example in the description of each definition, but got none in {', '.join(missing)}")


main()
