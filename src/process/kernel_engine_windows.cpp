// SPDX-License-Identifier: BSL-1.0
// The engine of Windows for data that are mapped: a named mutex. It belongs to a thread, and when that
// thread or its process ends, the system gives it to the next and says that it was abandoned.
#if defined(_WIN32)

#include <cstdio>

#include "holdfast/process/error.hpp"

#include "process/engine.hpp"
#include "process/windows_calls.hpp"

// Of the system, and in none of its headers.
struct holdfast_mutant_facts {
  LONG count;  // 1: free; 0: locked; below that: so often again by its owner
  BOOLEAN is_of_caller;
  BOOLEAN is_abandoned;
};
extern "C" LONG NTAPI NtQueryMutant(HANDLE mutex, int what, void* facts, ULONG size, ULONG* got);

namespace holdfast::process::detail {
namespace {

// With a stop to look at, which this does not watch (milliseconds; 2026-11-30).
constexpr DWORD look_for_stop_ms = 10;

class named_mutex_engine final : public lock_engine {
 public:
  explicit named_mutex_engine(segment& of) : lock_engine(of, of.head(), of.payload(0)) {
    // The same for all who have this file, and no other file's: it is never renamed or removed while
    // somebody has it open. `Global` is for all sessions of the machine.
    wchar_t name[96];
    const fixed_header& fixed = of.head()->fixed;
    std::swprintf(name, std::size(name), L"Global\\holdfast-%016llx-%016llx",
                  static_cast<unsigned long long>(
                      hash_of({reinterpret_cast<const char*>(&fixed), sizeof fixed}, of.device())),
                  static_cast<unsigned long long>(of.inode()));
    mutex_ = ::CreateMutexW(nullptr, FALSE, name);
    if (mutex_ == nullptr)
      throw_os_error(last_errno(), of.name(), of.path(), "cannot have a mutex of the system");
  }

  // The system would let its owner in again.
  lock_end try_lock() override {
    if (owner_thread.load(platform::order::relaxed) == this_thread()) return lock_end::gave_up;
    const lock_end end = end_of(::WaitForSingleObject(mutex_, 0));
    return end == lock_end::locked && gave_back_the_second() ? lock_end::gave_up : end;
  }

  lock_end lock(const wait_limits& limits) override {
    for (;;) {
      const DWORD left = milliseconds_until(limits.until);
      const bool in_slices = limits.stop != nullptr && left > look_for_stop_ms;
      const DWORD result = ::WaitForSingleObject(mutex_, in_slices ? look_for_stop_ms : left);
      const lock_end end = end_of(result);
      if (end == lock_end::locked && gave_back_the_second())
        throw_error(cause::would_deadlock, segment_.name(), segment_.path(),
                    "is held by the thread that waits for it, through another copy of the library",
                    "Release it first: these locks are not recursive");
      if (end != lock_end::gave_up || result == WAIT_FAILED || limits.reached()) return end;
    }
  }

  void unlock() noexcept override {
    owner_thread.store(0, platform::order::relaxed);
    ::ReleaseMutex(mutex_);
  }

 private:
  static lock_end end_of(DWORD result) noexcept {
    switch (result) {
      case WAIT_OBJECT_0:
        return lock_end::locked;
      case WAIT_ABANDONED:
        return lock_end::locked_after_death;
      default:
        return lock_end::gave_up;
    }
  }

  // What another copy of the library in this process has let in, in a DLL, is not known here: the system
  // counts. Not asked where nobody has left a mark; one alone may be a dead owner's.
  bool gave_back_the_second() noexcept {
    if (head().mark.dirty.load(platform::order::relaxed) == 0) return false;
    holdfast_mutant_facts now{};
    if (::NtQueryMutant(mutex_, 0, &now, sizeof now, nullptr) < 0 || now.count >= 0) return false;
    ::ReleaseMutex(mutex_);
    return true;
  }

  HANDLE mutex_;
};

}  // namespace

lock_engine* make_kernel_engine(segment& of) { return new named_mutex_engine(of); }

// Windows has no lock in memory that ends with its owner: what differs from the engine `kernel` is
// the name.
lock_engine* make_shared_memory_engine(segment& of) { return new named_mutex_engine(of); }

lock_engine* make_readers_engine(segment& of) {
  throw_error(cause::unsupported, of.name(), of.path(), "is for readers and writers",
              "Open it as a mutex: Windows has no lock for readers between processes");
}

}  // namespace holdfast::process::detail

#endif
