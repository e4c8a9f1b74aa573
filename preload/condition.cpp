// SPDX-License-Identifier: BSL-1.0
// The condition variable calls.
#include "condition.hpp"

#include <cerrno>

#include "holdfast/park/parking_lot.hpp"

#include "condition_algorithm.hpp"
#include "condition_wait.hpp"
#include "export.hpp"
#include "glibc.hpp"
#include "lock/lock_token.hpp"
#include "mutex.hpp"
#include "posix_time.hpp"

namespace preload {
namespace {

using lot_type = holdfast::detail::basic_parking_lot<foreign_program>;
using holdfast::deadline;
using holdfast::detail::waiting_owner;

lot_type& lot() noexcept { return lot_type::instance(); }

// How a broadcast moves waiters to the queue of a mutex that is ours. One that is passed through has
// none, and they are all woken.
struct owner_of_mutex : waiting_owner {
  explicit owner_of_mutex(mutex_object& m) noexcept
      : waiting_owner{&m, nullptr, nullptr, is_given_up(m) ? &m.lock : nullptr, &admit_it},
        mutex(m) {}
  // Nor one that its owner has locked again: it stays locked, and in its queue its owner would wait for
  // itself.
  static bool is_given_up(const mutex_object& m) noexcept {
    const mutex_kind of = kind_of(m);
    return is_replaced(of) && (of != mutex_kind::recursive || m.count == 1);
  }
  static holdfast::detail::queue_admission admit_it(const waiting_owner& self) noexcept {
    return static_cast<const owner_of_mutex&>(self).mutex.lock.admit_waiters();
  }
  mutex_object& mutex;
};

// One wait, in the frame of the thread that waits.
class waiting {
 public:
  waiting(pthread_cond_t* condition, pthread_mutex_t* mutex, const deadline& until) noexcept
      : condition_(condition_object::of(condition)),
        mutex_(mutex),
        until_(until),
        owner_(mutex_object::of(mutex)),
        wait_(condition_.condition, owner_) {}
  waiting(const waiting&) = delete;
  waiting& operator=(const waiting&) = delete;

  int run();

 private:
  using steps = condition_wait<foreign_program>;
  steps::outcome sleep();
  static void cancelled(void* self) noexcept;
  int take_mutex_back(bool handed_over) noexcept;

  condition_object& condition_;
  pthread_mutex_t* mutex_;
  deadline until_;
  owner_of_mutex owner_;
  steps wait_;
};

int waiting::run() {
  // One that is shared is the C library's; nothing of it is touched.
  wait_.queue(condition_.is_shared() ? nullptr : &condition_.condition);
  if (const int refused = unlock(mutex_); refused != 0) {
    wait_.pass_on(wait_.end(steps::outcome::interrupted));
    return refused;
  }
  const steps::parked how = wait_.end(sleep());
  const int locked = take_mutex_back(holdfast::detail::is_handed_over(how));
  if (locked != 0) return locked;
  return steps::is_signalled(how) ? 0 : ETIMEDOUT;
}

// The thread may be cancelled in here, asynchronously, and then `cancelled` runs. Without exceptions
// the macros keep a jump buffer, and no personality of C++ is needed.
waiting::steps::outcome waiting::sleep() {
  if (wait_.has_ended(until_)) return wait_.stay_awake();
  volatile steps::outcome woken_by = steps::outcome::interrupted;
  pthread_cleanup_push(&waiting::cancelled, this);
  int type = 0;
  // NOLINTNEXTLINE(concurrency-thread-canceltype-asynchronous): nothing but the sleep is in between
  ::pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
  woken_by = wait_.sleep(until_);
  ::pthread_setcanceltype(type, nullptr);
  pthread_cleanup_pop(0);
  return woken_by;
}

// The mutex is held for the program's cleanup handlers.
void waiting::cancelled(void* self) noexcept {
  auto& me = *static_cast<waiting*>(self);
  const steps::parked how = me.wait_.end(steps::outcome::interrupted);
  static_cast<void>(me.take_mutex_back(holdfast::detail::is_handed_over(how)));
  me.wait_.pass_on(how);
}

int waiting::take_mutex_back(bool handed_over) noexcept {
  if (!handed_over) return lock(mutex_);
  now_owned(owner_.mutex);
  return 0;
}

// Waiters of a shared condition that hold a mutex of ours wait in the lot.
std::size_t wake_ours_of_shared(condition_object& c, bool all) noexcept {
  constexpr auto again = static_cast<std::uintptr_t>(holdfast::detail::lock_token::try_again);
  if (all) return lot().unpark_all(&c.condition, again);
  return lot().unpark_one(&c.condition, [](holdfast::detail::unpark_info) { return again; }) ? 1
                                                                                             : 0;
}

bool is_passed_through(const condition_object& c, pthread_mutex_t* mutex) noexcept {
  return c.is_shared() && !is_replaced(kind_of(mutex_object::of(mutex)));
}

void note_passage(step what, condition_object& c) noexcept {
  if (c.is_shared())
    pass(what, kind::passed_shared_condition);
  else
    pass(what, kind::condition, &c.seen);
}

}  // namespace

int wait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
         const struct timespec* when) {
  if (when != nullptr && !is_valid(*when)) return EINVAL;
  condition_object& c = condition_object::of(condition);
  if (is_passed_through(c, mutex)) {
    note_passage(step::wait, c);
    return when == nullptr ? glibc().cond_wait(condition, mutex)
                           : glibc().cond_clockwait(condition, mutex, clock, when);
  }
  if (const int refused = may_unlock(mutex_object::of(mutex)); refused != 0) return refused;
  note_passage(step::wait, c);
  ::pthread_testcancel();
  return waiting(condition, mutex, when == nullptr ? deadline::never() : deadline_of(clock, *when))
      .run();
}

