// SPDX-License-Identifier: BSL-1.0
// Where every acquire and release of a lock passes: nothing in a release build, the misuse checks
// in a checked one.
#pragma once

#include "holdfast/base/config.hpp"

namespace holdfast::platform {

// The hooks a lock calls on its platform. `kind` is the lock's name in messages. Unchecked, they
// are nothing.
struct unchecked_ownership {
  static constexpr bool checks_ownership = false;
  static constexpr void about_to_lock(const void*, const char*) noexcept {}
  static constexpr void locked(const void*) noexcept {}
  static constexpr void locked_by_any(const void*) noexcept {}
  static constexpr void locked_by_thread(const void*, const char*) noexcept {}
  static constexpr void unlocked_by_thread() noexcept {}
  static constexpr void about_to_unlock(const void*, const char*) noexcept {}
  static constexpr void about_to_destroy(const void*, const char*) noexcept {}
  static constexpr void destroyed_while_read(const void*, const char*) noexcept {}
};

// Each remembers by the lock's address which thread or task owns it, and ends the program with a message on
// misuse: about_to_lock by its own owner, about_to_unlock by anyone but the owner, about_to_destroy
// while owned. A lock with static storage may be owned when the program exits.
struct checked_ownership {
  static constexpr bool checks_ownership = true;
  HOLDFAST_EXPORT static void about_to_lock(const void* lock, const char* kind) noexcept;
  HOLDFAST_EXPORT static void locked(const void* lock) noexcept;
  // By a coroutine, which may unlock wherever it is resumed: unlocking is never a stranger's then.
  HOLDFAST_EXPORT static void locked_by_any(const void* lock) noexcept;
  // For a lock that belongs to the OS thread, beside the others: while it is held no task may be
  // switched there.
  HOLDFAST_EXPORT static void locked_by_thread(const void* lock, const char* kind) noexcept;
  HOLDFAST_EXPORT static void unlocked_by_thread() noexcept;
  HOLDFAST_EXPORT static void about_to_unlock(const void* lock, const char* kind) noexcept;
  HOLDFAST_EXPORT static void about_to_destroy(const void* lock, const char* kind) noexcept;
  // The lock itself knows its readers. No error for a lock with static storage.
  HOLDFAST_EXPORT static void destroyed_while_read(const void* lock, const char* kind) noexcept;

  // For what threads may still use when the program exits.
  HOLDFAST_EXPORT static bool has_static_storage(const void* address) noexcept;
};

}  // namespace holdfast::platform
