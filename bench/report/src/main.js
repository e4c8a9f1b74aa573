// SPDX-License-Identifier: BSL-1.0
// The page: what the report has, section by section.
import { bars } from "./bars.js";
import { isFloor, isPercentile, isProfile, loadsOf, namesOfFigures, panelsOf, quietOf } from "./data.js";
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
const workloads = Object.entries(report.workloads).map(([name, results]) => ({ name, results, panels: panelsOf(loadsOf(name, results, figureNames)) }));

// Colours are given in the order in which contenders come, lines first: those need them.
function contendersOf(panels) {
  const names = new Set();
  for (const { points } of panels) for (const { metrics } of points) for (const contenders of metrics.values()) for (const name of contenders.keys()) names.add(name);
  return names;
}
const isLines = (panel) => panel.axis !== undefined || isProfile(panel.points[0]);
const allPanels = workloads.flatMap(({ panels }) => panels);
const styles = new Styles(report, new Set([...contendersOf(allPanels.filter(isLines)), ...contendersOf(allPanels)]));

// Lines in the order of the legend: best first, by the geometric mean.
function seriesOf(names, valuesOf, more) {
  const mean = (values) => {
    const known = values.filter((value) => value > 0);
    return known.length ? known.reduce((sum, value) => sum + Math.log(value), 0) / known.length : more ? -Infinity : Infinity;
  };
  return [...names].filter((name) => !isFloor(name)).map((name) => ({ name, style: () => styles.of(name), values: valuesOf(name) }))
    .sort((a, b) => (more ? mean(b.values) - mean(a.values) : mean(a.values) - mean(b.values)));
}

function linesOver(panel, title) {
  const hidden = new Set();
  const metrics = [...panel.points[0].metrics.keys()];
  const names = contendersOf([panel]);
  const xs = panel.points.map(({ x }) => x);
  const axis = axisOf(panel.axis);
  let first;
  const charts = metrics.map((name, i) => {
    const metric = metricOf(name);
    const series = seriesOf(names, (contender) => panel.points.map(({ metrics: at }) => at.get(name)?.get(contender)?.median), metric.more);
    first ??= series;
    return lines({ title, metric, xs, series, hidden, xTitle: axis.title, xMark: axis.mark, xUnit: axis.title, height: i > 0 ? 175 : metrics.length > 2 ? 380 : 300, group: title + panel.load });
  });
  const [main, ...small] = charts.map(({ node }) => node);
  const drawing = element(small.length ? "div.drawing.with-small" : "div.drawing", {}, main, small.length ? element("div.small", {}, small) : null);
  return [drawing, legend(first, charts, hidden)];
}

function percentiles(panel, title) {
  const hidden = new Set();
  const { metrics } = panel.points[0];
  const names = [...metrics.keys()].filter(isPercentile);
  const series = seriesOf(contendersOf([panel]), (contender) => names.map((name) => metrics.get(name).get(contender)?.median), false);
  const metric = { title: metricOf(names[0]).title.replace(/, .*/, " for the lock"), show: time, mark: timeMark };
  const chart = lines({ title, metric, xs: names.map(percentileName), series, hidden, xTitle: "percentile", height: 300, group: title });
  return [chart.node, legend(series, [chart], hidden)];
}

function card(panel, workload) {
  const title = loadText(panel.load.filter(([name]) => name !== "list")) || "";
  const list = panel.load.find(([name]) => name === "list")?.[1];
  const [metric, contenders] = [...panel.points[0].metrics][0];
  const heading = [list, title].filter(Boolean).join(": ") || (metric === "ns" ? "one thread alone" : "");
  const drawing = panel.axis !== undefined ? linesOver(panel, `${workload} ${heading}`)
    : isProfile(panel.points[0]) ? percentiles(panel, `${workload} ${heading}`) : [bars(metric, contenders, styles)];
  return element(panel.axis !== undefined ? "article.card.full" : "article.card", {}, heading ? element("h3", {}, heading) : null, drawing, table(panel, styles));
}

function section({ name, results, panels }) {
  const { kept, rejected, disturbed } = quietOf(results);
  const about = report.about?.[name];
  const quiet = kept ? `samples: ${kept} kept, ${rejected} taken again, ${disturbed} disturbed` : "";
  return element("section", { id: `workload-${name}` }, element("h2", {}, name), element("p.note", {}, [about, quiet].filter(Boolean).join(" · ")),
    panels.length ? element("div.cards", {}, panels.map((panel) => card(panel, name))) : element("p.note", {}, "No samples."));
}

document.title = `holdfast benchmarks, ${report.machine.date ?? ""}`;
document.getElementById("head").append(...head(report, text));
const main = document.getElementById("main");
main.replaceChildren();
if (report.goals) main.append(goals(report.goals));
main.append(...workloads.map(section));
document.getElementById("contents").append(...[...main.querySelectorAll("section")].map(({ id, firstChild }) => element("a", { href: `#${id}` }, firstChild.textContent)));