int signal(pthread_cond_t* condition) noexcept {
  condition_object& c = condition_object::of(condition);
  note_passage(step::signal, c);
  if (!c.is_shared())
    c.condition.notify_one();
  else if (wake_ours_of_shared(c, false) == 0)
    return glibc().cond_signal(condition);
  return 0;
}

int broadcast(pthread_cond_t* condition) noexcept {
  condition_object& c = condition_object::of(condition);
  note_passage(step::signal, c);
  if (!c.is_shared()) {
    c.condition.notify_all();
    return 0;
  }
  wake_ours_of_shared(c, true);
  return glibc().cond_broadcast(condition);
}

}  // namespace preload

HOLDFAST_PTHREAD_CALL(int, pthread_cond_init)(pthread_cond_t* condition,
                                              const pthread_condattr_t* attributes) noexcept {
  const int result = preload::glibc().cond_init(condition, attributes);
  if (result == 0 && preload::condition_object::of(condition).is_shared())
    preload::pass(preload::step::init, preload::kind::passed_shared_condition);
  return result;
}
// A condition of ours may be destroyed as soon as every waiter has been woken.
HOLDFAST_PTHREAD_CALL(int, pthread_cond_destroy)(pthread_cond_t* condition) noexcept {
  return preload::condition_object::of(condition).is_shared()
             ? preload::glibc().cond_destroy(condition)
             : 0;
}
HOLDFAST_PTHREAD_CALL(int, pthread_cond_wait)(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  return preload::wait(condition, mutex, CLOCK_REALTIME, nullptr);
}
HOLDFAST_PTHREAD_CALL(int, pthread_cond_timedwait)(pthread_cond_t* condition,
                                                   pthread_mutex_t* mutex,
                                                   const struct timespec* when) {
  return preload::wait(condition, mutex, preload::condition_object::of(condition).clock(), when);
}
HOLDFAST_PTHREAD_CALL(int, pthread_cond_clockwait)(pthread_cond_t* condition,
                                                   pthread_mutex_t* mutex, clockid_t clock,
                                                   const struct timespec* when) {
  if (!preload::can_wait_until(clock, *when)) return EINVAL;
  return preload::wait(condition, mutex, clock, when);
}
HOLDFAST_PTHREAD_CALL(int, pthread_cond_signal)(pthread_cond_t* condition) noexcept {
  return preload::signal(condition);
}
HOLDFAST_PTHREAD_CALL(int, pthread_cond_broadcast)(pthread_cond_t* condition) noexcept {
  return preload::broadcast(condition);
}

HOLDFAST_PTHREAD_EXPORT(pthread_cond_init, "GLIBC_2.3.2");
HOLDFAST_PTHREAD_EXPORT(pthread_cond_destroy, "GLIBC_2.3.2");
HOLDFAST_PTHREAD_EXPORT(pthread_cond_wait, "GLIBC_2.3.2");
HOLDFAST_PTHREAD_EXPORT(pthread_cond_timedwait, "GLIBC_2.3.2");
HOLDFAST_PTHREAD_EXPORT(pthread_cond_clockwait, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_cond_signal, "GLIBC_2.3.2");
HOLDFAST_PTHREAD_EXPORT(pthread_cond_broadcast, "GLIBC_2.3.2");
HOLDFAST_PTHREAD_ALSO(pthread_cond_clockwait, 2_30, "GLIBC_2.30");
