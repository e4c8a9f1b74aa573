// SPDX-License-Identifier: BSL-1.0
// Runs fibers on several threads.
#pragma once

#include <memory>

#include "holdfast/base/config.hpp"
#include "holdfast/fiber/spawner.hpp"

namespace holdfast::fiber {

// Fibers run on threads of the pool's own. A thread that has none to run takes some from another
// (work stealing), so a fiber may go on in another thread after every yield and every wait: it must
// not keep addresses of thread-local variables across them. (The compiler may do that for errno, and
// for std::this_thread::get_id(), within one function.) Locks that belong to their thread, such as
// native_lock and std::mutex, must not be held there either.
class HOLDFAST_EXPORT pool : public detail::spawner<pool> {
 public:
  // `threads` of them; 0: as many as the process may use CPUs. Throws std::system_error if a thread
  // cannot be made.
  explicit pool(unsigned threads = 0);
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;

  // Waits until all fibers have ended. Not in one of them.
  ~pool();

  // Waits until no fiber is left. Throws std::system_error (resource_deadlock_would_occur) in one of
  // its own fibers.
  void wait();

  unsigned threads() const noexcept;

 private:
  friend detail::spawner<pool>;
  detail::crew& its_crew() noexcept;

  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace holdfast::fiber
