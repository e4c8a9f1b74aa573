// SPDX-License-Identifier: BSL-1.0
// The engine whose lock is in the kernel: flock on the segment's file, with the data mapped. Not a
// semaphore of System V with SEM_UNDO: an owner that execs would keep it (docs/decisions/0016).
#include <sys/file.h>

#include <cerrno>

#include "process/file_lock_engine.hpp"

namespace holdfast::process::detail {
namespace {

class kernel_engine final : public file_lock_engine {
 public:
  explicit kernel_engine(segment& of) : file_lock_engine(of, of.head(), of.payload(0)) {}

 private:
  int try_lock_file() noexcept override { return flock_with(LOCK_EX | LOCK_NB); }
  int wait_for_file() noexcept override { return flock_with(LOCK_EX); }
  void unlock_file() noexcept override { static_cast<void>(flock_with(LOCK_UN)); }

  int flock_with(int operation) noexcept {
    return ::flock(segment_.file(), operation) == 0 ? 0 : errno;
  }
};

}  // namespace

lock_engine* make_kernel_engine(segment& of) { return new kernel_engine(of); }

}  // namespace holdfast::process::detail
