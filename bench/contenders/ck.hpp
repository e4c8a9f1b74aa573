// SPDX-License-Identifier: BSL-1.0
// Spin locks of Concurrency Kit.
#pragma once

#include <spinlock/fas.h>
#include <spinlock/ticket.h>

// mcs.h is C: it takes a void* for a pointer to a node, which C++ wants to see converted.
#define ck_pr_fas_ptr(line, node) static_cast<struct ck_spinlock_mcs*>(ck_pr_fas_ptr(line, node))
#include <spinlock/mcs.h>
#undef ck_pr_fas_ptr

#include "contenders/cell.hpp"

namespace bench {

namespace detail {

class ck_fas {
 public:
  void lock() noexcept { ::ck_spinlock_fas_lock(&lock_); }
  void unlock() noexcept { ::ck_spinlock_fas_unlock(&lock_); }

 private:
  ::ck_spinlock_fas_t lock_ = CK_SPINLOCK_FAS_INITIALIZER;
};

class ck_ticket {
 public:
  ck_ticket() noexcept { ::ck_spinlock_ticket_init(&lock_); }

  void lock() noexcept { ::ck_spinlock_ticket_lock(&lock_); }
  void unlock() noexcept { ::ck_spinlock_ticket_unlock(&lock_); }

 private:
  ::ck_spinlock_ticket_t lock_;
};

// unlock() needs the owner's node, which is its thread's: a thread may hold one such lock at a time.
class ck_mcs {
 public:
  void lock() noexcept { ::ck_spinlock_mcs_lock(&line_, &node_); }
  void unlock() noexcept { ::ck_spinlock_mcs_unlock(&line_, &node_); }

 private:
  static inline thread_local ::ck_spinlock_mcs_context_t node_{};
  ::ck_spinlock_mcs_t line_ = CK_SPINLOCK_MCS_INITIALIZER;
};

}  // namespace detail

struct ck_fas : with_lock<detail::ck_fas> {
  static constexpr const char* name = "ck_spinlock_fas";
};
struct ck_ticket : with_lock<detail::ck_ticket> {
  static constexpr const char* name = "ck_spinlock_ticket";
};
struct ck_mcs : with_lock<detail::ck_mcs> {
  static constexpr const char* name = "ck_spinlock_mcs";
};

struct ck_library : library {
  using spin_locks = contenders<ck_fas>;
  using queue_locks = contenders<ck_ticket, ck_mcs>;
};

}  // namespace bench
