// SPDX-License-Identifier: BSL-1.0
// How a primitive says what is to be explored of it: programs, and the changes that do no harm.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "holdfast/model/check.hpp"
#include "holdfast/model/platform.hpp"

namespace holdfast::verify {

// A few threads that use the primitive, and how their ways are gone through.
struct program {
  std::string name;  // "3 threads x 2, restartable"
  model::options how;
  std::function<void(model::scenario&)> build;
  // Mutants run this one too. Small ones first: most mutants die there.
  bool for_mutants = true;
  // Only with --long.
  bool wide = false;
};

// A place that can be made weaker without harm, found by the text of its line.
struct equivalent {
  std::string file;
  std::string line;  // part of it
  model::mutation::kind what;
  std::string because;
};

struct primitive {
  std::string name;
  std::vector<std::string>
      files;  // whose mutants are this primitive's to kill; by the end of the path
  std::vector<program> programs;
  std::vector<equivalent> equivalents;
};

// All that have been added, in the order of their names.
std::vector<primitive>& primitives();

// Add one: `const bool added = add({...});` in a file of its own.
bool add(primitive p);

inline model::options complete(std::uint64_t at_most = 100'000'000) {
  model::options how;
  how.executions_at_most = at_most;
  return how;
}
inline model::options bounded(unsigned preemptions, std::uint64_t at_most = 100'000'000) {
  model::options how = complete(at_most);
  how.mode = model::search::bounded;
  how.preemptions = preemptions;
  return how;
}
// States compared by what is there: for what has neither heap memory nor globals nor exceptions.
inline model::options by_content(model::options how) {
  how.compares_stacks = true;
  return how;
}
inline model::options random(std::uint64_t executions, std::uint64_t seed = 1) {
  model::options how = complete(executions);
  how.mode = model::search::random;
  how.seed = seed;
  return how;
}

}  // namespace holdfast::verify
