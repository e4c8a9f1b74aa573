// SPDX-License-Identifier: BSL-1.0
// Every fiber has its own exceptions: a switch inside a catch block or during unwinding changes
// nothing for it, on whatever thread it goes on, and nothing for the others.
#include <exception>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/fiber/pool.hpp"
#include "holdfast/fiber/scheduler.hpp"
#include "holdfast/fiber/this_fiber.hpp"
#include "holdfast/mutex.hpp"

#include "support/go_elsewhere.hpp"
#include "support/scale.hpp"

namespace holdfast::fiber {
namespace {

constexpr int fiber_count = 4;

struct thrown {
  int number;
};

// The fibers of a test switch as often as they can: in a scheduler each time to the next one, in a
// pool to another thread.
template <class Runs>
class exceptions : public testing::Test {
 public:
  static void switch_fibers() {
    if constexpr (std::is_same_v<Runs, pool>)
      test::go_elsewhere();
    else
      yield();
  }
  static int rounds() {
    return static_cast<int>(test::scaled(std::is_same_v<Runs, pool> ? 20 : 200));
  }

  // Calls `f` in several fibers, with the number of each.
  template <class F>
  void in_fibers(F f) {
    std::vector<handle<void>> all;
    for (int i = 0; i < fiber_count; ++i) all.push_back(runs.spawn([f, i] { f(i); }));
    if constexpr (std::is_same_v<Runs, scheduler>) runs.run();
    for (auto& each : all) each.join();
  }

  Runs runs = make();

 private:
  static Runs make() {
    if constexpr (std::is_same_v<Runs, pool>)
      return pool(2);
    else
      return scheduler();
  }
};

using kinds = testing::Types<scheduler, pool>;
TYPED_TEST_SUITE(exceptions, kinds);

int number_of(const std::exception_ptr& which) {
  try {
    std::rethrow_exception(which);
  } catch (const thrown& it) {
    return it.number;
  }
}

// Calls a function while an exception is on its way.
template <class F>
class at_end {
 public:
  explicit at_end(F f) : f_(std::move(f)) {}
  at_end(const at_end&) = delete;
  at_end& operator=(const at_end&) = delete;
  ~at_end() { f_(); }

