// SPDX-License-Identifier: BSL-1.0
// The guard: the only way to the data of a mutex, and what releases it at the end of the scope.
#pragma once

#include <type_traits>
#include <utility>

#include "holdfast/base/config.hpp"
#include "holdfast/base/fatal.hpp"
#include "holdfast/base/lock_concepts.hpp"
#include "holdfast/base/poison.hpp"
#include "holdfast/base/predicate.hpp"

namespace holdfast {

namespace detail {

// What lock() hands to the guard it returns: the lock of `mutex` is held.
template <class Mutex>
struct held {
  Mutex* mutex;
  bool was_poisoned;
};

// What a guard of `Mutex` gives: a const mutex gives const data.
template <class Mutex>
using guarded_by = std::conditional_t<std::is_const_v<Mutex>, const typename Mutex::value_type,
                                      typename Mutex::value_type>;

// The door to what mutexes and guards keep private, for the free functions that belong to them.
struct mutex_access;

}  // namespace detail

// `Value` is the data of `Mutex` or a part of it (see project). A guard of a const mutex gives
// const data and does not poison: who only reads breaks nothing.
//
// Guards move and do not copy; where the lock belongs to its thread (thread_owned) they do not even
// move. An empty guard, from a try that failed, a move or an unlock, must not be dereferenced.
template <class Mutex, class Value = detail::guarded_by<Mutex>>
class [[nodiscard]] guard {
  using plain_mutex = std::remove_const_t<Mutex>;
  static constexpr bool may_move = !thread_owned<typename plain_mutex::lock_type>;

 public:
  struct thread_bound;
  using mutex_type = Mutex;
  using value_type = Value;

  guard() noexcept = default;

  // By lock() and its relatives.
  explicit guard(detail::held<Mutex> from) noexcept
    requires std::is_same_v<Value, detail::guarded_by<Mutex>>
      : mutex_(from.mutex),
        value_(from.mutex->address_of_value()),
        was_poisoned_(from.was_poisoned) {}

  guard(guard&& other) noexcept
    requires may_move
      : mutex_(std::exchange(other.mutex_, nullptr)),
        value_(other.value_),
        witness_(other.witness_),
        was_poisoned_(other.was_poisoned_),
        owns_(std::exchange(other.owns_, false)) {}

  guard& operator=(guard&& other) noexcept
    requires may_move
  {
    if (this != &other) {
      finish();
      mutex_ = std::exchange(other.mutex_, nullptr);
      value_ = other.value_;
      witness_ = other.witness_;
      was_poisoned_ = other.was_poisoned_;
      owns_ = std::exchange(other.owns_, false);
    }
    return *this;
  }

  guard(const guard&) = delete;
  guard& operator=(const guard&) = delete;

  // Releases; poisons if left by an exception.
  ~guard() { finish(); }

  // True while the lock is held.
  explicit operator bool() const noexcept { return owns_; }
  bool owns_lock() const noexcept { return owns_; }

  // The mutex was poisoned when this guard locked it. Only where the caller said even_if_poisoned.
  bool was_poisoned() const noexcept { return was_poisoned_; }

  Value& operator*() const& noexcept { return *value_; }
  Value* operator->() const& noexcept { return value_; }

  // `m.lock()->f()` keeps the lock to the end of the full expression. `*m.lock()` would give a
  // reference that outlives the lock, as in a range-for.
  Value* operator->() const&& noexcept { return value_; }
  Value& operator*() const&& = delete;

  // Releases early; the guard is empty but remembers its mutex. Poisons if called while unwinding.
  void unlock() noexcept {
    if (owns_) release();
  }

  // Locks again after unlock(). If the mutex has been poisoned meanwhile, throws poisoned *with the
  // lock held*, so that the guard is as usable as before. A guard that knew it was poisoned does not
  // throw.
  void lock() {
    const bool knew = was_poisoned_;
    relock();
    report_unless(knew);
  }

  // The same without waiting; false if the lock is held.
  bool try_lock() HOLDFAST_UNANALYSED {
    if (!mutex_->lock_.try_lock()) return false;
    const bool knew = was_poisoned_;
    now_owner();
    report_unless(knew);
    return true;
  }

  // Gives the lock away until `ready(data)` is true; `ends` and `ready` are those of
  // mutex::lock_when. False if the ends came first. The lock is held on return in any case, by an
  // exception too. If the mutex has been poisoned meanwhile, throws as lock() does.
  template <class Predicate, class... Ends>
    requires requires(typename plain_mutex::lock_type& lock, bool (&asked)(),
                      const Ends&... until) { lock.wait_until_true(asked, until...); }
  bool wait_until_true(Predicate&& ready, const Ends&... ends) HOLDFAST_UNANALYSED {
    if (!owns_) detail::throw_not_owner("wait_until_true");
    const bool knew = was_poisoned_;
    bool broken = false;  // at the last look: the poison may be cleared before the next
    const auto asked = [&] {
      return (broken = !knew && mutex_->poison_.is_set()) || detail::is_ready(ready, *value_);
    };
    const bool is = mutex_->lock_.wait_until_true(asked, ends...);
    was_poisoned_ = mutex_->found_poisoned() || broken;
    report_unless(knew);
    return is;
  }

