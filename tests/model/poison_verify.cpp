// SPDX-License-Identifier: BSL-1.0
// The mutex and its guards when owners leave by exceptions: who comes next is told, and sees what
// was written before.
#include "holdfast/model/poisoning.hpp"
#include "holdfast/mutex.hpp"

#include "condition_algorithm.hpp"
#include "lock/parking_lock_algorithm.hpp"
#include "model/programs.hpp"
#include "park/parking_lot_algorithm.hpp"

namespace holdfast::verify {
namespace {

using model::expect;
using model::scenario;
using model::steps;
using model::var;

const deadline soon = model::any_time();

// Two values that are the same whenever nobody is at them.
struct pair {
  var<int> left;
  var<int> right;

  void step() {
    left.set(left.get() + 1);
    right.set(right.get() + 1);
  }
  void half_a_step() {
    left.set(left.get() + 1);
    throw 1;
  }
  bool is_whole() const { return left.get() == right.get(); }
  void mend() { right.set(left.get()); }
};

template <unlock_by Unlock>
struct with_unlock {
  using mutex_type = mutex<pair, basic_parking_lock<steps, Unlock>, model::poison_on_exception>;

  static void fail(mutex_type& m) {
    try {
      m.lock(even_if_poisoned)->half_a_step();
    } catch (int) {
    }
  }

  // Locks and finds either whole data or the poison, and then the halves.
  template <class... Ends>
  static void use(mutex_type& m, const Ends&... until) {
    try {
      if constexpr (sizeof...(Ends) == 0) {
        const auto owner = m.lock();
        expect(owner->is_whole(), "half a step, and no poison");
        owner->step();
      } else {
        const auto owner = m.try_lock_until(until...);
        if (!owner) return;
        expect(owner->is_whole(), "half a step, and no poison");
        owner->step();
      }
    } catch (const poisoned&) {
      const auto owner = m.lock(even_if_poisoned);
      expect(owner.was_poisoned() == !owner->is_whole(), "poison without half a step");
    }
  }

  static auto failing(int users, bool hastily) {
    return [=](scenario& s) {
      auto& m = s.make<mutex_type>("mutex");
      s.thread("fails", [&m] { fail(m); });
      for (int i = 0; i < users; ++i) s.thread("uses", [&m] { use(m); });
      if (hastily) s.thread("uses, hastily", [&m] { use(m, soon); });
      s.after([&m] {
        expect(m.is_poisoned(), "the poison was lost");
        expect(!m.try_lock(even_if_poisoned)->is_whole(), "half a step was lost");
      });
    };
  }

  // One repairs, the others find the repaired data or come before the failure.
  static auto repairing(int repairers, bool one_fails) {
    return [=](scenario& s) {
      auto& m = s.make<mutex_type>("mutex");
      auto& repairs = s.make<var<int>>("repairs");
      s.thread("fails", [&m] { fail(m); });
      for (int i = 0; i < repairers; ++i)
        s.thread("repairs", [&m, &repairs, fails = one_fails && i == 0] {
          try {
            const auto owner = m.lock_or_repair([&](pair& data) {
              expect(!data.is_whole(), "repairs what is whole");
              if (fails) throw 1;
              repairs.set(repairs.get() + 1);
              data.mend();
            });
            expect(owner->is_whole(), "half a step, and no poison");
            owner->step();
          } catch (int) {
          }
        });
      s.after([&] {
        const auto owner = m.try_lock(even_if_poisoned);
        expect(repairs.get() <= 1, "repaired twice");
        expect(owner.was_poisoned() == !owner->is_whole(), "poison and data do not agree");
        expect(owner.was_poisoned() == (repairs.get() == 0), "repaired, and poisoned still");
      });
    };
  }

  // Who is told may accept the data as it is, while others come.
  static auto accepting() {
    return [](scenario& s) {
      auto& m = s.make<mutex_type>("mutex");
      s.thread("fails", [&m] { fail(m); });
      s.thread("accepts", [&m] {
        const auto owner = m.lock(even_if_poisoned);
        if (!owner.was_poisoned()) return;
        owner->mend();
        m.clear_poison();
      });
      s.thread("uses", [&m] { use(m); });
    };
  }

