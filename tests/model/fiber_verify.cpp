// SPDX-License-Identifier: BSL-1.0
// What fibers stand on: a waiter that is a task, the inbox of a thread that runs fibers, and how such
// threads go to sleep beside each other.
#include <array>
#include <cstddef>

#include "fiber/inbox.hpp"
#include "fiber/sleepers.hpp"
#include "model/programs.hpp"

namespace holdfast::verify {
namespace {

using model::bare;
using model::expect;
using model::scenario;
using model::var;
using order = platform::order;
using waiter = detail::basic_waiter<bare>;

struct node {
  node* next = nullptr;
  var<int> message;
};
using inbox = fiber::detail::basic_inbox<bare, node>;

// A mutant that loops for ever is broken off soon: no right execution is nearly as long.
model::options brief(model::options how) {
  how.steps_at_most = 300;
  return how;
}

// A task whose thread looks into an inbox for it.
class queued_task final : public platform::task {
 public:
  explicit queued_task(inbox& of) : task(1), of_(of) {}
  void suspend(platform::suspension&, const deadline&) noexcept override {}
  void resume() noexcept override {
    resumptions_.fetch_add(1, order::relaxed);
    of_.add(self_);
  }
  void yield() noexcept override {}
  int resumptions() const { return resumptions_.load(order::relaxed); }

