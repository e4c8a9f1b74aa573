// SPDX-License-Identifier: BSL-1.0
// The goals and what was reached of them.
import { element } from "./dom.js";
import { number } from "./format.js";

const typeset = (text) =>
  text
    .replaceAll("<=", "≤")
    .replaceAll(">=", "≥")
    .replaceAll(" x ", " × ")
    .replace(/(^|, )1 (\w{4,}?)s\b/g, "$11 $2");
const figureOf = ({ rival }, figure) => `${number(figure)}${rival ? "\u00a0×" : ""}`;

const verdicts = new Map([
  [true, ["reached", "✓ reached"]],
  [false, ["missed", "✗ not reached"]],
  [null, ["open", "– not measured"]],
]);
const kindOf = (goal) => verdicts.get(goal.reached ?? null);

function cellsOf(goal) {
  if (!(goal.cells?.length > 1)) return null;
  return element(
    "p.cells",
    {},
    goal.cells.map(({ load, figure, reached }) =>
      element(
        reached ? "span" : "span.missed",
        {},
        `${typeset(load)}: ${figureOf(goal, figure)}${reached ? "" : " ✗"}`,
      ),
    ),
  );
}

function line(goal, row) {
  const [kind, text] = kindOf(goal);
  const at = goal.load && !goal.row.endsWith(`, ${goal.load}`) ? `, ${typeset(goal.load)}` : "";
  const rival = goal.rival ? `${goal.rival}${at}` : at.slice(2);
  return element(
    `tr.${kind}`,
    {},
    element("td.verdict", {}, element("span", {}, text)),
    element(
      "td.what",
      {},
      row ? element("b", {}, typeset(row)) : null,
      element("span", {}, typeset(goal.goal)),
      cellsOf(goal),
    ),
    element("td.figure", {}, goal.figure === null ? "" : figureOf(goal, goal.figure)),
    element("td.rival", {}, rival),
  );
}

export function goals(all) {
  const count = (kind) => all.filter((goal) => kindOf(goal)[0] === kind).length;
  const tally = [
    ["reached", "reached"],
    ["missed", "not reached"],
    ["open", "not measured"],
  ].map(([kind, text]) => element(`div.${kind}`, {}, element("b", {}, String(count(kind))), ` ${text}`));
  const bodies = new Map();
  for (const goal of all) {
    const [workload, ...rest] = goal.row.split(", ");
    if (!bodies.has(workload)) bodies.set(workload, []);
    bodies.get(workload).push(line(goal, rest.join(", ")));
  }
  return element(
    "section",
    { id: "goals" },
    element("h2", {}, "Goals"),
    element("div.tally", {}, tally),
    element(
      "div.wide",
      { tabindex: "0" },
      element(
        "table.goals",
        {},
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            ["", "goal", "figure", "beside"].map((head) => element("th", { scope: "col" }, head)),
          ),
        ),
        [...bodies].map(([workload, rows]) =>
          element(
            "tbody",
            {},
            element("tr.group", {}, element("th", { colspan: "4", scope: "rowgroup" }, workload)),
            rows,
          ),
        ),
      ),
    ),
    element(
      "p.note",
      {},
      "Medians; a figure beside a rival is the ratio in the same round. The best rival is the one with the best median " +
        "under that load. Where a goal is for several numbers of threads, the figure is the worst of them.",
    ),
  );
}
