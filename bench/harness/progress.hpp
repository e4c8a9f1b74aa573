// SPDX-License-Identifier: BSL-1.0
// What is going on, on standard error, for whoever waits longer than two seconds.
#pragma once

#include <cstddef>
#include <string>

#include "harness/timing.hpp"

namespace bench {

// On a terminal one line that is rewritten and erased at the end; elsewhere a line every 30 s.
class progress {
 public:
  progress(std::string what, std::size_t steps);
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress();

  // One more step is done.
  void advance();

 private:
  std::string what_;
  std::size_t steps_;
  std::size_t done_ = 0;
  bool on_terminal_;
  bool shown_ = false;
  clock::time_point begin_ = clock::now();
  clock::time_point last_ = begin_;
};

}  // namespace bench
