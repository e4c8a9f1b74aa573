// SPDX-License-Identifier: BSL-1.0
// The life of a fiber, from its first switch to its last.
#include "fiber/context.hpp"

#include <cstdint>
#include <new>
#include <utility>

#include "holdfast/platform/cpu.hpp"

#include "base/address_hash.hpp"
#include "fiber/crew.hpp"
#include "fiber/switch.hpp"

namespace holdfast::fiber::detail {
namespace {

// On the fiber's own stack.
void live(void* before) {
  runner::arrive(*static_cast<context*>(before));
  context& me = *runner::this_fiber();
  me.shared->run();
  me.locals.clear();
  me.refuse_switch();
  state* const shared = std::exchange(me.shared, nullptr);
  shared->end();
  shared->release();
  // If nobody has joined it, that has destroyed its result: the last of what the user wrote.
  me.locals.clear();
  platform::give_back_reader_slots_of_task();
  me.home->end();
}

}  // namespace

context::context(const platform::fiber_stack& on, state& runs) noexcept
    : task(platform::next_task_id()),
      as_task(this),
      shared(&runs),
      stack(on),
      stack_id(platform::register_stack(on)) {
  watchers.begin_fiber(on);
  auto* const below = reinterpret_cast<std::byte*>(this);
  where = platform::machine_context(below, static_cast<std::size_t>(below - on.bottom), &live);
  shared->share();
}

context& context::make(const platform::fiber_stack& on, state& runs) noexcept {
  constexpr std::size_t line = 64;
  static_assert(alignof(context) <= line);
  // The upper ends of all stacks are equally far from the beginning of a page, and so would share a
  // few sets of the CPU's cache: they are spread over a page.
  constexpr unsigned bits = 3;
  constexpr std::size_t apart = 4096U >> bits;
  const auto top = reinterpret_cast<std::uintptr_t>(on.top()) -
                   apart * holdfast::detail::place_of_address(on.bottom, bits);
  const std::uintptr_t place = (top - sizeof(context)) / line * line;
  return *::new (reinterpret_cast<void*>(place)) context(on, runs);
}

void context::suspend(platform::suspension& wait, const deadline& until) noexcept {
  home->suspend(wait, until);
  if (!until.is_never()) home->its_crew().timers().remove(timer);
}

void context::resume() noexcept {
  crew& all = home->its_crew();
  runner* const here = runner::of_this_thread();
  if (here != nullptr && &here->its_crew() == &all) {
    here->make_ready(*this);
  } else {
    all.deliver(*this);
  }
}

void context::yield() noexcept {
  if (home->yield()) return;
  home->look_soon();  // the thread may be away for long
  platform::yield();
}

}  // namespace holdfast::fiber::detail
