// SPDX-License-Identifier: BSL-1.0
// The progress line.
#include "progress.hpp"

#include <condition_variable>
#include <cstdio>
#include <mutex>

#include <fmt/format.h>

#include "output.hpp"
#include "terminal.hpp"

namespace cli {
namespace {

constexpr std::chrono::seconds silence{2};
constexpr std::chrono::seconds between_drawings{1};
constexpr std::chrono::seconds between_lines{10};

}  // namespace

progress::progress(std::size_t steps)
    : steps_(steps),
      on_terminal_(is_terminal(stderr)),
      ticker_([this](const std::stop_token& stop) { tick(stop); }) {}

progress::~progress() {
  ticker_.request_stop();
  ticker_.join();
  erase(state_.get_mut(holdfast::even_if_poisoned));
}

void progress::begin(std::string step) {
  const auto now = state_.lock(holdfast::even_if_poisoned);
  now->step = std::move(step);
  ++now->number;
}

void progress::print(std::string_view line) {
  const auto now = state_.lock(holdfast::even_if_poisoned);
  erase(*now);
  write_out(line);
}

void progress::tick(const std::stop_token& stop) {
  std::mutex sleeping;
  std::condition_variable_any stopped;
  std::unique_lock hold(sleeping);
  auto next = start_ + silence;
  while (!stopped.wait_until(hold, stop, next, [&stop] { return stop.stop_requested(); }) &&
         !stop.stop_requested()) {
    draw(*std::as_const(hold_state()));
    next += on_terminal_ ? between_drawings : between_lines;
  }
}

}  // namespace cli
