// SPDX-License-Identifier: BSL-1.0
// Workload `condition`: two threads that signal each other in turn, busy and idle, and a signal to
// many waiters.
#include <latch>
#include <mutex>
#include <thread>

#include <fmt/core.h>

#include "contenders/lists.hpp"
#include "harness/host.hpp"
#include "harness/table.hpp"
#include "harness/timing.hpp"
#include "workloads/rounds.hpp"
#include "workloads/workload.hpp"

namespace bench {
namespace {

struct sample {
  double microseconds = 0;  // of one round trip, or until all waiters have had the lock
  double cpu = 0;           // microseconds of CPU time for it, of all threads
};

template <class Contender>
class table_tennis {
 public:
  // One player for as long as it takes: returns how often it was its turn.
  std::uint64_t play(int me) {
    std::uint64_t turns = 0;
    for (;;) {
      {
        std::unique_lock hold(lock_);
        changed_.wait(hold, [&] { return turn_ == me || over_; });
        if (over_) return turns;
        turn_ = 1 - me;
      }
      changed_.notify_one();
      ++turns;
    }
  }

  // Gives the turn to player 1 and waits to get it back.
  void serve() {
    {
      const std::scoped_lock hold(lock_);
      turn_ = 1;
    }
    changed_.notify_one();
    std::unique_lock hold(lock_);
    changed_.wait(hold, [&] { return turn_ == 0; });
  }

  void end() {
    {
      const std::scoped_lock hold(lock_);
      over_ = true;
    }
    changed_.notify_all();
  }

 private:
  typename Contender::lock_type lock_;
  typename Contender::condition_type changed_;
  int turn_ = 0;
  bool over_ = false;
};

template <class Contender>
sample sample_busy(bool quick) {
  table_tennis<Contender> game;
  std::uint64_t trips = 0;
  std::latch ready(3);
  const auto play = [&](int me) {
    ready.arrive_and_wait();
    const std::uint64_t turns = game.play(me);
    if (me == 0) trips = turns;
  };
  std::vector<std::jthread> players;
  for (int me = 0; me < 2; ++me) players.emplace_back(play, me);
  ready.arrive_and_wait();
  const spent used = let_run(window_of(quick), [&] { game.end(); });
  players.clear();  // joins
  const double count = static_cast<double>(trips) * 1e-6;
  return {used.seconds / count, used.cpu / count};
}

// One round trip about every millisecond.
template <class Contender>
sample sample_idle(bool quick) {
  const int events = quick ? 50 : 200;
  table_tennis<Contender> game;
  std::jthread other([&game] { game.play(1); });
  std::vector<double> times;
  game.serve();  // it is there
  const double cpu = cpu_time_now().own;
  for (int i = 0; i < events; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const auto begin = clock::now();
    game.serve();
    times.push_back(seconds_since(begin) * 1e6);
  }
  const double cpu_used = cpu_time_now().own - cpu;
  game.end();
  return {median(times), cpu_used / events * 1e6};
}

// 64 threads wait for the next generation; the time is from the signal until all of them have seen
// it under the lock and wait again.
template <class Contender, bool LockHeld>
sample sample_all(bool quick) {
  constexpr unsigned waiters = 64;
  const int generations = quick ? 20 : 100;
  typename Contender::lock_type lock;
  typename Contender::condition_type next;
  typename Contender::condition_type all_wait;
  unsigned waiting = 0;
  int generation = 0;
  bool over = false;
  const auto wait_for_generations = [&] {
    std::unique_lock hold(lock);
    while (!over) {
      const int seen = generation;
      if (++waiting == waiters) all_wait.notify_one();
      next.wait(hold, [&] { return generation != seen || over; });
    }
  };
  std::vector<std::jthread> threads;
  threads.reserve(waiters);
  for (unsigned i = 0; i < waiters; ++i) threads.emplace_back(wait_for_generations);

  std::unique_lock hold(lock);
  const auto all = [&] { return waiting == waiters; };
  all_wait.wait(hold, all);
  std::vector<double> times;
  double cpu = 0;
  for (int i = 0; i < generations; ++i) {
    hold.unlock();
    std::this_thread::sleep_for(std::chrono::microseconds(300));  // now they sleep
    const double cpu_before = cpu_time_now().own;
    hold.lock();
    const auto begin = clock::now();
    waiting = 0;
    ++generation;
    if constexpr (LockHeld) {
      next.notify_all();
    } else {
      hold.unlock();
      next.notify_all();
      hold.lock();
    }
    all_wait.wait(hold, all);
    times.push_back(seconds_since(begin) * 1e6);
    cpu += cpu_time_now().own - cpu_before;
  }
  over = true;
  hold.unlock();
  next.notify_all();
  return {median(times), cpu / generations * 1e6};
}

struct form {
  const char* name;
  double goal;  // at most so many times the yardstick, in time
  double cpu_goal;
};
constexpr double no_goal = 0;
constexpr form busy{"ping-pong, both run", 0.02, no_goal};
constexpr form idle{"ping-pong, 1 ms apart", 1, 1};
constexpr form held{"notify_all of 64, lock held", 1, no_goal};
constexpr form released{"notify_all of 64, lock released", 1, no_goal};

struct task {
  const char* contender;
  const form* what;
  bool quick;
  sample (*run)(bool quick);
  std::size_t yardstick;

