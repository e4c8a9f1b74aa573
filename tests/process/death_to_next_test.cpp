// SPDX-License-Identifier: BSL-1.0
// How long after the death of an owner the next one is there: figures to read, and that it comes.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/process/robust_rw_lock.hpp"
#include "holdfast/process/semaphore.hpp"

#include "process/wait_set.hpp"
#include "support/child.hpp"
#include "support/scale.hpp"
#include "support/shared_page.hpp"

namespace holdfast::test {
namespace {

using process::semaphore;
using process::detail::robust_rw_lock;
using process::detail::wait_set;
using clock = std::chrono::steady_clock;

// Waits until `pid` sleeps in the kernel.
void await_sleep(pid_t pid) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/stat", static_cast<int>(pid));
  for (char state = '?'; state != 'S'; ::usleep(50)) {
    std::FILE* const file = std::fopen(path, "re");
    ASSERT_NE(file, nullptr);
    ASSERT_EQ(std::fscanf(file, "%*d (%*[^)]) %c", &state), 1);
    std::fclose(file);
  }
}

// An owner is killed, a waiter says when it has what the other had.
template <class Shared, class Own>
void measure(const char* what, Shared& shared, Own own) {
  std::vector<std::int64_t> microseconds;
  for (std::size_t i = 0; i < scaled(20); ++i) {
    const line is_owner, is_next;
    const shared_page<clock::rep> arrived;
    child owner([&] {
      own(shared, [&] {
        is_owner.say();
        ::pause();
      });
      return 0;
    });
    ASSERT_EQ(is_owner.hear(), '!');
    child next([&] {
      own(shared, [&] {
        *arrived = clock::now().time_since_epoch().count();
        is_next.say();
      });
      return 0;
    });
    await_sleep(next.pid());
    const auto killed = clock::now();
    owner.kill();
    ASSERT_EQ(is_next.hear(), '!') << what;
    microseconds.push_back(std::chrono::duration_cast<std::chrono::microseconds>(
                               clock::duration(*arrived) - killed.time_since_epoch())
                               .count());
    EXPECT_EQ(next.wait(), 0);
  }
  std::sort(microseconds.begin(), microseconds.end());
  std::printf("%-28s from the kill of the owner to the next: p50 %lld us, worst %lld us of %zu\n",
              what, static_cast<long long>(microseconds[microseconds.size() / 2]),
              static_cast<long long>(microseconds.back()), microseconds.size());
}

TEST(death_to_next, of_the_robust_lock_that_all_are_made_of) {
  const shared_page<process::detail::robust_lock> lock;
  measure("robust lock", *lock, [](process::detail::robust_lock& it, auto then) {
    if (it.lock({}) != process::detail::lock_end::gave_up) then();
    it.unlock();
  });
}

const auto own_permit = [](semaphore& permits, auto then) {
  const process::permit mine = permits.acquire_permit();
  then();
};

TEST(death_to_next, permit_watched) {
  const shared_page<semaphore> permits(1);
  measure("semaphore", *permits, own_permit);
}

TEST(death_to_next, permit_where_only_one_word_can_be_watched) {
  wait_set::is_blind = true;
  const shared_page<semaphore> permits(1);
  measure("semaphore, blind", *permits, own_permit);
  wait_set::is_blind = false;
}

TEST(death_to_next, writer_after_writer) {
  const shared_page<robust_rw_lock> lock;
  measure("shared_mutex, writers", *lock, [](robust_rw_lock& it, auto then) {
    if (it.lock({})) then();
    it.unlock();
  });
}

TEST(death_to_next, reader_after_writer) {
  const shared_page<robust_rw_lock> lock;
  bool first = true;
  measure("shared_mutex, then a reader", *lock, [&first](robust_rw_lock& it, auto then) {
    unsigned seat = 0;
    if (std::exchange(first, !first)) {
      if (it.lock({})) then();
    } else if (it.lock_shared({}, seat)) {
      then();
      it.unlock_shared(seat);
    }
  });
}

TEST(death_to_next, writer_after_reader) {
  const shared_page<robust_rw_lock> lock;
  measure("shared_mutex, readers first", *lock, [](robust_rw_lock& it, auto then) {
    unsigned seat = 0;
    if (it.try_lock()) {
      it.downgrade(seat);
      then();
    } else if (it.lock({})) {
      then();
      it.unlock();
    }
  });
}

}  // namespace
}  // namespace holdfast::test
