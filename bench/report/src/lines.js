// SPDX-License-Identifier: BSL-1.0
// Figures over an amount, a line for each contender; drawn by uPlot when they come into view.
import uPlot from "uplot";
import { element } from "./dom.js";
import { mark, number } from "./format.js";
import { variable } from "./style.js";

const drawn = new Set(); // to draw again when the colours change
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.forEach((draw) => draw()));

const soon = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries)
      if (isIntersecting) {
        soon.unobserve(target);
        target.dispatchEvent(new Event("near"));
      }
  },
  { rootMargin: "600px" },
);

// Where an amount lies: powers of two at equal distances, and 0 one step before the least.
function placesOf(values) {
  const least = Math.min(...values.filter((value) => value > 0));
  return values.map((value) => Math.log2(value > 0 ? value : least / 2));
}

// Marks of a logarithmic scale between two powers of ten: 1 2 5 10, or the tens alone.
function logMarks(min, max) {
  const steps = max - min > 2.5 ? [1] : [1, 2, 5];
  const marks = [];
  for (let power = Math.floor(min); power <= Math.ceil(max); ++power)
    for (const step of steps) {
      const place = power + Math.log10(step);
      if (place >= min - 1e-9 && place <= max + 1e-9) marks.push(place);
    }
  return marks;
}

// How the values are drawn: as they are from 0, or their logarithms if they differ much.
function scaleOf(values, metric) {
  const all = values.filter(Number.isFinite);
  const max = Math.max(...all, 1e-12);
  const least = Math.min(...all.filter((value) => value > 0), max);
  if (metric.from !== undefined || max / least < 12)
    return { to: (v) => v, from: (v) => v, range: [metric.from ?? 0, Math.max(metric.to ?? 0, max) * 1.06] };
  const [low, high] = [Math.log10(least), Math.log10(max)];
  return {
    log: true,
    to: (v) => (v > 0 ? Math.log10(v) : null),
    from: (v) => 10 ** v,
    range: [low - 0.05 * (high - low), high + 0.05 * (high - low)],
  };
}

// The marks that have room.
function thinned(labels, places, width) {
  const span = places.at(-1) - places[0] || 1;
  let free = -Infinity;
  return labels.map((label, i) => {
    const center = ((places[i] - places[0]) / span) * width;
    const half = label.length * 3 + 3;
    if (center - half < free) return "";
    free = center + half;
    return label;
  });
}

function tooltip(chart, series, xLabels, show) {
  const box = element("div.tip", { hidden: "" });
  chart.over.append(box);
  return (focused) => {
    const { idx, left } = chart.cursor;
    if (idx === null || idx === undefined || left < 0) return box.setAttribute("hidden", "");
    const rows = series
      .filter(({ values, hidden }) => !hidden() && Number.isFinite(values[idx]))
      .sort((a, b) => b.values[idx] - a.values[idx]);
    box.replaceChildren(
      element("b", {}, xLabels[idx]),
      ...rows.map((each) =>
        element(
          each.name === focused ? "div.row.on" : "div.row",
          {},
          element("i", { style: { background: each.style.colour } }),
          element("span", {}, each.name),
          element("span", {}, show(each.values[idx])),
        ),
      ),
    );
    box.removeAttribute("hidden");
    const right = left < chart.over.clientWidth / 2;
    box.style.left = right ? `${left + 14}px` : "";
    box.style.right = right ? "" : `${chart.over.clientWidth - left + 14}px`;
  };
}

