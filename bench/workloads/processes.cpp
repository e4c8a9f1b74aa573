// SPDX-License-Identifier: BSL-1.0
// Workload `processes`: a mutex between processes, alone; and how long after the death of its owner
// the next one has it.
//
// The budget, with 7 rounds: 20 ms a pair, 30 deaths of some 4 ms a sample, 10 s.
#include "contenders/processes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

#include <fmt/core.h>

#include <holdfast/process/process.hpp>

#include "harness/statistics.hpp"
#include "harness/table.hpp"
#include "harness/tries.hpp"
#include "workloads/rounds.hpp"
#include "workloads/tasks.hpp"

namespace bench {
namespace {

constexpr int deaths_a_sample = 30;
constexpr int deaths_a_quick_sample = 8;
constexpr std::uint64_t pairs_a_try = 200'000;
constexpr std::uint64_t pairs_of_the_kernel = 5'000;

struct cost {
  double figure = 0;  // the best nanoseconds of a pair, or the median microseconds of a death
  double p99 = 0;
  bool correct = true;
};

// What owner, waiter and killer share beside the lock.
struct stage {
  std::atomic<bool> is_owner{false};
  std::atomic<bool> waits{false};
  std::atomic<std::int64_t> owned_at{0};  // by the monotonic clock, which all processes have
};

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(clock::now().time_since_epoch())
      .count();
}

template <class T>
class shared_page {
 public:
  shared_page()
      : place_(
            ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (place_ == MAP_FAILED) throw std::runtime_error("no shared memory");
    ::new (place_) T;
  }
  shared_page(const shared_page&) = delete;
  shared_page& operator=(const shared_page&) = delete;
  ~shared_page() { ::munmap(place_, sizeof(T)); }
  T& operator*() const { return *static_cast<T*>(place_); }
  T* operator->() const { return static_cast<T*>(place_); }

 private:
  void* place_;
};

template <class F>
pid_t start(F f) {
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no child");
  if (child == 0) {
    ::alarm(30);  // whatever goes wrong
    f();
    ::_exit(0);
  }
  return child;
}

int end_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Whether the process sleeps in the kernel.
bool is_asleep(pid_t process) {
  const std::string path = fmt::format("/proc/{}/stat", process);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  char text[512] = {};
  const bool got = file >= 0 && ::read(file, text, sizeof text - 1) > 0;
  if (file >= 0) ::close(file);
  const std::string_view all = text;
  const auto end_of_name = all.rfind(')');
  return !got || (end_of_name + 2 < all.size() && all[end_of_name + 2] == 'S');
}

// Microseconds from the kill of the owner to when the waiter, another process, is the next one.
template <class Contender>
double one_death(Contender& lock, bool& correct) {
  const shared_page<stage> seen;
  const pid_t owner = start([&] {
    lock.lock();
    seen->is_owner = true;
    for (;;) ::pause();
  });
  while (!seen->is_owner) ::sched_yield();
  const pid_t waiter = start([&] {
    seen->waits = true;
    const bool told = lock.lock();
    seen->owned_at = now_ns();
    lock.unlock();
    ::_exit(told ? 0 : 1);
  });
  while (!seen->waits || !is_asleep(waiter)) ::sched_yield();
  const std::int64_t killed_at = now_ns();
  ::kill(owner, SIGKILL);
  correct = (end_of(waiter) == 0) == Contender::tells && correct;
  static_cast<void>(end_of(owner));
  lock.repair();
  return static_cast<double>(seen->owned_at - killed_at) / 1000;
}

template <class Contender>
cost sample_deaths(int deaths) {
  Contender lock;
  std::vector<double> times;
  cost result;
  for (int i = 0; i < deaths; ++i) times.push_back(one_death(lock, result.correct));
  result.figure = median(times);
  result.p99 = quantile(times, 0.99);
  return result;
}

template <class Contender>
[[gnu::noinline]] void run_pairs(Contender& lock, std::uint64_t pairs) {
  for (std::uint64_t i = 0; i < pairs; ++i)
    lock.with([](long& counter) {
      ++counter;
      keep(counter);
    });
}

template <class Contender>
cost sample_pair(std::uint64_t pairs) {
  Contender lock;
  std::uint64_t expected = pairs / 8;
  run_pairs(lock, expected);
  const std::vector<double> tries = tries_of(pairs, [&] {
    run_pairs(lock, pairs);
    expected += pairs;
  });
  cost result;
  result.figure = *std::ranges::min_element(tries);
  lock.with(
      [&](long& counter) { result.correct = static_cast<std::uint64_t>(counter) == expected; });
  return result;
}

using tasks = std::vector<task_of<cost>>;
using locks_alone = join<process_locks, contenders<kernel_mutex, file_mutex>, boost_process_locks>;
using locks_left = join<process_locks, contenders<kernel_mutex, file_mutex>>;

tasks all_tasks(const settings& how) {
  tasks all;
  add_tasks<locks_alone>(all, how, {{"form", "uncontended pair"}}, [&]<class Contender> {
    const std::uint64_t pairs = Contender::by_system_calls ? pairs_of_the_kernel : pairs_a_try;
    return [pairs] { return sample_pair<Contender>(pairs); };
  });
  const int deaths = how.quick ? deaths_a_quick_sample : deaths_a_sample;
  add_tasks<locks_left>(all, how, {{"form", "death to next owner"}}, [&]<class Contender> {
    return [deaths] { return sample_deaths<Contender>(deaths); };
  });
  return all;
}

bool is_death(const task_of<cost>& task) { return task.load["form"] == "death to next owner"; }

void print_tasks(const tasks& all, const std::vector<std::vector<cost>>& samples) {
  table shown({"processes", "form", "figure", "unit", "IQR %", "99 %", "/ pthread"});
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto figures = column(samples[i], &cost::figure);
    auto row = all[i].cells();
    row.push_back(fmt::format("{:.2f}", median(figures)));
    row.push_back(is_death(all[i]) ? "us" : "ns");
    row.push_back(fmt::format("{:.1f}", spread_percent(figures)));
    row.push_back(is_death(all[i]) ? fmt::format("{:.1f}", median(column(samples[i], &cost::p99)))
                                   : "");
    row.push_back(
        fmt::format("{:.3f}", ratio(samples[i], samples[all[i].yardstick], &cost::figure)));
    shown.add(std::move(row));
  }
  shown.print();
  fmt::print(
      "a pair: best of {} tries a round, median of the rounds; a death: from the kill to when a "
      "process\nthat slept has the lock, median of a round, median of the rounds\n",
      tries_a_sample);
}

}  // namespace

outcome run_processes(const settings& how, random_source& random) {
  const tasks all = all_tasks(how);
  quiet_room quiet(how.rounds * all.size());
  const auto samples = in_rounds<cost>("processes", all, how, random, quiet);
  print_tasks(all, samples);
  fmt::print("{}\n", quiet.summary("samples"));
  outcome result;
  result.results["samples_taken"] = quiet.to_json();
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const cost& each : samples[i]) {
      if (!each.correct) result.wrong.emplace(all[i].contender);
      nlohmann::ordered_json line{{"contender", all[i].contender}};
      line.update(all[i].load);
      if (is_death(all[i])) {
        line["us_p50"] = each.figure;
        line["us_p99"] = each.p99;
      } else {
        line["ns"] = each.figure;
      }
      result.results["samples"].push_back(std::move(line));
    }
  return result;
}

}  // namespace bench
