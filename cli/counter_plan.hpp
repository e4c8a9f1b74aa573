// SPDX-License-Identifier: BSL-1.0
// What `holdfast demo` is asked to do, and what each lock therefore does.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "counter_locks.hpp"

namespace cli {

struct counter_options {
  unsigned threads = 4;
  std::int64_t increments = 1'000'000;  // of each thread
  std::vector<std::string> locks;       // empty: all
  bool json = false;
  bool list = false;
};

struct assignment {
  const counter_lock* lock;
  unsigned threads;
  std::int64_t increments;  // of each thread
  std::string note;         // why that is not what was asked for, or what was odd

  std::int64_t expected() const noexcept { return threads * increments; }
};

// One for each lock that the options name.
std::vector<assignment> plan_counter(const counter_options& options);

struct counter_row {
  assignment asked;
  counter_result got;

  std::int64_t lost() const noexcept { return asked.expected() - got.final_value; }
  bool as_it_should() const noexcept { return asked.lock->name == no_lock || lost() == 0; }
  double ns_per_increment() const noexcept {
    return got.cost.seconds * 1e9 / static_cast<double>(asked.expected());
  }
};

counter_row carry_out(const assignment& task);

}  // namespace cli
