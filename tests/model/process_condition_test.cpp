// SPDX-License-Identifier: BSL-1.0
// The seats of a condition between processes, explored with a thread that may vanish at any step, as
// one does that is killed.
#include <csetjmp>
#include <cstdint>

#include <gtest/gtest.h>

#include "holdfast/model/check.hpp"
#include "holdfast/model/platform.hpp"

#include "process/condition_seats_algorithm.hpp"

namespace holdfast::model {
namespace {

using process::detail::lock_end;
using word = bare::atomic<std::uint32_t>;

// What there is of one execution beside the condition. A sleeper of the real one looks again after a
// while; here it does when somebody has died, so that one who sleeps for ever is found.
struct world {
  word bell;  // counts wakes and deaths
  word* held[8] = {};
  unsigned held_count = 0;
  char* frame = nullptr;  // of the thread that may vanish; null once it may not
  std::jmp_buf end;
  int deaths_left = 0;

  void ring() {
    bell.fetch_add(1, order::release);
    bare::futex_wake(&bell, 7);
  }
};
world* now = nullptr;

// The stacks of the model's threads are further apart.
bool may_vanish_here() {
  char here = 0;
  const auto distance = now->frame - &here;
  return now->frame != nullptr && distance > -16'384 && distance < 16'384;
}

void step() {
  if (!may_vanish_here() || now->deaths_left == 0 || detail::choose(2) == 0) return;
  --now->deaths_left;
  now->frame = nullptr;
  std::longjmp(now->end, 1);
}

struct mortal {
  template <class T>
  class atomic : public model::atomic<T> {
    using base = model::atomic<T>;

   public:
    using base::base;
    T load(order o) const {
      step();
      return base::load(o);
    }
    void store(T desired, order o) {
      step();
      base::store(desired, o);
    }
    bool compare_exchange(T& expected, T desired, order success, order failure) {
      step();
      return base::compare_exchange(expected, desired, success, failure);
    }
    T fetch_add(T operand, order o) {
      step();
      return base::fetch_add(operand, o);
    }
    T fetch_or(T operand, order o) {
      step();
      return base::fetch_or(operand, o);
    }
  };

  // As the kernel sees one: of a dead thread's it says so, once.
  class robust_lock {
   public:
    lock_end try_lock() {
      step();
      for (std::uint32_t seen : {unlocked, left_by_dead})
        if (word_.compare_exchange(seen, may_vanish_here() ? by_mortal : by_other, order::acquire,
                                   order::relaxed)) {
          if (may_vanish_here()) now->held[now->held_count++] = &word_;
          return seen == unlocked ? lock_end::locked : lock_end::locked_after_death;
        }
      return lock_end::gave_up;
    }
    void lock() {
      while (try_lock() == lock_end::gave_up) {
        step();
        const std::uint32_t seen = word_.load(order::relaxed);
        if (seen == by_mortal || seen == by_other) bare::futex_wait(word_, seen, deadline::never());
      }
    }
    void unlock() {
      step();
      if (may_vanish_here())
        for (word*& one : now->held)
          if (one == &word_) one = nullptr;
      word_.store(unlocked, order::release);
      bare::futex_wake(&word_, 7);
    }

    static constexpr std::uint32_t unlocked = 0;
    static constexpr std::uint32_t by_mortal = 1;
    static constexpr std::uint32_t by_other = 2;
    static constexpr std::uint32_t left_by_dead = 3;

   private:
    word word_;
  };

  static void wake(const atomic<std::uint32_t>&, int) {
    step();
    now->ring();
  }
};

using seats = process::detail::condition_seats<mortal, 2>;

// Things that are put there and taken, one at a time.
struct box {
  mortal::robust_lock lock;
  seats more;
  mortal::atomic<int> things;
  mortal::atomic<int> is_over;
};

void wait(box& b) {
  seats::seat* const mine = b.more.take();
  expect(mine != nullptr, "there is no seat");
  b.lock.unlock();
  for (;;) {
    const std::uint32_t heard = now->bell.load(order::acquire);
    if (b.more.has_signal(*mine)) break;
    b.more.sweep_all();
    bare::futex_wait(now->bell, heard, deadline::never());
  }
  b.lock.lock();
  if (may_vanish_here()) now->frame = nullptr;  // it has received the signal
  b.more.give_back(*mine, true);
}

// Runs `f` until it returns or the thread vanishes.
template <class F>
void mortally(F f) {
  char frame = 0;
  if (setjmp(now->end) == 0) {
    now->frame = &frame;
    f();
    now->frame = nullptr;
    return;
  }
  // What the kernel does for it.
  for (word* const held : now->held)
    if (held != nullptr) {
      held->store(mortal::robust_lock::left_by_dead, order::release);
      bare::futex_wake(held, 7);
    }
  now->ring();
}

// One thing and its signal, for two. Once the one who may vanish has the signal and the lock, it lives
// on, and passes the signal on itself: so only its death can keep the signal from the other.
result signal_to_one_who_may_vanish(const options& how) {
  return explore("condition", how, [](scenario& s) {
    now = &s.make<world>("world");
    now->deaths_left = 1;
    auto& b = s.make<box>("box");
    s.thread("mortal", [&b] {
      mortally([&b] {
        b.lock.lock();
        while (b.things.load(order::relaxed) == 0 && b.is_over.load(order::relaxed) == 0) wait(b);
        b.lock.unlock();
        b.more.notify_one();
      });
    });
    s.thread("other", [&b] {
      b.lock.lock();
      while (b.things.load(order::relaxed) == 0) wait(b);
      b.things.store(0, order::relaxed);
      b.is_over.store(1, order::relaxed);
      b.lock.unlock();
      b.more.notify_all();
    });
    s.thread("giver", [&b] {
      b.lock.lock();
      b.things.store(1, order::relaxed);
      b.lock.unlock();
      b.more.notify_one();
    });
  });
}

TEST(process_condition, a_signal_is_not_lost_with_a_receiver_that_vanishes) {
  options how;
  how.mode = search::bounded;
  how.preemptions = 1;
  how.executions_at_most = 4'000'000;
  const result r = signal_to_one_who_may_vanish(how);
  std::printf("%s\n", r.summary().c_str());
  EXPECT_TRUE(r) << r.summary() << r.failure << r.table;
}

}  // namespace
}  // namespace holdfast::model
