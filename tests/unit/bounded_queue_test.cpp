// SPDX-License-Identifier: BSL-1.0
// The bounded queue: what goes in comes out once and in order, whoever waits is woken, whoever is
// refused keeps the value.
#include "holdfast/bounded_queue.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/counted.hpp"
#include "support/hooked_clock.hpp"
#include "support/queue_waiters.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"

namespace {

using namespace std::chrono_literals;
using holdfast::bounded_queue;
using holdfast::queue_closed;
using holdfast::test::await_poppers;
using holdfast::test::await_pushers;
using holdfast::test::counted;
using holdfast::test::hooked_clock;
using holdfast::test::run_threads;
using holdfast::test::scaled;
using holdfast::test::tally;

using box = std::unique_ptr<int>;
box boxed(int number) { return std::make_unique<int>(number); }

TEST(bounded_queue, gives_elements_in_the_order_in_which_they_came) {
  for (const std::size_t capacity : {1U, 2U, 3U, 7U}) {
    bounded_queue<int> queue(capacity);
    EXPECT_EQ(queue.capacity(), capacity);
    int in = 0;
    int out = 0;
    for (int round = 0; round < 10; ++round) {
      while (queue.try_push(in)) ++in;
      EXPECT_EQ(queue.size(), capacity);
      EXPECT_EQ(queue.pop(), out++);
      EXPECT_EQ(queue.size(), capacity - 1);
    }
    while (const auto element = queue.try_pop()) EXPECT_EQ(*element, out++);
    EXPECT_EQ(in, out);
    EXPECT_TRUE(queue.empty());
  }
}

TEST(bounded_queue, refuses_a_capacity_of_zero) {
  try {
    const bounded_queue<int> queue(0);
    FAIL() << "made a queue that takes nothing";
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("capacity 0"), std::string::npos);
  }
}

TEST(bounded_queue, makes_elements_in_place_and_moves_what_only_moves) {
  bounded_queue<std::pair<box, std::string>> queue(3);
  queue.emplace(boxed(1), "one");
  std::pair<box, std::string> two(boxed(2), "two");
  queue.push(std::move(two));
  EXPECT_EQ(two.first, nullptr);
  queue.push({boxed(3), "three"});
  EXPECT_EQ(queue.pop()->second, "one");
  EXPECT_EQ(*queue.pop()->first, 2);
  EXPECT_EQ(*queue.try_pop()->first, 3);

  struct alignas(128) wide {
    int number;
  };
  bounded_queue<wide> aligned(2);
  aligned.push(wide{4});
  aligned.emplace(wide{5});
  EXPECT_EQ(aligned.pop()->number, 4);
  EXPECT_EQ(aligned.pop()->number, 5);
}

TEST(bounded_queue, copies_an_lvalue_and_leaves_it_alone) {
  bounded_queue<std::string> queue(2);
  const std::string text = "text";
  queue.push(text);
  EXPECT_TRUE(queue.try_push("literal"));
  EXPECT_EQ(text, "text");
  EXPECT_EQ(queue.pop(), "text");
  EXPECT_EQ(queue.pop(), "literal");
}

TEST(bounded_queue, destroys_each_element_once) {
  tally counts;
  {
    bounded_queue<counted> queue(4);
    for (int i = 0; i < 6; ++i) {
      queue.emplace(counts, i);
      if (i >= 3) {
        EXPECT_EQ(queue.pop()->number(), i - 3);
      }
    }
    EXPECT_EQ(counts.alive(), 3);
  }
  EXPECT_EQ(counts.made, 6);
  EXPECT_EQ(counts.copied, 0);
  EXPECT_EQ(counts.alive(), 0);
}

TEST(bounded_queue, refuses_everybody_when_closed_and_leaves_the_value_alone) {
  bounded_queue<box> queue(4);
  queue.push(boxed(1));
  queue.push(boxed(2));
  EXPECT_FALSE(queue.is_closed());
  queue.close();
  queue.close();
  EXPECT_TRUE(queue.is_closed());
  box value = boxed(3);
  EXPECT_THROW(queue.push(std::move(value)), queue_closed);
  EXPECT_THROW(queue.emplace(std::move(value)), queue_closed);
  EXPECT_FALSE(queue.try_push(std::move(value)));
  EXPECT_FALSE(queue.try_push_for(std::move(value), 1h));
  EXPECT_FALSE(queue.try_push_until(std::move(value), holdfast::deadline::never()));
  EXPECT_FALSE(queue.push(std::move(value), std::stop_source().get_token()));
  ASSERT_NE(value, nullptr);
  EXPECT_EQ(*value, 3);

  EXPECT_EQ(**queue.pop(), 1);
  EXPECT_EQ(**queue.pop(std::stop_source().get_token()), 2);
  EXPECT_FALSE(queue.pop());
  EXPECT_FALSE(queue.try_pop());
  EXPECT_FALSE(queue.try_pop_for(1h));
  EXPECT_FALSE(queue.pop(std::stop_source().get_token()));
  std::vector<box> some;
  EXPECT_EQ(queue.pop_some(std::back_inserter(some), 3), 0U);
}

