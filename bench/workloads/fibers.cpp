// SPDX-License-Identifier: BSL-1.0
// Workload `fibers`: user-level threads that switch, lock, wait for each other and end; and wakes
// between a fiber and whoever is on another thread.
#include "contenders/fibers.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <thread>

#include <fmt/core.h>

#include "contenders/bare_switch.hpp"
#include "contenders/floors.hpp"
#include "contenders/rivals_found.hpp"
#include "contenders/semaphores.hpp"
#include "harness/table.hpp"
#include "workloads/rounds.hpp"
#include "workloads/tasks.hpp"
#include "workloads/uncontended.hpp"

namespace bench {
namespace {

using packages = join<contenders<our_fibers>, rivals_found::fibers>;

constexpr std::array<unsigned, 2> fiber_counts{2, 16};

// Things done in a try. Powers of two: every fiber has the same share, also of an eighth.
struct counts {
  std::uint64_t switches;
  std::uint64_t spawned;
  std::uint64_t wakes;
};
constexpr counts usual_counts{1U << 21U, 1U << 17U, 1U << 14U};
constexpr counts quick_counts{1U << 17U, 1U << 13U, 1U << 11U};

// Uncontended pairs: the loop of `numbering`, on a thread and in a fiber.
struct on_thread {
  template <class Cell>
  static pair_sample sample(std::byte* where, std::uint64_t pairs) {
    return sample_pairs<Cell, numbering>(where, pairs);
  }
};
template <class Package>
struct in_fiber_of {
  template <class Cell>
  static pair_sample sample(std::byte* where, std::uint64_t pairs) {
    pair_sample result;
    Package().run(1, [&](unsigned) { result = on_thread::sample<Cell>(where, pairs); });
    return result;
  }
};

std::vector<pair_task> tasks_of_pairs() {
  auto tasks = pair_tasks<contenders<no_lock, parking_lock_on_thread>, on_thread>();
  packages::for_each([&]<class Package> {
    const auto more = pair_tasks<typename Package::mutexes, in_fiber_of<Package>>();
    tasks.insert(tasks.end(), more.begin(), more.end());
  });
  return tasks;
}

struct cost {
  double ns = 0;  // the best try
  bool correct = true;
};

// `run(count)` does `count` things, and says whether it did.
template <class Run>
cost cost_of(std::uint64_t count, Run run) {
  bool correct = run(count / 8);  // to warm up
  const auto tries = tries_of(count, [&] { correct = run(count) && correct; });
  return {std::ranges::min(tries), correct};
}

cost sample_bare_switch(std::uint64_t switches) {
  return cost_of(switches, [](std::uint64_t count) { return bare_switch::run(count) == count; });
}

// Whoever comes back from its last yield must find that all others have made theirs.
template <class Package>
cost sample_yield(unsigned fibers, std::uint64_t yields) {
  Package package;
  return cost_of(yields, [&](std::uint64_t count) {
    const std::uint64_t share = count / fibers;
    std::vector<std::uint64_t> made(fibers);
    unsigned in_turn = 0;
    package.run(fibers, [&](unsigned self) {
      for (std::uint64_t i = 1; i <= share; ++i) {
        made[self] = i;
        Package::yield();
      }
      if (std::ranges::count(made, share) == fibers) ++in_turn;
    });
    return in_turn == fibers;
  });
}

// A section that another fiber entered meanwhile would be lost from the count.
template <class Package, class Mutex>
cost sample_contended(unsigned fibers, std::uint64_t sections) {
  Package package;
  return cost_of(sections, [&](std::uint64_t count) {
    typename Mutex::template cell<beside> cell;
    package.run(fibers, [&](unsigned) {
      for (std::uint64_t i = 0; i < count / fibers; ++i)
        cell.with([](long& counter) {
          const long before = counter;
          Package::yield();
          counter = before + 1;
        });
    });
    bool correct = false;
    cell.with([&](long& counter) { correct = static_cast<std::uint64_t>(counter) == count; });
    return correct;
  });
}

template <class Package>
cost sample_spawn(std::uint64_t spawned) {
  Package package;
  return cost_of(spawned, [&](std::uint64_t count) {
    std::uint64_t ran = 0;
    package.run(1, [&](unsigned) {
      for (std::uint64_t i = 0; i < count; ++i) Package::spawn_and_join([&ran] { ++ran; });
    });
    return ran == count;
  });
}

// Two on threads of their own that wake each other in turn; each calls what it is given.
using runs = void (*)(const std::function<void()>&);

void run_on_thread(const std::function<void()>& f) { f(); }
void run_in_fiber(const std::function<void()>& f) {
  our_fibers().run(1, [&](unsigned) { f(); });
}

cost sample_wake(runs first, runs second, std::uint64_t wakes) {
  return cost_of(wakes, [&](std::uint64_t count) {
    struct alignas(2 * cache_line) place {
      holdfast::binary_semaphore turn;
    };
    place places[2] = {{holdfast::binary_semaphore(1)}, {holdfast::binary_semaphore(0)}};
    std::uint64_t woken = 0;
    const auto take_turns = [&](unsigned self) {
      for (std::uint64_t i = 0; i < count / 2; ++i) {
        places[self].turn.acquire();
        ++woken;
        places[1 - self].turn.release();
      }
    };
    std::jthread other([&] { second([&] { take_turns(1); }); });
    first([&] { take_turns(0); });
    other.join();
    return woken == count;
  });
}

using tasks = std::vector<task_of<cost>>;

// Adds tasks under one load, of which the first is the yardstick.
class adder {
 public:
  adder(tasks& to, std::string form)
      : tasks_(to), load_{{"form", std::move(form)}}, yardstick_(to.size()) {}

