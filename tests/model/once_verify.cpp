// SPDX-License-Identifier: BSL-1.0
// The once, and what is made lazily in one: done by one thread, seen by all, also after a failure.
#include "holdfast/lazy.hpp"

#include "model/programs.hpp"
#include "once_algorithm.hpp"
#include "park/parking_lot_algorithm.hpp"

namespace holdfast::verify {
namespace {

using model::expect;
using model::scenario;
using model::steps;
using model::var;

const deadline soon = model::any_time();

// A once, and plain data that its functions make.
struct work {
  basic_once<steps> once;
  var<int> runs;
  var<int> made;

  void make() {
    runs.set(runs.get() + 1);
    made.set(42);
  }
  void fail() {
    runs.set(runs.get() + 1);
    throw 1;
  }
  void is_done() const { expect(made.get() == 42, "went on before it was done"); }

  // Whether a function may be called now, by who calls by force.
  void begins(const once_state& state) const {
    expect(state.is_poisoned() == (runs.get() != 0), "a failure was overlooked, or invented");
    expect(made.get() == 0, "it was done already");
  }

  void call_that_fails() {
    try {
      once.call([this] { fail(); });
      is_done();
    } catch (int) {
    } catch (const poisoned&) {
    }
  }
  void call_by_force() {
    once.call_force([this](const once_state& state) {
      begins(state);
      make();
    });
    is_done();
  }
};

// All call; the last ones, if there are any, only wait.
auto calling(int callers, int waiters) {
  return [=](scenario& s) {
    auto& w = s.make<work>("work");
    for (int i = 0; i < callers; ++i)
      s.thread("calls", [&w] {
        w.once.call([&w] { w.make(); });
        w.is_done();
      });
    for (int i = 0; i < waiters; ++i)
      s.thread("waits", [&w] {
        w.once.wait();
        w.is_done();
      });
    s.after([&w] { expect(w.runs.get() == 1, "it was not done once"); });
  };
}

// Who gives up has nothing; who does not has everything.
auto giving_up(int callers) {
  return [callers](scenario& s) {
    auto& w = s.make<work>("work");
    for (int i = 0; i < callers; ++i)
      s.thread("calls", [&w] {
        w.once.call([&w] { w.make(); });
        w.is_done();
      });
    s.thread("calls, hastily", [&w] {
      if (w.once.call([&w] { w.make(); }, soon)) w.is_done();
    });
    s.thread("waits, hastily", [&w] {
      if (w.once.wait_until(soon)) w.is_done();
    });
    s.after([&w] { expect(w.runs.get() == 1, "it was not done once"); });
  };
}

// A function that throws: who waits is told, and who calls by force runs the next one.
auto failing(int failures, bool watched) {
  return [=](scenario& s) {
    auto& w = s.make<work>("work");
    for (int i = 0; i < failures; ++i)
      s.thread("fails", [&w, first = i == 0] {
        if (first) return w.call_that_fails();
        try {
          w.once.call_force([&w](const once_state& state) {
            w.begins(state);
            w.fail();
          });
          w.is_done();
        } catch (int) {
        }
      });
    s.thread("repairs", [&w] { w.call_by_force(); });
    if (watched)
      s.thread("waits", [&w] {
        w.once.wait_force();
        w.is_done();
      });
    s.after([&w] {
      expect(w.once.is_completed() && w.made.get() == 42, "a failure was the end of it");
    });
  };
}

// Everybody is told of a failure, and sees what the function did before it.
auto told_of_failure(int waiters, bool hastily) {
  return [=](scenario& s) {
    auto& w = s.make<work>("work");
    s.thread("fails", [&w] { w.call_that_fails(); });
    for (int i = 0; i < waiters; ++i)
      s.thread("waits", [&w, hastily] {
        try {
          if (hastily)
            expect(!w.once.wait_until(soon), "nothing was done");
          else
            w.once.wait();
        } catch (const poisoned&) {
          expect(w.runs.get() == 1, "told of a failure that it does not see");
          return;
        }
        expect(hastily, "nothing was done");
      });
    s.after([&w] { expect(w.once.is_poisoned(), "a failure was lost"); });
  };
}

const bool once = add({
    "once",
    {"once.hpp", "once_algorithm.hpp"},
    {{"2 callers", complete(), calling(2, 0)},
     {"1 caller, 1 waiter", complete(), calling(1, 1)},
     {"told of a failure", complete(), told_of_failure(1, false)},
     {"a failure, repaired", complete(), failing(1, false)},
     {"2 callers, 1 waiter", by_content(complete()), calling(2, 1)},
     {"2 failures, repaired", bounded(1), failing(2, false)},
     {"a failure, repaired, watched", bounded(1), failing(1, true)},
     {"deadlines", by_content(bounded(3)), giving_up(1)},
     {"told of a failure, with deadlines", bounded(1), told_of_failure(2, true)},
     {"3 callers", by_content(bounded(3)), calling(3, 0), false},
     {"a failure, repaired, watched, at random", random(300'000), failing(1, true), false},
     {"2 failures, repaired", bounded(3), failing(2, false), false, true},
     {"3 callers", by_content(bounded(4)), calling(3, 0), false, true}},
    {},
});

// A value that the model knows: made, used and destroyed in order.
struct value {
  value() { content.set(42); }
  value(const value&) = delete;
  value& operator=(const value&) = delete;
  ~value() { content.set(0); }
  var<int> content;
};

template <bool Fails>
struct maker {
  value operator()() {
    if (Fails) throw 1;
    return {};
  }
};

template <bool Fails>
using lazily = lazy<value, maker<Fails>, basic_once<steps>>;

auto getting(int threads, bool hastily) {
  return [=](scenario& s) {
    auto& made = s.make<lazily<false>>("lazy", maker<false>{});
    for (int i = 0; i < threads; ++i)
      s.thread("gets", [&made] { expect(made->content.get() == 42, "half a value"); });
    s.thread("glances", [&made, hastily] {
      if (const value* const there = hastily ? made.get(soon) : made.try_get())
        expect(there->content.get() == 42, "half a value");
    });
  };
}

auto repairing(int others) {
  return [others](scenario& s) {
    auto& made = s.make<lazily<true>>("lazy", maker<true>{});
    for (int i = 0; i < others; ++i)
      s.thread("gets", [&made] {
        try {
          expect(made.get().content.get() == 42, "half a value");
        } catch (int) {
        } catch (const poisoned&) {
        }
      });
    s.thread("repairs", [&made] {
      try {
        expect(made.get_or_repair(maker<false>{}).content.get() == 42, "half a value");
      } catch (int) {
      }
    });
  };
}

const bool lazy_value = add({
    "lazy",
    {"lazy.hpp"},
    {{"1 gets, 1 glances", complete(), getting(1, false)},
     {"1 gets, 1 has a deadline", complete(), getting(1, true)},
     {"a failure, repaired", complete(), repairing(1)},
     {"2 get, 1 glances", by_content(complete()), getting(2, false)},
     {"2 get, 1 has a deadline", by_content(bounded(3)), getting(2, true)},
     {"2 failures, repaired", bounded(2), repairing(2)}},
    {},
});

}  // namespace
}  // namespace holdfast::verify
