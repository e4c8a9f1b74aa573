// SPDX-License-Identifier: BSL-1.0
// What `holdfast demo` prints.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "counter_locks.hpp"
#include "json_output.hpp"
#include "table.hpp"

namespace cli {

// What one lock has to do, and why that is not what was asked for.
struct assignment {
  const counter_lock* lock;
  unsigned threads;
  std::int64_t increments;  // of each thread
  std::string note;

  std::int64_t expected() const noexcept { return threads * increments; }
};

struct counter_row {
  assignment asked;
  counter_result got;

  std::int64_t lost() const noexcept { return asked.expected() - got.final_value; }
  bool as_it_should() const noexcept { return asked.lock->name == no_lock || lost() == 0; }
  double ns_per_increment() const noexcept {
    return got.cost.seconds * 1e9 / static_cast<double>(asked.expected());
  }
};

table counter_table();
std::vector<cell> cells_of(const counter_row& row);

json json_of(const std::vector<counter_row>& rows, bool ok, unsigned threads,
             std::int64_t increments);

}  // namespace cli
