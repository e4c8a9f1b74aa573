// SPDX-License-Identifier: BSL-1.0
// Colours and dashes: ours always in the one strong colour, the others in colours that stay apart for
// the colour-blind (after Okabe and Ito).

const dashes = [[], [9, 4], [2, 3], [11, 3, 2, 3], [5, 5], [14, 4, 2, 3, 2, 3]];
const rivalColours = 6;

// Of ours the one that a workload's first goal is about: its line is the bold one.
function mainOnes(goals) {
  const byWorkload = new Map();
  for (const { row, goal } of goals) {
    const workload = row.split(", ")[0];
    if (!byWorkload.has(workload)) byWorkload.set(workload, goal.match(/of (.+?) [<>]=/)?.[1]);
  }
  return new Set(byWorkload.values());
}

export class Styles {
  constructor(report, contenders) {
    this.ours = new Set(report.ours ?? []);
    const main = mainOnes(report.goals ?? []);
    this.all = new Map();
    let own = 0;
    let rivals = 0;
    for (const name of contenders) {
      if (this.ours.has(name)) {
        const dash = main.has(name) ? [] : dashes[1 + (own++ % (dashes.length - 1))];
        this.all.set(name, { variable: "--ours", dash, width: main.has(name) ? 3 : 1.75, ours: true });
      } else {
        const dash = dashes[Math.floor(rivals / rivalColours) % dashes.length];
        this.all.set(name, { variable: `--rival-${rivals++ % rivalColours}`, dash, width: 1.75 });
      }
    }
  }
  of(contender) {
    const style = this.all.get(contender);
    return { ...style, colour: variable(style.variable) };
  }
}

export const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
