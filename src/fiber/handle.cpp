// SPDX-License-Identifier: BSL-1.0
// What a fiber and its handle say to each other.
#include "holdfast/fiber/handle.hpp"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "holdfast/platform/task.hpp"

#include "fiber/runner.hpp"

namespace holdfast::fiber::detail {

using platform::order;

state::state(std::string name) : name_(std::move(name)), id_(platform::next_task_id()) {}

state::~state() = default;

void state::run() noexcept {
  try {
    call();
  } catch (...) {
    error_ = std::current_exception();
  }
}

void state::end() noexcept {
  if (error_ != nullptr && !has_handle_.load(order::acquire)) {  // [F6] who detached it is done
    std::fprintf(stderr,
                 "holdfast: an exception leaves the fiber '%s', which nobody can join any more. "
                 "Keep its handle and join it, or catch the exception in the fiber.\n",
                 name_.c_str());
    std::terminate();
  }
  ended_.call([] {});
}

void state::abandon() noexcept {
  abandoned_ = true;
  ended_.call([] {});
  release();
}

void state::release() noexcept {
  if (owners_.fetch_add(~0U, order::acq_rel) == 1) delete this;  // [F7] the others are done with it
}

void state::forget() noexcept {
  has_handle_.store(false, order::release);  // [F6]
  release();
}

void state::finish_join() {
  if (abandoned_)
    throw std::system_error(
        ECANCELED, std::generic_category(),
        "holdfast: the scheduler of this fiber was destroyed before the fiber began: call run() "
        "first");
  if (error_ != nullptr) std::rethrow_exception(std::exchange(error_, nullptr));
}

void state::refuse_own_join() const {
  const context* const me = runner::this_fiber();
  if (me != nullptr && me->shared == this)
    throw std::system_error(EDEADLK, std::generic_category(),
                            "holdfast: a fiber joins itself: it would wait for ever");
}

}  // namespace holdfast::fiber::detail
