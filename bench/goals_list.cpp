// SPDX-License-Identifier: BSL-1.0
// The list of goals.
#include "contenders/bare_switch.hpp"
#include "contenders/fibers.hpp"
#include "contenders/floors.hpp"
#include "contenders/holdfast.hpp"
#include "contenders/queues.hpp"
#include "contenders/rivals.hpp"
#include "contenders/rw_locks.hpp"
#include "contenders/semaphores.hpp"
#include "goals.hpp"

namespace bench {
namespace {

using goals = std::vector<goal>;
using threads = std::vector<unsigned>;

const threads four_to_64{4, 8, 16, 32, 64};
const threads two_to_64{2, 4, 8, 16, 32, 64};

// A pair takes at most so many times what it takes with the other.
goal pair(const char* workload, const char* ours, double limit, const char* rival) {
  return {.workload = workload,
          .contender = ours,
          .metric = "ns",
          .what = "time",
          .limit_is = sense::at_most,
          .limit = limit,
          .beside = beside::one_named,
          .rival = rival};
}

// Throughput, beside the best rival.
goal contended(const char* shape, double limit, threads counts) {
  const bool any = counts.empty();
  return {.workload = "contended",
          .load = {shape},
          .threads = std::move(counts),
          .any_threads = any,
          .contender = parking_lock::name,
          .limit = limit};
}

// A figure of ours alone.
goal alone(goal of, const char* metric, const char* what, sense limit_is, double limit) {
  of.metric = metric;
  of.what = what;
  of.limit_is = limit_is;
  of.limit = limit;
  of.beside = beside::no_one;
  return of;
}

// Throughput, beside that of one thread alone: with long sections no lock can have more.
goal of_the_limit(goal of, double limit) {
  of.limit = limit;
  of.beside = beside::one_thread;
  return of;
}

goal latency(const char* shape, const char* metric, const char* what) {
  return {.workload = "latency",
          .load = {shape},
          .threads = {2, 4},
          .contender = parking_lock::name,
          .metric = metric,
          .what = what,
          .limit_is = sense::at_most,
          .beside = beside::best_blocking_rival};
}

goal worst_wait_of_64(const char* shape) {
  goal of = latency(shape, "wait_max_ns", "longest wait");
  of.threads = {64};
  return of;
}

goal worst_wait_inside() {
  goal of = worst_wait_of_64("1 us inside");
  of.limit = 14;
  of.beside = beside::no_one;
  of.in_unit = 1e-6;
  of.unit = " ms";
  return of;
}

goal worst_wait_empty() {
  goal of = worst_wait_of_64("empty section");
  of.beside = beside::one_named;
  of.rival = "Rust parking_lot Mutex";
  return of;
}

goal shared(const char* writes) {
  return {.workload = "shared",
          .list = "together",
          .load = {writes},
          .threads = {2, 8},
          .contender = parking_rw_lock::name,
          .limit = 1.5};
}

goal condition(const char* form) {
  return {.workload = "condition",
          .load = {form},
          .contender = our_condition::name,
          .metric = "microseconds",
          .what = "time",
          .limit_is = sense::at_most};
}

goal queue(const char* producers, const char* consumers) {
  return {.workload = "queue", .load = {producers, consumers}, .contender = our_queue::name};
}

goal one_permit() {
  return {.workload = "semaphore",
          .list = "together",
          .load = {"one permit"},
          .threads = {8},
          .contender = semaphore::name,
          .beside = beside::one_named,
          .rival = posix_semaphore::name};
}

goal many_locks() {
  return {.workload = "locks",
          .load = {"1000 locks"},
          .threads = {64},
          .contender = parking_lock::name,
          .beside = beside::one_named,
          .rival = std_mutex::name};
}

// Boost.Fiber need not be there.
constexpr const char* boost_fibers = "boost::fibers";
constexpr const char* boost_fiber_mutex = "boost::fibers::mutex";

goal fibers(const char* form, const char* ours, double limit, const char* rival) {
  goal of = pair("fibers", ours, limit, rival);
  of.load = {form};
  return of;
}

goal pair_in_fiber(const char* ours, double limit, const char* rival) {
  goal of = pair("fibers", ours, limit, rival);
  of.list = "pair in a fiber";
  return of;
}

// Its header is not there in every build.
constexpr const char* between_processes = "process::mutex<long>";

goal processes(const char* form, double limit) {
  goal of = pair("processes", between_processes, limit, "pthread robust, shared");
  of.load = {form};
  return of;
}

goals make_goals() {
  const goal one_us = contended("1 us inside", 0, four_to_64);
  return {
      pair("pair", parking_lock::name, 0.45, std_mutex::name),
      pair("pair", parking_lock::name, 1.10, floor_store::name),
      pair("pair", mutex_of_long::name, 0.45, std_mutex::name),
      pair("pair", mutex_of_long::name, 1.10, floor_store::name),
      contended("empty section", 1.3, {2}),
      contended("empty section", 2, four_to_64),
      alone(contended("empty section, for a second", 0, {}), "jain", "Jain", sense::at_least, 0.9),
      contended("100 ns outside", 1, {}),
      of_the_limit(one_us, 0.95),
      alone(one_us, "jain", "Jain", sense::at_least, 0.95),
      alone(one_us, "cpus", "CPUs", sense::at_most, 1.2),
      contended("1 us inside, 1 us outside", 0.95, two_to_64),
      contended("20 us inside, 20 us outside", 0.95, two_to_64),
      contended("5 us inside", 0.95, two_to_64),
      contended("100 ns inside", 0.95, two_to_64),
      contended("bursts", 0.95, two_to_64),
      latency("empty section", "wait_p50_ns", "median wait"),
      latency("empty section", "wait_p99_ns", "99th percentile of waits"),
      latency("1 us inside", "wait_p50_ns", "median wait"),
      latency("1 us inside", "wait_p99_ns", "99th percentile of waits"),
      worst_wait_inside(),
      worst_wait_empty(),
      shared("0 percent_of_writes"),
      shared("1 percent_of_writes"),
      shared("10 percent_of_writes"),
      condition("notify_all of 64, lock held"),
      condition("notify_all of 64, lock released"),
      condition("ping-pong, both run"),
      queue("1 producers", "1 consumers"),
      queue("4 producers", "4 consumers"),
      pair("semaphore", semaphore::name, 0.8, posix_semaphore::name),
      one_permit(),
      many_locks(),
      fibers("yield, 16 fibers", our_fibers::name, 1.25, bare_switch::name),
      fibers("yield, 16 fibers", our_fibers::name, 0.2, boost_fibers),
      pair_in_fiber(fiber_lock::name, 0.05, boost_fiber_mutex),
      pair_in_fiber(parking_lock::name, 1.05, parking_lock_on_thread::name),
      fibers("lock, yield, unlock, 16 fibers", fiber_lock::name, 0.066, boost_fiber_mutex),
      processes("uncontended pair", 1.15),
      alone(processes("death to next owner", 0), "us_p50", "median time in us", sense::at_most, 50),
  };
}

}  // namespace

const std::vector<goal>& all_goals() {
  static const goals all = make_goals();
  return all;
}

}  // namespace bench
