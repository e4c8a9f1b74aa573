// SPDX-License-Identifier: BSL-1.0
// Workload `memory`: a million mutexes, how many bytes they take before and after each was locked
// once, and the time to make and to destroy one.
#include <sys/mman.h>

#include <memory>
#include <new>

#include <fmt/core.h>

#include "contenders/lists.hpp"
#include "harness/host.hpp"
#include "harness/table.hpp"
#include "harness/timing.hpp"
#include "workloads/rounds.hpp"
#include "workloads/tasks.hpp"

namespace bench {
namespace {

using measured = every_mutex;

// Of one mutex.
struct cost {
  double bytes_made = 0;    // resident memory, wherever the mutex has it
  double bytes_locked = 0;  // after each was locked once
  double make_ns = 0;
  double destroy_ns = 0;
};

// Pages of its own: nobody has touched them, and they are gone at the end.
class fresh_memory {
 public:
  explicit fresh_memory(std::size_t bytes)
      : bytes_(bytes),
        begin_(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    if (begin_ == MAP_FAILED) throw std::bad_alloc();
#if defined(MADV_NOHUGEPAGE)
    ::madvise(begin_, bytes, MADV_NOHUGEPAGE);  // or a few bytes count as two million
#endif
  }
  fresh_memory(const fresh_memory&) = delete;
  fresh_memory& operator=(const fresh_memory&) = delete;
  ~fresh_memory() { ::munmap(begin_, bytes_); }

  void* begin() const { return begin_; }

 private:
  std::size_t bytes_;
  void* begin_;
};

template <class Lock>
void lock_once(Lock& lock) {
  if constexpr (requires { lock.unlock(); }) {
    lock.lock();
    lock.unlock();
  } else {
    const auto owner = lock.lock();
  }
}

template <class Lock>
cost sample_memory(std::size_t count) {
  const auto each_of = static_cast<double>(count);
  const fresh_memory memory(count * sizeof(Lock));
  auto* const locks = static_cast<Lock*>(memory.begin());
  const auto make = [&] {
    for (std::size_t i = 0; i < count; ++i) new (locks + i) Lock{};
    keep_memory(locks);
  };
  const auto destroy = [&] {
    std::destroy_n(locks, count);
    keep_memory(locks);
  };
  cost found;
  const double before = resident_bytes();
  make();
  found.bytes_made = (resident_bytes() - before) / each_of;
  for (std::size_t i = 0; i < count; ++i) lock_once(locks[i]);
  found.bytes_locked = (resident_bytes() - before) / each_of;
  destroy();

  // Once more for the time, now that the memory is there.
  const auto begin = clock::now();
  make();
  const double made_after = seconds_since(begin);
  destroy();
  found.make_ns = made_after * 1e9 / each_of;
  found.destroy_ns = (seconds_since(begin) - made_after) * 1e9 / each_of;
  return found;
}

std::vector<task_of<cost>> tasks_for(const settings& how) {
  const std::size_t count = how.quick ? 100'000 : 1'000'000;
  std::vector<task_of<cost>> all;
  add_tasks<measured>(all, how, {{"mutexes", count}}, [&]<class Contender> {
    return [count] { return sample_memory<typename Contender::lock_type>(count); };
  });
  return all;
}

}  // namespace

outcome run_memory(const settings& how, random_source& random) {
  const auto all = tasks_for(how);
  quiet_room quiet(how.rounds * all.size());
  const auto samples = in_rounds<cost>("memory", all, how, random, quiet);

  outcome result;
  table shown({"memory", "mutexes", "bytes each", "after a lock", "/ std::mutex", "ns to make",
               "ns to destroy"});
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto middle = [&](double cost::* figure) { return median(column(samples[i], figure)); };
    auto row = all[i].cells();
    row.push_back(fmt::format("{:.2f}", middle(&cost::bytes_made)));
    row.push_back(fmt::format("{:.2f}", middle(&cost::bytes_locked)));
    row.push_back(
        fmt::format("{:.2f}", ratio(samples[i], samples[all[i].yardstick], &cost::bytes_locked)));
    row.push_back(fmt::format("{:.2f}", middle(&cost::make_ns)));
    row.push_back(fmt::format("{:.2f}", middle(&cost::destroy_ns)));
    shown.add(std::move(row));
    for (const cost& c : samples[i]) {
      nlohmann::ordered_json line{{"contender", all[i].contender}};
      line.update(all[i].load);
      line.update({{"bytes_made", c.bytes_made},
                   {"bytes_locked", c.bytes_locked},
                   {"make_ns", c.make_ns},
                   {"destroy_ns", c.destroy_ns}});
      result.results["samples"].push_back(std::move(line));
    }
  }
  shown.print();
  fmt::print("{}\n", quiet.summary("samples"));
  result.results["samples_taken"] = quiet.to_json();
  return result;
}

}  // namespace bench
