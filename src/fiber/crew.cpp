// SPDX-License-Identifier: BSL-1.0
// What several runners have in common, and how they find each other's work.
#include "fiber/crew.hpp"

#include <algorithm>

#include "holdfast/park/parking_lot.hpp"
#include "holdfast/platform/clock.hpp"

namespace holdfast::fiber::detail {

using platform::order;
using lot = holdfast::detail::basic_parking_lot<platform::native>;

namespace {
// For what a fiber needs at least: its context, and a signal's frame.
constexpr std::size_t smallest_stack_size = std::size_t{16} * 1024;
}  // namespace

crew::crew(unsigned runners, bool until_stopped)
    : is_shared_(runners > 1), until_stopped_(until_stopped) {
  runners_.reserve(runners);
  for (unsigned i = 0; i < runners; ++i) runners_.push_back(std::make_unique<runner>(*this));
}

crew::~crew() {
  // Somebody may have delivered a fiber that has ended since, and not have looked up yet.
  while (pins_.load(order::acquire) != 0) platform::yield();  // [F3]
  // What they own may spawn others when it is destroyed.
  while (!is_empty())
    for (const auto& each : runners_) each->drop_all();
}

void crew::start(state& to_run, std::size_t stack_size) {
  context& made = context::make(stacks_.take(std::max(stack_size, smallest_stack_size)), to_run);
  living_.fetch_add(1, order::relaxed);
  if (runner* const here = runner::of_this_thread(); here != nullptr && &here->its_crew() == this) {
    made.home = here;
    here->make_ready(made);
  } else {
    made.home = runners_[next_runner_.fetch_add(1, order::relaxed) % runners_.size()].get();
    deliver(made);
  }
}

void crew::bury(context& ended) noexcept {
  const platform::fiber_stack stack = ended.stack;
  ended.watchers.end_fiber();
  platform::deregister_stack(ended.stack_id);
  ended.~context();
  stacks_.give_back(stack);
  if (living_.fetch_add(~std::size_t{0}, order::release) != 1) return;  // [F4]
  if (until_stopped_) {
    wake_all();
    lot::instance().unpark_all(&living_, 0);
  }
}

// One runner is there until the fiber has been run; with several, the fiber may end and the crew be
// destroyed before we have looked for one that is asleep, so that it has to wait for us.
void crew::deliver(context& who) noexcept {
  runner& to = *who.home;
  if (!is_shared_) return to.deliver(who);
  pins_.fetch_add(1, order::relaxed);
  to.deliver(who);
  wake_one_if_idle();
  pins_.fetch_add(~0U, order::release);  // [F3]
}

void crew::stop() noexcept {
  stopped_.store(true, order::relaxed);
  wake_all();
}

bool crew::is_done() const noexcept {
  return is_empty() && (!until_stopped_ || stopped_.load(order::relaxed));
}

void crew::wait_until_none_lives() noexcept {
  holdfast::detail::basic_waiter<platform::native> self;
  while (!is_empty())
    lot::instance().park(&living_, self, deadline::never(), [this] { return !is_empty(); });
}

void crew::wake_one_if_idle() noexcept {
  if (!sleepers_.any()) return;
  for (const auto& each : runners_)
    if (each->wake()) return;
}

void crew::wake_all() noexcept {
  if (!sleepers_.any()) return;
  for (const auto& each : runners_) each->wake();
}

void crew::earliest_deadline_has_changed() noexcept {
  runner* const keeper = sleepers_.timekeeper();
  // Without one, those that sleep do so for ever, and those that are awake may run a fiber for long.
  if ((keeper == nullptr || !keeper->wake()) && is_shared_) wake_one_if_idle();
}

deadline crew::sleeps_until(const runner& who) const noexcept {
  if (!sleepers_.keeps_time(who)) return deadline::never();
  const std::int64_t earliest = timers_.earliest();
  return earliest == holdfast::detail::timers::never
             ? deadline::never()
             : deadline::after(earliest - platform::monotonic_now());
}

void crew::is_awake(runner& who) noexcept {
  if (sleepers_.leave(who) && timers_.earliest() != holdfast::detail::timers::never)
    wake_one_if_idle();
}

}  // namespace holdfast::fiber::detail
