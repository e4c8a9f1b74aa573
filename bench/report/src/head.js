// SPDX-License-Identifier: BSL-1.0
// What was measured where, and what speaks against believing it.
import { quietOf } from "./data.js";
import { element } from "./dom.js";
import { number } from "./format.js";

const plain = (value) =>
  value === true ? "yes" : value === false ? "no" : typeof value === "object" ? JSON.stringify(value) : String(value);

function* warningsOf(report) {
  if (report.correct === false) yield ["bad", "A counter had a wrong value: a lock let two owners in."];
  if (report.machine.checked) yield ["bad", "This build has the misuse checks: its figures mean nothing."];
  if (report.quick) yield ["warn", "A quick run: the samples are short. To see that it runs, not to quote."];
  if (report.placement?.kind === "mixed")
    yield ["warn", "The CPUs were near to each other in a part of the samples, and far in the others."];
  const loud = Object.entries(report.workloads)
    .map(([name, results]) => [name, quietOf(results)])
    .filter(([, { disturbed }]) => disturbed);
  if (loud.length)
    yield [
      "warn",
      `Others used the CPUs, and no quiet try was found for some samples: ${loud
        .map(([name, { kept, disturbed }]) => `${name} ${disturbed} of ${kept}`)
        .join(", ")}.`,
    ];
}

// How long a cache line takes from one CPU to another and back, and whether that was always alike.
function placementOf({ placement }) {
  if (!placement) return undefined;
  const time = placement.round_trip_ns
    ? `, ${number(placement.round_trip_ns.median)} ns for a cache line there and back`
    : "";
  return `${placement.kind}${time}`;
}

// A list of texts, or reasons by name.
function leftOut(report) {
  const what = report.left_out ?? report.machine.left_out;
  if (!what || !Object.keys(what).length) return null;
  const lines = Array.isArray(what)
    ? what.map(plain)
    : typeof what === "object"
      ? Object.entries(what).map(([name, why]) => `${name}: ${plain(why)}`)
      : [plain(what)];
  return element(
    "details.left-out",
    {},
    element("summary", {}, `Left out of this run (${lines.length})`),
    element(
      "ul",
      {},
      lines.map((line) => element("li", {}, line)),
    ),
  );
}

function toggleTables({ target }) {
  const open = target.textContent.startsWith("Open");
  for (const table of document.querySelectorAll("main details")) table.open = open;
  target.textContent = open ? "Close all tables" : "Open all tables";
}

export function head(report, text) {
  const facts = { ...report.machine, rounds: report.rounds, seed: report.seed, "CPUs are": placementOf(report) };
  delete facts.left_out;
  delete facts.checked;
  const download = () => {
    const link = element("a", {
      href: URL.createObjectURL(new Blob([text], { type: "application/json" })),
      download: "bench-report.json",
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  return [
    element(
      "div.top",
      {},
      element("h1", {}, element("span", {}, "holdfast"), " benchmarks"),
      element(
        "div.buttons",
        {},
        element("button", { type: "button", onclick: toggleTables }, "Open all tables"),
        element("button", { type: "button", onclick: download }, "Download the JSON"),
      ),
    ),
    ...[...warningsOf(report)].map(([kind, what]) => element(`p.banner.${kind}`, { role: "alert" }, what)),
    element(
      "dl.machine",
      {},
      Object.entries(facts)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) =>
          element(
            plain(value).length > 40 ? "div.long" : "div",
            {},
            element("dt", {}, name.replaceAll("_", " ")),
            element("dd", {}, plain(value)),
          ),
        ),
    ),
    element(
      "p.note",
      {},
      "Every contender runs once a round, in an order that is shuffled anew each time. A figure is the median over the rounds, " +
        "IQR the distance between its quartiles in percent of it, and a ratio the median of those between samples of the same round. " +
        "A sample during which others used the CPUs is taken again, within bounds. Names in parentheses are bare instructions, not locks.",
    ),
    leftOut(report),
  ].filter(Boolean);
}
