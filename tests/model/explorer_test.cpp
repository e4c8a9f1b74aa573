// SPDX-License-Identifier: BSL-1.0
// What the explorer finds, and how it tells.
#include <array>
#include <exception>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "holdfast/model/atomic.hpp"
#include "holdfast/model/check.hpp"
#include "holdfast/model/platform.hpp"

namespace holdfast::model {
namespace {

// Two threads that publish plain data by `publish` and look for it by `look`.
result publishing(order publish, order look, const options& how = {}) {
  return explore("publishing", how, [=](scenario& s) {
    auto& ready = s.make<atomic<int>>("ready");
    auto& data = s.make<var<int>>("data");
    s.thread("writer", [&, publish] {
      data.set(1);
      ready.store(1, publish);
    });
    s.thread("reader", [&, look] {
      if (ready.load(look) == 1) expect(data.get() == 1, "half a message");
    });
  });
}

TEST(explorer, accepts_what_is_right) {
  const result r = publishing(order::release, order::acquire);
  EXPECT_TRUE(r);
  EXPECT_EQ(r.executions, 3U);
  EXPECT_NE(r.summary().find("complete, 3 executions"), std::string::npos);
}

TEST(explorer, finds_a_data_race_and_shows_it) {
  const result r = publishing(order::relaxed, order::acquire);
  EXPECT_FALSE(r);
  EXPECT_NE(r.failure.find("data race"), std::string::npos);
  EXPECT_NE(r.failure.find("explorer_test.cpp"), std::string::npos);
  EXPECT_NE(r.table.find("writer"), std::string::npos);
  EXPECT_NE(r.table.find("store ready := 1"), std::string::npos);
  EXPECT_FALSE(r.replay.empty());
}

TEST(explorer, replays_a_failure) {
  const result r = publishing(order::relaxed, order::acquire);
  options how;
  how.replay = r.replay;
  const result again = publishing(order::relaxed, order::acquire, how);
  EXPECT_EQ(again.failure, r.failure);
  EXPECT_EQ(again.table, r.table);
  EXPECT_EQ(again.executions, 1U);
}

TEST(explorer, finds_the_same_with_few_preemptions_and_at_random) {
  options how;
  how.mode = search::bounded;
  how.preemptions = 1;
  EXPECT_FALSE(publishing(order::relaxed, order::acquire, how).failure.empty());
  how.executions_at_most = 1'000;
  for (const search mode : {search::random, search::pct}) {
    how.mode = mode;
    const result r = publishing(order::relaxed, order::acquire, how);
    EXPECT_FALSE(r.failure.empty());
    options again;
    again.replay = r.replay;
    EXPECT_EQ(publishing(order::relaxed, order::acquire, again).failure, r.failure);
  }
}

// A long way round, most of which has nothing to do with the failure.
TEST(explorer, shrinks_a_failure_to_few_switches) {
  options how;
  how.mode = search::random;
  const result r = explore("noisy", how, [](scenario& s) {
    auto& ready = s.make<atomic<int>>("ready");
    auto& noise = s.make<atomic<int>>("noise");
    for (int i = 0; i < 3; ++i)
      s.thread("noise", [&noise] {
        for (int k = 0; k < 5; ++k) noise.fetch_add(1, order::relaxed);
      });
    s.thread("writer", [&ready] { ready.store(1, order::relaxed); });
    s.thread("reader", [&ready] { expect(ready.load(order::relaxed) == 0, "it was written"); });
  });
  ASSERT_FALSE(r.failure.empty());
  int switches = 0;
  std::size_t last = 0;
  std::istringstream rows(r.table);
  std::string row;
  for (std::getline(rows, row); std::getline(rows, row);) {
    const std::size_t step = row.find_first_not_of(" |", row.find('|'));
    const std::size_t column = row.rfind('|', step);
    switches += column != last ? 1 : 0;
    last = column;
  }
  EXPECT_LE(switches, 6) << r.table;
  EXPECT_NE(r.html.find("<th>writer</th>"), std::string::npos);
  EXPECT_NE(r.html.find("class=fails"), std::string::npos);
}

TEST(explorer, replays_a_choice_from_many) {
  const auto program = [](const options& how) {
    return explore("choice", how, [](scenario& s) {
      s.thread("chooser", [] { expect(detail::choose(40) != 33, "the one that fails"); });
    });
  };
  const result r = program({});
  ASSERT_NE(r.failure.find("the one that fails"), std::string::npos);
  options again;
  again.replay = r.replay;
  EXPECT_EQ(program(again).failure, r.failure) << r.replay;
}

TEST(explorer, does_not_pass_what_it_has_no_room_for) {
  const result r = explore("many", {}, [](scenario& s) {
    auto& data = s.make<std::array<var<int>, 64>>("data");
    s.thread("writer", [&data] {
      for (auto& each : data) each.set(1);
    });
  });
  EXPECT_NE(r.failure.find("too many plain variables"), std::string::npos) << r.failure;
}

TEST(explorer, a_mutation_weakens_one_place) {
  const result r = publishing(order::release, order::acquire);
  ASSERT_EQ(r.mutations.size(), 2U);
  for (const mutation& each : r.mutations) {
    options how;
    how.changed = each;
    EXPECT_NE(publishing(order::release, order::acquire, how).failure.find("data race"),
              std::string::npos)
        << each.text();
  }
}

TEST(explorer, finds_a_lost_wake_up) {
  const auto program = [](bool looks_again) {
    return explore("wait", {}, [=](scenario& s) {
      auto& word = s.make<bare::atomic<std::uint32_t>>("word");
      s.thread("sleeper", [&word, looks_again] {
        while (word.load(order::acquire) == 0)
          bare::futex_wait(word, looks_again ? 0 : word.load(order::relaxed), deadline::never());
      });
      s.thread("waker", [&word] {
        word.store(1, order::release);
        bare::futex_wake(&word, 1);
      });
    });
  };
  EXPECT_TRUE(program(true)) << program(true).table;
  EXPECT_NE(program(false).failure.find("a wake-up was lost"), std::string::npos);
}

// What the kernel compares is the half; a change of the other one is none.
TEST(explorer, sleeps_on_the_lower_half_of_a_word) {
  const auto program = [](std::uint64_t change, bool wakes) {
    return explore("half", {}, [=](scenario& s) {
      auto& word = s.make<bare::atomic<std::uint64_t>>("word");
      s.thread("sleeper", [&word] { bare::futex_wait_half(word, 0, deadline::never()); });
      s.thread("changer", [&word, change, wakes] {
        word.fetch_add(change, order::relaxed);
        if (wakes) bare::futex_wake_half(&word, 1);
      });
    });
  };
  const std::uint64_t above = std::uint64_t{1} << 32;
  EXPECT_TRUE(program(1, true)) << program(1, true).table;
  EXPECT_TRUE(program(above + 1, true)) << program(above + 1, true).table;
  for (const result& r : {program(above, false), program(above, true), program(1, false)})
    EXPECT_NE(r.failure.find("a wake-up was lost"), std::string::npos) << r.table;
  // Whoever comes after the change to 1 does not sleep; after that above it does.
  const auto alone = [](std::uint64_t change) {
    return explore("half, alone", {}, [=](scenario& s) {
      auto& word = s.make<bare::atomic<std::uint64_t>>("word", change);
      s.thread("sleeper", [&word] { bare::futex_wait_half(word, 0, deadline::never()); });
    });
  };
  EXPECT_TRUE(alone(1));
  EXPECT_FALSE(alone(above).failure.empty());
}

TEST(explorer, finds_an_access_after_the_end_of_life) {
  const result r = explore("life", {}, [](scenario& s) {
    auto& flag = s.make<atomic<atomic<int>*>>("flag");
    s.thread("owner", [&flag] {
      atomic<int> on_stack(0);
      flag.store(&on_stack, order::release);
      while (on_stack.load(order::acquire) == 0) bare::yield();
    });
    s.thread("other", [&flag] {
      atomic<int>* it = nullptr;
      while ((it = flag.load(order::acquire)) == nullptr) bare::yield();
      it->store(1, order::release);
      it->store(2, order::relaxed);  // the owner may be gone
    });
  });
  EXPECT_NE(r.failure.find("life"), std::string::npos) << r.failure;
}

TEST(explorer, an_execution_without_end_is_truncated_and_does_not_pass) {
  options how;
  how.steps_at_most = 50;
  how.executions_at_most = 100;
  const result r = explore("endless", how, [](scenario& s) {
    auto& a = s.make<atomic<int>>("a");
    s.thread("t", [&a] {
      for (;;) a.fetch_add(1, order::relaxed);
    });
  });
  EXPECT_GT(r.truncated, 0U);
  EXPECT_FALSE(r);
}

// Two that count by turns, `rounds` times each.
result counting(int rounds, const options& how) {
  return explore("counting", how, [rounds](scenario& s) {
    auto& held = s.make<atomic<int>>("held");
    auto& count = s.make<var<int>>("count");
    for (int i = 0; i < 2; ++i)
      s.thread("counter", [&held, &count, rounds] {
        for (int r = 0; r < rounds; ++r) {
          while (held.exchange(1, order::acquire) != 0) bare::pause();
          count.set(count.get() + 1);
          held.store(0, order::release);
        }
      });
    s.after([&count, rounds] { expect(count.get() == 2 * rounds, "not all were counted"); });
  });
}

// However states are compared, all executions are accounted for: those that are run to the end
// without any comparison.
TEST(explorer, covers_the_same_however_states_are_compared) {
  options how;
  how.states_at_most = 0;
  const result all = counting(3, how);
  EXPECT_TRUE(all) << all.summary();
  EXPECT_EQ(all.covered, all.executions);
  how = {};
  const result some = counting(3, how);
  EXPECT_TRUE(some) << some.summary();
  EXPECT_EQ(some.covered, all.executions);
  EXPECT_LE(some.executions, all.executions);
  how.compares_stacks = true;
  const result few = counting(3, how);
  EXPECT_TRUE(few) << few.summary();
  EXPECT_EQ(few.covered, all.executions);
  EXPECT_LT(few.executions, some.executions);
}

TEST(explorer, finds_the_same_by_content) {
  options how;
  how.compares_stacks = true;
  EXPECT_NE(publishing(order::relaxed, order::acquire, how).failure.find("data race"),
            std::string::npos);
  const result right = counting(2, how);
  ASSERT_EQ(right.mutations.size(), 2U);
  for (const mutation& each : right.mutations) {
    how.changed = each;
    EXPECT_NE(counting(2, how).failure.find("data race"), std::string::npos) << each.text();
  }
}

TEST(explorer, an_execution_that_comes_back_to_where_it_was_has_no_end) {
  options how;
  how.compares_stacks = true;
  const result r = explore("endless", how, [](scenario& s) {
    auto& a = s.make<atomic<int>>("a");
    s.thread("looks", [&a] {
      for (;;) a.load(order::relaxed);
    });
    s.thread("writes", [&a] { a.store(1, order::relaxed); });
  });
  EXPECT_TRUE(r.finished);
  EXPECT_GT(r.truncated, 0U);
  EXPECT_LT(r.states, 100U);
  EXPECT_FALSE(r);
}

// What only one thread uses is no place for others to come between, and yet part of a replay.
TEST(explorer, replays_steps_that_nobody_can_notice) {
  const auto program = [](const options& how) {
    return explore("quiet", how, [](scenario& s) {
      auto& shared = s.make<atomic<int>>("shared");
      auto& own = s.make<std::array<atomic<int>, 2>>("own");
      for (unsigned i = 0; i < 2; ++i)
        s.thread("t", [&shared, &mine = own[i]] {
          for (int k = 0; k < 3; ++k) mine.fetch_add(1, order::relaxed);
          expect(shared.fetch_add(1, order::relaxed) == 0, "not the first");
          mine.store(0, order::relaxed);
        });
    });
  };
  const result r = program({});
  ASSERT_NE(r.failure.find("not the first"), std::string::npos);
  EXPECT_NE(r.table.find("change own+4 2 -> 3"), std::string::npos) << r.table;
  options again;
  again.replay = r.replay;
  EXPECT_EQ(program(again).failure, r.failure);
  EXPECT_EQ(program(again).table, r.table);
}

TEST(explorer, tells_from_which_row_a_value_is) {
  const result r = publishing(order::relaxed, order::acquire);
  EXPECT_NE(r.table.find("load ready (acquire) = 1 (from row 2)"), std::string::npos) << r.table;
  EXPECT_NE(r.table.find("writes data"), std::string::npos) << r.table;
}

TEST(explorer, shows_the_orders_as_the_mutant_has_them) {
  options how;
  how.changed = publishing(order::release, order::acquire).mutations.at(0);
  const result r = publishing(order::release, order::acquire, how);
  EXPECT_NE(r.table.find("store ready := 1"), std::string::npos) << r.table;
}

// A kernel that refuses the fence once does so for ever; who has seen it knows.
TEST(explorer, may_refuse_the_restart_fence) {
  const auto program = [](const options& how) {
    return explore("refusing", how, [](scenario& s) {
      s.thread("t", [] {
        const bool first = bare::restart_fence();
        expect(first != bare::restart_fence_refused(), "forgotten");
        expect(first, "refused");
      });
    });
  };
  EXPECT_TRUE(program({}));
  options how;
  how.refuses_fence = true;
  EXPECT_NE(program(how).failure.find("refused"), std::string::npos);
}

TEST(explorer, too_many_executions_are_unfinished_and_do_not_pass) {
  options how;
  how.executions_at_most = 2;
  const result r = publishing(order::release, order::acquire, how);
  EXPECT_FALSE(r.finished);
  EXPECT_FALSE(r);
}

TEST(explorer, refuses_more_threads_than_it_has_room_for) {
  for (const bool compares_stacks : {false, true}) {
    options how;
    how.compares_stacks = compares_stacks;
    EXPECT_THROW(explore("crowd", how,
                         [](scenario& s) {
                           for (int i = 0; i < 20; ++i) s.thread("t", [] {});
                         }),
                 std::invalid_argument);
  }
}

TEST(explorer, a_program_without_threads_is_one_execution) {
  const result r = explore("nothing", {}, [](scenario&) {});
  EXPECT_EQ(r.executions, 1U);
}

TEST(explorer, an_exception_that_leaves_a_thread_is_a_failure) {
  const result r = explore(
      "throws", {}, [](scenario& s) { s.thread("t", [] { throw std::runtime_error("ouch"); }); });
  EXPECT_NE(r.failure.find("ouch"), std::string::npos);
}

// Each thread counts its own exceptions, whoever runs while it unwinds.
TEST(explorer, threads_have_exceptions_of_their_own) {
  const result r = explore("unwinding", {}, [](scenario& s) {
    auto& a = s.make<atomic<int>>("a");
    struct looks {
      atomic<int>& a;
      ~looks() {
        a.fetch_add(1, order::relaxed);  // the other thread may go on here
        expect(std::uncaught_exceptions() == 1, "not its own exceptions");
      }
    };
    for (int i = 0; i < 2; ++i)
      s.thread("t", [&a] {
        expect(std::uncaught_exceptions() == 0, "an exception of another thread");
        try {
          const looks on_the_way{a};
          throw 1;
        } catch (int) {
          a.fetch_add(1, order::relaxed);
        }
        expect(std::uncaught_exceptions() == 0, "an exception was left");
      });
  });
  EXPECT_TRUE(r) << r.failure;
}

}  // namespace
}  // namespace holdfast::model
