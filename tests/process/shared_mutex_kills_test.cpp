// SPDX-License-Identifier: BSL-1.0
// The shared_mutex between processes while its readers and writers, and those who wait, are killed.
#include <chrono>
#include <cstddef>
#include <cstdio>

#include <gtest/gtest.h>

#include "holdfast/process/shared_mutex.hpp"

#include "support/killed_crowd.hpp"
#include "support/own_directory.hpp"
#include "support/scale.hpp"
#include "support/shared_page.hpp"

namespace holdfast::test {
namespace {

// Both sides are the same whenever nobody writes.
struct ledger {
  long left = 0;
  long right = 0;
  long repairs = 0;
};

class shared_mutex_kills : public ::testing::Test {
 protected:
  void linger(random_numbers& random) const {
    if (random.below(4) == 0) ::usleep(static_cast<useconds_t>(random.below(200)));
  }

  void write(unsigned me, random_numbers& random) {
    const auto owner = book_.lock_or_repair([](ledger& broken) {
      ++broken.repairs;
      broken.right = broken.left;
    });
    who_->enter(me, board::alone);
    ++owner->left;
    linger(random);
    ++owner->right;
    who_->leave(me);
  }
  void try_to_write(unsigned me, random_numbers& random) {
    const auto owner = book_.try_lock_for(briefly(random), even_if_poisoned);
    if (!owner) return;
    who_->enter(me, board::alone);
    linger(random);
    who_->leave(me);
  }
  void read(unsigned me, const process::shared_guard<ledger>& reader, random_numbers& random) {
    if (!reader) return;
    who_->enter(me, board::sharing);
    const long left = reader->left;
    linger(random);
    if (!reader.was_poisoned() && left != reader->right) ++who_->violations;
    who_->leave(me);
  }

  static std::chrono::microseconds briefly(random_numbers& random) {
    return std::chrono::microseconds(random.below(3000));
  }

  own_directory directory_;
  process::shared_mutex<ledger> book_ = process::open_shared<ledger>(
      "ledger", process::in_directory{directory_.path()}, process::label{"a killed one"});
  shared_page<board> who_;
};

TEST_F(shared_mutex_kills, writers_are_alone_whoever_is_killed) {
  killed_crowd crowd(*who_, 6, [&](unsigned me, random_numbers& random) {
    switch (random.below(6)) {
      case 0:
        return write(me, random);
      case 1:
        return try_to_write(me, random);
      case 2:
        return read(me, book_.try_lock_shared(even_if_poisoned), random);
      case 3:
        return read(me, book_.try_lock_shared_for(briefly(random), even_if_poisoned), random);
      default:
        return read(me, book_.lock_shared(even_if_poisoned), random);
    }
  });
  const std::size_t victims = scaled(50);
  EXPECT_TRUE(crowd.kill(victims)) << "somebody is stuck";
  EXPECT_TRUE(crowd.end()) << "somebody did not come home";
  EXPECT_EQ(who_->violations.load(), 0U);
  const auto owner = book_.lock_or_repair([](ledger& broken) { ++broken.repairs; });
  EXPECT_GE(owner->repairs, static_cast<long>(crowd.died_alone() != 0));
  std::printf("%zu killed, %zu certainly reading, %zu certainly writing; told %ld times\n", victims,
              crowd.died_inside() - crowd.died_alone(), crowd.died_alone(), owner->repairs);
}

// All write and repair, so that each death is told by itself.
TEST_F(shared_mutex_kills, among_writers_each_death_is_told) {
  killed_crowd crowd(*who_, 4, [&](unsigned me, random_numbers& random) {
    write(me, random);
    const auto reader = book_.lock_shared(even_if_poisoned);
    if (!reader.was_poisoned() && reader->left != reader->right) ++who_->violations;
  });
  const std::size_t victims = scaled(50);
  EXPECT_TRUE(crowd.kill(victims)) << "somebody is stuck";
  EXPECT_TRUE(crowd.end()) << "somebody did not come home";
  EXPECT_EQ(who_->violations.load(), 0U);
  const auto owner = book_.lock_or_repair([](ledger& broken) { ++broken.repairs; });
  EXPECT_GE(owner->repairs, static_cast<long>(crowd.died_alone()));
  EXPECT_LE(owner->repairs, static_cast<long>(victims));
  std::printf("%zu killed, %zu certainly writing; told %ld times\n", victims, crowd.died_alone(),
              owner->repairs);
}

}  // namespace
}  // namespace holdfast::test
