#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Draws charts of the documents from the samples of a run of `make bench`.

Usage: chart.py bench-report.json FOLDER     writes contended.svg and length.svg there
       chart.py --self-test
"""

import json
import math
import pathlib
import statistics
import sys
import tempfile
import xml.etree.ElementTree as xml
from collections import defaultdict
from typing import NamedTuple
from xml.sax.saxutils import escape

SHOWN = {  # contender: its colour; ours is the strong one
    "parking_lock": "#d1460f",
    "std::mutex": "#1b1b1b",
    "absl::Mutex": "#3b6fb6",
    "Rust std Mutex": "#7a5aa6",
    "Rust parking_lot Mutex": "#2e8b6f",
    "tbb::mutex": "#8a8a8a",
    "nsync_mu": "#b08a2e",
}
OURS = "parking_lock"


class Panel(NamedTuple):
    """Lines over `x`, a field of the samples that `of` chooses; `y` makes a value of a sample."""

    title: str
    unit: str
    workload: str
    of: object
    x: str
    y: object
    below: str


def shape(name):
    return lambda sample: sample["shape"] == name


CHARTS = {
    "contended.svg": (
        "Throughput and CPUs of contended locks over the number of threads",
        [
            Panel("empty section", "million a second", "contended", shape("empty section"), "threads",
                  lambda s: s["million_a_second"], "threads"),
            Panel("1 µs inside", "million a second", "contended", shape("1 us inside"), "threads",
                  lambda s: s["million_a_second"], "threads"),
            Panel("1 µs inside", "CPUs used, of 2", "contended", shape("1 us inside"), "threads",
                  lambda s: s["cpus"], "threads"),
        ],
    ),
    "length.svg": (
        "How much of the time a lock is of use, over the length of the section",
        [
            Panel("4 threads that want it all the time", "time in sections / time", "length",
                  lambda s: s["ns_inside"] > 0, "ns_inside",
                  lambda s: s["million_a_second"] * s["ns_inside"] / 1000, "ns in the section"),
            Panel("the same", "CPUs used, of 2", "length", lambda s: s["ns_inside"] > 0, "ns_inside",
                  lambda s: s["cpus"], "ns in the section"),
        ],
    ),
}
WIDTH, HEIGHT, LEFT, TOP, BOTTOM, LABELS = 330, 300, 46, 52, 40, 118


def medians(report, panel):
    """{contender: [(x, median of y)]} of those that are shown."""
    if panel.workload not in report["workloads"]:
        raise LookupError(f"no workload '{panel.workload}'")
    found = defaultdict(lambda: defaultdict(list))
    for sample in report["workloads"][panel.workload]["samples"]:
        if sample["contender"] in SHOWN and panel.of(sample):
            found[sample["contender"]][sample[panel.x]].append(panel.y(sample))
    if OURS not in found:
        raise LookupError(f"no samples for '{panel.title}'")
    return {
        name: sorted((x, statistics.median(values)) for x, values in by_x.items())
        for name, by_x in found.items()
    }


def ticks(highest):
    step = 10 ** math.floor(math.log10(highest))
    while highest / step < 4:
        step /= 2
    return [i * step for i in range(int(highest / step) + 1)]


def spread(labels, least):
    """Moves labels apart: [(y, name)], at least so far from each other and not below the axis."""
    placed = []
    for y, name in sorted(labels):
        placed.append((y if not placed else max(y, placed[-1][0] + least), name))
    bound = HEIGHT - BOTTOM
    for i in range(len(placed) - 1, -1, -1):
        y = min(placed[i][0], bound)
        placed[i] = (y, placed[i][1])
        bound = y - least
    return placed


def text(x, y, what, **attributes):
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{escape(what)}</text>'


def draw(at, lines, panel):
    highest = 1.05 * max(value for line in lines.values() for _, value in line)
    marks = sorted({x for line in lines.values() for x, _ in line})
    right = WIDTH - LABELS
    span = math.log2(marks[-1] / marks[0]) or 1

    def x(value):
        return at + LEFT + (right - LEFT) * math.log2(value / marks[0]) / span

    def y(value):
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / highest

    out = [
        text(at + LEFT, 22, panel.title, font_weight="bold", font_size=14),
        text(at + LEFT, 39, panel.unit, fill="#666"),
    ]
    for tick in ticks(highest):
        out.append(f'<path d="M{at + LEFT} {y(tick):.1f}H{at + right}" stroke="#ddd"/>')
        out.append(text(at + LEFT - 6, y(tick) + 4, f"{tick:g}", text_anchor="end", fill="#666"))
    last = -math.inf
    for mark in marks:  # those that fit
        if x(mark) - last > 26:
            last = x(mark)
            out.append(text(last, HEIGHT - BOTTOM + 16, str(mark), text_anchor="middle", fill="#666"))
    out.append(text(at + (LEFT + right) / 2, HEIGHT - 6, panel.below, text_anchor="middle", fill="#666"))
    for name, line in sorted(lines.items(), key=lambda item: item[0] == OURS):
        points = " ".join(f"{x(where):.1f},{y(value):.1f}" for where, value in line)
        stroke = f'fill="none" stroke="{SHOWN[name]}" stroke-width="{3.5 if name == OURS else 1.5}"'
        out.append(f'<polyline points="{points}" {stroke}/>')
    for where, name in spread([(y(line[-1][1]), name) for name, line in lines.items()], 14):
        weight = "bold" if name == OURS else "normal"
        shown = name.replace(" Mutex", "")
        out.append(text(at + right + 6, where + 4, shown, fill=SHOWN[name], font_weight=weight))
    return out


def chart(report, title, panels):
    width = WIDTH * len(panels)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}"'
        ' font-family="sans-serif" font-size="11">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for i, panel in enumerate(panels):
        out += draw(i * WIDTH, medians(report, panel), panel)
    return "\n".join([*out, "</svg>"]) + "\n"


def write_all(source, folder):
    report = json.loads(pathlib.Path(source).read_text(encoding="utf-8"))
    for name, (title, panels) in CHARTS.items():
        pathlib.Path(folder, name).write_text(chart(report, title, panels), encoding="utf-8")


def self_test():
    def sample(name, **more):
        return {"contender": name, "million_a_second": 2.0, "cpus": 1.5, "threads": 4, **more}

    shapes = [sample(n, shape=s) for n in (OURS, "std::mutex") for s in ("empty section", "1 us inside")]
    lengths = [sample(OURS, ns_inside=ns) for ns in (0, 100, 1000)]
    report = {"workloads": {"contended": {"samples": shapes}, "length": {"samples": lengths}}}
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "report.json")
        source.write_text(json.dumps(report), encoding="utf-8")
        write_all(source, folder)
        for name, (_, panels) in CHARTS.items():
            drawn = pathlib.Path(folder, name).read_text(encoding="utf-8")
            xml.fromstring(drawn)
            assert drawn.count(">" + OURS + "<") == len(panels), name
    assert medians(report, CHARTS["length.svg"][1][0]) == {OURS: [(100, 0.2), (1000, 2.0)]}
    assert [y for y, _ in spread([(10, "a"), (12, "b"), (400, "c")], 14)] == [10, 24, HEIGHT - BOTTOM]
    try:
        medians({"workloads": {}}, CHARTS["length.svg"][1][0])
    except LookupError:
        return
    raise AssertionError("a report without samples is drawn")


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) != 2:
        sys.exit(__doc__)
    try:
        return write_all(*arguments)
    except (OSError, ValueError, LookupError) as problem:
        sys.exit(f"tools/chart.py: {arguments[0]}: {problem}. Run: make bench")


if __name__ == "__main__":
    main(sys.argv[1:])