  // Each thread is unwound by an exception of its own, locks on the way, and finds its exception
  // again. Only an owner that is left by one poisons.
  static auto unwinding(bool under_the_guard) {
    return [under_the_guard](scenario& s) {
      struct locks_at_end {
        mutex_type& m;
        ~locks_at_end() { m.lock(even_if_poisoned)->step(); }
      };
      auto& m = s.make<mutex_type>("mutex");
      for (int me = 1; me <= 2; ++me)
        s.thread("unwinds", [&m, me, under_the_guard] {
          try {
            try {
              const locks_at_end first{m};
              throw me;
            } catch (int own) {
              expect(own == me, "caught the exception of another thread");
              const auto owner = m.lock(even_if_poisoned);
              owner->step();
              if (under_the_guard && me == 1) throw;
            }
            throw me + 2;
          } catch (int own) {
            expect(own == (under_the_guard && me == 1 ? me : me + 2), "caught another exception");
          }
        });
      s.after([&m, under_the_guard] {
        expect(m.is_poisoned() == under_the_guard,
               "poisoned by who finished, or not by who did not");
        expect(m.try_lock(even_if_poisoned)->right.get() == 4, "a step was lost");
      });
    };
  }

  // A function that throws while the guard is away, and the lock is another's.
  static auto unlocked() {
    return [](scenario& s) {
      auto& m = s.make<mutex_type>("mutex");
      s.thread("fails", [&m] {
        try {
          auto owner = m.lock();
          owner.unlocked([] { throw 1; });
        } catch (int) {
        }
      });
      s.thread("steps", [&m] {
        try {
          m.lock()->step();
        } catch (const poisoned&) {
        }
      });
      s.after([&m] { expect(m.is_poisoned(), "the poison was lost"); });
    };
  }

  // Who waits for what will never be is told, by the owner that is unwound: also if asking throws.
  static auto awaiting(bool asking_throws) {
    return [asking_throws](scenario& s) {
      auto& m = s.make<mutex_type>("mutex");
      s.thread("waits", [&m, asking_throws] {
        try {
          static_cast<void>(m.lock_when([asking_throws](const pair& data) {
            if (asking_throws && data.left.get() == 1) throw 2;
            return false;
          }));
          expect(false, "what was false is true");
        } catch (const poisoned&) {
        } catch (int own) {
          expect(own == 2, "caught the exception of another thread");
        }
      });
      s.thread("steps, and fails", [&m, asking_throws] {
        if (asking_throws) m.lock(even_if_poisoned)->step();
        fail(m);
      });
      s.after([&m] {
        expect(m.is_poisoned(), "the poison was lost");
        expect(static_cast<bool>(m.try_lock(even_if_poisoned)), "the lock is still held");
      });
    };
  }

  // The same by a condition: the waiter has the lock when it is told.
  static auto signalled() {
    return [](scenario& s) {
      auto& m = s.make<mutex_type>("mutex");
      auto& changed = s.make<basic_condition<steps>>("condition");
      s.thread("waits", [&m, &changed] {
        try {
          auto owner = m.lock();
          try {
            changed.wait(owner, [&owner] { return owner->right.get() != 0; });
          } catch (const poisoned&) {
            expect(owner.owns_lock() && !owner->is_whole(), "told without the lock");
          }
        } catch (const poisoned&) {
        }
      });
      s.thread("fails", [&m, &changed] {
        fail(m);
        changed.notify_one();
      });
    };
  }

  // For each of the unlocks.
  static void add_programs(std::vector<program>& all, const std::string& by) {
    const auto add = [&](const char* name, const model::options& how, auto build) {
      all.push_back({name + by, how, build});
    };
    add("1 fails, 1 uses", complete(), failing(1, false));
    add("1 fails, 1 has a deadline", complete(), failing(0, true));
    add("1 fails, 1 repairs", complete(), repairing(1, false));
    add("fails without the lock", complete(), unlocked());
    add("awaited in vain", complete(), awaiting(false));
    add("awaited by a condition", complete(), signalled());
    add("awaited in vain, and asking throws", complete(), awaiting(true));
    add("2 unwind", complete(), unwinding(false));
    add("2 unwind, 1 poisons", complete(), unwinding(true));
    add("1 fails, 1 repairs, 1 fails to", bounded(2), repairing(2, true));
    add("1 fails, 2 repair", bounded(2), repairing(2, false));
    add("1 fails, 1 accepts, 1 uses", bounded(2), accepting());
    add("1 fails, 1 uses, 1 has a deadline", bounded(2), failing(1, true));
  }
};

std::vector<program> programs() {
  std::vector<program> all;
  with_unlock<unlock_by::compare_and_swap>::add_programs(all, "");
  with_unlock<unlock_by::restartable>::add_programs(all, ", restartable");
  return all;
}

const bool poison = add({
    "poison",
    {"mutex.hpp", "guard.hpp", "poisoning.hpp", "lock_bytes.hpp"},
    programs(),
    {},
});

}  // namespace
}  // namespace holdfast::verify
