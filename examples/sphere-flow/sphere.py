"""Points on the sphere, and pictures of them, with Python alone."""
import math
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from svg import Picture

COLORS = ("#d1495b", "#2b6cb0", "#2f9e62")
RADIUS = 80
ACROSS, UP, TOWARDS = (0.8, 0.6, 0.0), (-0.36, 0.48, 0.8), (0.48, -0.64, 0.6)  # of the view


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def normalized(v):
    length = math.sqrt(dot(v, v))
    return [x / length for x in v]


def mean(points):
    return [sum(column) / len(points) for column in zip(*points)]


def angle(a, b):
    """Along the sphere, also where it is small."""
    return 2 * math.asin(min(1.0, math.dist(a, b) / 2))


def diameter(points):
    return max(angle(a, b) for i, a in enumerate(points) for b in points[:i])


def distance_to_point(points, target):
    """The Wasserstein distance W2 from a cloud to all its mass at one point."""
    return math.sqrt(sum(angle(p, target) ** 2 for p in points) / len(points))


def drawn(count, center=None, within=math.pi, seed=0):
    """Points drawn evenly from the sphere, or from a cap of it."""
    draw, points = random.Random(seed), []
    while len(points) < count:
        p = normalized([draw.gauss(0, 1) for _ in range(3)])
        if center is None or angle(p, center) <= within:
            points.append(p)
    return points


def globe(sheet, left, top, clouds, targets, caption):
    """What is behind is pale. Rings are targets."""
    x, y = left + RADIUS + 10, top + RADIUS + 10
    place = lambda p: (x + RADIUS * dot(p, ACROSS), y - RADIUS * dot(p, UP))
    sheet.ring(x, y, RADIUS, "#999")
    points = [(dot(p, TOWARDS), place(p), color) for cloud, color in zip(clouds, COLORS) for p in cloud]
    for depth, at, color in sorted(points):
        sheet.disc(*at, 2.6 if depth > 0 else 2.0, color, 1 if depth > 0 else 0.3)
    for target, color in zip(targets, COLORS):
        sheet.ring(*place(target), 7, color, 1.5)
    sheet.text(x, top + 2 * RADIUS + 30, caption, anchor="middle")


def picture(path, *frames):
    """One globe, or rows of them; a frame is clouds, targets and a caption."""
    rows = frames if isinstance(frames[0], list) else [list(frames)]
    width, height = 2 * RADIUS + 20, 2 * RADIUS + 40
    sheet = Picture(width * max(map(len, rows)), height * len(rows))
    for row, panels in enumerate(rows):
        for column, frame in enumerate(panels):
            globe(sheet, column * width, row * height, *frame)
    sheet.write(path)
