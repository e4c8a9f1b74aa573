// SPDX-License-Identifier: BSL-1.0
// Waiters that say something when they park: they are looked at, picked and asked by it.
#include <memory>

#include "unit/park/lot_fixture.hpp"

namespace holdfast::detail {
namespace {

// Threads that park one after the other and say 1, 2, 3 ..., or what they are told to.
template <class Platform>
class sayers {
 public:
  sayers(const void* key, std::vector<std::uintptr_t> abouts, bool hope = false)
      : results(abouts.size()), left(abouts.size()) {
    for (std::size_t i = 0; i < abouts.size(); ++i) {
      const std::size_t before = lot_suite<Platform>::lot().waiters_of(key);
      threads_.emplace_back([this, key, i, as = park_as{abouts[i], hope}] {
        basic_waiter<Platform> waiter;
        results[i] =
            lot_suite<Platform>::lot().park(key, waiter, deadline::never(), always, [] {}, as);
        left[i].store(true);
      });
      lot_suite<Platform>::await_queue(key, before + 1);
    }
  }
  sayers(const sayers&) = delete;
  sayers& operator=(const sayers&) = delete;
  ~sayers() { join(); }

  void join() {
    for (std::thread& each : threads_) each.join();
    threads_.clear();
  }

  std::vector<park_result> results;     // after join()
  std::vector<std::atomic<bool>> left;  // who is back

 private:
  std::vector<std::thread> threads_;
};

using numbers = std::vector<std::uintptr_t>;

template <class Platform>
class picking : public lot_suite<Platform> {
 public:
  // Asks; notes who was asked, and what the callback was told.
  template <class Willing>
  static bool ask(const void* key, Willing willing, numbers& asked, unpark_info& told,
                  std::uintptr_t token = 1) {
    return lot_suite<Platform>::lot().unpark_willing(
        key,
        [&](std::uintptr_t about) {
          asked.push_back(about);
          return willing(about);
        },
        [&](unpark_info info) {
          told = info;
          return token;
        });
  }