// {title, xTitle, xs: amounts, or texts for places at equal distances, xMark, metric, height,
//  series: [{name, style(), values}], hidden: Set, group: what shares a cursor}
export function lines(asked) {
  const { metric, xs } = asked;
  const places = typeof xs[0] === "string" ? xs.map((_, i) => i) : placesOf(xs);
  const labels = xs.map((x) => (typeof x === "string" ? x : asked.xMark(x)));
  const scale = scaleOf(
    asked.series.flatMap(({ values }) => values),
    metric,
  );
  const frame = element("div.plot", {
    role: "img",
    "aria-label": `${asked.title}: ${metric.title}`,
    style: { "min-height": `${asked.height}px` },
  });
  const caption = element("p.axis", {}, metric.title + (scale.log ? " (logarithmic)" : ""));
  // What is drawn last lies on top: ours.
  const weight = ({ style }) => (style().ours ? style().width : 0);
  const inOrder = [...asked.series].sort((a, b) => weight(a) - weight(b));
  let chart;

  function options() {
    const [ink, grid] = [variable("--muted"), variable("--line")];
    const axis = {
      stroke: ink,
      grid: { stroke: grid, width: 1 },
      ticks: { stroke: grid, width: 1, size: 5 },
      font: "11px system-ui, sans-serif",
      labelFont: "11px system-ui, sans-serif",
      labelSize: 18,
    };
    const series = inOrder.map((each) => ({ ...each, style: each.style(), hidden: () => asked.hidden.has(each.name) }));
    let show = () => {};
    let focused;
    const shown = metric.show ?? number;
    return {
      width: frame.clientWidth,
      height: asked.height,
      padding: [8, 14, 0, 0],
      legend: { show: false },
      focus: { alpha: 0.18 },
      cursor: { focus: { prox: 24 }, drag: { x: false, y: false }, points: { size: 7 }, sync: { key: asked.group } },
      scales: {
        x: { time: false, range: (_, min, max) => [min - 0.04 * (max - min), max + 0.04 * (max - min)] },
        y: { range: scale.range },
      },
      axes: [
        {
          ...axis,
          size: 30,
          label: asked.xTitle,
          splits: () => places,
          filter: (_, splits) => splits,
          values: (u, splits) => thinned(labels, splits, u.bbox.width / devicePixelRatio),
        },
        {
          ...axis,
          size: 52,
          space: 36,
          ...(scale.log ? { splits: (_, i, min, max) => logMarks(min, max) } : {}),
          values: (_, splits) => splits.map((value) => (metric.mark ?? mark)(scale.from(value))),
        },
      ],
      series: [
        {},
        ...series.map((each) => ({
          label: each.name,
          stroke: each.style.colour,
          width: each.style.width,
          dash: each.style.dash,
          show: !each.hidden(),
          spanGaps: true,
          points: { show: true, size: each.style.ours ? 6 : 5, fill: each.style.colour, stroke: each.style.colour },
        })),
      ],
      hooks: {
        ready: [
          (u) =>
            (show = tooltip(
              u,
              series,
              labels.map((label) => `${label}${asked.xUnit ? ` ${asked.xUnit}` : ""}`),
              shown,
            )),
        ],
        setSeries: [
          (_, i) => {
            focused = i ? series[i - 1].name : undefined;
            show(focused);
          },
        ],
        setCursor: [(u) => (u.cursor.event ? show(focused) : u.over.querySelector(".tip")?.setAttribute("hidden", ""))],
      },
    };
  }
  function draw() {
    chart?.destroy();
    const drawnValues = inOrder.map(({ values }) =>
      values.map((value) => (Number.isFinite(value) ? scale.to(value) : null)),
    );
    chart = new uPlot(options(), [places, ...drawnValues], frame);
    drawn.add(draw);
  }
  frame.addEventListener("near", () => {
    draw();
    new ResizeObserver(
      () => frame.clientWidth && chart.setSize({ width: frame.clientWidth, height: asked.height }),
    ).observe(frame);
  });
  soon.observe(frame);
  return {
    node: element("div.chart", {}, caption, frame),
    focus: (name) =>
      chart?.setSeries(name === undefined ? null : inOrder.findIndex((each) => each.name === name) + 1, {
        focus: name !== undefined,
      }),
    refresh: () => inOrder.forEach(({ name }, i) => chart?.setSeries(i + 1, { show: !asked.hidden.has(name) })),
  };
}

// Names with a piece of their line; pointing at one brings it out, a click hides it or shows it again.
export function legend(series, charts, hidden) {
  const piece = ({ dash, width, variable: colour }) =>
    `<svg viewBox="0 0 28 10" aria-hidden="true"><path d="M0 5h28" style="stroke:var(${colour})" stroke-width="${width}" stroke-dasharray="${dash.join(" ")}"/><circle cx="14" cy="5" r="3" style="fill:var(${colour})"/></svg>`;
  return element(
    "div.legend",
    {},
    series.map(({ name, style }) => {
      const button = element(style().ours ? "button.ours" : "button", {
        type: "button",
        "aria-pressed": "true",
        onmouseenter: () => charts.forEach((chart) => chart.focus(name)),
        onmouseleave: () => charts.forEach((chart) => chart.focus(undefined)),
        onclick: () => {
          if (!hidden.delete(name)) hidden.add(name);
          button.setAttribute("aria-pressed", String(!hidden.has(name)));
          charts.forEach((chart) => chart.refresh());
        },
      });
      button.innerHTML = piece(style());
      button.append(name);
      return button;
    }),
  );
}
