// SPDX-License-Identifier: BSL-1.0
// The calling fiber.
#include "holdfast/fiber/this_fiber.hpp"

#include <cerrno>
#include <system_error>

#include "holdfast/fiber/local.hpp"
#include "holdfast/platform/cpu.hpp"

#include "fiber/crew.hpp"
#include "fiber/switch.hpp"

namespace holdfast::fiber {

namespace {

// Null also in a fiber that is destroying its result.
detail::state* this_state() noexcept {
  const detail::context* const me = detail::runner::this_fiber();
  return me == nullptr ? nullptr : me->shared;
}

}  // namespace

bool in_fiber() noexcept { return detail::runner::this_fiber() != nullptr; }

void yield() noexcept {
  if (detail::runner* const here = detail::runner::of_this_fiber(); here != nullptr) [[likely]]
    here->yield_here();
  else
    platform::yield();
}

void keep_float_environment() noexcept {
  if (detail::runner* const here = detail::runner::of_this_fiber(); here != nullptr)
    here->keep_float_environment();
}

std::stop_token stop_token() noexcept {
  detail::state* const mine = this_state();
  return mine == nullptr ? std::stop_token() : mine->stop().get_token();
}

const std::string& name() noexcept {
  static const std::string none;
  const detail::state* const mine = this_state();
  return mine == nullptr ? none : mine->name();
}

std::uint64_t id() noexcept {
  const detail::state* const mine = this_state();
  return mine == nullptr ? 0 : mine->id();
}

namespace detail {

void start(crew& by, state& to_run, std::size_t stack_size) { by.start(to_run, stack_size); }

crew& this_crew() {
  runner* const here = runner::of_this_thread();
  if (here == nullptr)
    throw std::system_error(
        EPERM, std::generic_category(),
        "holdfast: fiber::spawn outside a fiber: spawn by a scheduler or a pool");
  return here->its_crew();
}

std::size_t next_key_of_local() noexcept {
  static constinit platform::atomic<std::size_t> last(0);
  return last.fetch_add(1, platform::order::relaxed);
}

namespace {
// Looked up afresh each time, as the calling fiber may be on another thread than the last time.
[[gnu::noinline]] local_values& values_of_caller() noexcept {
  if (context* const me = runner::this_fiber(); me != nullptr) return me->locals;
  static thread_local local_values of_thread;
  return of_thread;
}
}  // namespace

void* find_local(std::size_t key) noexcept { return values_of_caller().find(key); }

void put_local(std::size_t key, void* value, void (*destroy)(void*)) {
  values_of_caller().put(key, value, destroy);
}

}  // namespace detail

}  // namespace holdfast::fiber
