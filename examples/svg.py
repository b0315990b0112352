"""Pictures of the examples, with Python alone."""


class Picture:
    """Shapes on a white sheet; positions in pixels."""

    def __init__(self, width, height):
        self.size, self.shapes = (width, height), []

    def line(self, points, color, width=1.5, dash=""):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.shapes.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="{width}"{dashes}/>')

    def disc(self, x, y, radius, color, opacity=1.0):
        pale = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
        self.shapes.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{color}"{pale}/>')

    def ring(self, x, y, radius, color, width=1.0):
        self.shapes.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="none" stroke="{color}" stroke-width="{width}"/>')

    def text(self, x, y, words, size=12, anchor="start", color="#333"):
        words = words.replace("&", "&amp;").replace("<", "&lt;")
        self.shapes.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{color}">{words}</text>')

    def write(self, path):
        width, height = self.size
        lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
                 'font-family="sans-serif">', f'<rect width="{width}" height="{height}" fill="white"/>', *self.shapes, "</svg>"]
        with open(path, "w") as file:
            file.write("\n".join(lines) + "\n")
