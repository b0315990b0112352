"""The tasks that both score.py and train.py are scored on, with Python alone: y = <theta, x> + noise."""
import random

INPUTS, EXAMPLES, NOISE, TASKS = 4, 16, 0.25, 2000


def draw(seed=1):
    """(examples (x, y) in a row, query, <theta, query>) of each task, all normally distributed."""
    normal = random.Random(seed).gauss
    vector = lambda: [normal(0, 1) for _ in range(INPUTS)]
    tasks = []
    for _ in range(TASKS):
        theta, examples = vector(), []
        for _ in range(EXAMPLES):
            x = vector()
            examples.append([*x, dot(theta, x) + NOISE * normal(0, 1)])
        query = vector()
        tasks.append((examples, query, dot(theta, query)))
    return tasks


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def ridge(examples, query):
    """<theta, query> for the mean of the posterior: no predictor has a smaller expected squared error."""
    sums = lambda f: sum(map(f, examples))
    rows = [[sums(lambda e: e[i] * e[j]) + (NOISE**2 if i == j else 0) for j in range(INPUTS)]
            + [sums(lambda e: e[i] * e[-1])] for i in range(INPUTS)]
    for i in range(INPUTS):  # the matrix is positive definite: no pivots
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for j in range(INPUTS):
            if j != i:
                rows[j] = [a - rows[j][i] * b for a, b in zip(rows[j], rows[i])]
    return dot([row[-1] for row in rows], query)


def error(predictions, tasks):
    """The mean squared error."""
    return sum((p - target) ** 2 for p, (_, _, target) in zip(predictions, tasks)) / len(tasks)
