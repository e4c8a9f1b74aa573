// SPDX-License-Identifier: BSL-1.0
// The once of the pthread calls: one function at a time, done once and seen by all, and called again by the
// next who comes if it was left early.
#include "../../preload/posix_once.hpp"
#include "model/programs.hpp"
#include "model/short_lived.hpp"

namespace holdfast::verify {
namespace {

using model::expect;
using model::scenario;
using model::steps;
using model::var;
using once_type = preload::posix_once<steps>;

// A once, and plain data that its functions make.
struct work {
  short_lived<once_type> once;
  var<int> begun;
  var<int> made;
  std::uint32_t forks = 0;

  bool begins() {
    if (once->is_done() || !once->begin(forks, [] {})) return false;
    expect(made.get() == 0, "it was done already");
    begun.set(begun.get() + 1);
    return true;
  }
  // False if another one has done it.
  bool call() {
    const bool mine = begins();
    if (mine) {
      made.set(42);
      once->finish();
    }
    expect(made.get() == 42, "went on before it was done");
    return mine;
  }
  // Left by a cancellation or an exception, if it is called at all.
  void call_and_leave() {
    if (begins())
      once->give_up();
    else
      expect(made.get() == 42, "went on before it was done");
  }
};

auto calling(int callers, int leaving) {
  return [=](scenario& s) {
    auto& w = s.make<work>("work");
    for (int i = 0; i < callers; ++i) s.thread("calls", [&w] { w.call(); });
    for (int i = 0; i < leaving; ++i) s.thread("leaves", [&w] { w.call_and_leave(); });
    s.after([&w, leaving] {
      expect(w.once->is_done() && w.made.get() == 42, "it was not done");
      expect(w.begun.get() >= 1 && w.begun.get() <= 1 + leaving, "it was called too often");
    });
  };
}

// A thread that does not exist any more was in the function at a fork.
auto after_a_fork(int callers) {
  return [=](scenario& s) {
    auto& w = s.make<work>("work");
    w.once->begin(0, [] {});
    w.forks = once_type::one_fork;
    for (int i = 0; i < callers; ++i) s.thread("calls", [&w] { w.call(); });
    s.after([&w] { expect(w.begun.get() == 1 && w.once->is_done(), "it was not done once"); });
  };
}

// Whoever has not done it destroys the word, while the other may still be about to wake.
auto destroyed() {
  return [](scenario& s) {
    auto& w = s.make<work>("work");
    for (int i = 0; i < 2; ++i)
      s.thread("calls", [&w] {
        if (!w.call()) w.once.destroy();
      });
    s.after([&w] { expect(w.begun.get() == 1, "it was not done once"); });
  };
}

model::options woken_for_no_reason(model::options how) {
  how.spurious_wakes = 1;
  return how;
}

const bool posix_once = add({
    "posix_once",
    {"posix_once.hpp"},
    {{"2 callers", complete(), calling(2, 0)},
     {"2 callers, destroyed", complete(), destroyed()},
     {"1 caller, 1 leaves", complete(), calling(1, 1)},
     {"2 callers after a fork", complete(), after_a_fork(2)},
     {"2 callers, 1 leaves", by_content(complete()), calling(2, 1)},
     {"1 caller, 2 leave", by_content(complete()), calling(1, 2)},
     {"2 callers, 1 leaves, woken for no reason", by_content(woken_for_no_reason(complete())),
      calling(2, 1)},
     {"3 callers", by_content(complete()), calling(3, 0)},
     {"3 callers, 1 leaves", by_content(bounded(1)), calling(3, 1), false}},
    {},
});

}  // namespace
}  // namespace holdfast::verify
