// SPDX-License-Identifier: BSL-1.0
// The condition variable of the pthread calls: each signal is for the one who waited longest when it was
// sent, and who is cancelled passes it on.
#include "pthread_condition_programs.hpp"

namespace holdfast::verify {
namespace {

const bool pthread_condition_added = add({
    "pthread condition",
    {"condition_wait.hpp", "condition.hpp", "condition_algorithm.hpp"},
    {{"1 waiter, 1 signal", by_content(complete()), one_signal_at_a_time(1, 1)},
     {"1 waiter x 2, 2 signals", by_content(bounded(1)), one_signal_at_a_time(1, 2)},
     {"2 waiters, 2 signals", by_content(bounded(0)), one_signal_at_a_time(2, 1)},
     {"2 waiters, one of them x 2, 3 signals", random(20'000), one_signal_at_a_time(2, 2), false},
     {"2 waiters, one is cancelled", by_content(bounded(1)), one_is_cancelled(false)},
     {"2 waiters, one is cancelled, broadcast", by_content(bounded(0)), one_is_cancelled(true)},
     {"2 waiters, 2 signals", by_content(bounded(1)), one_signal_at_a_time(2, 1), false, true},
     {"2 waiters, one of them x 2, 3 signals", by_content(bounded(1)), one_signal_at_a_time(2, 2),
      false, true},
     {"2 waiters, one is cancelled", by_content(bounded(2)), one_is_cancelled(false), false, true},
     {"2 waiters, one is cancelled, broadcast", by_content(bounded(1)), one_is_cancelled(true),
      false, true}},
    {},
});

}  // namespace
}  // namespace holdfast::verify
