// SPDX-License-Identifier: BSL-1.0
// The seats of a condition between processes, explored with a thread that may vanish at any step, as
// one does that is killed.
#include <csetjmp>
#include <cstdint>

#include "model/verify.hpp"
#include "process/condition_seats_algorithm.hpp"

namespace holdfast::verify {
namespace {

using model::bare;
using model::expect;
using model::scenario;
using model::var;
using model::detail::where;
using platform::order;
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
  bool builds_the_mortal = false;

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
  if (!may_vanish_here() || now->deaths_left == 0 || model::detail::choose(2) == 0) return;
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
    T load(order o, const where& site = where::current()) const {
      step();
      return base::load(o, site);
    }
    void store(T desired, order o, const where& site = where::current()) {
      step();
      base::store(desired, o, site);
    }
    bool compare_exchange(T& expected, T desired, order success, order failure,
                          const where& site = where::current()) {
      step();
      return base::compare_exchange(expected, desired, success, failure, site);
    }
    T fetch_add(T operand, order o, const where& site = where::current()) {
      step();
      return base::fetch_add(operand, o, site);
    }
    T fetch_or(T operand, order o, const where& site = where::current()) {
      step();
      return base::fetch_or(operand, o, site);
    }
  };

  // As the kernel sees one: of a dead thread's it says so, once.
  class robust_lock {
   public:
    lock_end try_lock() {
      step();
      const bool is_mortals = now->builds_the_mortal || may_vanish_here();
      const std::uint32_t mine = is_mortals ? by_mortal : by_other;
      std::uint32_t seen = unlocked;
      if (!word_.compare_exchange(seen, mine, order::acquire, order::relaxed) &&
          (seen != left_by_dead ||
           !word_.compare_exchange(seen, mine, order::acquire, order::relaxed)))
        return lock_end::gave_up;
      if (is_mortals) now->held[now->held_count++] = &word_;
      return seen == unlocked ? lock_end::locked : lock_end::locked_after_death;
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

    void die() { word_.store(left_by_dead, order::relaxed); }

    static constexpr std::uint32_t unlocked = 0;
    static constexpr std::uint32_t by_mortal = 1;
    static constexpr std::uint32_t by_other = 2;
    static constexpr std::uint32_t left_by_dead = 3;

   private:
    word word_;
  };

  static void wake(const atomic<std::uint32_t>&, int, const where& site = where::current()) {
    step();
    if (!model::detail::leaves_out_wake(site)) now->ring();
  }
};

using seats = process::detail::condition_seats<mortal, 3>;

// Things that are put there and taken, one at a time.
struct box {
  mortal::robust_lock lock;
  seats more;
  mortal::atomic<int> things;
  mortal::atomic<int> is_over;
};

// From the release of the lock until the signal is there.
void sleep(seats& more, seats::seat& mine) {
  for (;;) {
    const std::uint32_t heard = now->bell.load(order::acquire);
    if (more.has_signal(mine)) return;
    more.sweep_all();
    bare::futex_wait(now->bell, heard, deadline::never());
  }
}

void wait(box& b) {
  seats::seat* const mine = b.more.take();
  expect(mine != nullptr, "there is no seat");
  b.lock.unlock();
  sleep(b.more, *mine);
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

// Two wait and one signal is sent. The one who may vanish passes it on when it has received it, so only
// its death can keep it from the other.
auto signal_to_one_who_may_vanish() {
  return [](scenario& s) {
    now = &s.make<world>("world");
    now->deaths_left = 1;
    auto& more = s.make<seats>("seats");
    auto& message = s.make<var<int>>("message");
    now->builds_the_mortal = true;
    seats::seat* const first = more.take();
    now->builds_the_mortal = false;
    seats::seat* const second = more.take();
    s.thread("mortal", [&more, &message, first] {
      mortally([&more, &message, first] {
        sleep(more, *first);
        now->frame = nullptr;
        expect(message.get() == 1, "what was written before the signal is not seen");
        more.give_back(*first, true);
        more.notify_one();
      });
    });
    s.thread("other", [&more, &message, second] {
      sleep(more, *second);
      expect(message.get() == 1, "what was written before the signal is not seen");
      more.give_back(*second, true);
    });
    s.thread("notifier", [&more, &message] {
      message.set(1);
      more.notify_one();
    });
  };
}

// Somebody has died with a signal that it had not received. Who finds that may vanish too.
auto signal_of_a_dead_one() {
  return [](scenario& s) {
    now = &s.make<world>("world");
    auto& more = s.make<seats>("seats");
    seats::seat* const dead = more.take();
    more.notify_one();
    now->builds_the_mortal = true;
    seats::seat* const first = more.take();
    now->builds_the_mortal = false;
    seats::seat* const second = more.take();
    dead->alive.die();
    now->deaths_left = 1;
    s.thread("mortal", [&more, first] {
      mortally([&more, first] {
        sleep(more, *first);
        now->frame = nullptr;
        more.give_back(*first, true);
        more.notify_one();
      });
    });
    s.thread("other", [&more, second] {
      sleep(more, *second);
      more.give_back(*second, true);
    });
  };
}

// The notifier may vanish. Then a later signal reaches both: it is two, or one and the first.
auto signal_by_one_who_may_vanish() {
  return [](scenario& s) {
    now = &s.make<world>("world");
    now->deaths_left = 1;
    auto& more = s.make<seats>("seats");
    seats::seat* const only = more.take();
    s.thread("mortal", [&more] { mortally([&more] { more.notify_one(); }); });
    s.thread("other", [&more, only] {
      sleep(more, *only);
      more.give_back(*only, true);
    });
    s.thread("notifier", [&more] { more.notify_one(); });
  };
}

// With the mutex and what it is about, from the start to the end.
auto thing_for_two() {
  return [](scenario& s) {
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
  };
}

// Somebody takes a seat that an earlier waiter has left, with a smaller number than the longest's.
auto signal_to_the_longest() {
  return [](scenario& s) {
    now = &s.make<world>("world");
    auto& more = s.make<seats>("seats");
    seats::seat* const left = more.take();
    seats::seat* const longest = more.take();
    more.give_back(*left, false);
    s.thread("newcomer", [&more] { expect(more.take() != nullptr, "there is no seat"); });
    s.thread("notifier", [&more, longest] {
      more.notify_one();
      expect(more.has_signal(*longest), "a newcomer has the signal of who waits longest");
    });
  };
}

const bool seats_of_a_condition =
    add({"process::condition",
         {"process/condition_seats_algorithm.hpp"},
         {{"a receiver that may vanish", by_content(complete()), signal_to_one_who_may_vanish()},
          {"who passes the signal of a dead one on may vanish", by_content(complete()),
           signal_of_a_dead_one()},
          {"a notifier that may vanish", by_content(complete()), signal_by_one_who_may_vanish()},
          {"the longest waiter is first", by_content(complete()), signal_to_the_longest()},
          {"with the mutex, one may vanish", by_content(bounded(0)), thing_for_two()}},
         {}});

}  // namespace
}  // namespace holdfast::verify
