// SPDX-License-Identifier: BSL-1.0
// How a condition gives a lock away and takes it back, whatever holds it.
#pragma once

#include <exception>
#include <type_traits>

#include "holdfast/base/config.hpp"
#include "holdfast/base/fatal.hpp"
#include "holdfast/base/lock_concepts.hpp"
#include "holdfast/guard.hpp"

namespace holdfast::detail {

// What a condition knows of a waiter's lock. Lives in the waiter's frame while it waits.
struct waiting_owner {
  const void* identity;  // of the mutex, to find two that are mixed up

  // False if it threw; then the lock is still held.
  bool (*release)(waiting_owner&) noexcept;
  // By an unlock that handed the lock over, or by locking. May throw with the lock held.
  void (*take_back)(waiting_owner&, bool handed_over);

  // For a lock whose queue can take waiters over: its key, and whether it will.
  const void* queue = nullptr;
  queue_admission (*admit)(const waiting_owner&) noexcept = nullptr;
};

// What std::unique_lock and std::shared_lock have in common.
template <class Owner>
concept holds_a_mutex = requires(const Owner& owner) {
  { *owner.mutex() };
  { owner.owns_lock() } -> std::convertible_to<bool>;
};

template <class Owner>
void refuse_unless_owned(const Owner& owner) {
  if constexpr (requires { owner.owns_lock(); })
    if (!owner.owns_lock()) throw_not_owner("condition::wait");
}

// Of an owner that holds its lock; throws if it does not.
template <class Owner>
const void* identity_of(const Owner& owner) {
  refuse_unless_owned(owner);
  if constexpr (holds_a_mutex<Owner>)
    return &*owner.mutex();
  else
    return &owner;
}
template <class Mutex, class Value>
const void* identity_of(const guard<Mutex, Value>& owner) {
  refuse_unless_owned(owner);
  return mutex_access::mutex_of(owner);
}

// Anything that can be unlocked and locked.
template <class Owner, class Queues>
class wait_adapter : public waiting_owner {
 public:
  explicit wait_adapter(Owner& owner)
      : waiting_owner{identity_of(owner), &release_it, &take_it_back}, owner_(owner) {}

  void rethrow() const {
    if (thrown_ != nullptr) std::rethrow_exception(thrown_);
  }

 private:
  static bool release_it(waiting_owner& self) noexcept HOLDFAST_UNANALYSED {
    auto& me = static_cast<wait_adapter&>(self);
#if HOLDFAST_HAS_EXCEPTIONS
    try {
      me.owner_.unlock();
      return true;
    } catch (...) {
      me.thrown_ = std::current_exception();
      return false;
    }
#else
    me.owner_.unlock();
    return true;
#endif
  }
  static void take_it_back(waiting_owner& self, bool) HOLDFAST_UNANALYSED {
    static_cast<wait_adapter&>(self).owner_.lock();
  }

  Owner& owner_;
  std::exception_ptr thrown_;
};

// The part that is the same for all owners of a lock that takes waiters over.
template <class Lock>
class queueing_adapter : public waiting_owner {
 public:
  static void rethrow() noexcept {}

 protected:
  queueing_adapter(Lock& lock, const void* of, bool (*release_it)(waiting_owner&) noexcept,
                   void (*take_it_back)(waiting_owner&, bool)) noexcept
      : waiting_owner{of, release_it, take_it_back, &lock, &admit_it}, lock_(lock) {}

  Lock& lock_;

 private:
  static queue_admission admit_it(const waiting_owner& self) noexcept {
    return static_cast<const queueing_adapter&>(self).lock_.admit_waiters();
  }
};

// Such a lock itself, or through std::unique_lock, which need not know that it was away.
template <class Lock>
class lock_adapter : public queueing_adapter<Lock> {
 public:
  explicit lock_adapter(Lock& lock) noexcept
      : queueing_adapter<Lock>(lock, &lock, &release_it, &take_it_back) {}

 private:
  static bool release_it(waiting_owner& self) noexcept HOLDFAST_UNANALYSED {
    static_cast<lock_adapter&>(self).lock_.unlock();
    return true;
  }
  static void take_it_back(waiting_owner& self, bool handed_over) HOLDFAST_UNANALYSED {
    Lock& lock = static_cast<lock_adapter&>(self).lock_;
    if (handed_over)
      lock.now_owned();
    else
      lock.lock();
  }
};

template <class Lock, class Queues>
  requires takes_waiters<Lock, Queues>
class wait_adapter<Lock, Queues> : public lock_adapter<Lock> {
 public:
  explicit wait_adapter(Lock& lock) noexcept : lock_adapter<Lock>(lock) {}
};

template <template <class> class Holder, class Lock, class Queues>
  requires(takes_waiters<Lock, Queues> && holds_a_mutex<Holder<Lock>>)
class wait_adapter<Holder<Lock>, Queues> : public lock_adapter<Lock> {
 public:
  explicit wait_adapter(Holder<Lock>& owner) : lock_adapter<Lock>(*checked(owner)) {}

 private:
  static Lock* checked(const Holder<Lock>& owner) {
    refuse_unless_owned(owner);
    return owner.mutex();
  }
};

// A guard of a mutex with such a lock.
template <class Mutex, class Value, class Queues>
  requires takes_waiters<typename Mutex::lock_type, Queues>
class wait_adapter<guard<Mutex, Value>, Queues>
    : public queueing_adapter<typename Mutex::lock_type> {
  using lock_type = typename Mutex::lock_type;

 public:
  explicit wait_adapter(guard<Mutex, Value>& owner)
      : queueing_adapter<lock_type>(mutex_access::lock_of(*checked(owner)),
                                    mutex_access::mutex_of(owner), &release_it, &take_it_back),
        owner_(owner) {}

 private:
  static Mutex* checked(const guard<Mutex, Value>& owner) {
    refuse_unless_owned(owner);
    return mutex_access::mutex_of(owner);
  }
  static bool release_it(waiting_owner& self) noexcept {
    static_cast<wait_adapter&>(self).owner_.unlock();
    return true;
  }
  static void take_it_back(waiting_owner& self, bool handed_over) {
    auto& me = static_cast<wait_adapter&>(self);
    if (handed_over) {
      me.lock_.now_owned();
      mutex_access::now_owner(me.owner_);
    } else {
      me.owner_.lock();
    }
  }

  guard<Mutex, Value>& owner_;
};

}  // namespace holdfast::detail