  sample operator()() const { return run(quick); }
};

std::vector<task> tasks_for(const settings& how) {
  std::vector<task> tasks;
  const auto add = [&](const form& what, auto sampler) {
    const std::size_t yardstick = tasks.size();
    every_condition::for_each([&]<class Contender> {
      tasks.push_back(
          {Contender::name, &what, how.quick, sampler.template operator()<Contender>(), yardstick});
    });
  };
  add(busy, []<class Contender> { return &sample_busy<Contender>; });
  add(idle, []<class Contender> { return &sample_idle<Contender>; });
  add(held, []<class Contender> { return &sample_all<Contender, true>; });
  add(released, []<class Contender> { return &sample_all<Contender, false>; });
  return tasks;
}

std::string with_goal(double ratio, double goal, bool is_ours) {
  if (!is_ours || goal == no_goal) return fmt::format("{:.3f}", ratio);
  return fmt::format("{:.3f} (<= {}: {})", ratio, goal, ratio <= goal ? "reached" : "not reached");
}

}  // namespace

outcome run_condition(const settings& how, random_source& random) {
  const auto tasks = tasks_for(how);
  quiet_room quiet(how.rounds * tasks.size());
  const auto samples = in_rounds<sample>("condition", tasks, how, random, quiet);

  outcome result;
  table shown({"condition", "form", "us", "IQR %", "/ std", "CPU us", "CPU / std"});
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const task& each = tasks[i];
    const auto& yardstick = samples[each.yardstick];
    const bool is_ours = each.contender == our_condition::name;
    const auto times = column(samples[i], &sample::microseconds);
    shown.add(
        {each.contender, each.what->name, fmt::format("{:.3f}", median(times)),
         fmt::format("{:.0f}", spread_percent(times)),
         with_goal(ratio(samples[i], yardstick, &sample::microseconds), each.what->goal, is_ours),
         fmt::format("{:.3f}", median(column(samples[i], &sample::cpu))),
         with_goal(ratio(samples[i], yardstick, &sample::cpu), each.what->cpu_goal, is_ours)});
    for (const sample& s : samples[i])
      result.results["samples"].push_back({{"contender", each.contender},
                                           {"form", each.what->name},
                                           {"microseconds", s.microseconds},
                                           {"cpu_microseconds", s.cpu}});
  }
  shown.print();
  fmt::print("{}\n", quiet.summary("samples"));
  result.results["samples_taken"] = quiet.to_json();
  return result;
}

}  // namespace bench
