"""Variants in a model's own words, for models that are drawn at random. `{t}` is the type of scores."""

# Softmax; a mean that fades, in which the order of keys matters; three scalars of three types; the value of the largest score.
CUSTOM = {
    "soft": """attention.variant @soft state [{t}, {t}] identity {{
  %m = arith.constant {least} : {t}
  %z = arith.constant 0.0 : {t}
  attention.yield %m, %z : {t}, {t}
}} lift {{
^bb0(%s: {t}):
  %one = arith.constant 1.0 : {t}
  attention.yield %s, %one, %one : {t}, {t}, {t}
}} compose {{
^bb0(%m1: {t}, %z1: {t}, %m2: {t}, %z2: {t}):
  %m = arith.maximumf %m1, %m2 : {t}
  %d1 = arith.subf %m1, %m : {t}
  %d2 = arith.subf %m2, %m : {t}
  %f1 = math.exp %d1 : {t}
  %f2 = math.exp %d2 : {t}
  %a = arith.mulf %z1, %f1 : {t}
  %b = arith.mulf %z2, %f2 : {t}
  %z = arith.addf %a, %b : {t}
  attention.yield %m, %z, %f1, %f2 : {t}, {t}, {t}, {t}
}} finish {{
^bb0(%m: {t}, %z: {t}):
  %one = arith.constant 1.0 : {t}
  %r = arith.divf %one, %z : {t}
  attention.yield %r : {t}
}}
""",
    "fading": """attention.variant @fading state [{t}, i32] identity {{
  %one = arith.constant 1.0 : {t}
  %none = arith.constant 0 : i32
  attention.yield %one, %none : {t}, i32
}} lift {{
^bb0(%s: {t}):
  %half = arith.constant 0.5 : {t}
  %one = arith.constant 1 : i32
  %w = math.tanh %s : {t}
  attention.yield %half, %one, %w : {t}, i32, {t}
}} compose {{
^bb0(%a: {t}, %n: i32, %b: {t}, %m: i32):
  %one = arith.constant 1.0 : {t}
  %c = arith.mulf %a, %b : {t}
  %sum = arith.addi %n, %m : i32
  attention.yield %c, %sum, %b, %one : {t}, i32, {t}, {t}
}} finish {{
^bb0(%a: {t}, %n: i32):
  %one = arith.constant 1.0 : {t}
  %count = arith.sitofp %n : i32 to {t}
  %less = arith.subf %count, %a : {t}
  %r = arith.divf %one, %less : {t}
  attention.yield %r : {t}
}}
""",
    "lengths": """attention.variant @lengths state [{t}, i64, i32] identity {{
  %z = arith.constant 0.0 : {t}
  %n = arith.constant 0 : i64
  %p = arith.constant 0 : i32
  attention.yield %z, %n, %p : {t}, i64, i32
}} lift {{
^bb0(%s: {t}):
  %one = arith.constant 1 : i64
  %zero = arith.constant 0.0 : {t}
  %q = arith.mulf %s, %s : {t}
  %positive = arith.cmpf ogt, %s, %zero : {t}
  %p = arith.extui %positive : i1 to i32
  attention.yield %q, %one, %p, %s : {t}, i64, i32, {t}
}} compose {{
^bb0(%a: {t}, %n: i64, %p: i32, %b: {t}, %m: i64, %r: i32):
  %one = arith.constant 1.0 : {t}
  %c = arith.addf %a, %b : {t}
  %sum = arith.addi %n, %m : i64
  %any = arith.ori %p, %r : i32
  attention.yield %c, %sum, %any, %one, %one : {t}, i64, i32, {t}, {t}
}} finish {{
^bb0(%a: {t}, %n: i64, %p: i32):
  %count = arith.sitofp %n : i64 to {t}
  %t = arith.addf %count, %a : {t}
  %root = math.rsqrt %t : {t}
  %some = arith.sitofp %p : i32 to {t}
  %r = arith.mulf %root, %some : {t}
  attention.yield %r : {t}
}}
""",
    "hard": """attention.variant @hard state [{t}] identity {{
  %m = arith.constant {least} : {t}
  attention.yield %m : {t}
}} lift {{
^bb0(%s: {t}):
  %one = arith.constant 1.0 : {t}
  attention.yield %s, %one : {t}, {t}
}} compose {{
^bb0(%a: {t}, %b: {t}):
  %one = arith.constant 1.0 : {t}
  %zero = arith.constant 0.0 : {t}
  %m = arith.maximumf %a, %b : {t}
  %first = arith.cmpf oge, %a, %b : {t}
  %f = arith.select %first, %one, %zero : {t}
  %g = arith.select %first, %zero, %one : {t}
  attention.yield %m, %f, %g : {t}, {t}, {t}
}} finish {{
^bb0(%a: {t}):
  %one = arith.constant 1.0 : {t}
  attention.yield %one : {t}
}}
""",
}


def custom_text(name, score):
    return CUSTOM[name].format(t=score, least={"f32": "0xFF800000", "f64": "0xFFF0000000000000"}[score])
