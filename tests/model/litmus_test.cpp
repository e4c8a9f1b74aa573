// SPDX-License-Identifier: BSL-1.0
// The memory model of the explorer, pinned to the outcomes that C++ allows, and to its own limits.
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "holdfast/model/atomic.hpp"
#include "holdfast/model/check.hpp"
#include "holdfast/model/platform.hpp"

namespace holdfast::model {
namespace {

struct cells {
  atomic<int> x;
  atomic<int> y;
  int seen[4]{};
};

using step = void (*)(cells&);
using outcomes = std::set<std::string>;
constexpr order relaxed = order::relaxed;
using p = explored;

// All values of `seen` that the threads can end with.
outcomes all(std::initializer_list<step> threads, unsigned values,
             std::uint64_t* executions = nullptr) {
  outcomes found;
  const result r = explore("litmus", {}, [&](scenario& s) {
    auto& c = s.make<cells>("c");
    for (const step each : threads) s.thread("t", [&c, each] { each(c); });
    s.after([&c, &found, values] {
      std::string text;
      for (unsigned i = 0; i < values; ++i) text += std::to_string(c.seen[i]);
      found.insert(text);
    });
  });
  EXPECT_TRUE(r) << r.summary() << r.failure;
  if (executions != nullptr) *executions = r.executions;
  return found;
}

const outcomes every{"00", "01", "10", "11"};

// Each thread stores to its cell, passes its fence, and looks at the other's cell.
using fence = void (*)();
void none() {}
void full() { p::fence_seq_cst(); }
void light() { p::light_fence(); }
void heavy() { p::heavy_fence(); }

template <fence First, fence Second>
outcomes store_buffering(std::uint64_t* executions = nullptr) {
  return all({[](cells& c) {
                c.x.store(1, relaxed);
                First();
                c.seen[0] = c.y.load(relaxed);
              },
              [](cells& c) {
                c.y.store(1, relaxed);
                Second();
                c.seen[1] = c.x.load(relaxed);
              }},
             2, executions);
}

const outcomes all_but_both_stale{"01", "10", "11"};

TEST(litmus, store_buffering_is_seen_without_fences) {
  std::uint64_t executions = 0;
  EXPECT_EQ((store_buffering<none, none>(&executions)), every);
  EXPECT_EQ(executions, 8U);
}

TEST(litmus, store_buffering_is_forbidden_by_two_full_fences) {
  EXPECT_EQ((store_buffering<full, full>()), all_but_both_stale);
}

TEST(litmus, store_buffering_is_forbidden_by_a_light_and_a_heavy_fence) {
  EXPECT_EQ((store_buffering<light, heavy>()), all_but_both_stale);
}

TEST(litmus, two_light_fences_order_nothing) {
  EXPECT_EQ((store_buffering<light, light>()), every);
}

TEST(litmus, a_heavy_fence_alone_orders_nothing) {
  EXPECT_EQ((store_buffering<none, heavy>()), every);
}

TEST(litmus, message_passing_needs_release_and_acquire) {
  EXPECT_EQ(all({[](cells& c) {
                   c.x.store(1, relaxed);
                   c.y.store(1, order::release);
                 },
                 [](cells& c) {
                   c.seen[0] = c.y.load(order::acquire);
                   c.seen[1] = c.x.load(relaxed);
                 }},
                2),
            (outcomes{"00", "01", "11"}));
  EXPECT_EQ(all({[](cells& c) {
                   c.x.store(1, relaxed);
                   c.y.store(1, relaxed);
                 },
                 [](cells& c) {
                   c.seen[0] = c.y.load(relaxed);
                   c.seen[1] = c.x.load(relaxed);
                 }},
                2),
            every);
}

TEST(litmus, message_passing_goes_through_a_read_modify_write_of_another_thread) {
  EXPECT_FALSE(all({[](cells& c) {
                      c.x.store(1, relaxed);
                      c.y.store(1, order::release);
                    },
                    [](cells& c) { c.y.fetch_add(1, relaxed); },
                    [](cells& c) {
                      c.seen[0] = c.y.load(order::acquire) == 2 ? 1 : 0;
                      c.seen[1] = c.x.load(relaxed);
                    }},
                   2)
                   .empty());
  const auto found = all({[](cells& c) {
                            c.x.store(1, relaxed);
                            c.y.store(1, order::release);
                          },
                          [](cells& c) {
                            int one = 1;
                            c.y.compare_exchange(one, 3, relaxed, relaxed);
                          },
                          [](cells& c) {
                            c.seen[0] = c.y.load(order::acquire) == 3 ? 1 : 0;
                            c.seen[1] = c.x.load(relaxed);
                          }},
                         2);
  EXPECT_FALSE(found.contains("10"));
  EXPECT_TRUE(found.contains("11"));
}

TEST(litmus, one_location_is_read_in_order) {
  std::uint64_t executions = 0;
  EXPECT_EQ(all({[](cells& c) {
                   c.x.store(1, relaxed);
                   c.x.store(2, relaxed);
                 },
                 [](cells& c) {
                   c.seen[0] = c.x.load(relaxed);
                   c.seen[1] = c.x.load(relaxed);
                 }},
                2, &executions),
            (outcomes{"00", "01", "02", "11", "12", "22"}));
  EXPECT_EQ(executions, 20U);
}

TEST(litmus, independent_readers_may_disagree_about_independent_writes) {
  const auto found = all({[](cells& c) { c.x.store(1, order::release); },
                          [](cells& c) { c.y.store(1, order::release); },
                          [](cells& c) {
                            c.seen[0] = c.x.load(order::acquire);
                            c.seen[1] = c.y.load(order::acquire);
                          },
                          [](cells& c) {
                            c.seen[2] = c.y.load(order::acquire);
                            c.seen[3] = c.x.load(order::acquire);
                          }},
                         4);
  EXPECT_EQ(found.size(), 16U);
  EXPECT_TRUE(found.contains("1010"));
}

TEST(litmus, a_weak_compare_exchange_may_fail_for_no_reason) {
  EXPECT_EQ(all({[](cells& c) {
                  int expected = 0;
                  c.seen[0] = c.x.compare_exchange_weak(expected, 1, relaxed, relaxed) ? 1 : 0;
                }},
                1),
            (outcomes{"0", "1"}));
}

// What the model does not cover, so that nobody relies on it.
TEST(litmus, load_buffering_is_not_modelled) {
  EXPECT_FALSE(all({[](cells& c) {
                      c.seen[0] = c.x.load(relaxed);
                      c.y.store(1, relaxed);
                    },
                    [](cells& c) {
                      c.seen[1] = c.y.load(relaxed);
                      c.x.store(1, relaxed);
                    }},
                   2)
                   .contains("11"));
}

TEST(litmus, stores_of_one_thread_are_not_reordered) {
  const auto found = all({[](cells& c) {
                            c.x.store(1, relaxed);
                            c.y.store(2, relaxed);
                          },
                          [](cells& c) {
                            c.y.store(1, relaxed);
                            c.x.store(2, relaxed);
                          },
                          [](cells& c) { static_cast<void>(c); }},
                         0);
  EXPECT_EQ(found.size(), 1U);
}

// The restartable sequence: "if y is 0, x := 0" against "y := 1, fence, look at x".
outcomes sequence_against(void (*the_fence)()) {
  outcomes found;
  const result r = explore("sequence", {}, [&](scenario& s) {
    auto& c = s.make<cells>("c");
    c.x.store(1, relaxed);
    s.thread("owner", [&c] {
      using detail::sequence_end;
      const auto end = detail::sequence(c.y.address(), 0xff, 0, c.x.address(), sizeof(int), 0,
                                        order::release, std::source_location::current());
      c.seen[0] = end == sequence_end::committed ? 1 : 0;
    });
    s.thread("waiter", [&c, the_fence] {
      c.y.store(1, relaxed);
      the_fence();
      c.seen[1] = c.x.load(relaxed);
    });
    s.after([&c, &found] { found.insert(std::to_string(c.seen[0]) + std::to_string(c.seen[1])); });
  });
  EXPECT_TRUE(r) << r.failure;
  return found;
}

TEST(litmus, a_waiter_behind_the_restarting_fence_never_misses_a_release) {
  // Released, and the waiter sees the lock held: it would sleep for ever.
  EXPECT_FALSE(sequence_against([] { p::restart_fence(); }).contains("11"));
}

TEST(litmus, without_the_fence_or_with_one_that_does_not_restart_a_release_is_missed) {
  EXPECT_TRUE(sequence_against([] {}).contains("11"));
  EXPECT_TRUE(sequence_against([] { p::heavy_fence(); }).contains("11"));
}

}  // namespace
}  // namespace holdfast::model