  // Releases the lock, calls `f`, locks again and returns what `f` returned. The lock is held again
  // also if `f` throws; that exception leaves the guard's scope as any other and poisons. Throws
  // poisoned as lock() does, with the lock held.
  template <class F>
  decltype(auto) unlocked(F&& f) {
    // The report is thrown before the return: clang does not destroy a result that has been returned
    // when a destructor throws after it.
    lock_again again(*this);
    using result_type = decltype(std::forward<F>(f)());
    if constexpr (std::is_void_v<result_type>) {
      std::forward<F>(f)();
      again.now();
    } else if constexpr (std::is_reference_v<result_type>) {
      auto&& result = std::forward<F>(f)();
      again.now();
      return static_cast<result_type>(result);
    } else {
      result_type result = std::forward<F>(f)();
      again.now();
      return result;
    }
  }

 private:
  friend detail::mutex_access;
  friend plain_mutex;
  template <class, class>
  friend class guard;

  using witness = typename plain_mutex::poisoning::witness;

  // For projections: takes over from `other`, which is empty afterwards.
  template <class Whole>
  guard(guard<Mutex, Whole>& other, Value* part) noexcept
      : mutex_(other.mutex_),
        value_(part),
        witness_(other.witness_),
        was_poisoned_(other.was_poisoned_),
        owns_(std::exchange(other.owns_, false)) {
    other.mutex_ = nullptr;
  }

  void finish() noexcept {
    if (owns_) release();
  }

  void release() noexcept HOLDFAST_UNANALYSED {
    owns_ = false;
    if constexpr (!std::is_const_v<Mutex>)
      if (witness_.sees_unwinding()) [[unlikely]]
        mutex_->poison_.set();
    mutex_->lock_.unlock();
  }

  void relock() HOLDFAST_UNANALYSED {
    mutex_->lock_.lock();
    now_owner();
  }

  void now_owner() noexcept {
    witness_ = witness{};
    was_poisoned_ = mutex_->found_poisoned();
    owns_ = true;
  }

  void report_unless(bool knew) const {
    if (was_poisoned_ && !knew) detail::throw_poisoned(mutex_, plain_mutex::type_name());
  }

  // The span of unlocked(): between the release and the new lock.
  class lock_again {
   public:
    explicit lock_again(guard& self) noexcept
        : self_(self), while_owned_(self.witness_), knew_(self.was_poisoned_) {
      self_.unlock();
    }
    lock_again(const lock_again&) = delete;
    lock_again& operator=(const lock_again&) = delete;

    // `f` has returned.
    void now() {
      done_ = true;
      self_.relock();
      self_.report_unless(knew_);
    }

    ~lock_again() {
      if (done_) return;
      self_.relock();
      self_.witness_ = while_owned_;  // the exception counts as one that came while we owned
    }

   private:
    guard& self_;
    witness while_owned_;
    bool knew_;
    bool done_ = false;
  };

  Mutex* mutex_ = nullptr;
  Value* value_ = nullptr;
  [[no_unique_address]] witness witness_;
  bool was_poisoned_ = false;
  bool owns_ = mutex_ != nullptr;
};

namespace detail {

struct mutex_access {
  template <class Mutex>
  static auto& lock_of(Mutex& mutex) noexcept {
    return mutex.lock_;
  }

  template <class Mutex>
  static bool found_poisoned(const Mutex& mutex) {
    return mutex.found_poisoned();
  }

  template <class Mutex>
  [[noreturn]] static void refuse(const Mutex& mutex) {
    throw_poisoned(&mutex, Mutex::type_name());
  }

  // For a condition: the mutex of an owner, and the lock that was handed to it back in its hands.
  template <class Mutex, class Value>
  static Mutex* mutex_of(const guard<Mutex, Value>& owner) noexcept {
    return owner.mutex_;
  }
  template <class Mutex, class Value>
  static void now_owner(guard<Mutex, Value>& owner) {
    const bool knew = owner.was_poisoned_;
    owner.now_owner();
    owner.report_unless(knew);
  }

  // For a downgrade: the data, and the end of an owner that does not unlock.
  template <class Mutex>
  static auto* data_of(Mutex& mutex) noexcept {
    return mutex.address_of_value();
  }
  template <class Mutex, class Value>
  static Value* end_owner(guard<Mutex, Value>& owner) noexcept {
    if constexpr (!std::is_const_v<Mutex>)
      if (owner.witness_.sees_unwinding()) [[unlikely]]
        owner.mutex_->poison_.set();
    owner.owns_ = false;
    owner.mutex_ = nullptr;
    return owner.value_;
  }

  template <class Part, class Mutex, class Whole>
  static guard<Mutex, Part> narrow(guard<Mutex, Whole>& whole, Part* part) noexcept {
    return guard<Mutex, Part>(whole, part);
  }
};

}  // namespace detail

}  // namespace holdfast
