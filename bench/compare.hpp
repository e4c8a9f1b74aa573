// SPDX-License-Identifier: BSL-1.0
// What changed between two runs of the benchmarks.
#pragma once

#include <string>
#include <vector>

namespace bench {

// One figure of one contender under one load, in both runs.
struct changed_figure {
  std::string workload;
  std::string contender;
  std::string load;    // "shape empty section, threads 4"
  std::string metric;  // "ns"
  double before = 0;   // medians
  double after = 0;
  double spread = 0;  // the greater of both, percent of the median
  // The change is more than the spread of both runs.
  bool is_told_apart() const noexcept;
};

struct comparison {
  std::vector<changed_figure> figures;  // in the order of the first run
  std::vector<std::string> warnings;    // what makes the runs differ: machine, build, haste
  std::vector<std::string> only_in_one;
};

// Of two files that `--json` wrote. Throws std::runtime_error, with the file's name, for one that
// cannot be read or is something else.
comparison compare(const std::string& before, const std::string& after);

// To standard output; without `all`, only what is told apart.
void print(const comparison& found, bool all);

}  // namespace bench