TEST(bounded_queue, the_exception_names_the_queue_and_what_happened) {
  bounded_queue<int> queue(1);
  queue.close();
  try {
    queue.push(1);
    FAIL() << "pushed to a closed queue";
  } catch (const queue_closed& error) {
    EXPECT_EQ(error.queue(), &queue);
    EXPECT_NE(std::string(error.what()).find("closed"), std::string::npos);
  }
}

TEST(bounded_queue, tries_once_at_a_deadline_that_is_past) {
  bounded_queue<int> queue(1);
  const auto past = std::chrono::steady_clock::now() - 1s;
  EXPECT_FALSE(queue.try_pop_for(0ms));
  EXPECT_FALSE(queue.try_pop_for(-1h));
  EXPECT_FALSE(queue.try_pop_until(past));
  EXPECT_FALSE(queue.try_pop_until(std::chrono::system_clock::time_point::min()));
  EXPECT_FALSE(queue.try_pop_until(holdfast::deadline::already_past()));
  EXPECT_TRUE(queue.try_push_for(1, 0ms));
  EXPECT_FALSE(queue.try_push_for(2, 0ms));
  EXPECT_FALSE(queue.try_push_until(2, past));
  EXPECT_EQ(queue.try_pop_until(past), 1);
  EXPECT_TRUE(queue.try_push_until(3, past));
  EXPECT_EQ(queue.try_pop_for(0ms), 3);
}

TEST(bounded_queue, gives_up_no_earlier_than_the_deadline) {
  bounded_queue<box> queue(1);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(queue.try_pop_for(2ms));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 2ms);
  queue.push(boxed(1));
  box value = boxed(2);
  const auto until = std::chrono::steady_clock::now() + 2ms;
  EXPECT_FALSE(queue.try_push_until(std::move(value), until));
  EXPECT_GE(std::chrono::steady_clock::now(), until);
  EXPECT_NE(value, nullptr);
}

TEST(bounded_queue, follows_a_clock_of_the_callers) {
  bounded_queue<int> queue(1);
  run_threads(2, [&](unsigned number) {
    if (number == 0)
      EXPECT_EQ(queue.try_pop_until(hooked_clock::soon()), 7);  // a millisecond that never passes
    else {
      await_poppers(queue, 1);
      queue.push(7);
    }
  });
  EXPECT_FALSE(queue.try_pop_until(hooked_clock::now()));
}

TEST(bounded_queue, a_stop_that_was_requested_before_wins) {
  std::stop_source source;
  source.request_stop();
  bounded_queue<int> queue(2);
  queue.push(1);
  EXPECT_FALSE(queue.push(2, source.get_token()));
  EXPECT_FALSE(queue.pop(source.get_token()));
  EXPECT_EQ(queue.size(), 1U);
}

TEST(bounded_queue, a_stop_ends_the_wait_and_the_value_stays) {
  bounded_queue<box> queue(1);
  std::stop_source source;
  run_threads(2, [&](unsigned number) {
    if (number == 0) {
      EXPECT_FALSE(queue.pop(source.get_token()));
    } else {
      await_poppers(queue, 1);
      source.request_stop();
    }
  });
  std::stop_source another;
  queue.push(boxed(1));
  run_threads(2, [&](unsigned number) {
    if (number == 0) {
      box value = boxed(2);
      EXPECT_FALSE(queue.push(std::move(value), another.get_token()));
      EXPECT_NE(value, nullptr);
    } else {
      await_pushers(queue, 1);
      another.request_stop();
    }
  });
  EXPECT_EQ(**queue.pop(), 1);
  EXPECT_TRUE(queue.empty());
}

TEST(bounded_queue, takes_what_there_is_in_one_go) {
  bounded_queue<int> queue(8);
  std::vector<int> out;
  EXPECT_EQ(queue.try_pop_some(std::back_inserter(out), 4), 0U);
  EXPECT_EQ(queue.pop_some(std::back_inserter(out), 0), 0U);  // does not wait
  for (int i = 0; i < 6; ++i) queue.push(i);
  EXPECT_EQ(queue.pop_some(std::back_inserter(out), 4), 4U);
  EXPECT_EQ(queue.try_pop_some(std::back_inserter(out), 4), 2U);
  EXPECT_EQ(out, (std::vector{0, 1, 2, 3, 4, 5}));
  std::array<int, 4> four{};
  queue.push(9);
  EXPECT_EQ(queue.try_pop_some(four.begin(), four.size()), 1U);
  EXPECT_EQ(four[0], 9);
}

