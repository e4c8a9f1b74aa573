// SPDX-License-Identifier: BSL-1.0
// The page: what the report has, section by section.
import { bars } from "./bars.js";
import { isFloor, isPercentile, isProfile, loadsOf, namesOfFigures, panelsOf, quietOf, yardstickOf } from "./data.js";
import { element } from "./dom.js";
import { axisOf, loadText, metricOf, percentileName, time, timeMark } from "./format.js";
import { goals } from "./goals.js";
import { head } from "./head.js";
import { legend, lines } from "./lines.js";
import { Styles } from "./style.js";
import { table } from "./tables.js";

const text = document.getElementById("report").textContent;
const report = JSON.parse(text);
const figureNames = namesOfFigures(text);
const workloads = Object.entries(report.workloads).map(([name, results]) => ({
  name,
  results,
  panels: panelsOf(loadsOf(name, results, figureNames)),
}));

// Colours are given in the order in which contenders come, lines first: those need them.
function contendersOf(panels) {
  const names = new Set();
  for (const { points } of panels)
    for (const { metrics } of points)
      for (const contenders of metrics.values()) for (const name of contenders.keys()) names.add(name);
  return names;
}
const isLines = (panel) => panel.axis !== undefined || isProfile(panel.points[0]);
const allPanels = workloads.flatMap(({ panels }) => panels);
const styles = new Styles(report, new Set([...contendersOf(allPanels.filter(isLines)), ...contendersOf(allPanels)]));

// Lines in the order of the legend: best first, by the geometric mean.
function seriesOf(names, valuesOf, more) {
  const mean = (values) => {
    const known = values.filter((value) => value > 0);
    return known.length
      ? known.reduce((sum, value) => sum + Math.log(value), 0) / known.length
      : more
        ? -Infinity
        : Infinity;
  };
  return [...names]
    .filter((name) => !isFloor(name))
    .map((name) => ({ name, style: () => styles.of(name), values: valuesOf(name) }))
    .sort((a, b) => (more ? mean(b.values) - mean(a.values) : mean(a.values) - mean(b.values)));
}

function linesOver(panel, title) {
  const hidden = new Set();
  const metrics = [...panel.points[0].metrics.keys()];
  const names = contendersOf([panel]);
  const axis = axisOf(panel.axis);
  const over = (valueOf, more) =>
    seriesOf(names, (contender) => panel.points.map((point) => valueOf(point, contender)), more);
  const draw = (metric, series, height) =>
    lines({
      title,
      metric,
      series,
      hidden,
      height,
      xs: panel.points.map(({ x }) => x),
      xTitle: axis.title,
      xMark: axis.mark,
      xUnit: axis.unit,
      group: title,
    });
  const medians = (name) =>
    over((point, contender) => point.metrics.get(name)?.get(contender)?.median, metricOf(name).more);

  const first = medians(metrics[0]);
  const height = metrics.length > 2 && !axis.relative ? 380 : 300;
  const charts = metrics.map((name, i) => draw(metricOf(name), i ? medians(name) : first, i ? 175 : height));
  // Over the length of a section throughput falls so much that only a ratio tells the lines apart.
  if (axis.relative) {
    const yardstick = yardstickOf(panel.points[0].metrics.get(metrics[0]), styles.ours);
    const ratios = over(({ metrics: at }, contender) => {
      const all = at.get(metrics[0]);
      return all.has(yardstick) ? all.get(contender)?.ratioTo(all.get(yardstick)) : undefined;
    }, true);
    charts.splice(1, 0, draw({ title: `the same, divided by that of ${yardstick}` }, ratios, height));
  }
  const [main, ...small] = charts.map(({ node }) => node);
  const drawing = axis.relative
    ? element("div.drawing.halves", {}, main, small)
    : element(
        small.length ? "div.drawing.with-small" : "div.drawing",
        {},
        main,
        small.length ? element("div.small", {}, small) : null,
      );
  return [drawing, legend(first, charts, hidden)];
}

function percentiles(panel, title) {
  const hidden = new Set();
  const { metrics } = panel.points[0];
  const names = [...metrics.keys()].filter(isPercentile);
  const series = seriesOf(
    contendersOf([panel]),
    (contender) => names.map((name) => metrics.get(name).get(contender)?.median),
    false,
  );
  const metric = { title: metricOf(names[0]).title.replace(/, .*/, " for the lock"), show: time, mark: timeMark };
  const chart = lines({
    title,
    metric,
    xs: names.map(percentileName),
    series,
    hidden,
    xTitle: "percentile",
    height: 300,
    group: title,
  });
  return [chart.node, legend(series, [chart], hidden)];
}

function card(panel, workload) {
  const title = loadText(panel.load.filter(([name]) => name !== "list")) || "";
  const list = panel.load.find(([name]) => name === "list")?.[1];
  const [metric, contenders] = [...panel.points[0].metrics][0];
  const heading = [list, title].filter(Boolean).join(": ") || (metric === "ns" ? "one thread alone" : "");
  const drawing =
    panel.axis !== undefined
      ? linesOver(panel, `${workload} ${heading}`)
      : isProfile(panel.points[0])
        ? percentiles(panel, `${workload} ${heading}`)
        : [bars(metric, contenders, styles)];
  return element(
    panel.axis !== undefined ? "article.card.full" : "article.card",
    {},
    heading ? element("h3", {}, heading) : null,
    drawing,
    table(panel, styles),
  );
}

function section({ name, results, panels }) {
  const { kept, rejected, disturbed } = quietOf(results);
  const about = report.about?.[name];
  const quiet = kept ? `samples: ${kept} kept, ${rejected} taken again, ${disturbed} disturbed` : "";
  return element(
    "section",
    { id: `workload-${name}` },
    element("h2", {}, name),
    element("p.note", {}, [about, quiet].filter(Boolean).join(" · ")),
    panels.length
      ? element(
          "div.cards",
          {},
          panels.map((panel) => card(panel, name)),
        )
      : element("p.note", {}, "No samples."),
  );
}

document.title = `holdfast benchmarks, ${report.machine.date ?? ""}`;
document.getElementById("head").append(...head(report, text));
const main = document.getElementById("main");
main.replaceChildren();
if (report.goals) main.append(goals(report.goals));
main.append(...workloads.map(section));
document
  .getElementById("contents")
  .append(
    ...[...main.querySelectorAll("section")].map(({ id, firstChild }) =>
      element("a", { href: `#${id}` }, firstChild.textContent),
    ),
  );