  void operator()(const char* contender, std::function<cost()> run) {
    tasks_.push_back({contender, load_, yardstick_, std::move(run)});
  }

 private:
  tasks& tasks_;
  nlohmann::ordered_json load_;
  std::size_t yardstick_;
};

void add_wakes(tasks& all, std::uint64_t wakes) {
  adder add(all, "wake across threads");
  const auto between = [wakes](runs first, runs second) {
    return [=] { return sample_wake(first, second, wakes); };
  };
  add("binary_semaphore, two threads", between(run_on_thread, run_on_thread));
  add("binary_semaphore, a thread and a fiber", between(run_on_thread, run_in_fiber));
  add("binary_semaphore, fibers of two schedulers", between(run_in_fiber, run_in_fiber));
}

tasks all_tasks(const counts& how_many) {
  tasks all;
  for (const unsigned fibers : fiber_counts) {
    adder add(all, fmt::format("yield, {} fibers", fibers));
    add(bare_switch::name, [=] { return sample_bare_switch(how_many.switches); });
    packages::for_each([&]<class Package> {
      add(Package::name, [=] { return sample_yield<Package>(fibers, how_many.switches); });
    });
  }
  for (const unsigned fibers : fiber_counts) {
    adder add(all, fmt::format("lock, yield, unlock, {} fibers", fibers));
    packages::for_each([&]<class Package> {
      Package::mutexes::for_each([&]<class Mutex> {
        add(Mutex::name,
            [=] { return sample_contended<Package, Mutex>(fibers, how_many.switches); });
      });
    });
  }
  adder add(all, "spawn, run, join");
  packages::for_each([&]<class Package> {
    add(Package::name, [=] { return sample_spawn<Package>(how_many.spawned); });
  });
  add_wakes(all, how_many.wakes);
  return all;
}

void print_pairs(const pair_results& results) {
  table shown({"uncontended pair in a fiber", "ns", "IQR %", "by placement", "/ on a thread"});
  for (const std::string_view name : results.contenders()) {
    const auto by_placement = results.by_placement(name);
    const auto [low, high] = std::ranges::minmax(by_placement);
    shown.add({std::string(name), fmt::format("{:.2f}", results.nanoseconds(name)),
               fmt::format("{:.1f}", results.spread(name)),
               fmt::format("{:.2f} to {:.2f}", low, high),
               fmt::format("{:.2f}", results.ratio(name, parking_lock_on_thread::name))});
  }
  shown.print();
  fmt::print("on a thread: {}; sections that only store\n", parking_lock_on_thread::name);
  results.print_method();
  fmt::print("\n");
}

void print_tasks(const tasks& all, const std::vector<std::vector<cost>>& samples) {
  table shown({"fibers", "form", "ns", "IQR %", "/ the first"});
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto ns = column(samples[i], &cost::ns);
    auto row = all[i].cells();
    row.push_back(fmt::format("{:.2f}", median(ns)));
    row.push_back(fmt::format("{:.1f}", spread_percent(ns)));
    row.push_back(fmt::format("{:.2f}", ratio(samples[i], samples[all[i].yardstick], &cost::ns)));
    shown.add(std::move(row));
  }
  shown.print();
  fmt::print(
      "ns of a switch, a section, a fiber, a wake: best of {} tries a round, median of the "
      "rounds;\n"
      "ratios to the first of the same form\n",
      tries_a_sample);
}

}  // namespace

outcome run_fibers(const settings& how, random_source& random) {
  const auto pairs = pair_results::measure("fibers, pair", tasks_of_pairs(), how, random);
  print_pairs(pairs);
  outcome result;
  result.results["pair in a fiber"] = pairs.to_json();
  result.wrong = pairs.wrong();

  const tasks all = all_tasks(how.quick ? quick_counts : usual_counts);
  quiet_room quiet(how.rounds * all.size());
  const auto samples = in_rounds<cost>("fibers", all, how, random, quiet);
  print_tasks(all, samples);
  fmt::print("{}\n", quiet.summary("samples"));
  result.results["samples_taken"] = quiet.to_json();
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const cost& each : samples[i]) {
      if (!each.correct) result.wrong.emplace(all[i].contender);
      nlohmann::ordered_json line{{"contender", all[i].contender}};
      line.update(all[i].load);
      line["ns"] = each.ns;
      result.results["samples"].push_back(std::move(line));
    }
  return result;
}

}  // namespace bench
