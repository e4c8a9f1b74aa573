// SPDX-License-Identifier: BSL-1.0
// A crowd of processes that do something in a loop, of whom random ones are killed and replaced.
#pragma once

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "support/child.hpp"
#include "support/seed.hpp"
#include "support/shared_page.hpp"

namespace holdfast::test {

// Who is where, in shared memory. A worker says that it is inside after it has what lets it in, and
// that it is out before it gives that back.
class board {
 public:
  static constexpr unsigned places = 8;
  enum stand : std::uint32_t { outside = 0, sharing = 1, alone = 2 };

  struct alignas(64) place {
    std::atomic<std::uint32_t> standing{outside};
    std::atomic<std::uint32_t> life{0};    // how many have died here
    std::atomic<std::uint64_t> visits{0};  // how often somebody came in
    std::atomic<std::uint64_t> beats{0};   // of one who is alive
    std::atomic<std::uint64_t> steps{0};
  };

  // Counts a violation if more than `limit` are inside now that must not be together, or if one of them
  // is alone and there is another.
  void enter(unsigned who, stand how, unsigned limit = places) {
    ++at[who].visits;
    at[who].standing = how;
    const seen first = look();
    if (!is_too_many(first, limit)) return;
    const seen second = look();  // the same visits: all of them stood there at once in between
    seen together = first;
    for (unsigned i = 0; i < places; ++i)
      if (first.visits[i] != second.visits[i] || first.standing[i] != second.standing[i])
        together.standing[i] = outside;
    if (!is_too_many(together, limit)) return;
    for (unsigned i = 0; i < places; ++i)
      if (i != who && together.standing[i] != outside && !is_alive(who, i, second))
        together.standing[i] = outside;
    if (is_too_many(together, limit)) ++violations;
  }
  void leave(unsigned who) {
    at[who].standing = outside;
    ++at[who].beats;
  }
  void step(unsigned who) {
    ++at[who].beats;
    ++at[who].steps;
  }

  std::uint64_t all_steps() const {
    std::uint64_t sum = 0;
    for (const place& p : at) sum += p.steps;
    return sum;
  }

  place at[places];
  std::atomic<bool> over{false};
  std::atomic<std::uint32_t> violations{0};

 private:
  struct seen {
    std::uint32_t standing[places], lives[places];
    std::uint64_t visits[places], beats[places];
  };
  seen look() const {
    seen now;
    for (unsigned i = 0; i < places; ++i) {
      now.lives[i] = at[i].life;
      now.beats[i] = at[i].beats;
      now.visits[i] = at[i].visits;
      now.standing[i] = at[i].standing;
    }
    return now;
  }
  static bool is_too_many(const seen& now, unsigned limit) {
    unsigned inside = 0;
    unsigned alone_inside = 0;
    for (const std::uint32_t s : now.standing) {
      if (s != outside) ++inside;
      if (s == alone) ++alone_inside;
    }
    return inside > limit || (alone_inside != 0 && inside > 1);
  }
  // One who died with what it had says that it is inside until the test has reaped it. A beat later than
  // `then`, which began when all stood there, shows that it lived: unless it is that of the next, who
  // is born after the change of `life`, which therefore is asked for after the beat.
  bool is_alive(unsigned who, unsigned other, const seen& then) {
    for (;;) {
      const bool has_beaten = at[other].beats != then.beats[other];
      if (at[other].life != then.lives[other]) return false;
      if (has_beaten) return true;
      ++at[who].beats;
      ::usleep(50);
    }
  }
};

// False if it is not so after longer than anything takes that works.
template <class Is>
bool await(Is is) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  while (!is()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::usleep(100);
  }
  return true;
}

class killed_crowd {
 public:
  // `work(who)` is one step of a worker, who has been born so for the `life`th time.
  using step = std::function<void(unsigned who, random_numbers& random)>;

  killed_crowd(board& shared, unsigned workers, step work)
      : board_(shared), work_(std::move(work)), random_(1) {
    for (unsigned who = 0; who < workers; ++who) workers_.push_back(start(who));
  }

  // False if the others made no step in a minute after somebody was killed.
  bool kill(std::size_t victims) {
    for (std::size_t i = 0; i < victims; ++i) {
      // Sometimes at once, sometimes after a few steps of anybody.
      const std::uint64_t goal = board_.all_steps() + random_.below(4) * random_.below(20);
      if (!await([&] { return board_.all_steps() >= goal; })) return false;
      kill_one();
    }
    return await_steps_of_all();
  }

  void kill_one() { replace(static_cast<unsigned>(random_.below(workers_.size()))); }

  std::vector<std::uint64_t> steps() const {
    std::vector<std::uint64_t> now;
    for (const board::place& its : board_.at) now.push_back(its.steps);
    return now;
  }
  bool all_stepped_since(const std::vector<std::uint64_t>& before) const {
    for (unsigned who = 0; who < workers_.size(); ++who)
      if (board_.at[who].steps == before[who]) return false;
    return true;
  }

  // True if all came home.
  bool end(const std::function<void()>& wake_all = [] {}) {
    board_.over = true;
    wake_all();
    bool all = true;
    for (child& worker : workers_) all = worker.wait() == 0 && all;
    return all;
  }

  // How many were killed who were certainly inside.
  std::size_t died_inside() const noexcept { return died_inside_; }
  std::size_t died_alone() const noexcept { return died_alone_; }

 private:
  child start(unsigned who) {
    const std::uint32_t life = board_.at[who].life.load();
    return child([this, who, life] {
      ::alarm(1200);
      random_numbers random(1000 + who + std::uint64_t{life} * 64);
      while (!board_.over) {
        work_(who, random);
        board_.step(who);
      }
      return 0;
    });
  }

  void replace(unsigned who) {
    workers_[who].kill();
    static_cast<void>(workers_[who].wait());
    board::place& its = board_.at[who];
    if (its.standing != board::outside) ++died_inside_;
    if (its.standing == board::alone) ++died_alone_;
    ++its.life;
    its.standing = board::outside;
    workers_[who] = start(who);
  }

  // Nobody is stuck.
  bool await_steps_of_all() {
    const std::vector<std::uint64_t> before = steps();
    return await([&] { return all_stepped_since(before); });
  }

  board& board_;
  step work_;
  random_numbers random_;
  std::vector<child> workers_;
  std::size_t died_inside_ = 0;
  std::size_t died_alone_ = 0;
};

}  // namespace holdfast::test
