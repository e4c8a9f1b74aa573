// SPDX-License-Identifier: BSL-1.0
// The report as panels: what was measured under one load, by metric and contender.

// A whole number or a text says what was measured, a fraction or a list what came out. JSON.parse
// forgets that 1.0 was a fraction, so the names of figures are found in the text: a whole string is
// taken at a time, so that nothing inside one looks like a field.
export function namesOfFigures(text) {
  const names = new Set(["bytes"]);
  const field = /"((?:[^"\\]|\\.)*)"(?:\s*:\s*-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)?/g;
  for (const [whole, name] of text.matchAll(field)) {
    const value = whole.slice(name.length + 2);
    if (/[.eE]/.test(value)) names.add(name);
  }
  return names;
}

const isNumbers = (value) => Array.isArray(value) && typeof value[0] === "number";
const isSamples = (name, value) => name !== "goals" && Array.isArray(value) && value[0]?.contender !== undefined;

// [list, samples] of a workload's results.
function* listsOf(workload, results, place) {
  const numbers = Object.entries(results).filter(([, value]) => typeof value === "number");
  if (workload === "sizes") yield ["samples", numbers.map(([contender, bytes]) => ({ contender, bytes }))];
  for (const [name, value] of Object.entries(results)) {
    if (isSamples(name, value)) yield [place ?? name, value];
    else if (workload === "include" && name === "subjects")
      yield ["samples", Object.entries(value).map(([contender, { cpu_ms }]) => ({ contender, cpu_ms }))];
    else if (value?.samples) yield* listsOf(workload, value, name);
  }
}

const usualLists = ["samples", "together", "pairs"];
const notLoad = ["contender", "distance", "offset_in_page"];

// A sample taken apart: [name, value] of its load, and its figures. Of several tries the best counts.
function takenApart(list, sample, figureNames) {
  const load = usualLists.includes(list) ? [] : [["list", list]];
  const figures = [];
  for (const [name, value] of Object.entries(sample)) {
    if (notLoad.includes(name)) continue;
    if (name === "cpu_ms" && isNumbers(value)) figures.push([name, value]);
    else if (isNumbers(value)) figures.push([name, [Math.min(...value)]]);
    else if (typeof value === "number" && figureNames.has(name)) figures.push([name, [value]]);
    else if (typeof value === "number" || typeof value === "string") load.push([name, value]);
  }
  return { load, figures };
}

// Figures by placement of the data (one, unless that was varied), in the order of the rounds.
class Figures {
  byPlacement = new Map();
  add(placement, values) {
    if (!this.byPlacement.has(placement)) this.byPlacement.set(placement, []);
    this.byPlacement.get(placement).push(...values);
  }
  over(figure) {
    return median([...this.byPlacement].map(([placement, values]) => figure(values, placement)));
  }
  get median() {
    return this.over(median);
  }
  quantile(q) {
    return this.over((values) => quantile(values, q));
  }
  get spread() {
    return this.over((values) => (100 * (quantile(values, 0.75) - quantile(values, 0.25))) / median(values));
  }
  // The median of the ratios of the same round.
  ratioTo(other) {
    return this.over((values, placement) => {
      const others = other.byPlacement.get(placement);
      if (others?.length !== values.length) return median(values) / other.median;
      return median(values.map((value, i) => value / others[i]));
    });
  }
}

export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}
export const median = (values) => quantile(values, 0.5);

// Loads of a workload: {load, metrics: metric -> contender -> Figures}, in the order of the report.
export function loadsOf(workload, results, figureNames) {
  const loads = new Map();
  for (const [list, samples] of listsOf(workload, results)) {
    for (const sample of samples) {
      const { load, figures } = takenApart(list, sample, figureNames);
      const key = JSON.stringify([load, figures.map(([name]) => name)]);
      if (!loads.has(key)) loads.set(key, { load, metrics: new Map() });
      const { metrics } = loads.get(key);
      for (const [metric, values] of figures) {
        if (!metrics.has(metric)) metrics.set(metric, new Map());
        const contenders = metrics.get(metric);
        if (!contenders.has(sample.contender)) contenders.set(sample.contender, new Figures());
        contenders.get(sample.contender).add(sample.distance ?? 0, values);
      }
    }
  }
  return [...loads.values()];
}

// Numbers that name a kind of load rather than an amount: each gets a panel of its own.
const neverAnAxis = ["percent_of_writes", "producers", "consumers"];

const namesOf = (load) => JSON.stringify(load.map(([name]) => name));

// The amount of which most values were measured, of loads that are told in the same words.
function axisOfAll(loads) {
  const values = new Map();
  for (const { load } of loads)
    for (const [name, value] of load)
      if (typeof value === "number" && !neverAnAxis.includes(name))
        values.set(name, (values.get(name) ?? new Set()).add(value));
  const best = [...values].sort((a, b) => b[1].size - a[1].size)[0];
  return best?.[1].size > 2 ? best[0] : undefined;
}

// Panels: the loads that differ in nothing but that amount, if a panel has three of it or more; else
// one load each. {load, axis, points: [{x, metrics}]}
export function panelsOf(loads) {
  const panels = new Map();
  for (const each of loads) {
    const alike = loads.filter(({ load }) => namesOf(load) === namesOf(each.load));
    const axis = isProfile(each) ? undefined : axisOfAll(alike);
    const load = each.load.filter(([name]) => name !== axis);
    const key = JSON.stringify([load, axis, [...each.metrics.keys()]]);
    if (!panels.has(key)) panels.set(key, { load, axis, points: [] });
    panels.get(key).points.push({ x: each.load.find(([name]) => name === axis)?.[1], ...each });
  }
  return [...panels.values()].flatMap((panel) =>
    panel.axis === undefined || panel.points.length > 2
      ? [{ ...panel, points: panel.points.sort((a, b) => a.x - b.x) }]
      : panel.points.map((point) => ({ load: point.load, axis: undefined, points: [point] })),
  );
}

// Percentiles of one thing: drawn as a line over them.
export const isPercentile = (metric) => /_(p\d+|max)_ns$/.test(metric);
export const isProfile = ({ metrics }) => [...metrics.keys()].filter(isPercentile).length > 2;

const yardsticks = [
  "std::mutex",
  "std::shared_mutex",
  "std::shared_mutex, read",
  "sem_t",
  "std::condition_variable",
  "std::mutex and two condition_variables",
  "<mutex>",
];

// What the others are divided by in a table.
export function yardstickOf(contenders, ours) {
  const names = [...contenders.keys()];
  return (
    yardsticks.find((name) => contenders.has(name)) ??
    names.find((name) => name.startsWith("std::")) ??
    names.find((name) => !ours.has(name) && !isFloor(name)) ??
    names[0]
  );
}

export const isFloor = (contender) => contender.startsWith("(");

// How loud it was, by workload: sums of what the quiet rooms counted.
export function quietOf(results) {
  const sum = { kept: 0, rejected: 0, disturbed: 0 };
  const visit = (value) => {
    if (value === null || typeof value !== "object") return;
    if (typeof value.kept === "number" && typeof value.disturbed === "number")
      for (const name of Object.keys(sum)) sum[name] += value[name] ?? 0;
    else if (!Array.isArray(value)) Object.values(value).forEach(visit);
  };
  visit(results);
  return sum;
}
