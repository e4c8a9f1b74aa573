// SPDX-License-Identifier: BSL-1.0
// Several runners, each on a thread of its own.
#include "holdfast/fiber/pool.hpp"

#include <cerrno>
#include <system_error>
#include <thread>
#include <vector>

#include "holdfast/platform/cpu.hpp"

#include "fiber/crew.hpp"

namespace holdfast::fiber {

struct pool::parts {
  explicit parts(unsigned count) : all(count, true) {
    try {
      threads.reserve(count);
      for (unsigned i = 0; i < count; ++i) threads.emplace_back([this, i] { all.at(i).run(); });
    } catch (...) {
      stop();
      throw;
    }
  }
  parts(const parts&) = delete;
  parts& operator=(const parts&) = delete;
  ~parts() { stop(); }

  void stop() noexcept {
    all.wait_until_none_lives();
    all.stop();
    for (std::thread& each : threads) each.join();
    threads.clear();
  }

  detail::crew all;
  std::vector<std::thread> threads;
};

pool::pool(unsigned threads)
    : parts_(std::make_unique<parts>(threads != 0 ? threads : platform::cpu_count())) {}

pool::~pool() = default;

void pool::wait() {
  if (detail::runner* const here = detail::runner::of_this_thread();
      here != nullptr && &here->its_crew() == &parts_->all)
    throw std::system_error(
        EDEADLK, std::generic_category(),
        "holdfast: a fiber of a pool waits for all fibers of the pool: it would "
        "wait for itself");
  parts_->all.wait_until_none_lives();
}

unsigned pool::threads() const noexcept { return static_cast<unsigned>(parts_->all.size()); }

detail::crew& pool::its_crew() noexcept { return parts_->all; }

}  // namespace holdfast::fiber
