// SPDX-License-Identifier: BSL-1.0
// Numbers, loads and metrics as people read them.

const thousands = (text) => text.replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");

// Three digits that count.
export function number(value) {
  if (value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(Number(value.toPrecision(3))); // 9.999 is 10.0
  if (size >= 100) return thousands(value.toFixed(0));
  const digits = size >= 10 ? 1 : size >= 1 ? 2 : Math.min(6, 2 - Math.floor(Math.log10(size)));
  return value.toFixed(digits);
}

// As a mark of an axis: 0.5, 20, 5k
export function mark(value) {
  if (Math.abs(value) >= 1e6) return `${+(value / 1e6).toPrecision(3)}M`;
  if (Math.abs(value) >= 1e4) return `${+(value / 1e3).toPrecision(3)}k`;
  return `${+value.toPrecision(3)}`;
}

const timeUnits = [
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
  [1, "ns"],
];
function timed(show) {
  return (value) => {
    if (value === 0) return "0";
    const [size, unit] = timeUnits.find(([size]) => Math.abs(value) >= size * 0.9995) ?? timeUnits.at(-1);
    return `${show(value / size)}\u00a0${unit}`;
  };
}
export const time = timed(number);
export const timeMark = timed(mark);

const whole = (value) => (Number.isInteger(value) ? thousands(String(value)) : number(value));

const plain = (name) => name.replaceAll("_", " ");

const known = {
  million_a_second: { title: "million a second", more: true },
  jain: { title: "fairness (Jain, 1 = equal shares)", short: "Jain", more: true, from: 0, to: 1 },
  cpus: { title: "CPUs in use", short: "CPUs", from: 0 },
  ns: { title: "ns for a lock and unlock", short: "ns" },
  microseconds: { title: "µs", short: "µs" },
  cpu_microseconds: { title: "µs of CPU time", short: "CPU µs" },
  bytes: { title: "bytes", show: whole },
  bytes_made: { title: "bytes each, made", short: "made" },
  bytes_locked: { title: "bytes each, locked once", short: "locked once" },
  cpu_ms: { title: "ms of CPU time", short: "CPU ms" },
};
const units = [
  [/_ns$/, "ns"],
  [/_us$/, "µs"],
  [/_ms$/, "ms"],
  [/_bytes$/, "bytes"],
  [/_percent$/, "%"],
];

// How a metric is called and shown; `more`: more of it is better.
export function metricOf(name) {
  const percentile = name.match(/^(.*)_(p(\d+)|max)_ns$/);
  if (percentile)
    return {
      title: `${plain(percentile[1])}, ${percentileName(name)}`,
      short: percentileName(name),
      show: time,
      mark: timeMark,
    };
  const found = known[name] ?? {};
  const unit = units.find(([ending]) => ending.test(name));
  const title = found.title ?? (unit ? `${plain(name.replace(unit[0], ""))} (${unit[1]})` : plain(name));
  return { short: title, more: /_a_second$|_per_second$/.test(name), show: number, mark, ...found, title };
}

// p999 is 99.9 %
export function percentileName(metric) {
  const digits = metric.match(/_p(\d+)_ns$/)?.[1];
  if (!digits) return "longest";
  return digits === "50" ? "median" : `${digits.slice(0, 2)}${digits.length > 2 ? `.${digits.slice(2)}` : ""} %`;
}

export function loadText(load) {
  return load
    .map(([name, value]) => {
      if (typeof value === "string") return value;
      const percent = name.match(/^percent_of_(.*)$/);
      if (percent) return `${value} % ${plain(percent[1])}`;
      if (name.startsWith("ns_")) return `${timeMark(value)} ${plain(name.slice(3))}`;
      return `${thousands(String(value))} ${plain(value === 1 ? name.replace(/s$/, "") : name)}`;
    })
    .join(", ");
}

// The title of an axis of amounts, and its marks; `relative`: figures fall with the amount by nature.
export const axisOf = (name) =>
  name.startsWith("ns_")
    ? { title: `time ${plain(name.slice(3))}`, mark: timeMark, unit: plain(name.slice(3)), relative: true }
    : { title: plain(name), mark, unit: plain(name) };
