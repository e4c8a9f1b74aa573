// SPDX-License-Identifier: BSL-1.0
// nsync's locks.
#pragma once

#include <nsync.h>

#include "contenders/cell.hpp"
#include "contenders/queues.hpp"
#include "contenders/rw_locks.hpp"

namespace bench {

namespace detail {

class nsync_lock {
 public:
  nsync_lock() noexcept { nsync::nsync_mu_init(&lock_); }
  nsync_lock(const nsync_lock&) = delete;
  nsync_lock& operator=(const nsync_lock&) = delete;

  void lock() noexcept { nsync::nsync_mu_lock(&lock_); }
  void unlock() noexcept { nsync::nsync_mu_unlock(&lock_); }
  void lock_shared() noexcept { nsync::nsync_mu_rlock(&lock_); }
  void unlock_shared() noexcept { nsync::nsync_mu_runlock(&lock_); }

  nsync::nsync_mu* native() noexcept { return &lock_; }

 private:
  nsync::nsync_mu lock_;
};

class nsync_condition {
 public:
  nsync_condition() noexcept { nsync::nsync_cv_init(&changed_); }
  nsync_condition(const nsync_condition&) = delete;
  nsync_condition& operator=(const nsync_condition&) = delete;

  void wait(nsync_lock& lock) noexcept { nsync::nsync_cv_wait(&changed_, lock.native()); }
  void notify_one() noexcept { nsync::nsync_cv_signal(&changed_); }
  void notify_all() noexcept { nsync::nsync_cv_broadcast(&changed_); }

 private:
  nsync::nsync_cv changed_;
};

}  // namespace detail

struct nsync_mutex : writing<detail::nsync_lock> {
  static constexpr const char* name = "nsync_mu";
};
struct nsync_mutex_read : reading<detail::nsync_lock> {
  static constexpr const char* name = "nsync_mu, read";
};
struct nsync_condition {
  static constexpr const char* name = "nsync_cv";
  static constexpr const char* queue_name = "nsync_mu and two nsync_cv";
  using lock_type = detail::nsync_lock;
  using condition_type = detail::with_predicate<detail::nsync_condition>;
};

struct nsync_library : library {
  using mutexes = contenders<nsync_mutex>;
  using rw_locks = contenders<nsync_mutex>;
  using rw_readers = contenders<nsync_mutex_read>;
  using conditions = contenders<nsync_condition>;
  using queues = contenders<textbook<nsync_condition>>;
};

}  // namespace bench
