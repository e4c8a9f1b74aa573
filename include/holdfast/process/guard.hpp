// SPDX-License-Identifier: BSL-1.0
// The guard of a mutex between processes: the only way to its data, and what releases it.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "holdfast/base/config.hpp"
#include "holdfast/base/fatal.hpp"
#include "holdfast/poisoning.hpp"
#include "holdfast/process/access.hpp"

namespace holdfast::process {

template <class T>
class mutex;

// Neither copied nor moved: the lock belongs to the thread. What the child of a fork inherits owns
// nothing, and does nothing at its end. A guard of const data does not poison by an exception.
template <class T>
class [[nodiscard]] guard {
 public:
  struct thread_bound;
  using value_type = T;

  // Empty: must not be dereferenced.
  guard() noexcept = default;
  guard(const guard&) = delete;
  guard& operator=(const guard&) = delete;

  // Releases. If left by an exception, the next owner is told, and finds the data as they were before
  // if they are kept twice.
  ~guard() {
    if (owns_) release();
  }

  explicit operator bool() const noexcept { return owns_; }
  bool owns_lock() const noexcept { return owns_; }

  // The mutex was poisoned when this guard locked it.
  bool was_poisoned() const noexcept { return got_.poisoned_by != 0; }

  // Grows with every owner: whoever is given one may refuse all who come with a smaller one.
  std::uint64_t token() const noexcept { return got_.token; }

  T& operator*() const& noexcept { return *value_; }
  T* operator->() const& noexcept { return value_; }
  T* operator->() const&& noexcept { return value_; }
  T& operator*() const&& = delete;

  // Releases early; the guard is empty but remembers its mutex.
  void unlock() noexcept {
    if (owns_) release();
  }

  // Locks again after unlock(). If the mutex has been poisoned meanwhile, throws poisoned with the
  // lock held; a guard that knew it was poisoned does not throw. Where the data are, may have changed.
  void lock() {
    const bool knew = was_poisoned();
    own(access_->lock());
    if (was_poisoned() && !knew) access_->report_poison();
  }

 private:
  friend class mutex<std::remove_const_t<T>>;

  guard(detail::access* from, const detail::taken& got) noexcept : access_(from) {
    if (got) own(got);
  }

  void own(const detail::taken& got) noexcept {
    got_ = got;
    value_ = static_cast<T*>(access_->value());
    witness_ = {};
    owns_ = true;
  }

  void release() noexcept {
    owns_ = false;
    if (!std::is_const_v<T> && witness_.sees_unwinding()) [[unlikely]]
      access_->abandon(got_.token);
    else
      access_->unlock(got_.token);
  }

  detail::access* access_ = nullptr;
  T* value_ = nullptr;
  detail::taken got_;
  [[no_unique_address]] default_poisoning::witness witness_;
  bool owns_ = false;
};

}  // namespace holdfast::process
