// SPDX-License-Identifier: BSL-1.0
// Why `asked` is a mark of its own: it is set without a fence, so a waiter that goes to sleep must
// not trust it as it trusts `parked`.
#include <source_location>

#include <gtest/gtest.h>

#include "holdfast/model/check.hpp"
#include "holdfast/model/platform.hpp"

#include "lock/parking_lock_algorithm.hpp"
#include "park/parking_lot_algorithm.hpp"
#include "support/unanalysed.hpp"

namespace holdfast::model {
namespace {

// One mark for both.
struct open_bytes : two_bytes {
  using two_bytes::mark_;
};
struct trusting_bytes : platform::basic_lock_bytes<open_bytes> {
  bool is_parked() const noexcept {
    return (static_cast<const open_bytes&>(*this).mark_.load(order::relaxed) & 3U) != 0;
  }
};
struct trusting : steps {
  using unchecked = steps;
  using lock_bytes = trusting_bytes;
  static bool release_alone(lock_bytes& bytes,
                            const std::source_location& site = std::source_location::current()) {
    return bytes.release_in_sequence(site) == detail::sequence_end::committed ||
           bytes.release_alone();
  }
};

// A waiter that asks and then is told to stop, beside two that lock for good.
template <class Platform>
result asks_and_gives_up(std::uint64_t executions_at_most) {
  options how;
  how.mode = search::bounded;
  how.preemptions = 1;
  how.compares_stacks = true;
  how.crowds = true;
  how.executions_at_most = executions_at_most;
  return explore("asks", how, [](scenario& s) {
    auto& lock = s.make<basic_parking_lock<Platform>>("lock");
    auto& waiter = s.make<holdfast::detail::basic_waiter<steps>>("waiter");
    for (int i = 0; i < 2; ++i)
      s.thread("owner", [&lock] {
        lock.lock();
        lock.unlock();
      });
    s.thread("asks", [&lock, &waiter] {
      if (lock.try_lock_until(deadline::never(), waiter)) lock.unlock();
    });
    s.thread("stop", [&waiter] { waiter.interrupt(); });
  });
}

TEST(asked_mark, a_sleeper_that_trusts_it_is_lost) {
  const result r = asks_and_gives_up<trusting>(200'000);
  EXPECT_NE(r.failure.find("a wake-up was lost"), std::string::npos) << r.summary();
}

// As far as that goes; holdfast-verify goes further.
TEST(asked_mark, a_sleeper_that_does_not_is_woken) {
  const result r = asks_and_gives_up<steps>(5'000);
  EXPECT_TRUE(r.failure.empty()) << r.summary() << r.failure;
}

}  // namespace
}  // namespace holdfast::model