 private:
  inbox& of_;
  node self_;
  bare::atomic<int> resumptions_;
};

// The first thing that comes to an inbox whose owner sleeps when it is empty.
void await_one(inbox& in, const deadline& until) {
  while (in.take_all() == nullptr)
    if (in.announce_sleep()) in.sleep(until);
}

auto suspended(bool interrupted_too, bool expired_too) {
  return [=](scenario& s) {
    auto& in = s.make<inbox>("inbox");
    auto& who = s.make<queued_task>("task", in);
    auto& sleeper = s.make<waiter>("waiter", who);
    auto& message = s.make<var<int>>("message");
    s.thread("runs the task", [&] {
      const bool stopped = sleeper.begin_suspension();
      if (stopped) await_one(in, deadline::never());
      const auto how = sleeper.stay_awake();
      if (how != waiter::outcome::notified) sleeper.sleep_until_notified();
      expect(message.get() == 1, "no message");
      expect(who.resumptions() == (stopped ? 1 : 0), "not resumed exactly once");
    });
    s.thread("notifier", [&] {
      message.set(1);
      sleeper.notify();
    });
    if (interrupted_too) s.thread("stop", [&] { sleeper.interrupt(); });
    if (expired_too) s.thread("clock", [&] { sleeper.expire(); });
    s.after([&] { expect(in.is_empty(), "resumed twice"); });
  };
}

// A task that is expired stops again in the same wait, until it is notified.
auto suspended_anew(bool interrupted_too) {
  return [=](scenario& s) {
    auto& in = s.make<inbox>("inbox");
    auto& who = s.make<queued_task>("task", in);
    auto& sleeper = s.make<waiter>("waiter", who);
    auto& message = s.make<var<int>>("message");
    s.thread("runs the task", [&] {
      int stops = 0;
      const auto stop = [&] {
        if (!sleeper.begin_suspension()) return;
        ++stops;
        await_one(in, deadline::never());
      };
      stop();
      if (sleeper.stay_awake() == waiter::outcome::deadline_passed) {
        sleeper.wait_on();
        stop();
        expect(sleeper.stay_awake() != waiter::outcome::deadline_passed, "expired twice");
      }
      if (sleeper.stay_awake() != waiter::outcome::notified) sleeper.sleep_until_notified();
      expect(message.get() == 1, "no message");
      expect(who.resumptions() == stops, "not resumed exactly once");
    });
    s.thread("notifier", [&] {
      message.set(1);
      sleeper.notify();
    });
    // Its clock stops before the wait goes on; so the timers do.
    s.thread("clock", [&] { sleeper.expire(); });
    if (interrupted_too) s.thread("stop", [&] { sleeper.interrupt(); });
    s.after([&] { expect(in.is_empty(), "resumed twice"); });
  };
}

// `adders` threads add a message each; the owner takes what has come until it has them all.
auto added(int adders, bool looks_by_itself) {
  return [=](scenario& s) {
    auto& in = s.make<inbox>("inbox");
    auto* const nodes = &s.make<std::array<node, 3>>("nodes");
    s.thread("owner", [&in, adders, looks_by_itself] {
      for (int left = adders; left != 0;) {
        for (const node* each = in.take_all(); each != nullptr; each = each->next, --left)
          expect(each->message.get() == 1, "no message");
        if (left != 0 && in.announce_sleep())
          in.sleep(looks_by_itself ? model::any_time() : deadline::never());
      }
    });
    for (int i = 0; i < adders; ++i)
      s.thread("adder", [&in, nodes, i] {
        node& mine = (*nodes)[static_cast<std::size_t>(i)];
        mine.message.set(1);
        in.add(mine);
      });
  };
}

// The inbox is gone as soon as the one message is there.
auto gone() {
  return [](scenario& s) {
    auto& place = s.make<bare::atomic<inbox*>>("place");
    auto& mine = s.make<node>("node");
    s.thread("owner", [&place] {
      inbox in;
      place.store(&in, order::release);
      await_one(in, model::any_time());
    });
    s.thread("adder", [&place, &mine] {
      inbox* in = nullptr;
      while ((in = place.load(order::acquire)) == nullptr) bare::pause();
      in->add(mine);
    });
  };
}

constexpr const char* two_steps =
    "keeps two read-modify-writes of one thread, of different words, in order: the model does that "
    "anyhow, as it has no load buffering";

const bool inboxes = add(
    {"inbox",
     {"fiber/inbox.hpp"},
     {{"1 adder", brief(complete()), added(1, false)},
      {"1 adder, gone after it", brief(complete()), gone()},
      {"a task that is notified", brief(complete()), suspended(false, false)},
      {"a task that is notified and stopped", brief(by_content(complete())),
       suspended(true, false)},
      {"a task that is notified and expired", brief(by_content(complete())),
       suspended(false, true)},
      {"a task that is expired, stops again and is notified", brief(by_content(complete())),
       suspended_anew(false)},
      {"a task that is expired, stops again, and a stop", brief(by_content(bounded(2))),
       suspended_anew(true), false},
      {"a task with all three ends", brief(by_content(bounded(2))), suspended(true, true), false},
      {"2 adders", brief(by_content(complete())), added(2, false)},
      {"2 adders, deadline", brief(by_content(complete())), added(2, true)},
      {"3 adders", brief(by_content(bounded(2))), added(3, false), false}},
     {{"fiber/inbox.hpp", "head_.compare_exchange(seen, asleep(),",
       model::mutation::kind::no_release, two_steps},
      {"fiber/inbox.hpp", "head_.compare_exchange(seen, &node,", model::mutation::kind::no_acquire,
       two_steps}}});

// As in runner::idle() and crew.
struct model_runner {
  inbox in;
};
using sleepers = fiber::detail::basic_sleepers<bare, model_runner>;

// Something is made ready where a thread that sleeps has to look for it, or the deadline that one of
// two threads sleeps until becomes an earlier one.
auto slept() {
  return [](scenario& s) {
    auto& asleep = s.make<sleepers>("sleepers");
    auto& idler = s.make<model_runner>("idler");
    auto& work = s.make<bare::atomic<int>>("work");
    s.thread("idler", [&] {
      while (work.load(order::relaxed) == 0) {
        if (!idler.in.announce_sleep()) continue;
        asleep.join(idler);
        if (bare::recheck(work.load(order::relaxed) != 0))
          idler.in.stay_awake();
        else
          idler.in.sleep(deadline::never());
        asleep.leave(idler);
      }
    });
    s.thread("busy", [&] {
      work.store(1, order::relaxed);
      if (asleep.any()) idler.in.wake();
    });
  };
}

auto watched() {
  return [](scenario& s) {
    auto& asleep = s.make<sleepers>("sleepers");
    auto& first = s.make<model_runner>("first");
    auto& second = s.make<model_runner>("second");
    auto& deadlines = s.make<bare::atomic<int>>("deadlines");
    auto& done = s.make<bare::atomic<int>>("done");
    // A runner that finds a deadline when it goes to sleep sleeps until then, and looks after it.
    const auto idle = [&](model_runner& me, model_runner& other) {
      while (done.load(order::relaxed) == 0) {
        if (!me.in.announce_sleep()) continue;
        asleep.join(me);
        const bool sees = asleep.keeps_time(me) && deadlines.load(order::relaxed) != 0;
        if (done.load(order::relaxed) != 0)
          me.in.stay_awake();
        else
          me.in.sleep(sees ? model::any_time() : deadline::never());
        if (sees) {
          done.store(1, order::relaxed);
          if (asleep.any()) other.in.wake();
        }
        if (asleep.leave(me) && asleep.any()) other.in.wake();
      }
    };
    s.thread("first", [&, idle] { idle(first, second); });
    s.thread("second", [&, idle] { idle(second, first); });
    s.thread("busy", [&] {
      deadlines.store(1, order::relaxed);
      if (model_runner* const keeper = asleep.timekeeper()) keeper->in.wake();
    });
  };
}

const bool sleeping = add({"sleepers",
                           {"fiber/sleepers.hpp"},
                           {{"work made elsewhere", brief(complete()), slept()},
                            {"an earlier deadline", brief(by_content(bounded(2))), watched()}},
                           {}});

}  // namespace
}  // namespace holdfast::verify
