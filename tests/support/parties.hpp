// SPDX-License-Identifier: BSL-1.0
// Everybody who can wait for a lock at once: threads, fibers of two schedulers, fibers of a pool.
#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <thread>
#include <utility>
#include <vector>

#include "holdfast/fiber/pool.hpp"
#include "holdfast/fiber/this_fiber.hpp"

#include "support/running_scheduler.hpp"

namespace holdfast::test {

// What a party of a test is. A further kind, as coroutines are, is one value here and one case in
// parties::start().
enum class kind { thread, fiber, fiber_of_another, fiber_of_pool };
inline constexpr kind kinds_of_parties[] = {kind::thread, kind::fiber, kind::fiber_of_another,
                                            kind::fiber_of_pool};

class parties {
 public:
  parties() = default;
  parties(const parties&) = delete;
  parties& operator=(const parties&) = delete;
  ~parties() { join(); }

  // Begins to run `body` as a party of this kind.
  void start(kind as, std::function<void()> body) {
    switch (as) {
      case kind::thread:
        threads_.emplace_back(std::move(body));
        break;
      case kind::fiber:
        fibers_.push_back(first_.spawn(std::move(body)));
        break;
      case kind::fiber_of_another:
        fibers_.push_back(second_.spawn(std::move(body)));
        break;
      case kind::fiber_of_pool:
        fibers_.push_back(pool_.spawn(std::move(body)));
        break;
    }
  }

  // Runs `body` in `of_each` parties of every kind, with the number of each and what it is; returns
  // when all have ended.
  template <class Body>
  void run(std::size_t of_each, const Body& body) {
    std::size_t number = 0;
    for (std::size_t i = 0; i < of_each; ++i)
      for (const kind as : kinds_of_parties)
        start(as, [&body, as, mine = number++] { body(mine, as); });
    join();
  }

  // Waits for all that were started; throws what left a fiber.
  void join() {
    for (std::thread& each : threads_) each.join();
    threads_.clear();
    for (auto& each : fibers_) each.join();
    fibers_.clear();
  }

  static constexpr std::size_t count(std::size_t of_each) {
    return of_each * std::size(kinds_of_parties);
  }

 private:
  running_scheduler first_;
  running_scheduler second_;
  fiber::pool pool_{2};
  std::vector<std::thread> threads_;
  std::vector<fiber::handle<void>> fibers_;
};

}  // namespace holdfast::test
