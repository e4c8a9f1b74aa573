// SPDX-License-Identifier: BSL-1.0
// Random kills of owners and waiters while they count: nobody is stuck, no two are in, no death with
// the data half changed goes untold.
#include <sys/mman.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/process/process.hpp"

#include "support/child.hpp"
#include "support/process_engines.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace {

using namespace holdfast;

constexpr unsigned workers = 3;

// Half changed while `begun` and `done` differ.
struct tally {
  std::uint64_t begun = 0;
  std::uint64_t done = 0;
  std::uint64_t by[workers] = {};
};

// Beside the mutex, in memory that is shared all the same: what the workers have seen.
struct notes {
  std::atomic<std::uint64_t> inside{0};      // the token of who is in
  std::atomic<std::uint64_t> beats{0};       // sections that were entered
  std::atomic<std::uint64_t> told{0};        // deaths that were told
  std::atomic<std::uint64_t> repaired{0};    // of these, with the data half changed
  std::atomic<std::uint64_t> violations{0};  // two were in at once
  std::atomic<std::uint64_t> untold{0};      // found half changed, and nobody told
  std::atomic<std::uint64_t> undone{0};      // sections that a repair took back
  std::atomic<bool> over{false};
};

class shared_notes {
 public:
  shared_notes()
      : place_(::mmap(nullptr, sizeof(notes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                      -1, 0)) {
    if (place_ == MAP_FAILED) throw std::runtime_error("no shared memory");
    ::new (place_) notes;
  }
  shared_notes(const shared_notes&) = delete;
  shared_notes& operator=(const shared_notes&) = delete;
  ~shared_notes() { ::munmap(place_, sizeof(notes)); }
  notes* operator->() const { return static_cast<notes*>(place_); }

 private:
  void* place_;
};

void spin(std::uint64_t turns) {
  for (std::atomic<std::uint64_t> i{0}; i.load(std::memory_order_relaxed) < turns;)
    i.fetch_add(1, std::memory_order_relaxed);
}

// One section, with a window in which the data are half changed.
void section(process::mutex<tally>& mutex, const shared_notes& seen, unsigned who,
             std::uint64_t turns) {
  auto owner = mutex.lock_or_repair([&](tally& t) {
    ++seen->told;
    if (t.begun != t.done) {
      ++seen->repaired;
      seen->undone += t.begun - t.done;
      t.begun = t.done;
    }
  });
  seen->inside = owner.token();
  ++seen->beats;
  if (owner->begun != owner->done) ++seen->untold;
  ++owner->begun;
  spin(turns);
  if (seen->inside != owner.token()) ++seen->violations;
  ++owner->by[who];
  ++owner->done;
}

class kills : public test::process_test {
 protected:
  template <class... Options>
  void run(const Options&... how) {
    const std::size_t rounds = test::scaled(50);
    auto mine = open<tally>("a", how...);
    const shared_notes seen;
    test::random_numbers random(static_cast<std::uint64_t>(engine()));
    std::uint64_t born = 0;
    const auto give_birth = [&](unsigned who) {
      ++born;
      return test::child([&, who, life = born] {
        ::alarm(0);  // the watchdog is whoever waits for beats
        auto other = open<tally>("a", process::label{"a worker"}, how...);
        test::random_numbers own(100 + life);
        while (!seen->over) section(other, seen, who, own.below(400));
        return 0;
      });
    };
    std::vector<test::child> alive;
    for (unsigned who = 0; who < workers; ++who) alive.push_back(give_birth(who));
    for (std::size_t round = 0; round < rounds; ++round) {
      ASSERT_TRUE(beats_come(seen, 1 + random.below(30))) << "stuck in round " << round;
      spin(random.below(5'000));
      const auto who = static_cast<unsigned>(random.below(workers));
      alive[who].kill();
      ASSERT_EQ(alive[who].wait(), 128 + SIGKILL);
      alive[who] = give_birth(who);
    }
    ASSERT_TRUE(beats_come(seen, 10)) << "stuck at the end";
    seen->over = true;
    for (test::child& worker : alive) EXPECT_EQ(worker.wait(), 0);
    check(mine, seen, rounds);
  }

 private:
  static bool beats_come(const shared_notes& seen, std::uint64_t count) {
    const deadline patience = deadline::after(std::int64_t{test::patience_ms} * 1'000'000);
    const std::uint64_t until = seen->beats + count;
    while (seen->beats < until) {
      if (patience.has_passed()) return false;
      spin(100);
    }
    return true;
  }

  static void check(process::mutex<tally>& mine, const shared_notes& seen, std::size_t rounds) {
    static_cast<void>(
        mine.lock_or_repair([&](tally& t) {  // the last one may have been killed inside
          ++seen->told;
          t.begun = t.done;
        }));
    const tally end = mine.copy();
    std::uint64_t sum = 0;
    for (const std::uint64_t each : end.by) sum += each;
    EXPECT_EQ(seen->violations, 0U);
    EXPECT_EQ(seen->untold, 0U);
    EXPECT_EQ(end.begun, end.done);
    // Killed between the two: at most one for each death that was told.
    EXPECT_GE(sum, end.done);
    EXPECT_LE(sum - end.done, seen->told);
    EXPECT_GE(seen->beats, end.done);
    EXPECT_LE(seen->beats - end.done, seen->told + 0U) << "a section that vanished without a word";
    EXPECT_LE(seen->told, rounds);
    ::testing::Test::RecordProperty("deaths_told", static_cast<int>(seen->told));
    std::printf("%zu kills, %llu sections, %llu deaths told, %llu with data half changed\n", rounds,
                static_cast<unsigned long long>(seen->beats),
                static_cast<unsigned long long>(seen->told),
                static_cast<unsigned long long>(seen->repaired));
  }
};
INSTANTIATE_TEST_SUITE_P(engines, kills, test::all_engines, test::name_of_engine);

TEST_P(kills, leave_no_count_wrong_and_nobody_stuck) { run(); }

TEST_P(kills, leave_data_that_are_kept_twice_finished) { run(process::double_buffered); }

}  // namespace
