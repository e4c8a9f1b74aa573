// SPDX-License-Identifier: BSL-1.0
// One figure of many contenders, as sorted bars. They are plain elements: they wrap, and need no size.
import { isFloor } from "./data.js";
import { element } from "./dom.js";
import { metricOf } from "./format.js";

// Best first.
export function sorted(contenders, more) {
  return [...contenders].sort((a, b) => (more ? b[1].median - a[1].median : a[1].median - b[1].median));
}

// Bars that differ by more than this need a logarithmic scale to be seen.
const linearUpTo = 60;

function scaleOf(figures) {
  const all = figures.map((figure) => figure.median).filter((value) => value > 0);
  const most = Math.max(...figures.map((figure) => figure.quantile(0.75)));
  const least = Math.min(...all);
  if (!all.length || most / least <= linearUpTo) return { share: (value) => Math.max(0, value / most), log: false };
  const from = Math.floor(Math.log10(least)) - 0.3;
  const to = Math.log10(most);
  return { share: (value) => (value > 0 ? Math.max(0, (Math.log10(value) - from) / (to - from)) : 0), log: true };
}

function row(contender, figure, scale, metric, styles) {
  const percent = (value) => `${(100 * Math.min(1, scale.share(value))).toFixed(2)}%`;
  const kind = styles.ours.has(contender) ? "div.bar.ours" : isFloor(contender) ? "div.bar.floor" : "div.bar";
  const [low, high] = [figure.quantile(0.25), figure.quantile(0.75)];
  const from = Math.min(1, scale.share(low));
  const spread = element("i.spread", {
    style: { left: percent(low), width: `${100 * (Math.min(1, scale.share(high)) - from)}%` },
  });
  return element(
    kind,
    { title: `${contender}: ${metric.show(figure.median)} (quartiles ${metric.show(low)} and ${metric.show(high)})` },
    element("span.name", {}, contender),
    element(
      "span.track",
      {},
      element("i.fill", { style: { width: percent(figure.median) } }),
      high > low ? spread : null,
    ),
    element("span.value", {}, metric.show(figure.median)),
  );
}

export function bars(metricName, contenders, styles) {
  const metric = metricOf(metricName);
  const scale = scaleOf([...contenders.values()]);
  const better = metric.more ? "longer is better" : "shorter is better";
  return element(
    "div.bars",
    {},
    element("p.axis", {}, `${metric.title}; ${better}${scale.log ? "; logarithmic scale" : ""}`),
    sorted(contenders, metric.more).map(([name, figure]) => row(name, figure, scale, metric, styles)),
  );
}
