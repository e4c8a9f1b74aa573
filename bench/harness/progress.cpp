// SPDX-License-Identifier: BSL-1.0
// Showing progress.
#include "harness/progress.hpp"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include <fmt/core.h>

namespace bench {

progress::progress(std::string what, std::size_t steps)
    : what_(std::move(what)), steps_(steps), on_terminal_(::isatty(STDERR_FILENO) == 1) {}

progress::~progress() {
  if (on_terminal_ && shown_) fmt::print(stderr, "\r\033[K");
}

void progress::advance() {
  ++done_;
  if (seconds_since(last_) < (on_terminal_ ? 0.2 : 30.0)) return;
  last_ = clock::now();
  shown_ = true;
  fmt::print(stderr, "{}{}: {} of {}, {:.0f} s{}", on_terminal_ ? "\r\033[K" : "", what_, done_,
             steps_, seconds_since(begin_), on_terminal_ ? "" : "\n");
  std::fflush(stderr);
}

}  // namespace bench
