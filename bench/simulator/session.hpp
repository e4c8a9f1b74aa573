// SPDX-License-Identifier: BSL-1.0
// One lock on the simulated machine, a line of data behind it, and the threads that want it.
#pragma once

#include <algorithm>
#include <new>
#include <vector>

#include "harness/statistics.hpp"
#include "simulator/experiment.hpp"
#include "simulator/platform.hpp"

namespace simulator {

// What has been counted at one time.
struct reading {
  ns at = -1;  // not taken yet
  machine::counters kernel;
  transfers all;
  transfers of_lock;
  std::vector<double> sections;

  void take(const machine& on, const void* lock, const std::vector<double>& done) {
    *this = {on.now(), on.count(), on.lines().total(), on.lines().of(lock), done};
  }
};

template <class Lock>
class session {
 public:
  explicit session(const experiment& how)
      : how_(how),
        machine_(how.where, how.cost, how.seed),
        shared_(*::new(machine_.allocate(sizeof(shared))) shared),
        done_(how.threads) {
    for (unsigned i = 0; i < how.threads; ++i) machine_.add_thread([this] { work(); });
  }

  result run() {
    result came;
    came.lost = machine_.run();
    came.broken = broken_;
    came.longest_wait = longest_wait_;
    if (last_.at <= first_.at) return came;
    std::vector<double> sections;
    double all = 0;
    for (std::size_t i = 0; i < last_.sections.size(); ++i) {
      sections.push_back(last_.sections[i] - first_.sections[i]);
      all += sections.back();
    }
    const auto time = static_cast<double>(last_.at - first_.at);
    const auto a_section = [all](std::uint64_t after, std::uint64_t before) {
      return static_cast<double>(after - before) / all;
    };
    came.sections_per_us = all / time * 1'000;
    came.transfers = a_section(last_.all.all, first_.all.all);
    came.far_transfers = a_section(last_.all.far, first_.all.far);
    came.transfers_of_lock = a_section(last_.of_lock.all, first_.of_lock.all);
    came.jain = bench::jain(sections);
    came.cpus = static_cast<double>(last_.kernel.busy - first_.kernel.busy) / time;
    came.sleeps = a_section(last_.kernel.sleeps, first_.kernel.sleeps);
    came.wakes = a_section(last_.kernel.wakes, first_.kernel.wakes);
    return came;
  }

 private:
  struct shared {
    alignas(64) Lock lock;
    alignas(64) atomic<long> counter;
  };

  void work() {
    const ns end = how_.warm_up + how_.lasts;
    while (look_at_the_time(), machine_.now() < end) {
      const ns begin = machine_.now();
      shared_.lock.lock();
      if (machine_.now() >= how_.warm_up)
        longest_wait_ = std::max(longest_wait_, machine_.now() - begin);
      if (inside_) ++broken_;
      inside_ = true;
      shared_.counter.store(shared_.counter.load(order::relaxed) + 1, order::relaxed);
      machine_.spend(machine_.some(how_.each.inside));
      machine_.use(&shared_.counter, access::read);  // others run meanwhile
      ++done_[machine_.self()];
      inside_ = false;
      shared_.lock.unlock();
      machine_.spend(machine_.some(how_.each.outside) + how_.cost.hit);
    }
  }

  // Whoever comes first after the warm-up, and after the end, takes the reading.
  void look_at_the_time() {
    const ns now = machine_.now();
    if (first_.at < 0 && now >= how_.warm_up) first_.take(machine_, &shared_.lock, done_);
    if (last_.at < 0 && now >= how_.warm_up + how_.lasts)
      last_.take(machine_, &shared_.lock, done_);
  }

  experiment how_;
  machine machine_;
  shared& shared_;
  std::vector<double> done_;  // sections, by thread
  reading first_;
  reading last_;
  ns longest_wait_ = 0;
  bool inside_ = false;
  unsigned broken_ = 0;
};

}  // namespace simulator
