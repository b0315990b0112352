#!/usr/bin/env python3
"""Scores the compiled model with 1 to 6 layers on tasks drawn anew: the errors must be those of PyTorch, fall with every layer
towards what the best possible predictor leaves, and not depend on the order of the examples.
usage: score.py ATTENTION-RUN MODEL.so PICTURE.svg"""
import math
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent.parent / "test"), str(HERE.parent)]
import npy
import tasks
from svg import Picture

# Of train.py --score.
REFERENCE = {1: 0.77207, 2: 0.26203, 3: 0.11695, 4: 0.06673, 6: 0.03990}
TOLERANCE = 1e-3  # of the reference


def flat(rows):
    return [value for row in rows for value in row]


def predict(run, model, layers, drawn):
    with tempfile.TemporaryDirectory() as folder:
        given, asked, got = (f"{folder}/{name}.npy" for name in ("examples", "query", "prediction"))
        examples = [example for context, _, _ in drawn for example in context]
        npy.write(given, "<f4", (len(drawn), len(examples) // len(drawn), tasks.INPUTS + 1), flat(examples))
        npy.write(asked, "<f4", (len(drawn), 1, tasks.INPUTS), flat(query for _, query, _ in drawn))
        subprocess.run([run, model, "infer", "--weights", HERE / f"layers-{layers}.safetensors", "--threads", "1",
                        "--input", f"examples={given}", "--input", f"query={asked}", "--output", f"prediction={got}"], check=True)
        return npy.read(got)[2]


def picture(path, errors, best, zero):
    """Error against layers; the axis of errors is logarithmic."""
    sheet = Picture(520, 340)
    x = lambda layers: 70 + 60 * layers
    y = lambda error: 290 - 100 * math.log10(error / 0.01)
    for error in (0.01, 0.1, 1):
        sheet.line([(x(0), y(error)), (x(7), y(error))], "#ddd", 1)
        sheet.text(x(0) - 8, y(error) + 4, f"{error:g}", anchor="end")
    for error, words, color in ((best, f"Bayes optimum {best:.3f}", "#c33"), (zero, f"predicting zero {zero:.2f}", "#888")):
        sheet.line([(x(0), y(error)), (x(7), y(error))], color, 1.5, "5 4")
        sheet.text(x(7), y(error) - 6, words, anchor="end", color=color)
    sheet.line([(x(layers), y(error)) for layers, error in errors.items()], "#36c", 2)
    for layers, error in errors.items():
        sheet.disc(x(layers), y(error), 4, "#36c")
        sheet.text(x(layers) + 7, y(error) - 5, f"{error:.3f}", color="#36c")
        sheet.text(x(layers), 312, str(layers), anchor="middle")
    sheet.text(x(3.5), 330, "layers", anchor="middle")
    sheet.text(10, 18, "mean squared error of a prediction in context")
    sheet.write(path)


def invariance(run, model, drawn, predictions):
    """The largest difference when the examples come in reverse, and when each comes twice."""
    few = drawn[:100]
    changed = {"in reverse": [(context[::-1], query, t) for context, query, t in few],
               "twice": [(context * 2, query, t) for context, query, t in few]}
    return {name: max(abs(a - b) for a, b in zip(predict(run, model, 4, d), predictions)) for name, d in changed.items()}


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    run, model, path = sys.argv[1:]
    drawn, failures, errors = tasks.draw(), [], {}
    best = tasks.error([tasks.ridge(context, query) for context, query, _ in drawn], drawn)
    zero = tasks.error([0.0] * len(drawn), drawn)
    for layers, reference in REFERENCE.items():
        predictions = predict(run, model, layers, drawn)
        errors[layers] = tasks.error(predictions, drawn)
        print(f"{layers} layers: mean squared error {errors[layers]:.5f}, PyTorch {reference}")
        if not abs(errors[layers] - reference) <= TOLERANCE * reference:
            failures.append(f"expects the error {reference} of {layers} layers, but got {errors[layers]:.5f}")
        if layers == 4:
            for name, difference in invariance(run, model, drawn, predictions).items():
                print(f"  examples {name}: predictions move by at most {difference:.1e}")
                if not difference < 1e-4:
                    failures.append(f"expects the same predictions from examples {name}, but they move by {difference}")
    print(f"Bayes optimum: {best:.5f}; predicting zero: {zero:.5f}")
    if sorted(errors.values(), reverse=True) != list(errors.values()) or not best < errors[6] < 2 * best:
        failures.append(f"expects errors that fall towards {best:.5f}, but got {errors}")
    picture(path, errors, best, zero)
    sys.exit("\n".join(failures) or 0)


main()
