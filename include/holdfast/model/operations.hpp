// SPDX-License-Identifier: BSL-1.0
// What the model's platform asks of the explorer: one function for each kind of step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>

#include "holdfast/base/function_ref.hpp"
#include "holdfast/platform/atomic.hpp"

namespace holdfast::model::detail {

using platform::order;
using value = std::uint64_t;
using where = std::source_location;
using function = holdfast::detail::function_ref<value(value)>;

// Each is a point where the explorer may let other threads go first, and then happens at once. An
// atomic is known by its address; its storage holds the value it was made with.
value load(const void* at, std::size_t size, order o, const where& site);
void store(void* at, std::size_t size, value desired, order o, const where& site);
value change(void* at, std::size_t size, function next, order o, const where& site);
bool compare_exchange(void* at, std::size_t size, value& expected, value desired, order success,
                      order failure, bool may_fail_for_no_reason, const where& site);

// One access to two atomics. `next` may change both; false: it changed nothing.
bool change_both(void* first, void* second, std::size_t size,
                 holdfast::detail::function_ref<bool(value&, value&)> next, order o,
                 const where& site);

// What may end a wait that nobody ends: its deadline, or a time that its algorithm has set itself, of
// which nothing follows for the deadline (a turn, the end of patience).
enum class time_limit : std::uint8_t { none, own, deadline };

// Waits until `(value & mask) != blocked`, then makes it `next(value)`. False if its time was up
// before.
bool await_change(void* at, std::size_t size, value mask, value blocked, function next,
                  time_limit limit, order o, const where& site);

// A restartable sequence: load of `look_at`; if it is `expected`, store of `desired` to `commit_to`.
// Aborted if a restart fence, or at random a preemption, comes between the two.
enum class sequence_end : std::uint8_t { committed, differed, aborted };
sequence_end sequence(const void* look_at, value mask, value expected, void* commit_to,
                      std::size_t size, value desired, order o, const where& site);

enum class fence_kind : std::uint8_t { acquire, release, seq_cst, light, heavy, restart };
void fence(fence_kind kind, const where& site);
// False if the kernel refuses it, which everybody may learn of late.
bool restart_fence(const where& site);
bool restart_fence_refused(const where& site);

// The kernel's futex, which sleeps while `(value & mask) == expected`: it may look at a part of an
// atomic. Spurious returns are choices.
enum class futex_end : std::uint8_t { woken, differed, expired };
futex_end futex_wait(const void* at, std::size_t size, value mask, value expected, time_limit limit,
                     const where& site);
void futex_wake(const void* at, int count, const where& site);

// Whether the mutation under test leaves out the wake at this place.
bool leaves_out_wake(const where& site);
// The same of a second look.
bool leaves_out_recheck(const where& site);

// Other threads may go on; this one does when it has something new to see.
void yield(const where& site);

// The beginning and the end of an atomic's life: every later access to it is an error.
void born(const void* at, value initial) noexcept;
void gone(const void* at, std::size_t size) noexcept;

// One of 0 to count-1; every one of them is explored.
unsigned choose(unsigned count);
// Whether locks may be found crowded: options::crowds.
bool may_be_crowded();

// Reads or writes of plain data, which must be ordered by the atomics around them.
void plain_read(const void* at, const where& site);
void plain_write(const void* at, const where& site);

// Ends the execution as a failure.
void fail(const char* what, const where& site);

// Which thread of the scenario runs; 0 outside of them.
unsigned this_thread() noexcept;

// An operation is over, and its wrapper back in the caller's frame: what it left below is cleared
// where stacks are compared.
void settle() noexcept;

// Zeroed memory at the beginning of each execution, the same for all its threads.
void* root() noexcept;
inline constexpr std::size_t root_size = 16384;

// A flag of the running thread, for its deadlines or for its own limits.
bool& has_passed(time_limit limit) noexcept;

}  // namespace holdfast::model::detail
