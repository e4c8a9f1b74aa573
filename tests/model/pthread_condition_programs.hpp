// SPDX-License-Identifier: BSL-1.0
// Programs of the condition variable of the pthread calls: the steps of its wait, with a lock of holdfast's,
// and a thread that may be cancelled in it.
#pragma once

#include "../../preload/condition_wait.hpp"
#include "condition_algorithm.hpp"
#include "lock/parking_lock_algorithm.hpp"
#include "model/programs.hpp"
#include "park/parking_lot_algorithm.hpp"

namespace holdfast::verify {

// What is wrong with it, for the tests of the tests.
enum class wrong : std::uint8_t {
  nothing,
  steals,  // a newcomer takes a signal that was sent before it came, as in the C library before 2.41
  gives_twice,  // who has received a signal gives one more, as those who may have stolen one do there
  keeps,        // who is cancelled takes its signal along
};

template <wrong Wrong>
class pthread_condition {
 public:
  using lock_type = basic_parking_lock<model::steps, unlock_by::compare_and_swap>;
  explicit pthread_condition(lock_type& lock) noexcept : lock_(lock) {}

  // False if the thread has been cancelled, and holds the lock for its handlers.
  bool wait(bool may_be_cancelled) HOLDFAST_UNANALYSED {
    if (Wrong == wrong::steals && unreceived_.get() != 0) {
      unreceived_.set(unreceived_.get() - 1);
      lock_.unlock();
      lock_.lock();
      return true;
    }
    owner with(lock_);
    steps self(condition_, with);
    self.queue(&condition_);
    lock_.unlock();
    // A deadline stands for the request: what follows it is the same.
    const deadline until = may_be_cancelled ? model::any_time() : deadline::never();
    const auto parked = self.end(self.has_ended(until) ? self.stay_awake() : self.sleep(until));
    if (detail::is_handed_over(parked))
      lock_.now_owned();
    else
      lock_.lock();
    if (steps::is_signalled(parked) && !cancelled_anyhow(may_be_cancelled)) {
      receive();
      return true;
    }
    if (Wrong != wrong::keeps) self.pass_on(parked);
    return false;
  }

  // With the lock held.
  void signal() {
    if constexpr (Wrong == wrong::steals) unreceived_.set(unreceived_.get() + 1);
    condition_.notify_one();
  }
  void broadcast() { condition_.notify_all(); }

 private:
  using steps = preload::condition_wait<model::steps>;
  struct owner : detail::waiting_owner {
    explicit owner(lock_type& l) noexcept
        : waiting_owner{&l, nullptr, nullptr, &l, &admit}, lock(l) {}
    static detail::queue_admission admit(const waiting_owner& self) noexcept {
      return static_cast<const owner&>(self).lock.admit_waiters();
    }
    lock_type& lock;
  };

  // The request may come when the signal has.
  static bool cancelled_anyhow(bool may_be_cancelled) {
    return may_be_cancelled && model::detail::choose(2) == 1;
  }
  void receive() {
    if constexpr (Wrong == wrong::steals)
      if (unreceived_.get() != 0) unreceived_.set(unreceived_.get() - 1);
    if constexpr (Wrong == wrong::gives_twice) condition_.notify_one();
  }

  lock_type& lock_;
  basic_condition<model::steps> condition_;
  model::var<int> unreceived_;  // signals; under the lock
};

// All waits and signals are in one order, that of the lock. So it is known whose each signal is.
template <wrong Wrong>
struct ordered_room {
  typename pthread_condition<Wrong>::lock_type lock;
  pthread_condition<Wrong> changed{lock};
  model::atomic<int> waits;  // begun; written under the lock
  model::var<int> signals;
  model::var<int> ended;

  // It ends by a signal that was sent after it began, and that is no earlier waiter's.
  void wait() {
    const int mine = waits.load(platform::order::relaxed);
    waits.store(mine + 1, platform::order::relaxed);
    changed.wait(false);
    ended.set(ended.get() + 1);
    model::expect(mine < signals.get(), "a waiter took a signal that was not its own");
  }
  // For wait number `number`, when it has begun.
  void signal(int number) {
    while (waits.load(platform::order::relaxed) <= number) model::bare::yield();
    lock.lock();
    signals.set(number + 1);
    changed.signal();
    lock.unlock();
  }
};

// The first waits again and again, as who finds its permit gone; the others once. As many signals are
// sent as there are waits, one at a time, each when somebody is waiting: nobody sleeps on.
template <wrong Wrong = wrong::nothing>
auto one_signal_at_a_time(int waiters, int rounds) {
  return [=](model::scenario& s) {
    auto& r = s.make<ordered_room<Wrong>>("room");
    for (int i = 0; i < waiters; ++i)
      s.thread("waiter", [&r, each = i == 0 ? rounds : 1] {
        r.lock.lock();
        for (int k = 0; k < each; ++k) r.wait();
        r.lock.unlock();
      });
    const int all = waiters - 1 + rounds;
    s.thread("signaller", [&r, all] {
      for (int k = 0; k < all; ++k) r.signal(k);
    });
    s.after([&r, all] { model::expect(r.ended.get() == all, "a waiter was lost"); });
  };
}

// One permit and one signal, two waiters, of which one may be cancelled, also when the signal is its own.
template <wrong Wrong = wrong::nothing>
auto one_is_cancelled(bool all) {
  return [all](model::scenario& s) {
    struct room {
      typename pthread_condition<Wrong>::lock_type lock;
      pthread_condition<Wrong> changed{lock};
      model::var<int> permits;

      void take(bool may_be_cancelled) {
        lock.lock();
        bool cancelled = false;
        while (permits.get() == 0 && !cancelled) cancelled = !changed.wait(may_be_cancelled);
        if (may_be_cancelled && !cancelled) changed.signal();  // it leaves the permit to the other
        if (!may_be_cancelled) permits.set(permits.get() - 1);
        lock.unlock();
      }
    };
    auto& r = s.make<room>("room");
    s.thread("patient", [&r] { r.take(false); });
    s.thread("cancelled", [&r] { r.take(true); });
    s.thread("signaller", [&r, all] {
      r.lock.lock();
      r.permits.set(1);
      if (all)
        r.changed.broadcast();
      else
        r.changed.signal();
      r.lock.unlock();
    });
    s.after([&r] { model::expect(r.permits.get() == 0, "a permit was left"); });
  };
}

}  // namespace holdfast::verify
