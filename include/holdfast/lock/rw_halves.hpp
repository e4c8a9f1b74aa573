// SPDX-License-Identifier: BSL-1.0
// The ways to hold a reader-writer lock, each as a lock of its own: so all of them have the same
// timed members.
#pragma once

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/wait/timed_members.hpp"
#include "holdfast/wait/waiter.hpp"

namespace holdfast::detail {

// To read. Remembers how it entered, so that it may be unlocked in another thread. A thread that
// holds such a half uses no plain unlock_shared of the same lock: that might take its slot.
template <class Lock, class Platform>
class shared_half : public timed_members<shared_half<Lock, Platform>, Platform> {
 public:
  using token = typename Platform::reader_slots::slot*;

  explicit shared_half(Lock& lock, token entered_by = nullptr) noexcept
      : lock_(lock), entered_by_(entered_by) {}

  void lock() noexcept { entered_by_ = lock_.enter(); }
  [[nodiscard]] bool try_lock() noexcept { return lock_.try_enter(entered_by_); }
  void unlock() noexcept { lock_.leave(entered_by_); }

  using timed_members<shared_half, Platform>::lock;
  using timed_members<shared_half, Platform>::try_lock_until;
  bool try_lock_until(const deadline& until,
                      basic_waiter<typename Platform::unchecked>& waiter) noexcept {
    return lock_.enter_until(until, waiter, entered_by_);
  }

  // From the writer, or from the one who holds it upgradable, with no other writer in between.
  void lock_by_writer() noexcept { entered_by_ = lock_.downgrade(Lock::exclusive); }
  void lock_by_upgradable() noexcept { entered_by_ = lock_.downgrade(Lock::reserved); }

  token entered_by() const noexcept { return entered_by_; }

 private:
  Lock& lock_;
  token entered_by_;
};

// To read, and perhaps to write later.
template <class Lock, class Platform>
class upgrade_half : public timed_members<upgrade_half<Lock, Platform>, Platform> {
 public:
  struct token {};

  explicit upgrade_half(Lock& lock, token = {}) noexcept : lock_(lock) {}

  void lock() noexcept { lock_.lock_upgrade(); }
  [[nodiscard]] bool try_lock() noexcept { return lock_.try_lock_upgrade(); }
  void unlock() noexcept { lock_.unlock_upgrade(); }

  using timed_members<upgrade_half, Platform>::lock;
  using timed_members<upgrade_half, Platform>::try_lock_until;
  bool try_lock_until(const deadline& until,
                      basic_waiter<typename Platform::unchecked>& waiter) noexcept {
    return lock_.reserve_until(until, waiter);
  }

  static token entered_by() noexcept { return {}; }

 private:
  Lock& lock_;
};

// From reading to writing: `lock` upgrades.
template <class Lock, class Platform>
class upgrading_half : public timed_members<upgrading_half<Lock, Platform>, Platform> {
 public:
  explicit upgrading_half(Lock& lock) noexcept : lock_(lock) {}

  void lock() noexcept { lock_.unlock_upgrade_and_lock(); }
  [[nodiscard]] bool try_lock() noexcept { return lock_.try_unlock_upgrade_and_lock(); }

  using timed_members<upgrading_half, Platform>::lock;
  using timed_members<upgrading_half, Platform>::try_lock_until;
  bool try_lock_until(const deadline& until,
                      basic_waiter<typename Platform::unchecked>& waiter) noexcept {
    return lock_.upgrade_until(until, waiter);
  }

 private:
  Lock& lock_;
};

}  // namespace holdfast::detail