  static numbers abouts_of(const void* key) {
    numbers said;
    lot_suite<Platform>::lot().unpark_picked(
        key,
        [&](std::uintptr_t about) {
          said.push_back(about);
          return pick::leave;
        },
        [](const picked&) { return std::uintptr_t{0}; });
    return said;
  }
};
TYPED_TEST_SUITE(picking, platforms, names_of_platforms);

TYPED_TEST(picking, looks_at_what_the_oldest_said) {
  char key = 0;
  std::uintptr_t said = 99;
  const auto look = [&](std::uintptr_t about) { said = about; };
  EXPECT_FALSE(this->lot().look_at_oldest(&key, look));
  EXPECT_EQ(said, 99U);
  const sayers<TypeParam> waiters(&key, {7, 8});
  EXPECT_TRUE(this->lot().look_at_oldest(&key, look));
  EXPECT_EQ(said, 7U);
  EXPECT_TRUE(this->unpark(&key, 0));
  EXPECT_TRUE(this->lot().look_at_oldest(&key, look));
  EXPECT_EQ(said, 8U);
  EXPECT_TRUE(this->unpark(&key, 0));
}

TYPED_TEST(picking, wakes_the_chosen_and_leaves_the_others_in_order) {
  char key = 0;
  sayers<TypeParam> waiters(&key, {1, 2, 3, 4, 5});
  numbers asked;
  picked told{};
  const picked result = this->lot().unpark_picked(
      &key,
      [&](std::uintptr_t about) {
        asked.push_back(about);
        return about == 5 ? pick::stop : about % 2 == 0 ? pick::wake : pick::leave;
      },
      [&](const picked& info) {
        told = info;
        return std::uintptr_t{42};
      });
  EXPECT_EQ(asked, (numbers{1, 2, 3, 4, 5}));
  EXPECT_EQ(result.woken, 2U);
  EXPECT_EQ(result.moved, 0U);
  EXPECT_TRUE(result.more);
  EXPECT_EQ(told.woken, 2U);
  EXPECT_TRUE(told.more);
  EXPECT_EQ(this->abouts_of(&key), (numbers{1, 3, 5}));
  EXPECT_EQ(this->lot().unpark_all(&key, 43), 3U);
  waiters.join();
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(waiters.results[i].end, park_end::unparked);
    EXPECT_EQ(waiters.results[i].token, i % 2 == 1 ? 42U : 43U);
    EXPECT_FALSE(waiters.results[i].moved);
  }
}

TYPED_TEST(picking, stops_where_it_is_told_to) {
  char key = 0;
  const sayers<TypeParam> waiters(&key, {1, 2, 3});
  const picked result = this->lot().unpark_picked(
      &key, [](std::uintptr_t about) { return about == 2 ? pick::stop : pick::wake; },
      [](const picked&) { return std::uintptr_t{0}; });
  EXPECT_EQ(result.woken, 1U);
  EXPECT_TRUE(result.more);
  EXPECT_EQ(this->abouts_of(&key), (numbers{2, 3}));
  EXPECT_EQ(this->lot().unpark_all(&key, 0), 2U);
}

TYPED_TEST(picking, of_an_empty_queue_decides_all_the_same) {
  char key = 0;
  bool decided = false;
  const picked result = this->lot().unpark_picked(
      &key, [](std::uintptr_t) { return pick::wake; },
      [&](const picked& info) {
        decided = !info.more && info.woken == 0;
        return std::uintptr_t{0};
      });
  EXPECT_TRUE(decided);
  EXPECT_FALSE(result.more);
  numbers asked;
  unpark_info told{true, true, true};
  EXPECT_FALSE(this->ask(&key, [](auto) { return true; }, asked, told));
  EXPECT_TRUE(asked.empty());
  EXPECT_FALSE(told.found || told.more || told.hand_off);
}

// What a waiter said is for the queue in which it said so.
TYPED_TEST(picking, a_waiter_that_was_moved_has_said_nothing_and_knows_that_it_was_moved) {
  char from = 0;
  char to = 0;
  sayers<TypeParam> waiters(&from, {1, 2});
  const picked result = this->lot().unpark_requeue(
      &from, &to, [](std::uintptr_t about) { return about == 1 ? pick::leave : pick::move; },
      [](const picked&) { return std::uintptr_t{0}; });
  EXPECT_EQ(result.moved, 1U);
  EXPECT_TRUE(result.more);
  EXPECT_EQ(this->abouts_of(&from), numbers{1});
  EXPECT_EQ(this->abouts_of(&to), numbers{0});
  EXPECT_TRUE(this->unpark(&from, 1));
  EXPECT_TRUE(this->unpark(&to, 2));
  waiters.join();
  EXPECT_FALSE(waiters.results[0].moved);
  EXPECT_TRUE(waiters.results[1].moved);
  EXPECT_EQ(waiters.results[1].token, 2U);
}

TYPED_TEST(picking, a_waiter_that_was_moved_and_gives_up_knows_that_it_was_moved) {
  char from = 0;
  char to = 0;
  for (const bool by_deadline : {false, true}) {
    basic_waiter<TypeParam> waiter;
    park_result result{};
    std::atomic<bool> may_wait{false};
    std::thread parks([&] {
      result = this->lot().park(&from, waiter,
                                by_deadline ? deadline::after(20'000'000) : deadline::never(),
                                always, [&] { test::await(may_wait); });
    });
    this->await_queue(&from, 1);
    this->lot().unpark_requeue(
        &from, &to, [](std::uintptr_t) { return pick::move; },
        [](const picked&) { return std::uintptr_t{0}; });
    if (!by_deadline) waiter.interrupt();
    may_wait.store(true);
    parks.join();
    EXPECT_EQ(result.end, by_deadline ? park_end::deadline_passed : park_end::interrupted);
    EXPECT_TRUE(result.moved);
    EXPECT_EQ(this->lot().waiters_of(&to), 0U);
  }
}

TYPED_TEST(picking, asks_the_oldest_first_and_wakes_the_first_that_is_willing) {
  char key = 0;
  sayers<TypeParam> waiters(&key, {1, 2, 3, 4});
  numbers asked;
  unpark_info told{};
  EXPECT_TRUE(this->ask(&key, [](auto about) { return about == 3; }, asked, told, 6));
  EXPECT_EQ(asked, (numbers{1, 2, 3}));
  EXPECT_TRUE(told.found && told.more);
  test::await(waiters.left[2]);
  EXPECT_EQ(this->abouts_of(&key), (numbers{1, 2, 4})) << "the others have kept their places";
  EXPECT_EQ(this->lot().unpark_all(&key, 0), 3U);
  waiters.join();
  EXPECT_EQ(waiters.results[2].token, 6U);
}

TYPED_TEST(picking, does_not_ask_who_said_nothing) {
  char key = 0;
  sayers<TypeParam> waiters(&key, {1, 0, 3});
  numbers asked;
  unpark_info told{};
  EXPECT_TRUE(this->ask(&key, [](auto) { return false; }, asked, told));
  EXPECT_EQ(asked, numbers{1});
  test::await(waiters.left[1]);
  EXPECT_EQ(this->abouts_of(&key), (numbers{1, 3}));
  EXPECT_EQ(this->lot().unpark_all(&key, 0), 2U);
}

TYPED_TEST(picking, finds_nobody_if_nobody_is_willing) {
  char key = 0;
  char other = 0;
  const sayers<TypeParam> strangers(&other, {9});
  const sayers<TypeParam> waiters(&key, {1, 2});
  numbers asked;
  unpark_info told{true, false, true};
  EXPECT_FALSE(this->ask(&key, [](auto) { return false; }, asked, told));
  EXPECT_EQ(asked, (numbers{1, 2}));
  EXPECT_FALSE(told.found || told.hand_off);
  EXPECT_TRUE(told.more);
  EXPECT_EQ(this->lot().unpark_all(&key, 0), 2U);
  EXPECT_EQ(this->lot().unpark_all(&other, 0), 1U);
}

// It asks outside the bucket lock, so all that the lot can do may be done meanwhile.
TYPED_TEST(picking, asks_also_who_comes_meanwhile) {
  char key = 0;
  char other = 0;
  sayers<TypeParam> waiters(&key, {1});
  std::unique_ptr<sayers<TypeParam>> late;
  numbers asked;
  unpark_info told{};
  const bool found = this->ask(
      &key,
      [&](std::uintptr_t about) {
        if (about == 1) late = std::make_unique<sayers<TypeParam>>(&key, numbers{2});
        EXPECT_EQ(this->lot().unpark_all(&other, 0), 0U);
        return about == 2;
      },
      asked, told);
  EXPECT_TRUE(found);
  EXPECT_EQ(asked, (numbers{1, 2}));
  late->join();
  EXPECT_EQ(this->lot().unpark_all(&key, 0), 1U);
}

TYPED_TEST(picking, asks_on_in_a_table_that_grew_meanwhile) {
  char key = 0;
  sayers<TypeParam> waiters(&key, {1, 2, 3});
  numbers asked;
  unpark_info told{};
  EXPECT_TRUE(this->ask(
      &key,
      [&](std::uintptr_t about) {
        if (about != 2) return about == 3;
        // As many keys as fill any table that this process may have by now, until one grows.
        const std::size_t before = this->lot().bucket_count();
        std::vector<std::uint64_t> keys(300);
        std::vector<std::thread> strangers;
        for (const auto& each : keys) strangers.emplace_back([this, &each] { this->park(&each); });
        for (const auto& each : keys) this->await_queue(&each, 1);
        EXPECT_GE(this->lot().bucket_count(), before);
        for (const auto& each : keys) EXPECT_TRUE(this->unpark(&each, 0));
        for (auto& each : strangers) each.join();
        return false;
      },
      asked, told));
  EXPECT_EQ(asked, (numbers{1, 2, 3}));
  EXPECT_EQ(this->abouts_of(&key), (numbers{1, 2}));
  EXPECT_EQ(this->lot().unpark_all(&key, 0), 2U);
}

// Whoever is asked about stays until the answer, whether it gives up or not.
TYPED_TEST(picking, who_is_asked_about_does_not_leave_meanwhile) {
  char key = 0;
  for (const bool by_deadline : {false, true})
    for (const bool answer : {false, true}) {
      basic_waiter<TypeParam> waiter;
      std::atomic<bool> left{false};
      park_result result{};
      std::atomic<bool> asked{false};
      // Its deadline passes once it is being asked: it begins to sleep only then.
      std::thread parks([&] {
        result = this->lot().park(&key, waiter,
                                  by_deadline ? deadline::already_past() : deadline::never(),
                                  always, [&] { test::await(asked); }, {.about = 5});
        left.store(true);
      });
      this->await_queue(&key, 1);
      const bool found = this->lot().unpark_willing(
          &key,
          [&](std::uintptr_t) {
            asked.store(true);
            if (!by_deadline) waiter.interrupt();
            for (int i = 0; i < 300; ++i) std::this_thread::yield();
            EXPECT_FALSE(left.load());
            return answer;
          },
          [](unpark_info) { return std::uintptr_t{3}; });
      parks.join();
      EXPECT_EQ(found, answer);
      if (answer)
        EXPECT_EQ(result.end, park_end::unparked);
      else
        EXPECT_EQ(result.end, by_deadline ? park_end::deadline_passed : park_end::interrupted);
      EXPECT_EQ(result.token, answer ? 3U : 0U);
      EXPECT_EQ(this->lot().waiters_of(&key), 0U);
    }
}

// One asks and wakes, others park with deadlines: every token arrives.
TYPED_TEST(picking, giving_up_while_being_asked_loses_no_token) {
  char key = 0;
  const std::size_t rounds = test::scaled(1'000);
  std::atomic<unsigned> running{3};
  std::atomic<std::size_t> received{0};
  std::size_t sent = 0;
  test::run_threads(4, [&](unsigned index) {
    if (index != 0) {
      for (std::size_t i = 0; i < rounds; ++i) {
        // What it says is the address of something in its frame, which must be there when asked.
        const std::uintptr_t seal = 0x5ea0 + i % 2;
        basic_waiter<TypeParam> waiter;
        const auto result = this->lot().park(
            &key, waiter, deadline::after(static_cast<std::int64_t>(1'000 * (i % 50))), always,
            [] {}, {.about = reinterpret_cast<std::uintptr_t>(&seal), .hopes = i % 3 == 0});
        if (result.end == park_end::unparked) received.fetch_add(1);
      }
      running.fetch_sub(1);
      return;
    }
    while (running.load() != 0) {
      const bool found = this->lot().unpark_willing(
          &key,
          [](std::uintptr_t about) {
            const std::uintptr_t seal = *reinterpret_cast<const std::uintptr_t*>(about);
            EXPECT_EQ(seal & ~std::uintptr_t{1}, 0x5ea0U);
            return seal % 2 == 1;
          },
          [](unpark_info) { return std::uintptr_t{1}; });
      sent += found ? 1 : 0;
    }
  });
  EXPECT_EQ(received.load(), sent);
  EXPECT_EQ(this->lot().waiters_of(&key), 0U);
}

TYPED_TEST(picking, one_that_hopes_is_woken_like_any_other) {
  char key = 0;
  sayers<TypeParam> waiters(&key, {1, 2}, true);
  EXPECT_TRUE(this->unpark(&key, 4));
  EXPECT_TRUE(this->unpark(&key, 5));
  waiters.join();
  EXPECT_EQ(waiters.results[0].token, 4U);
  EXPECT_EQ(waiters.results[1].token, 5U);
}

}  // namespace
}  // namespace holdfast::detail
