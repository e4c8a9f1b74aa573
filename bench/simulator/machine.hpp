// SPDX-License-Identifier: BSL-1.0
// A machine with many CPUs, simulated: threads on virtual time, their CPUs, and the kernel's part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <queue>
#include <vector>

#include "holdfast/platform/crowd_memory.hpp"

#include "harness/random.hpp"
#include "model/fiber.hpp"
#include "simulator/cache_lines.hpp"
#include "simulator/costs.hpp"

namespace simulator {

inline constexpr ns never = std::numeric_limits<ns>::max();

// Runs threads as fibers of one OS thread: always the one with the earliest time goes on, to its next
// access of memory. The same seed gives the same run. One machine at a time.
//
// A thread runs on a CPU until it sleeps, yields to one that is ready, or has used up its slice while
// another is ready. A thread that wakes takes an idle CPU, the one that it had before if it can; if
// all are busy it is the first of those that are ready.
class machine {
 public:
  machine(const topology& where, const costs& what, std::uint64_t seed);
  ~machine();
  machine(const machine&) = delete;
  machine& operator=(const machine&) = delete;

  // The one whose thread is running.
  static machine& current();

  // Zeroed memory on lines of its own, at the same address in every run; it lives as long as the
  // machine.
  void* allocate(std::size_t bytes);

  // A thread that begins within the first microseconds, and the first ones on CPUs apart.
  void add_thread(std::function<void()> body);

  // Until all threads have ended, or those that have not would sleep for ever: returns how many.
  unsigned run();

  // What follows is called by the running thread.
  ns now() const { return running_->time; }
  unsigned self() const { return running_->number; }
  void spend(ns time) { running_->time += time; }
  ns some(ns about);  // this time, give or take a quarter
  void use(const void* address, access how);
  void yield();
  // Sleeps until the key is woken (true) or the time has come (false).
  bool sleep(const void* key, ns until);
  void wake(const void* key, int count);
  // Interrupts all CPUs that run.
  void fence();

  // The thread's own memory, which costs nothing.
  holdfast::platform::crowd_memory& my_crowd_memory(const void* lock);
  unsigned& my_releases() { return running_->releases; }

  const topology& where() const { return where_; }
  const costs& cost() const { return cost_; }
  const cache_lines& lines() const { return lines_; }
  std::byte* root() const { return root_; }

  struct counters {
    std::uint64_t sleeps = 0;
    std::uint64_t wakes = 0;     // by another thread
    std::uint64_t timeouts = 0;  // by the clock
    ns busy = 0;                 // all CPUs together
  };
  counters count() const;

 private:
  static constexpr unsigned bits_of_crowds = 2;  // as platform/crowd_memory.cpp has it
  enum class state : std::uint8_t { running, ready, asleep, waking, ended };
  struct thread;
  struct event {
    ns at;
    std::uint64_t order;  // of those at the same time
    thread* who;
    std::uint64_t number;  // of the thread's events; a later one has taken the place of the others
    bool operator<(const event& other) const {
      return at != other.at ? at > other.at : order > other.order;  // the earliest is on top
    }
  };
  struct thread {
    ns time = 0;
    ns interrupted = 0;  // by fences of others, not yet spent
    state is = state::waking;
    unsigned number = 0;
    unsigned cpu = 0;
    std::uint64_t events = 0;
    ns on_cpu_since = 0;
    ns slice_ends = 0;
    ns next_tick = 0;
    const void* sleeps_on = nullptr;
    bool timed_out = false;
    unsigned releases = 0;
    holdfast::platform::crowd_memory crowds[1U << bits_of_crowds];
    holdfast::model::detail::fiber runs;
    std::function<void()> body;
  };

  static void run_body(void* self);
  void schedule(thread& who, ns at);
  void let_earlier_ones_run();
  void wait_for_earlier();
  void leave_cpu();
  void take_cpu(thread& who, unsigned cpu, ns at);
  void find_cpu(thread& who, ns at);

  topology where_;
  costs cost_;
  cache_lines lines_;
  bench::random_numbers random_;
  std::byte* memory_;
  std::size_t used_ = 0;
  std::byte* root_;
  std::vector<std::unique_ptr<thread>> threads_;
  std::priority_queue<event> events_;
  std::uint64_t order_ = 0;
  std::vector<bool> idle_;
  std::deque<thread*> ready_;
  std::vector<thread*> asleep_;  // the longest first
  thread* running_ = nullptr;
  counters count_;
};

}  // namespace simulator
