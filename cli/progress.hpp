// SPDX-License-Identifier: BSL-1.0
// Says on standard error what is going on, once it has taken two seconds.
#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "holdfast/mutex.hpp"

namespace cli {

struct progress_state {
  std::string step;
  std::size_t number = 0;
  bool drawn = false;
};

// On a terminal one line that is drawn again each second, otherwise a line now and then. Costs a
// thread that sleeps.
class progress {
 public:
  explicit progress(std::size_t steps);
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress();

  void begin(std::string step);

  // Writes a line on standard output, which may be the same terminal. Throws output_error.
  void print(std::string_view line);

  // The same with a message on standard error.
  void warn(std::string_view message);

 private:
  using clock = std::chrono::steady_clock;
  void tick(const std::stop_token& stop);
  void draw(progress_state& now) const;
  static void erase(progress_state& now);

  const std::size_t steps_;
  const bool on_terminal_;
  const clock::time_point start_ = clock::now();
  // Each state is fit to be shown, also after a failed print.
  holdfast::mutex<progress_state, holdfast::parking_lock, holdfast::no_poisoning> state_;
  std::jthread ticker_;  // last: the others have to be there before it starts
};

}  // namespace cli
