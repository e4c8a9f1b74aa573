// SPDX-License-Identifier: BSL-1.0
// Everybody who can wait for a lock at once: threads, fibers of two schedulers, fibers of a pool, and
// coroutines of a loop, of a pool of threads, and of whoever ends their waits.
#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "holdfast/fiber/pool.hpp"
#include "holdfast/fiber/this_fiber.hpp"

#include "support/party.hpp"
#include "support/running_scheduler.hpp"
#include "support/this_thread.hpp"

namespace holdfast::test {

// What a party of a test is. A further kind is one value here, one case in parties::start(), and
// what parties::is_at_home() says of it.
enum class kind {
  thread,
  fiber,
  fiber_of_another,
  fiber_of_pool,
  coroutine_of_loop,
  coroutine_of_pool,
  coroutine_of_releaser
};
inline constexpr kind kinds_of_parties[] = {kind::thread,
                                            kind::fiber,
                                            kind::fiber_of_another,
                                            kind::fiber_of_pool,
                                            kind::coroutine_of_loop,
                                            kind::coroutine_of_pool,
                                            kind::coroutine_of_releaser};
inline constexpr std::size_t kinds_that_block = 4;  // the first ones

class parties {
 public:
  parties() = default;
  parties(const parties&) = delete;
  parties& operator=(const parties&) = delete;
  ~parties() { join(); }

  // Begins to run `body` as a party of this kind. It is a coroutine, and kept by who runs it.
  void start(kind as, std::function<task<>(party)> body) {
    switch (as) {
      case kind::thread:
        threads_.emplace_back([body = std::move(body)] { body(party()).result(); });
        break;
      case kind::fiber:
        fibers_.push_back(first_.spawn([body = std::move(body)] { body(party()).result(); }));
        break;
      case kind::fiber_of_another:
        fibers_.push_back(second_.spawn([body = std::move(body)] { body(party()).result(); }));
        break;
      case kind::fiber_of_pool:
        fibers_.push_back(pool_.spawn([body = std::move(body)] { body(party()).result(); }));
        break;
      case kind::coroutine_of_loop:
        coroutines_.start(any_executor(loop_), std::move(body));
        break;
      case kind::coroutine_of_pool:
        coroutines_.start(any_executor(threads_of_pool_), std::move(body));
        break;
      case kind::coroutine_of_releaser:
        coroutines_.start(any_executor(releaser_), std::move(body));
        break;
    }
  }

  // Runs `body` in `of_each` parties of every kind that blocks, with the number of each and what it
  // is; returns when all have ended.
  template <class Body>
  void run(std::size_t of_each, const Body& body) {
    std::size_t number = 0;
    for (std::size_t i = 0; i < of_each; ++i)
      for (const kind as : std::span(kinds_of_parties).first(kinds_that_block))
        start(as, [&body, as, mine = number++](party) -> task<> {
          body(mine, as);
          co_return;
        });
    join();
  }

  // The same with coroutines among them: `body` is one, and is given its party too.
  template <class Body>
  void run_all(std::size_t of_each, const Body& body) {
    std::size_t number = 0;
    for (std::size_t i = 0; i < of_each; ++i)
      for (const kind as : kinds_of_parties)
        start(as, [&body, as, mine = number++](party who) { return body(mine, as, who); });
    join();
  }

  // Waits for all that were started; throws what left a fiber.
  void join() {
    for (std::thread& each : threads_) each.join();
    threads_.clear();
    coroutines_.join();
    for (auto& each : fibers_) each.join();
    fibers_.clear();
  }

  // Whether a party of this kind, which was on `before` a wait ago, may be on this thread now.
  bool is_at_home(kind as, std::thread::id before) const {
    const thread_pool* const executor = thread_pool::of_this_thread();
    const std::thread::id now = this_thread_now();
    switch (as) {
      case kind::coroutine_of_loop:
        return executor == &loop_;
      case kind::coroutine_of_pool:
        return executor == &threads_of_pool_;
      case kind::coroutine_of_releaser:
        return executor != nullptr;
      case kind::fiber_of_pool:
        return executor == nullptr && now != first_.thread() && now != second_.thread();
      default:
        return now == before;
    }
  }

  // Where the coroutines go on.
  thread_pool& loop() noexcept { return loop_; }
  thread_pool& pool() noexcept { return threads_of_pool_; }

  static constexpr std::size_t count(std::size_t of_each) { return of_each * kinds_that_block; }
  static constexpr std::size_t count_all(std::size_t of_each) {
    return of_each * std::size(kinds_of_parties);
  }

 private:
  running_scheduler first_;
  running_scheduler second_;
  fiber::pool pool_{2};
  thread_pool loop_{1};
  thread_pool threads_of_pool_{2};
  executor_of_releaser releaser_{threads_of_pool_};
  std::vector<std::thread> threads_;
  std::vector<fiber::handle<void>> fibers_;
  coroutine_group coroutines_;
};

}  // namespace holdfast::test
