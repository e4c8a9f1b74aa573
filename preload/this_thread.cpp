// SPDX-License-Identifier: BSL-1.0
// Numbering threads.
#include "this_thread.hpp"

#include <unistd.h>

#include "holdfast/platform/atomic.hpp"

#include "setup.hpp"

namespace preload {
namespace {

using holdfast::platform::order;

constinit holdfast::platform::atomic<std::uint64_t> last_identity;

}  // namespace

constinit thread_local thread_names this_threads_names{};

const thread_names& name_this_thread() noexcept {
  thread_names& names = this_threads_names;
  if (names.identity == 0) names.identity = last_identity.fetch_add(1, order::relaxed) + 1;
  names.number = ::gettid();
  return names;
}

void forget_number_of_this_thread() noexcept { this_threads_names.number = 0; }

}  // namespace preload
