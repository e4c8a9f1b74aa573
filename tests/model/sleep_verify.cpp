// SPDX-License-Identifier: BSL-1.0
// What the other primitives take for single steps: the lock of a bucket and the sleep of a waiter, on
// the futex itself.
#include "model/programs.hpp"

namespace holdfast::verify {
namespace {

using model::bare;
using model::expect;
using model::scenario;
using model::var;
using bucket_lock = detail::futex_mutex<bare>;
using waiter = detail::basic_waiter<bare>;

model::options with_spurious_wakes(model::options how) {
  how.spurious_wakes = 1;
  return how;
}

const bool lock =
    add({"futex_mutex",
         {"futex_mutex.hpp"},
         {{"2 threads x 1", complete(), counting<bucket_lock>(2, 1)},
          {"2 threads x 2", complete(), counting<bucket_lock>(2, 2)},
          {"3 threads x 1", with_spurious_wakes(complete()), counting<bucket_lock>(3, 1)},
          {"3 threads x 2", by_content(complete()), counting<bucket_lock>(3, 2), false},
          {"4 threads x 1", by_content(complete()), counting<bucket_lock>(4, 1), false, true},
          {"3 threads x 3", by_content(complete()), counting<bucket_lock>(3, 3), false, true}},
         {}});

// Waits twice; each time somebody writes a message first and then notifies.
auto notified(bool interrupted_too) {
  return [interrupted_too](scenario& s) {
    auto& sleeper = s.make<waiter>("waiter");
    auto& second = s.make<waiter>("second waiter");
    auto& message = s.make<var<int>>("message");
    auto& second_message = s.make<var<int>>("second message");
    s.thread("sleeper", [&] {
      if (sleeper.sleep(deadline::never()) == waiter::outcome::interrupted)
        sleeper.sleep_until_notified();
      expect(message.get() == 1, "no message");
      second.sleep_until_notified();
      expect(second_message.get() == 2, "no second message");
    });
    s.thread("notifier", [&] {
      message.set(1);
      sleeper.notify();
    });
    s.thread("second", [&] {
      second_message.set(2);
      second.notify();
    });
    if (interrupted_too) s.thread("stop", [&] { second.interrupt(); });
  };
}

// Everything that can end a wait at once; the waiter's life ends when it has seen the notification.
auto ends() {
  return [](scenario& s) {
    auto& sleeper = s.make<waiter>("waiter");
    auto& message = s.make<var<int>>("message");
    s.thread("sleeper", [&] {
      const auto how = sleeper.sleep(model::any_time());
      if (how != waiter::outcome::notified) sleeper.sleep_until_notified();
      expect(message.get() == 1, "no message");
      sleeper.rearm();
      expect(sleeper.sleep(deadline::already_past()) != waiter::outcome::notified,
             "notified twice");
    });
    s.thread("notifier", [&] {
      message.set(1);
      sleeper.notify();
    });
    s.thread("stop", [&] { sleeper.interrupt(); });
  };
}

// A task that has stopped is resumed once, by whoever ends its wait first.
struct stopped_task final : platform::task {
  stopped_task() : task(1) {}
  void suspend(platform::suspension&, const deadline&) noexcept override {}
  void yield() noexcept override {}
  void resume() noexcept override {
    expect(frame.get() == 1, "resumed before it had stopped");
    frame.set(2);
  }
  var<int> frame;
};

auto resumed(bool interrupted_too) {
  return [interrupted_too](scenario& s) {
    auto& task = s.make<stopped_task>("task");
    auto& its_wait = s.make<waiter>("waiter", task);
    auto& message = s.make<var<int>>("message");
    auto& goes_on = s.make<int>("goes on", 0);
    s.thread("task", [&] {
      task.frame.set(1);
      if (its_wait.begin_suspension()) return;
      if (its_wait.stay_awake() == waiter::outcome::notified)
        expect(message.get() == 1, "no message");
      task.frame.set(2);
      ++goes_on;
    });
    s.thread("notifier", [&] {
      message.set(1);
      its_wait.notify();
    });
    if (interrupted_too) s.thread("stop", [&] { its_wait.interrupt(); });
    s.after([&] { expect(task.frame.get() == 2, "not resumed"); });
  };
}

const bool sleep = add({"waiter",
                        {"wait/waiter.hpp"},
                        {{"deadline, stop, notify", with_spurious_wakes(complete()), ends()},
                         {"a task that is notified", complete(), resumed(false)},
                         {"a task that is notified and stopped", complete(), resumed(true)},
                         {"two waits", by_content(complete()), notified(false)},
                         {"two waits and a stop", by_content(complete()), notified(true)}},
                        {}});

}  // namespace
}  // namespace holdfast::verify
