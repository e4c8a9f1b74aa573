// SPDX-License-Identifier: BSL-1.0
// Every figure of a panel as a table.
import { yardstickOf } from "./data.js";
import { sorted } from "./bars.js";
import { element } from "./dom.js";
import { axisOf, metricOf, number } from "./format.js";

// Tables up to this length are open at once.
const shortTable = 6;

function rowsOf({ axis, points }, styles) {
  const rows = [];
  for (const { x, metrics } of points) {
    const [[first, contenders], ...others] = metrics;
    const metric = metricOf(first);
    const yardstick = contenders.get(yardstickOf(contenders, styles.ours));
    sorted(contenders, metric.more).forEach(([name, figure], i) => {
      const cells = [
        metric.show(figure.median),
        figure.spread.toFixed(1),
        figure.ratioTo(yardstick).toFixed(2),
        ...others.map(([other, all]) => (all.has(name) ? metricOf(other).show(all.get(name).median) : "–")),
      ];
      const kind = [styles.ours.has(name) ? "ours" : "", axis && i === 0 ? "first" : ""].filter(Boolean).join(" ");
      rows.push(
        element(
          "tr",
          { class: kind },
          element("th", { scope: "row" }, name),
          axis ? element("td", {}, axisOf(axis).mark(x)) : null,
          cells.map((cell) => element("td", {}, cell)),
        ),
      );
    });
  }
  return rows;
}

export function table(panel, styles) {
  const { axis, points } = panel;
  const [[first, contenders], ...others] = points[0].metrics;
  const heads = [
    "contender",
    axis && axisOf(axis).title,
    metricOf(first).title,
    "IQR %",
    `/ ${yardstickOf(contenders, styles.ours)}`,
    ...others.map(([name]) => metricOf(name).short),
  ].filter(Boolean);
  const rows = rowsOf(panel, styles);
  return element(
    "details",
    rows.length <= shortTable ? { open: "" } : {},
    element("summary", {}, `Table, ${rows.length} rows`),
    element(
      "div.wide",
      { tabindex: "0" },
      element(
        "table",
        {},
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            heads.map((head) => element("th", { scope: "col" }, head)),
          ),
        ),
        element("tbody", {}, rows),
      ),
    ),
  );
}
