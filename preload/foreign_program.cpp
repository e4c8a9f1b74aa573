// SPDX-License-Identifier: BSL-1.0
// What the platform of a foreign program does out of line.
#include "foreign_program.hpp"

#include <sched.h>
#include <sys/mman.h>
#include <time.h>

#include <cerrno>

#include "base/address_hash.hpp"
#include "platform/membarrier.hpp"
#include "setup.hpp"

extern "C" {
extern const std::ptrdiff_t __rseq_offset __attribute__((weak));
extern const unsigned int __rseq_size __attribute__((weak));
}

namespace preload {
namespace {

using holdfast::platform::atomic;
using holdfast::platform::crowd_memory;
using holdfast::platform::order;

// All zero is an empty lot.
alignas(64) constinit unsigned char root[holdfast::platform::process_root_size];

constinit atomic<bool> refused;
constinit atomic<unsigned> cpus;

constexpr unsigned crowd_bits = 2;
constinit thread_local crowd_memory crowds[1U << crowd_bits];

}  // namespace

constinit atomic<std::ptrdiff_t> restartable_area;

bool foreign_program::restart_fence() noexcept {
  if (holdfast::platform::membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ) == 0) return true;
  if (holdfast::platform::register_and_fence(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ,
                                             MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ))
    return true;
  refused.store(true, order::relaxed);
  restartable_area.store(0, order::relaxed);
  return false;
}

bool foreign_program::restart_fence_refused() noexcept { return refused.load(order::relaxed); }

// The CPUs that this process may run on; 2 if the kernel has more than a mask of the usual size takes.
unsigned foreign_program::cpu_count() noexcept {
  unsigned count = cpus.load(order::relaxed);
  if (count == 0) {
    cpu_set_t allowed;
    const int saved_errno = errno;
    const bool known = ::sched_getaffinity(0, sizeof allowed, &allowed) == 0;
    errno = saved_errno;
    count = known ? static_cast<unsigned>(CPU_COUNT(&allowed)) : 2U;
    cpus.store(count, order::relaxed);
  }
  return count;
}

std::int64_t foreign_program::monotonic_now() noexcept {
  struct timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

crowd_memory& foreign_program::my_crowd_memory(const void* lock) noexcept {
  return crowds[holdfast::detail::place_of_address(lock, crowd_bits)];
}

void* foreign_program::process_root() noexcept { return root; }

void* foreign_program::map_pages(std::size_t bytes) noexcept {
  const int saved_errno = errno;
  void* const pages =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  errno = saved_errno;
  return pages == MAP_FAILED ? nullptr : pages;
}

// The library is linked with `-z nodelete`, so the code of the sequence stays mapped.
void allow_restartable_release() noexcept {
  if (&__rseq_size == nullptr || &__rseq_offset == nullptr || __rseq_size == 0 ||
      __rseq_offset == 0)
    return;
  if (holdfast::platform::register_and_fence(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ,
                                             MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ))
    restartable_area.store(__rseq_offset, order::relaxed);
}

}  // namespace preload