 private:
  F f_;
};

TYPED_TEST(exceptions, a_switch_in_a_catch_block_keeps_what_was_caught) {
  this->in_fibers([this](int mine) {
    for (int i = 0; i < this->rounds(); ++i) {
      try {
        throw thrown{mine};
      } catch (const thrown& caught) {
        this->switch_fibers();
        EXPECT_EQ(caught.number, mine);
        EXPECT_EQ(number_of(std::current_exception()), mine);
        EXPECT_EQ(std::uncaught_exceptions(), 0);
        this->switch_fibers();
        try {
          throw;
        } catch (const thrown& again) {
          EXPECT_EQ(&again, &caught);
          this->switch_fibers();
        }
        EXPECT_EQ(number_of(std::current_exception()), mine);
      }
      EXPECT_EQ(std::current_exception(), nullptr);
      this->switch_fibers();
      EXPECT_EQ(std::current_exception(), nullptr);
    }
  });
}

TYPED_TEST(exceptions, catch_blocks_of_several_fibers_nest_independently) {
  this->in_fibers([this](int mine) {
    try {
      throw thrown{mine};
    } catch (const thrown& outer) {
      for (int depth = 0; depth < mine + 2; ++depth) {
        this->switch_fibers();
        try {
          throw thrown{100 * mine + depth};
        } catch (const thrown& inner) {
          this->switch_fibers();
          EXPECT_EQ(inner.number, 100 * mine + depth);
          EXPECT_EQ(number_of(std::current_exception()), inner.number);
        }
        EXPECT_EQ(number_of(std::current_exception()), mine);
      }
      EXPECT_EQ(outer.number, mine);
    }
  });
}

// Every other fiber has no exception on its way while its neighbour has.
TYPED_TEST(exceptions, a_switch_during_unwinding_keeps_the_count_of_each_fiber) {
  this->in_fibers([this](int mine) {
    for (int i = 0; i < this->rounds(); ++i) {
      const auto expect_count = [this](int count) {
        EXPECT_EQ(std::uncaught_exceptions(), count);
        this->switch_fibers();
        EXPECT_EQ(std::uncaught_exceptions(), count);
      };
      if (mine % 2 == 0) {
        expect_count(0);
        continue;
      }
      try {
        const at_end unwinding([&] {
          expect_count(1);
          try {
            const at_end deeper([&] { expect_count(2); });
            throw thrown{-1};
          } catch (const thrown& inner) {
            this->switch_fibers();
            EXPECT_EQ(inner.number, -1);
          }
          expect_count(1);
        });
        throw thrown{mine};
      } catch (const thrown& caught) {
        EXPECT_EQ(caught.number, mine);
        expect_count(0);
      }
    }
  });
}

TYPED_TEST(exceptions, an_exception_passes_from_fiber_to_fiber_by_join) {
  this->in_fibers([this](int mine) {
    for (int i = 0; i < this->rounds(); ++i) {
      auto child = spawn([this, mine] {
        const at_end unwinding([this] { this->switch_fibers(); });
        this->switch_fibers();
        throw thrown{mine};
      });
      try {
        child.join();
        ADD_FAILURE();
      } catch (const thrown& caught) {
        this->switch_fibers();
        EXPECT_EQ(caught.number, mine);
      }
    }
  });
}

TYPED_TEST(exceptions, a_fiber_that_begins_or_ends_during_unwinding_of_another_has_none) {
  this->in_fibers([this](int mine) {
    try {
      const at_end unwinding([this] {
        auto child = spawn([] {
          EXPECT_EQ(std::uncaught_exceptions(), 0);
          EXPECT_EQ(std::current_exception(), nullptr);
        });
        this->switch_fibers();
        child.join();
        EXPECT_EQ(std::uncaught_exceptions(), 1);
      });
      throw thrown{mine};
    } catch (const thrown& caught) {
      EXPECT_EQ(caught.number, mine);
    }
  });
}

TYPED_TEST(exceptions, an_owner_that_switched_and_is_left_by_an_exception_poisons) {
  this->in_fibers([this](int mine) {
    for (int i = 0; i < this->rounds(); ++i) {
      mutex<int> m(0);
      try {
        const auto owner = m.lock();
        this->switch_fibers();
        throw thrown{mine};
      } catch (const thrown&) {
        this->switch_fibers();
      }
      EXPECT_TRUE(m.is_poisoned());
    }
  });
}

// Fibers hold a guard of their own while others are unwound through theirs, and the other way round.
TYPED_TEST(exceptions, another_fibers_exception_never_poisons) {
  mutex<int> shared(0);
  this->in_fibers([&, this](int mine) {
    for (int i = 0; i < this->rounds(); ++i) {
      mutex<int> own(0);
      if (mine % 2 == 0) {
        {
          const auto owner = own.lock();
          this->switch_fibers();
          ++*owner;
        }
        EXPECT_FALSE(own.is_poisoned());
        shared.with([](int& count) { ++count; });
        continue;
      }
      try {
        const at_end unwinding([&] {
          {
            const auto owner = own.lock();  // taken and released on the way
            this->switch_fibers();
            ++*owner;
          }
          shared.with([](int& count) { ++count; });
        });
        throw thrown{mine};
      } catch (const thrown&) {
      }
      EXPECT_FALSE(own.is_poisoned());
    }
  });
  EXPECT_FALSE(shared.is_poisoned());
  EXPECT_EQ(shared.copy(), fiber_count * this->rounds());
}

TYPED_TEST(exceptions, a_guard_that_begins_before_an_exception_and_ends_after_it_does_not_poison) {
  this->in_fibers([this](int mine) {
    mutex<int> m(0);
    {
      const auto owner = m.lock();
      try {
        const at_end unwinding([this] { this->switch_fibers(); });
        throw thrown{mine};
      } catch (const thrown&) {
        this->switch_fibers();
      }
    }
    EXPECT_FALSE(m.is_poisoned());
  });
}

TEST(exceptions_of_the_thread, are_its_own_before_during_and_after_a_run) {
  scheduler s;
  s.spawn([] {
    EXPECT_EQ(std::current_exception(), nullptr);
    EXPECT_EQ(std::uncaught_exceptions(), 0);
    try {
      throw thrown{1};
    } catch (const thrown&) {
      yield();
    }
  });
  s.spawn([] { EXPECT_EQ(std::current_exception(), nullptr); });
  try {
    throw thrown{5};
  } catch (const thrown&) {
    s.run();
    EXPECT_EQ(number_of(std::current_exception()), 5);
  }
  s.spawn([] { EXPECT_EQ(std::uncaught_exceptions(), 0); });
  try {
    const at_end unwinding([&] {
      s.run();
      EXPECT_EQ(std::uncaught_exceptions(), 1);
    });
    throw thrown{6};
  } catch (const thrown& caught) {
    EXPECT_EQ(caught.number, 6);
  }
}

}  // namespace
}  // namespace holdfast::fiber
