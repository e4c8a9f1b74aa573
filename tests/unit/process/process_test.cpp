// SPDX-License-Identifier: BSL-1.0
// What a mutex between processes promises, with every engine.
#include "holdfast/process/process.hpp"

#include <array>
#include <chrono>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/platform/task.hpp"

#include "support/process_engines.hpp"

namespace {

using namespace holdfast;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

struct account {
  long balance = 100;
  long entries = 0;
};

class process_mutex : public test::process_test {};
INSTANTIATE_TEST_SUITE_P(engines, process_mutex, test::all_engines, test::name_of_engine);

TEST_P(process_mutex, has_the_data_that_the_first_opener_made) {
  auto mine = open<account>("a");
  EXPECT_EQ(mine.lock()->balance, 100);
  mine.lock()->balance = 7;
  auto again = open<account>("a");
  EXPECT_EQ(again.lock()->balance, 7);
  auto other = process::open<int>("b", engine(), place(), process::initially{42});
  EXPECT_EQ(other.copy(), 42);
}

TEST_P(process_mutex, what_one_process_wrote_another_reads) {
  auto mine = open<account>("a");
  test::child child([&] {
    open<account>("a", process::open_only).with([](account& a) { a.balance -= 30; });
    return 0;
  });
  ASSERT_EQ(child.wait(), 0);
  EXPECT_EQ(mine.copy().balance, 70);
}

TEST_P(process_mutex, tokens_grow_with_every_owner_in_all_processes) {
  auto mine = open<int>("a");
  const std::uint64_t first = mine.lock().token();
  EXPECT_NE(first, 0U);
  test::child child([&] { return open<int>("a").lock().token() == first + 1 ? 0 : 1; });
  ASSERT_EQ(child.wait(), 0);
  EXPECT_EQ(mine.lock().token(), first + 2);
}

TEST_P(process_mutex, an_owner_keeps_other_processes_and_threads_out) {
  auto mine = open<int>("a");
  const auto held = mine.lock();
  test::child child([&] { return open<int>("a").try_lock() ? 1 : 0; });
  EXPECT_EQ(child.wait(), 0);
  std::thread([&] { EXPECT_FALSE(mine.try_lock()); }).join();
  std::thread([&] { EXPECT_FALSE(open<int>("a").try_lock()); }).join();
  EXPECT_FALSE(mine.try_lock());
}

TEST_P(process_mutex, counts_right_when_processes_and_their_threads_contend) {
  constexpr long rounds = 300;
  auto mine = open<long>("a");
  const auto count = [&] {
    const auto add = [&] {
      auto counter = open<long>("a");
      for (long i = 0; i < rounds; ++i) {
        auto owner = counter.lock();
        *owner += 1;
      }
    };
    std::thread other(add);
    add();
    other.join();
    return 0;
  };
  test::child first(count);
  test::child second(count);
  EXPECT_EQ(first.wait(), 0);
  EXPECT_EQ(second.wait(), 0);
  EXPECT_EQ(mine.copy(), 4 * rounds);
}

TEST_P(process_mutex, a_deadline_ends_the_wait_for_another_process_or_thread) {
  auto mine = open<int>("a");
  const auto held = mine.lock();
  const auto give_up = [&] {
    auto other = open<int>("a");
    const bool in_time = other.try_lock_for(20ms) ||
                         other.try_lock_until(std::chrono::system_clock::now() + 20ms) ||
                         other.try_lock_until(deadline::already_past()) ||
                         other.try_lock_until(deadline::in(20ms), std::stop_token());
    return in_time ? 1 : 0;
  };
  test::child child(give_up);
  EXPECT_EQ(child.wait(), 0);
  std::thread([&] { EXPECT_EQ(give_up(), 0); }).join();
}

TEST_P(process_mutex, a_stop_ends_the_wait) {
  auto mine = open<int>("a");
  const auto held = mine.lock();
  test::child child([&] {
    auto other = open<int>("a");
    std::stop_source stop;
    std::jthread stopper([&] { stop.request_stop(); });
    return other.lock(stop.get_token()) || other.lock(stop.get_token(), even_if_poisoned) ? 1 : 0;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST_P(process_mutex, a_waiter_gets_the_lock_when_it_is_released) {
  auto mine = open<int>("a");
  test::line waits;
  auto held = mine.lock();
  test::child child([&] {
    auto other = open<int>("a");
    if (other.try_lock()) return 1;
    waits.say();
    return other.copy() == 5 ? 0 : 2;
  });
  ASSERT_EQ(waits.hear(), '!');
  *held = 5;
  held.unlock();
  EXPECT_EQ(child.wait(), 0);
}

TEST_P(process_mutex, that_its_own_thread_holds_is_refused_instead_of_waited_for) {
  auto mine = open<int>("a");
  const auto held = mine.lock();
  try {
    static_cast<void>(mine.lock());
    ADD_FAILURE() << "locked twice";
  } catch (const process::error& refused) {
    EXPECT_EQ(refused.why(), process::cause::would_deadlock);
    EXPECT_THAT(refused.what(), HasSubstr("\"a\""));
  }
}

// Who runs as a fiber.
class pretended_fiber final : public platform::task {
 public:
  pretended_fiber() : task(platform::next_task_id()) { platform::this_threads_task = this; }
  ~pretended_fiber() { platform::this_threads_task = nullptr; }
  void suspend(platform::suspension&, const deadline&) noexcept override {}
  void resume() noexcept override {}
  void yield() noexcept override {}
};

TEST_P(process_mutex, refuses_a_fiber_and_holds_nothing_then) {
  auto mine = open<int>("a");
  const auto cause_of = [](auto locks) {
    const pretended_fiber self;
    try {
      locks();
    } catch (const process::error& refused) {
      return refused.why();
    }
    return process::cause::failed;
  };
  EXPECT_EQ(cause_of([&] { static_cast<void>(mine.lock()); }), process::cause::in_fiber);
  EXPECT_EQ(cause_of([&] { static_cast<void>(mine.try_lock()); }), process::cause::in_fiber);
  EXPECT_EQ(cause_of([&] { static_cast<void>(mine.try_lock_for(1ms)); }), process::cause::in_fiber);
  EXPECT_TRUE(mine.try_lock());
}

TEST_P(process_mutex, a_guard_releases_and_locks_again) {
  auto mine = open<int>("a");
  auto owner = mine.lock();
  const std::uint64_t first = owner.token();
  owner.unlock();
  EXPECT_FALSE(owner.owns_lock());
  open<int>("a").set(3);
  owner.lock();
  EXPECT_EQ(*owner, 3);
  EXPECT_EQ(owner.token(), first + 2);
}

TEST_P(process_mutex, gives_copies_and_takes_values) {
  auto mine = open<int>("a", process::initially{1});
  EXPECT_EQ(mine.replace(2), 1);
  mine.set(3);
  EXPECT_EQ(mine.with([](int& value) { return value++; }), 3);
  const auto& read_only = mine;
  EXPECT_EQ(read_only.copy(), 4);
  EXPECT_EQ(read_only.with([](const int& value) { return value; }), 4);
}

TEST_P(process_mutex, an_exception_poisons_and_the_report_names_who) {
  auto mine = open<account>("a", process::label{"the breaker"});
  std::uint64_t token = 0;
  try {
    auto owner = mine.lock();
    token = owner.token();
    throw std::runtime_error("in the midst");
  } catch (const std::runtime_error&) {
  }
  EXPECT_TRUE(mine.is_poisoned());
  test::child child([&] {
    auto other = open<account>("a");
    try {
      static_cast<void>(other.lock());
    } catch (const process::poisoned& told) {
      const std::string words = told.what();
      const bool right = told.token() == token && told.culprit().pid == test::pid_of_parent() &&
                         words.find("the breaker") != std::string::npos &&
                         words.find("\"a\"") != std::string::npos;
      return right && other.is_poisoned() ? 0 : 1;
    }
    return 2;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_THROW(static_cast<void>(mine.try_lock()), holdfast::poisoned);
  EXPECT_TRUE(mine.lock(even_if_poisoned).was_poisoned());
  EXPECT_TRUE(mine.is_poisoned()) << "looking repairs nothing";
}

TEST_P(process_mutex, poison_is_repaired_or_accepted) {
  auto mine = open<account>("a");
  const auto poison = [&] {
    try {
      auto owner = mine.lock(even_if_poisoned);
      throw std::runtime_error("in the midst");
    } catch (const std::runtime_error&) {
    }
  };
  poison();
  EXPECT_THROW(
      static_cast<void>(mine.lock_or_repair([](account&) { throw std::runtime_error("cannot"); })),
      std::runtime_error);
  EXPECT_TRUE(mine.is_poisoned());
  EXPECT_FALSE(mine.lock_or_repair([](account& a) { a = {1, 2}; }).was_poisoned());
  EXPECT_FALSE(mine.is_poisoned());
  EXPECT_EQ(mine.lock()->entries, 2);
  poison();
  mine.clear_poison();
  EXPECT_EQ(mine.lock()->entries, 2);
  poison();
  {
    auto owner = mine.lock(even_if_poisoned);
    mine.clear_poison();
  }
  EXPECT_FALSE(mine.is_poisoned());
}

TEST_P(process_mutex, a_destructor_during_unwinding_locks_in_peace) {
  auto mine = open<int>("a");
  struct cleaner {
    process::mutex<int>& mutex;
    ~cleaner() { mutex.set(9); }
  };
  try {
    const cleaner at_end{mine};
    throw std::runtime_error("elsewhere");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(mine.copy(), 9);
}

TEST_P(process_mutex, a_reader_that_throws_poisons_nothing) {
  auto mine = open<int>("a");
  EXPECT_THROW(std::as_const(mine).with([](const int&) { throw std::runtime_error("no"); }),
               std::runtime_error);
  EXPECT_FALSE(mine.is_poisoned());
}

TEST_P(process_mutex, lock_when_waits_for_what_another_process_does) {
  auto mine = open<int>("a");
  test::child child([&] {
    auto other = open<int>("a");
    auto owner = other.lock_when([](const int& value) { return value == 2; });
    *owner = 3;
    return 0;
  });
  mine.set(1);
  mine.set(2);
  EXPECT_TRUE(mine.lock_when([](const int& value) { return value == 3; }));
  EXPECT_EQ(child.wait(), 0);
}

TEST_P(process_mutex, lock_when_ends_by_a_deadline_and_by_a_stop) {
  auto mine = open<int>("a");
  const auto never = [](const int&) { return false; };
  EXPECT_FALSE(mine.lock_when(never, 20ms));
  EXPECT_FALSE(mine.lock_when(never, deadline::already_past()));
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(mine.lock_when(never, stop.get_token()));
  EXPECT_THROW(
      static_cast<void>(mine.lock_when([](const int&) -> bool { throw std::runtime_error("no"); })),
      std::runtime_error);
  EXPECT_TRUE(mine.try_lock());
}

TEST_P(process_mutex, kept_twice_goes_back_to_what_an_owner_finished) {
  auto mine = open<account>("a", process::double_buffered);
  mine.lock()->balance = 50;
  try {
    auto owner = mine.lock();
    EXPECT_EQ(owner->balance, 50);
    owner->balance = -1;
    throw std::runtime_error("in the midst");
  } catch (const std::runtime_error&) {
  }
  EXPECT_THROW(static_cast<void>(mine.lock()), process::poisoned);
  EXPECT_EQ(mine.lock(even_if_poisoned)->balance, 50);
  EXPECT_EQ(mine.recover()->balance, 50);
  EXPECT_FALSE(mine.is_poisoned());
  EXPECT_EQ(mine.lock()->balance, 50);
}

TEST_P(process_mutex, kept_once_has_nothing_to_recover) {
  auto mine = open<int>("a");
  try {
    static_cast<void>(mine.recover());
    ADD_FAILURE();
  } catch (const process::error& refused) {
    EXPECT_EQ(refused.why(), process::cause::unsupported);
  }
}

TEST_P(process_mutex, opened_with_another_engine_or_type_is_refused) {
  auto mine = open<account>("a");
  const auto cause_of = [](auto opens) {
    try {
      opens();
    } catch (const process::error& refused) {
      return refused.why();
    }
    return process::cause::failed;
  };
  const auto other_engine = engine() == process::engine::kernel ? process::engine::shared_memory
                                                                : process::engine::kernel;
  EXPECT_EQ(
      cause_of([&] { static_cast<void>(process::open<account>("a", place(), other_engine)); }),
      process::cause::wrong_kind);
  using pair = std::array<long, 2>;
  EXPECT_EQ(cause_of([&] { static_cast<void>(open<pair>("a")); }), process::cause::wrong_type);
  EXPECT_EQ(cause_of([&] { static_cast<void>(open<long>("a")); }), process::cause::wrong_size);
  EXPECT_EQ(cause_of([&] { static_cast<void>(open<account>("a", process::double_buffered)); }),
            process::cause::wrong_kind);
  EXPECT_EQ(cause_of([&] { static_cast<void>(open<account>("a", process::exclusive)); }),
            process::cause::exists);
  EXPECT_EQ(cause_of([&] { static_cast<void>(open<account>("b", process::open_only)); }),
            process::cause::missing);
}

TEST_P(process_mutex, of_large_and_of_aligned_data_works) {
  struct alignas(256) page {
    std::array<unsigned char, 100'000> bytes;
  };
  auto mine = open<page>("a");
  const auto owner = mine.lock();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&*owner) % 256, 0U);
  owner->bytes[99'999] = 1;
}

TEST_P(process_mutex, the_handle_moves_while_a_guard_is_out) {
  auto mine = open<int>("a");
  auto owner = mine.lock();
  auto moved = std::move(mine);
  *owner = 4;
  owner.unlock();
  EXPECT_EQ(moved.copy(), 4);
}

}  // namespace
