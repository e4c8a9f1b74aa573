// SPDX-License-Identifier: BSL-1.0
// The table grows with the number of keys waited for, and nobody is lost on the way.
#include "unit/park/lot_fixture.hpp"

namespace holdfast::detail {
namespace {

template <class Platform>
class growth : public lot_suite<Platform> {};
TYPED_TEST_SUITE(growth, platforms, names_of_platforms);

// More than the first 64 buckets take (strangers_at_most); 32 bits have no room for 600 stacks.
constexpr unsigned parked_threads = sizeof(void*) == 4 ? 330 : test::under_sanitizer ? 400 : 600;

TYPED_TEST(growth, hundreds_of_waiters_on_keys_of_their_own_make_the_table_grow) {
  const std::size_t buckets_before = this->lot().bucket_count();
  std::vector<std::uint64_t> keys(parked_threads);
  std::atomic<std::size_t> tokens{0};
  std::vector<std::thread> threads;
  threads.reserve(keys.size());
  for (const std::uint64_t& key : keys)
    threads.emplace_back([this, &key, &tokens] { tokens.fetch_add(this->park(&key).token); });
  for (const std::uint64_t& key : keys) this->await_queue(&key, 1);
  // Whether this run found the table small or an earlier one has made it grow.
  EXPECT_GE(this->lot().bucket_count(), buckets_before);
  EXPECT_GT(this->lot().bucket_count(), 64U);
  for (const std::uint64_t& key : keys) EXPECT_TRUE(this->unpark(&key, 1));
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(tokens.load(), keys.size());
  for (const std::uint64_t& key : keys) EXPECT_EQ(this->lot().waiters_of(&key), 0U);
}

TYPED_TEST(growth, the_waiters_of_one_key_alone_do_not_make_it_grow) {
  int key = 0;
  const std::size_t buckets_before = this->lot().bucket_count();
  {
    const queue_of_threads<TypeParam> waiters(&key, 50);
    EXPECT_EQ(this->lot().bucket_count(), buckets_before);
    EXPECT_EQ(this->lot().unpark_all(&key, 0), 50U);
  }
}

// Threads park, are unparked and give up while others make the table grow.
TYPED_TEST(growth, nobody_is_lost_who_parks_or_unparks_meanwhile) {
  std::vector<std::uint64_t> keys(200);
  char shared = 0;
  std::atomic<std::size_t> received{0};
  std::atomic<bool> done{false};
  std::size_t sent = 0;
  std::thread sends([&] {
    while (!done.load()) {
      sent += this->unpark(&shared, 1) ? 1 : 0;
      std::this_thread::yield();
    }
  });
  std::thread parks_and_gives_up([&] {
    while (!done.load()) {
      basic_waiter<TypeParam> waiter;
      if (this->lot().park(&shared, waiter, deadline::after(50'000), always).end ==
          park_end::unparked)
        received.fetch_add(1);
    }
  });
  std::vector<std::thread> threads;
  threads.reserve(keys.size());
  for (const std::uint64_t& key : keys) threads.emplace_back([this, &key] { this->park(&key); });
  for (const std::uint64_t& key : keys) test::await([&] { return this->unpark(&key, 0); });
  for (std::thread& each : threads) each.join();
  done.store(true);
  sends.join();
  parks_and_gives_up.join();
  EXPECT_EQ(received.load(), sent);
}

}  // namespace
}  // namespace holdfast::detail
