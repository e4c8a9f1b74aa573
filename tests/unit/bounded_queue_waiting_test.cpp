// SPDX-License-Identifier: BSL-1.0
// The bounded queue with many threads: nobody sleeps while there is something for him, nothing is
// lost or doubled, however waits end.
#include <atomic>
#include <chrono>
#include <iterator>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/bounded_queue.hpp"
#include "holdfast/platform/portable.hpp"

#include "support/queue_waiters.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/thread_locals.hpp"

namespace {

using namespace std::chrono_literals;
using holdfast::basic_bounded_queue;
using holdfast::bounded_queue;
using holdfast::queue_closed;
using holdfast::test::await_poppers;
using holdfast::test::await_pushers;
using holdfast::test::random_numbers;
using holdfast::test::run_threads;
using holdfast::test::scaled;

template <class Platform>
class waiting_queue : public testing::Test {
 public:
  using queue_type = basic_bounded_queue<std::unique_ptr<std::size_t>, Platform>;
  static auto number(std::size_t value) { return std::make_unique<std::size_t>(value); }
};

struct names_of_platforms {
  template <class Platform>
  static std::string GetName(int) {
    return std::is_same_v<Platform, holdfast::platform::portable> ? "portable" : "native";
  }
};
namespace platform = holdfast::platform;
using platforms = std::conditional_t<std::is_same_v<platform::native, platform::portable>,
                                     testing::Types<platform::portable>,
                                     testing::Types<platform::native, platform::portable>>;
TYPED_TEST_SUITE(waiting_queue, platforms, names_of_platforms);

TYPED_TEST(waiting_queue, a_push_wakes_a_popper_and_a_pop_a_pusher) {
  typename TestFixture::queue_type queue(1);
  run_threads(2, [&](unsigned me) {
    if (me == 0) {
      EXPECT_EQ(**queue.pop(), 1U);
      queue.push(this->number(2));
      queue.push(this->number(3));  // full
    } else {
      await_poppers(queue, 1);
      queue.push(this->number(1));
      await_pushers(queue, 1);
      EXPECT_EQ(**queue.pop(), 2U);
      EXPECT_EQ(**queue.pop(), 3U);
    }
  });
}

TYPED_TEST(waiting_queue, close_wakes_everybody) {
  typename TestFixture::queue_type empty(1);
  typename TestFixture::queue_type full(1);
  full.push(this->number(1));
  constexpr unsigned each = 8;
  std::atomic<unsigned> refused{0};
  std::atomic<unsigned> ended{0};
  run_threads(2 * each + 1, [&](unsigned me) {
    if (me == 2 * each) {
      await_poppers(empty, each);
      await_pushers(full, each);
      empty.close();
      full.close();
    } else if (me < each) {
      if (!empty.pop()) ++ended;
    } else {
      auto value = this->number(me);
      try {
        full.push(std::move(value));
      } catch (const queue_closed&) {
        if (value != nullptr) ++refused;
      }
    }
  });
  EXPECT_EQ(ended, each);
  EXPECT_EQ(refused, each);
  EXPECT_EQ(**full.pop(), 1U);
}

TYPED_TEST(waiting_queue, a_batch_wakes_as_many_pushers_as_it_made_room_for) {
  typename TestFixture::queue_type queue(4);
  for (std::size_t i = 0; i < 4; ++i) queue.push(this->number(i));
  std::vector<std::unique_ptr<std::size_t>> out;
  run_threads(5, [&](unsigned me) {
    if (me < 4) {
      queue.push(this->number(10));
    } else {
      await_pushers(queue, 4);
      EXPECT_EQ(queue.pop_some(std::back_inserter(out), 4), 4U);
    }
  });  // all have pushed, with no other pop
  EXPECT_EQ(queue.size(), 4U);
}

// The second element cannot be moved, but there is room where the first was.
TYPED_TEST(waiting_queue, a_batch_that_throws_wakes_a_pusher_for_each_that_it_took) {
  struct stubborn {
    explicit stubborn(bool moves_away) : moves(moves_away) {}
    stubborn(stubborn&& other) : moves(other.moves) {  // NOLINT(*-noexcept-move*): the point
      if (!moves) throw std::runtime_error("stays");
    }
    bool moves;
  };
  basic_bounded_queue<stubborn, TypeParam> queue(2);
  queue.emplace(true);
  queue.emplace(false);
  std::vector<stubborn> out;
  out.reserve(2);
  run_threads(2, [&](unsigned me) {
    if (me == 0) {
      queue.emplace(true);
    } else {
      await_pushers(queue, 1);
      EXPECT_THROW(queue.pop_some(std::back_inserter(out), 2), std::runtime_error);
    }
  });
  EXPECT_EQ(out.size(), 1U);
  EXPECT_EQ(queue.size(), 2U);
}

// One element at a time and many who want it: a lost wake-up hangs at once.
TYPED_TEST(waiting_queue, passes_one_permit_round) {
  typename TestFixture::queue_type queue(1);
  constexpr unsigned threads = 8;
  const std::size_t rounds = scaled(20'000);
  std::atomic<std::size_t> inside{0};
  queue.push(this->number(0));
  run_threads(threads, [&] {
    for (std::size_t i = 0; i < rounds; ++i) {
      auto permit = queue.pop();
      ASSERT_EQ(inside.fetch_add(1), 0U);
      ++**permit;
      inside.fetch_sub(1);
      queue.push(std::move(*permit));
    }
  });
  EXPECT_EQ(**queue.pop(), threads * rounds);
}

// Producers and consumers in all numbers, on queues that are full or empty most of the time. Each
// element arrives once, and those of one producer in its order.
TYPED_TEST(waiting_queue, loses_nothing_and_keeps_each_producers_order) {
  struct plan {
    unsigned producers;
    unsigned consumers;
    std::size_t capacity;
  };
  for (const plan& p : {plan{1, 1, 1}, {1, 1, 64}, {4, 1, 2}, {1, 4, 2}, {4, 4, 1}, {32, 32, 8}}) {
    typename TestFixture::queue_type queue(p.capacity);
    const std::size_t each = scaled(40'000) / p.producers;
    std::atomic<unsigned> pushing{p.producers};
    std::vector<std::atomic<std::size_t>> sums(p.producers);
    run_threads(p.producers + p.consumers, [&](unsigned me) {
      if (me < p.producers) {
        for (std::size_t i = 1; i <= each; ++i) queue.push(this->number(i * p.producers + me));
        if (pushing.fetch_sub(1) == 1) queue.close();
        return;
      }
      std::vector<std::size_t> last(p.producers, 0);
      while (auto element = queue.pop()) {
        const std::size_t from = **element % p.producers;
        const std::size_t index = **element / p.producers;
        ASSERT_GT(index, last[from]);
        last[from] = index;
        sums[from] += index;
      }
    });
    for (const auto& sum : sums) EXPECT_EQ(sum, each * (each + 1) / 2);
    EXPECT_TRUE(queue.empty());
  }
}

// The stop of a thread that waits, for another to request.
class stop_slot {
 public:
  std::stop_token renew() {
    const std::scoped_lock hold(mutex_);
    source_ = std::stop_source();
    return source_.get_token();
  }
  void request_stop() {
    std::stop_source source = [this] {
      const std::scoped_lock hold(mutex_);
      return source_;
    }();
    source.request_stop();
  }

 private:
  std::mutex mutex_;
  std::stop_source source_;
};

// A waiter whose deadline or stop comes just when it is signalled takes the element: if it left with
// the signal, the element would stay, and the patient one asleep.
TYPED_TEST(waiting_queue, an_end_that_races_with_a_signal_loses_none) {
  typename TestFixture::queue_type queue(1);
  const std::size_t elements = scaled(20'000);
  std::atomic<std::size_t> taken{0};
  std::atomic<bool> done{false};
  stop_slot stop;
  run_threads(4, [&](unsigned me) {
    random_numbers random(me);
    if (me == 0) {
      while (queue.pop()) ++taken;
    } else if (me == 1) {
      for (std::size_t i = 0; i < elements; ++i) {
        queue.push(this->number(i));
        // Without another push: whoever has the signal of this one has to take it.
        if (random.below(8) == 0) holdfast::test::await([&] { return queue.empty(); });
        stop.request_stop();
      }
      queue.close();
      holdfast::test::await([&] {
        stop.request_stop();
        return done.load();
      });
    } else if (me == 2) {
      while (!queue.is_closed())
        if (queue.try_pop_for(std::chrono::microseconds(random.below(30)))) ++taken;
    } else {
      while (!queue.is_closed())
        if (queue.pop(stop.renew())) ++taken;
      done = true;
    }
  });
  EXPECT_EQ(taken, elements);
}

TYPED_TEST(waiting_queue, a_pusher_whose_end_races_with_a_signal_loses_none) {
  typename TestFixture::queue_type queue(1);
  const std::size_t elements = scaled(20'000);
  std::atomic<std::size_t> pushed{0};
  std::atomic<std::size_t> popped{0};
  std::atomic<unsigned> pushing{3};
  stop_slot stop;
  run_threads(4, [&](unsigned me) {
    random_numbers random(me);
    if (me == 0) {
      while (queue.pop()) {
        ++popped;
        stop.request_stop();
      }
      return;
    }
    for (std::size_t i = 0; i < elements; ++i) {
      auto value = this->number(i);
      bool went_in = true;
      if (me == 1)
        queue.push(std::move(value));
      else if (me == 2)
        went_in = queue.try_push_for(std::move(value), std::chrono::microseconds(random.below(30)));
      else
        went_in = queue.push(std::move(value), stop.renew());
      if (went_in) ++pushed;
      EXPECT_EQ(value == nullptr, went_in);
    }
    if (pushing.fetch_sub(1) == 1) queue.close();
  });
  EXPECT_EQ(popped, pushed);
}

TEST(bounded_queue, is_used_in_destructors_of_thread_local_objects) {
  HOLDFAST_TEST_NEEDS_THREAD_LOCALS_TO_THE_END();
  static bounded_queue<int>* shared = nullptr;
  bounded_queue<int> queue(1);
  shared = &queue;
  struct at_exit {
    ~at_exit() {
      shared->push(1);
      shared->push(2);
    }
  };
  std::thread producer([] {
    thread_local at_exit last;
    static_cast<void>(&last);
  });
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
  producer.join();
}

TEST(bounded_queue, a_checked_one_says_who_still_waits_when_it_dies) {
  using checked_queue =
      basic_bounded_queue<int, holdfast::platform::checked<holdfast::platform::native>>;
  EXPECT_DEATH(
      {
        auto queue = std::make_unique<checked_queue>(1U);
        std::thread waiter([&q = *queue] { static_cast<void>(q.pop()); });
        await_poppers(*queue, 1);
        static_cast<void>(queue->try_pop());  // the waiter has released the lock
        queue.reset();
      },
      "a condition is destroyed while threads wait on it");
}

}  // namespace
