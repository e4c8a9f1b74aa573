// SPDX-License-Identifier: BSL-1.0
// The base of the suites, and who takes part in this run.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "conformance/coroutine/turnstile.hpp"
#include "support/coroutines.hpp"
#include "support/parties.hpp"
#include "support/party.hpp"
#include "support/scale.hpp"
#include "support/task.hpp"

namespace holdfast::test {

// Who takes part in this run: coroutines that the test's own thread runs, as it is the one that ends
// their waits (`inline`), those of a thread of their own, those of a pool, or all of these beside
// threads and fibers.
class setting {
 public:
  explicit setting(std::vector<kind> kinds) : kinds_(std::move(kinds)) {}
  setting(const setting&) = delete;
  setting& operator=(const setting&) = delete;

  static inline setting* current = nullptr;

  // Begins `body` as the next one of the kinds that take part.
  void begin(std::function<task<>(party)> body) {
    running_.fetch_add(1);
    auto whole = [this, body = std::move(body)](party who) { return run(body, who); };
    if (kinds_.empty())
      by_hand_.start(any_executor(inline_), std::move(whole));
    else
      parties_.start(kinds_[begun_++ % kinds_.size()], std::move(whole));
  }

  // Waits until `predicate` holds, and runs meanwhile what this thread has to run.
  template <class Predicate>
  void await(Predicate predicate) {
    while (!predicate()) {
      inline_.run_one();
      give_way();
    }
  }

  // Waits for all that have begun.
  void join() {
    await([this] { return running_.load() == 0 && by_hand_.running() == 0; });
    parties_.join();
  }

  // For a coroutine that the test keeps in its own hands.
  party kept() { return party(executor()); }

  // While it lives, no coroutine goes on: one that is kept may be destroyed.
  class stopped {
   public:
    explicit stopped(setting& of) : pool_(of.parties_.pool()), loop_(of.parties_.loop()) {}

   private:
    thread_pool::stopped pool_;
    thread_pool::stopped loop_;
  };

 private:
  any_executor executor() {
    if (kinds_.empty()) return any_executor(inline_);
    if (kinds_.size() == 1 && kinds_.front() == kind::coroutine_of_loop)
      return any_executor(parties_.loop());
    return any_executor(parties_.pool());
  }

  task<> run(std::function<task<>(party)> body, party who) {
    co_await body(who);
    running_.fetch_sub(1);
  }

  const std::vector<kind> kinds_;  // none: inline
  std::size_t begun_ = 0;
  std::atomic<std::size_t> running_{0};
  manual_executor inline_;
  coroutine_group by_hand_;
  parties parties_;
};

// The base of the suites.
class turns : public ::testing::TestWithParam<primitive> {
 protected:
  // The test's thread takes the turn, and gives it back.
  void hold() { ASSERT_TRUE(turn_->try_take()); }
  void give_back() { turn_->give_back(party()).result(); }
  bool is_free() {
    if (!turn_->try_take()) return false;
    give_back();
    return true;
  }

  void begin(std::function<task<>(party)> body) { all_.begin(std::move(body)); }
  void await_waiting(std::size_t count) {
    all_.await([&] { return turn_->waiting() == count; });
  }

  // Takes the turn, adds `number` to the list, and gives the turn back; false if an end came first.
  task<bool> notes(party who, int number, ends until = {}) {
    const bool taken = co_await turn_->take(who, until);
    if (!taken) co_return false;
    numbers_.push_back(number);
    co_await turn_->give_back(who);
    co_return true;
  }
  void begin_noting(int number, ends until = {}) {
    begin([this, number, until](party who) -> task<> {
      const bool noted = co_await notes(who, number, until);
      if (!noted) gave_up_.fetch_add(1);
    });
  }

  // Rounds of a test in which all parties compete: there are four settings.
  static std::size_t rounds(std::size_t count) { return scaled(count); }

  setting& all_ = *setting::current;
  const std::unique_ptr<turnstile> turn_ = GetParam().make();
  std::vector<int> numbers_;  // by whoever has the turn
  std::atomic<int> gave_up_{0};
};

}  // namespace holdfast::test
