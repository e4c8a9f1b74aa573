// SPDX-License-Identifier: BSL-1.0
// Bundles src/ into page.html, which holds all it needs; the mark @REPORT@ in it is where the report goes.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";

const bundled = async (entry) => {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    target: "es2020",
    format: "iife",
    legalComments: "none",
  });
  return result.outputFiles[0].text.trim();
};

const parts = {
  LICENCE: readFileSync("node_modules/uplot/LICENSE", "utf8").trim(),
  STYLE: await bundled("src/page.css"),
  SCRIPT: await bundled("src/main.js"),
};
const page = readFileSync("src/page.html", "utf8").replace(/@(LICENCE|STYLE|SCRIPT)@/g, (_, name) => parts[name]);
writeFileSync("page.html", page);