// Throws when a switch says so.
struct touchy {
  enum class act { construct, copy, move };
  static inline std::atomic<int> throws_in{0};  // the how-manieth from now; 0: none
  static inline std::atomic<int> alive{0};

  static void maybe_throw() {
    if (throws_in.load() != 0 && throws_in.fetch_sub(1) == 1) throw std::runtime_error("touchy");
  }
  explicit touchy(int value) : number(value) {
    maybe_throw();
    ++alive;
  }
  touchy(const touchy& other) : number(other.number) {
    maybe_throw();
    ++alive;
  }
  touchy(touchy&& other) : number(other.number) {  // NOLINT(*-noexcept-move*): that is the point
    maybe_throw();
    ++alive;
  }
  touchy& operator=(const touchy&) = default;
  ~touchy() { --alive; }

  int number;
};

TEST(bounded_queue, is_as_it_was_when_a_constructor_throws) {
  {
    bounded_queue<touchy> queue(3);
    queue.emplace(1);
    const touchy two(2);
    touchy::throws_in = 1;
    EXPECT_THROW(queue.emplace(7), std::runtime_error);
    touchy::throws_in = 1;
    EXPECT_THROW(queue.push(two), std::runtime_error);
    touchy::throws_in = 1;
    EXPECT_THROW(static_cast<void>(queue.try_push(two)), std::runtime_error);
    EXPECT_EQ(queue.size(), 1U);
    queue.push(two);
    queue.push(touchy(3));
    EXPECT_FALSE(queue.try_push(two));  // no slot was gained or lost

    touchy::throws_in = 1;
    EXPECT_THROW(static_cast<void>(queue.pop()), std::runtime_error);
    EXPECT_EQ(queue.size(), 3U);
    EXPECT_EQ(queue.pop()->number, 1);
    EXPECT_EQ(queue.pop()->number, 2);
  }
  EXPECT_EQ(touchy::alive, 0);
}

TEST(bounded_queue, a_batch_that_throws_has_delivered_what_came_before) {
  bounded_queue<touchy> queue(4);
  for (int i = 0; i < 4; ++i) queue.emplace(i);
  std::vector<touchy> out;
  out.reserve(4);
  touchy::throws_in = 3;
  EXPECT_THROW(queue.pop_some(std::back_inserter(out), 4), std::runtime_error);
  EXPECT_EQ(out.size(), 2U);
  EXPECT_EQ(queue.size(), 2U);
  EXPECT_EQ(queue.pop()->number, 2);
  EXPECT_EQ(queue.pop()->number, 3);
}

// The one that got the signal leaves by an exception: the other has to get the element.
TEST(bounded_queue, a_popper_that_throws_hands_its_signal_on) {
  for (std::size_t round = 0; round < scaled(200); ++round) {
    bounded_queue<touchy> queue(2);
    std::atomic<int> got{0};
    std::atomic<int> threw{0};
    run_threads(3, [&](unsigned number) {
      if (number == 2) {
        await_poppers(queue, 2);
        touchy::throws_in = 2;  // the one of the pop, after the one of the emplace
        queue.emplace(5);
        return;
      }
      try {
        got += queue.pop()->number;
      } catch (const std::runtime_error&) {
        ++threw;
        // Does not come back: the other one is alone.
      }
    });
    ASSERT_EQ(got, 5);
    ASSERT_EQ(threw, 1);
  }
}

TEST(bounded_queue, a_pusher_that_throws_hands_its_signal_on) {
  for (std::size_t round = 0; round < scaled(200); ++round) {
    bounded_queue<touchy> queue(1);
    queue.emplace(1);
    std::atomic<int> threw{0};
    run_threads(3, [&](unsigned number) {
      if (number == 2) {
        await_pushers(queue, 2);
        touchy::throws_in = 2;  // the one of the emplace, after the one of the pop
        EXPECT_EQ(queue.pop()->number, 1);
        return;
      }
      try {
        queue.emplace(2);
      } catch (const std::runtime_error&) {
        ++threw;
      }
    });
    ASSERT_EQ(threw, 1);
    ASSERT_EQ(queue.pop()->number, 2);
  }
}

}  // namespace
