// SPDX-License-Identifier: BSL-1.0
// Every way of pushing and popping at once, at random, with elements that throw: each element that
// went in comes out once, those of one producer in order, and the end is found by everybody.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/bounded_queue.hpp"

#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/stop_slot.hpp"

namespace holdfast {
namespace {

struct cannot_move : std::runtime_error {
  cannot_move() : std::runtime_error("not this time") {}
};

// A number that sometimes cannot be moved, and then stays where it is.
class element {
 public:
  element(std::uint32_t producer, std::uint32_t number, unsigned refusals)
      : producer_(producer),
        refusals_(refusals),
        number_(std::make_unique<std::uint32_t>(number)) {}
  element(element&& other)  // NOLINT(*-noexcept-move*): that is the point
      : producer_(other.producer_) {
    if (other.refusals_ != 0) {
      --other.refusals_;
      throw cannot_move();
    }
    number_ = std::move(other.number_);
    if (*number_ % 16 == 0) refusals_ = 1;  // where it is now
  }
  element& operator=(element&& other) noexcept {
    producer_ = other.producer_;
    refusals_ = other.refusals_;
    number_ = std::move(other.number_);
    return *this;
  }

  std::uint32_t producer() const { return producer_; }
  std::uint32_t number() const { return *number_; }
  bool is_here() const { return number_ != nullptr; }
  void refuse(unsigned times) { refusals_ = times; }

 private:
  std::uint32_t producer_;
  unsigned refusals_ = 0;
  std::unique_ptr<std::uint32_t> number_;
};

struct plan {
  unsigned producers;
  unsigned consumers;
  std::size_t capacity;
  bool runs;  // threads work in long runs, so that each becomes the favourite of its end
};

struct world {
  explicit world(const plan& p)
      : how(p), queue(p.capacity), stops(p.producers + p.consumers), pushing(p.producers) {}

  const plan how;
  bounded_queue<element> queue;
  std::vector<test::stop_slot> stops;
  std::atomic<unsigned> pushing;
  std::atomic<std::uint64_t> pushed{0};
  std::atomic<std::uint64_t> popped{0};
  std::atomic<std::uint64_t> out_of_order{0};
  std::atomic<std::uint64_t> damaged{0};
};

bool push_somehow(world& w, element& value, std::stop_token stop, std::uint64_t choice) {
  using microseconds = std::chrono::microseconds;
  switch (choice % 5) {
    case 0:
      return w.queue.try_push(std::move(value));
    case 1:
      return w.queue.try_push_for(std::move(value), microseconds(choice % 64));
    case 2:
      return w.queue.try_push_until(std::move(value),
                                    std::chrono::system_clock::now() + microseconds(choice % 16));
    case 3:
      return w.queue.push(std::move(value), stop);
    default:
      w.queue.push(std::move(value));
      return true;
  }
}

void produce(world& w, std::uint32_t me, std::uint32_t count) {
  test::random_numbers random(me);
  for (std::uint32_t number = 1; number <= count;) {
    element value(me, number, 0);
    if (random.below(16) == 0) value.refuse(1);
    try {
      // In a long run the plain push.
      const std::uint64_t choice = w.how.runs && random.below(64) != 0 ? 4 : random.next();
      if (push_somehow(w, value, w.stops[me].renew(), choice)) {
        ++w.pushed;
        ++number;
        if (value.is_here()) ++w.damaged;
        continue;
      }
    } catch (const cannot_move&) {
    }
    if (!value.is_here()) ++w.damaged;
    if (random.below(4) == 0) w.stops[random.below(w.stops.size())].request_stop();
  }
  if (w.pushing.fetch_sub(1) == 1) w.queue.close();
}

void consume(world& w, std::uint32_t me) {
  test::random_numbers random(me);
  std::vector<std::uint32_t> last(w.how.producers, 0);
  std::vector<element> batch;
  batch.reserve(8);
  const auto check = [&](const element& e) {
    ++w.popped;
    if (e.number() <= last[e.producer()]) ++w.out_of_order;
    last[e.producer()] = e.number();
  };
  const auto check_if = [&](const std::optional<element>& e) {
    if (e) check(*e);
  };
  while (!w.queue.is_closed() || !w.queue.empty()) {
    const std::uint64_t choice = w.how.runs && random.below(64) != 0 ? 4 : random.next();
    try {
      switch (choice % 6) {
        case 0:
          check_if(w.queue.try_pop());
          break;
        case 1:
          check_if(w.queue.try_pop_for(std::chrono::microseconds(choice % 64)));
          break;
        case 2:
          check_if(w.queue.pop(w.stops[me].renew()));
          break;
        case 3:
          w.queue.try_pop_some(std::back_inserter(batch), 8);
          break;
        case 4:
          check_if(w.queue.pop());
          break;
        default:
          w.queue.pop_some(std::back_inserter(batch), 1 + choice % 8);
          break;
      }
    } catch (const cannot_move&) {  // it is still there
    }
    for (const element& each : batch) check(each);
    batch.clear();
    if (random.below(8) == 0) w.stops[random.below(w.stops.size())].request_stop();
  }
}

TEST(queue_stress, everything_arrives_once_and_in_order) {
  for (const plan& p : {plan{1, 1, 1, false},
                        {1, 1, 64, true},
                        {2, 2, 3, false},
                        {3, 1, 16, true},
                        {1, 3, 2, true},
                        {4, 4, 8, false},
                        {16, 16, 4, false}}) {
    world w(p);
    const auto count = static_cast<std::uint32_t>(test::scaled(100'000) / p.producers);
    test::run_threads(p.producers + p.consumers, [&](unsigned me) {
      if (me < p.producers)
        produce(w, me, count);
      else
        consume(w, me);
    });
    EXPECT_EQ(w.pushed, std::uint64_t{count} * p.producers);
    EXPECT_EQ(w.popped, w.pushed);
    EXPECT_EQ(w.out_of_order, 0U);
    EXPECT_EQ(w.damaged, 0U);
    EXPECT_TRUE(w.queue.empty());
  }
}

}  // namespace
}  // namespace holdfast
