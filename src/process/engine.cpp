// SPDX-License-Identifier: BSL-1.0
// The engine of a segment, and what all engines share.
#include "process/engine.hpp"

#include <climits>

#include "process/wait_set.hpp"

namespace holdfast::process::detail {
namespace {

template <lock_engine* (*Make)(segment&)>
lock_engine& attached(segment& of) {
  return *static_cast<lock_engine*>(
      of.attachment([](segment& s) -> void* { return Make(s); },
                    [](void* engine) { static_cast<lock_engine*>(engine)->forked(); }));
}

}  // namespace

thread_local constinit std::uint64_t number_of_thread = 0;

std::uint64_t next_number_of_thread() noexcept {
  static constinit platform::atomic<std::uint64_t> last;
  return last.fetch_add(1, platform::order::relaxed) + 1;
}

lock_engine& engine_of(segment& of, engine_id which) {
  switch (which) {
    case engine_id::kernel:
      return attached<make_kernel_engine>(of);
    case engine_id::file:
      return attached<make_file_engine>(of);
    case engine_id::readers:
      return attached<make_readers_engine>(of);
    default:
      return attached<make_shared_memory_engine>(of);
  }
}

void lock_engine::await_change(std::uint32_t seen, const wait_limits& limits) noexcept {
  wait_set sleeper;
  sleeper.add_shared(head().mark.changes.address(), seen);
  if (limits.stop != nullptr) sleeper.add_private(limits.stop->address(), 0);
  sleeper.sleep(limits.until);
}

void lock_engine::announce_change() noexcept { wake_shared(head().mark.changes, INT_MAX); }

}  // namespace holdfast::process::detail
