// SPDX-License-Identifier: BSL-1.0
// Stacks with guards, and who reads a fault in one.
#include "holdfast/platform/fiber_stack.hpp"

#include <cerrno>
#include <initializer_list>

#if !defined(_WIN32)
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

#include "holdfast/base/fatal.hpp"
#include "holdfast/platform/atomic.hpp"
#endif

namespace holdfast::platform {

#if !defined(_WIN32)

namespace {

// More than the frame of most functions, which would else step over it.
constexpr std::size_t guard_size = std::size_t{16} * 1024;

std::size_t whole_pages(std::size_t bytes) noexcept {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

// True if accesses to it fault from now on.
bool guard(void* at, std::size_t size) noexcept {
#if defined(__linux__)
  constexpr int guard_install = 102;  // MADV_GUARD_INSTALL, not in the headers of Debian 12
  if (::madvise(at, size, guard_install) == 0) return true;
#endif
  return ::mprotect(at, size, PROT_NONE) == 0;
}

[[noreturn]] void no_stack(int error) {
  detail::throw_lock_error(
      error,
      "holdfast: no memory for the stack of another fiber; have fewer fibers at a time, give them "
      "a "
      "smaller stack_size, or raise vm.max_map_count if that is what is used up");
}

}  // namespace

fiber_stack map_fiber_stack(std::size_t size) {
  if (size > SIZE_MAX / 2) no_stack(ENOMEM);  // sums with it would wrap round
  const std::size_t usable = whole_pages(size);
  int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#if defined(MAP_NORESERVE)
  flags |= MAP_NORESERVE;
#endif
#if defined(MAP_STACK)
  flags |= MAP_STACK;
#endif
  void* const all = ::mmap(nullptr, usable + guard_size, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (all == MAP_FAILED) no_stack(errno);
  if (!guard(all, guard_size)) {
    const int error = errno;
    ::munmap(all, usable + guard_size);
    no_stack(error);
  }
  return {static_cast<std::byte*>(all) + guard_size, usable};
}

void unmap_fiber_stack(const fiber_stack& stack) noexcept {
  // The kernel refuses to cut a mapping in two when the process has as many as it may have. Then at
  // least the memory goes back; the addresses are lost.
  if (::munmap(stack.bottom - guard_size, stack.size + guard_size) != 0)
    ::madvise(stack.bottom, stack.size, MADV_DONTNEED);
}

namespace {

// For the handler, which may run anywhere in the thread.
struct watched {
  overflow_watch::tell current;
  void* of;
};
thread_local constinit watched this_threads_watch
    [[gnu::tls_model("initial-exec")]] = {nullptr, nullptr};

struct sigaction handler_before[NSIG];

void write_text(const char* text) noexcept {
  std::size_t left = std::strlen(text);
  while (left != 0) {
    const ssize_t written = ::write(STDERR_FILENO, text, left);
    if (written <= 0) return;
    text += written;
    left -= static_cast<std::size_t>(written);
  }
}

void write_number(std::size_t number) noexcept {
  char digits[24];
  char* at = digits + sizeof digits;
  *--at = '\0';
  do {
    *--at = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  write_text(at);
}

void explain(const running_fiber& who) noexcept {
  write_text("holdfast: the fiber ");
  if (who.name != nullptr && *who.name != '\0') {
    write_text("'");
    write_text(who.name);
    write_text("' ");
  }
  write_text("has overflowed its stack of ");
  write_number(who.stack.size);
  write_text(" bytes. Spawn it with a larger stack_size, or keep large objects off the stack.\n");
}

// The access is repeated when this returns, and meets the handler that was there before. A signal
// that somebody sent is not.
void on_fault(int signal, siginfo_t* info, void*) noexcept {
  if (this_threads_watch.current != nullptr) {
    const running_fiber who = this_threads_watch.current(this_threads_watch.of);
    const auto* const at = static_cast<const std::byte*>(info->si_addr);
    if (who.stack && at < who.stack.bottom && at >= who.stack.bottom - guard_size) explain(who);
  }
  ::sigaction(signal, &handler_before[signal], nullptr);
  if (info->si_code <= 0) ::raise(signal);
}

// Once in a process: handlers of several copies of this library call each other.
void install_handler() noexcept {
  static constinit atomic<bool> installed(false);
  if (installed.exchange(true, order::relaxed)) return;
  for (const int signal : {SIGSEGV, SIGBUS}) {
    struct sigaction ours{};
    ours.sa_sigaction = on_fault;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    ::sigemptyset(&ours.sa_mask);
    ::sigaction(signal, &ours, &handler_before[signal]);
  }
}

// The handler needs another stack than the one that is used up.
constexpr std::size_t signal_stack_size = std::size_t{64} * 1024;

}  // namespace

overflow_watch::overflow_watch(tell current, void* of) {
  install_handler();
  stack_t before{};
  ::sigaltstack(nullptr, &before);
  if ((before.ss_flags & SS_DISABLE) != 0) {
    void* const memory = ::mmap(nullptr, signal_stack_size, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) no_stack(errno);
    stack_t ours{};
    ours.ss_sp = memory;
    ours.ss_size = signal_stack_size;
    if (::sigaltstack(&ours, nullptr) == 0)
      signal_stack_ = memory;
    else
      ::munmap(memory, signal_stack_size);
  }
  this_threads_watch = {current, of};
}

overflow_watch::~overflow_watch() {
  this_threads_watch = {nullptr, nullptr};
  if (signal_stack_ == nullptr) return;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
  ::munmap(signal_stack_, signal_stack_size);
}

#else

fiber_stack map_fiber_stack(std::size_t size) {
  return {static_cast<std::byte*>(::operator new(size)), size};  // without a guard
}
void unmap_fiber_stack(const fiber_stack& stack) noexcept { ::operator delete(stack.bottom); }
overflow_watch::overflow_watch(tell, void*) {}
overflow_watch::~overflow_watch() = default;

#endif

}  // namespace holdfast::platform
