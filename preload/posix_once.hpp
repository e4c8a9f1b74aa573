// SPDX-License-Identifier: BSL-1.0
// The once of POSIX, in the word of the C library: a function that is left early is called again.
#pragma once

#include <climits>
#include <cstdint>

#include "holdfast/base/deadline.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/wait/spin_wait.hpp"

namespace preload {

// Not once, which knows of no forks (docs/decisions/0024). One word; 0 from the static initialiser.
//
//  bits | meaning
//  0    | a thread is in the function
//  1    | the function has returned
//  2-31 | how often the process had forked when that thread began: others do not exist any more
template <class Platform>
class posix_once {
 public:
  static constexpr std::uint32_t one_fork = 4;

  bool is_done() const noexcept { return (word_.load(order::acquire) & done) != 0; }  // [X3]

  // True if the caller is to call the function, and then finish() or give_up(); false once it is done.
  // `forks` are those so far, times `one_fork`. `about_to_wait` runs once, if it waits at all.
  template <class Told>
  bool begin(std::uint32_t forks, Told about_to_wait) noexcept {
    const std::uint32_t mine = forks | running;
    holdfast::detail::spin_before_park<Platform> wait;
    bool has_waited = false;
    for (;;) {
      std::uint32_t seen = word_.load(order::acquire);  // [X3] receives what the function did
      if ((seen & done) != 0) return false;
      if (seen != mine) {
        if (word_.compare_exchange(seen, mine,
                                   order::acquire,  // [X3] a cancelled one may have been here
                                   order::relaxed))
          return true;
        continue;
      }
      if (!has_waited) about_to_wait();
      has_waited = true;
      if (!wait.spin()) Platform::futex_wait(word_, mine, holdfast::deadline::never());
    }
  }

  void finish() noexcept { leave(done); }
  // The next who comes calls the function.
  void give_up() noexcept { leave(0); }

 private:
  using order = holdfast::platform::order;
  using word = typename Platform::template atomic<std::uint32_t>;

  static constexpr std::uint32_t running = 1;
  static constexpr std::uint32_t done = 2;

  void leave(std::uint32_t as) noexcept {
    word* const place = &word_;
    place->store(as, order::release);  // [X3]
    // After this line *this may be gone.
    Platform::futex_wake(place, INT_MAX);
  }

  word word_;
};

}  // namespace preload
