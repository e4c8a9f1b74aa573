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
  erase(state_.get_mut());
}

void progress::begin(std::string step) {
  const auto now = state_.lock();
  now->step = std::move(step);
  ++now->number;
}

void progress::print(std::string_view line) {
  const auto now = state_.lock();
  erase(*now);
  write_out(line);
}

void progress::warn(std::string_view message) {
  const auto now = state_.lock();
  erase(*now);
  complain(message);
}

void progress::tick(const std::stop_token& stop) {
  std::mutex sleeping;
  std::condition_variable_any wake;
  std::unique_lock asleep(sleeping);
  auto next = clock::now() + silence;
  for (;;) {
    wake.wait_until(asleep, stop, next, [] { return false; });
    if (stop.stop_requested()) return;
    state_.with([this](progress_state& now) { draw(now); });
    next += on_terminal_ ? between_drawings : between_lines;
  }
}

void progress::draw(progress_state& now) const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(clock::now() - start_);
  const std::string line =
      fmt::format("{}/{} {}, {} s", now.number, steps_, now.step, seconds.count());
  // Without a newline at the end the next drawing, or erase(), takes the line's place.
  static_cast<void>(
      std::fprintf(stderr, on_terminal_ ? "\r%s\033[K" : "holdfast: %s\n", line.c_str()));
  now.drawn = on_terminal_;
}

void progress::erase(progress_state& now) {
  if (now.drawn) static_cast<void>(std::fputs("\r\033[K", stderr));
  now.drawn = false;
}

}  // namespace cli
