// SPDX-License-Identifier: BSL-1.0
// The semaphore between processes: its short sections, and the sleep in between.
#include "holdfast/process/semaphore.hpp"

#include <bit>
#include <system_error>

#include "holdfast/platform/clock.hpp"

#include "process/wait_set.hpp"

namespace holdfast::process {
namespace {

using detail::lock_end;
using detail::wait_limits;
using platform::order;

// What an attempt that must not wait allows others to end their sections. (Nanoseconds; 2026-11-30.)
constexpr std::int64_t patience_ns = 1'000'000;

constexpr std::uint32_t somebody_sleeps = 1;
constexpr std::uint32_t one_release = 2;

constexpr std::uint64_t bit(unsigned seat) noexcept { return std::uint64_t{1} << seat; }

// What stands before it is there when what stands behind it is, for whoever comes after a death.
void between_steps() noexcept {
  __atomic_signal_fence(__ATOMIC_ACQ_REL);  // [PM1]
}

std::uint32_t checked(std::int64_t permits) {
  if (permits < 0 || permits > semaphore::max())
    throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                            "process::semaphore: the number of permits");
  return static_cast<std::uint32_t>(permits);
}

}  // namespace

// From the lock to the unlock. There is nothing to mend if the last owner died in it (see the header).
class semaphore::section {
 public:
  section(semaphore& of, const wait_limits& limits) noexcept : of_(of) {
    lock_end end = of.lock_.lock(limits);
    if (end == lock_end::gave_up && !limits.stopped())
      end = of.lock_.lock(wait_limits{deadline::after(patience_ns)});
    entered_ = end != lock_end::gave_up;
  }
  section(const section&) = delete;
  section& operator=(const section&) = delete;
  ~section() {
    if (entered_) of_.lock_.unlock();
  }
  bool entered() const noexcept { return entered_; }

 private:
  semaphore& of_;
  bool entered_ = false;
};

semaphore::semaphore(std::int64_t permits) : pool_(checked(permits)) {}

std::int64_t semaphore::count() const noexcept {
  return std::int64_t{pool_.load(order::relaxed)} - std::popcount(taken_.load(order::relaxed));
}

std::int64_t semaphore::available() const noexcept {
  const std::int64_t now = count();
  return now < 0 ? 0 : now;
}

bool semaphore::acquire_within(const wait_limits& limits, permit* owned) {
  detail::refuse_in_fiber("process::semaphore");
  detail::refuse_to_hold_too_many(2);
  if (owned != nullptr) this_process();  // to find that out takes longer than a section may
  for (bool has_slept = false;; has_slept = true) {
    detail::wait_set sleeper;
    {
      const section inside(*this, limits);
      if (!inside.entered()) return false;
      if (take(owned) || (take_back_from_dead() && take(owned))) {
        // More than one wake may have gone to this one sleeper, who watched several words.
        if (has_slept && count() > 0) wake(1);
        return true;
      }
      if (limits.reached()) return false;
      sleep(limits, sleeper);
    }
    sleeper.sleep(limits.until);
  }
}

// Collects what ends the sleep: a release, the death of an owner, a stop.
void semaphore::sleep(const wait_limits& limits, detail::wait_set& sleeper) noexcept {
  const std::uint32_t seen = signal_.load(order::relaxed) | somebody_sleeps;
  signal_.store(seen, order::relaxed);
  sleeper.add_shared(signal_.address(), seen);
  if (limits.stop != nullptr) sleeper.add_private(limits.stop->address(), 0);
  for (std::uint64_t left = taken_.load(order::relaxed); left != 0; left &= left - 1)
    seats_[std::countr_zero(left)].owner.watch(sleeper);
}

bool semaphore::take(permit* owned) noexcept {
  if (count() <= 0) return false;
  if (owned != nullptr) return sit_down(*owned);
  pool_.store(pool_.load(order::relaxed) - 1, order::relaxed);
  return true;
}

bool semaphore::sit_down(permit& owned) noexcept {
  constexpr std::uint64_t all = bit(owned_at_most) - 1;
  const std::uint64_t taken = taken_.load(order::relaxed);
  const std::uint64_t to_tell = to_tell_.load(order::relaxed) & ~taken;
  const std::uint64_t free = to_tell != 0 ? to_tell : all & ~taken;
  if (free == 0) return false;
  const auto index = static_cast<unsigned>(std::countr_zero(free));
  seat& mine = seats_[index];
  // Nobody alive holds it (S2); one who died may have got so far.
  if (mine.owner.try_lock() == lock_end::gave_up) return false;
  if (to_tell != 0) owned.last_owner_ = mine.record;
  mine.record = make_record(0, "");
  between_steps();
  taken_.store(taken | bit(index), order::relaxed);
  between_steps();
  to_tell_.store(to_tell_.load(order::relaxed) & ~bit(index), order::relaxed);
  owned.from_ = this;
  owned.seat_ = index;
  return true;
}

// True if there was one.
bool semaphore::take_back_from_dead() noexcept {
  std::uint32_t found = 0;
  for (std::uint64_t left = taken_.load(order::relaxed); left != 0; left &= left - 1) {
    const auto index = static_cast<unsigned>(std::countr_zero(left));
    seat& of_dead = seats_[index];
    // Also one that is free: its owner died with `lock_` between its two last steps.
    if (of_dead.owner.try_lock() == lock_end::gave_up) continue;
    to_tell_.store(to_tell_.load(order::relaxed) | bit(index), order::relaxed);
    abandoned_.store(abandoned_.load(order::relaxed) + 1, order::relaxed);
    between_steps();
    taken_.store(taken_.load(order::relaxed) & ~bit(index), order::relaxed);
    between_steps();
    of_dead.owner.unlock();
    ++found;
  }
  if (found > 1) wake(found - 1);
  return found != 0;
}

// When fewer are woken than asked for nobody sleeps any more: who is about to will find the word
// changed, and look again.
void semaphore::wake(std::uint32_t permits) noexcept {
  const std::uint32_t seen = signal_.load(order::relaxed);
  if ((seen & somebody_sleeps) == 0) return;
  signal_.store(seen + one_release, order::relaxed);
  const auto most = static_cast<int>(permits);
  if (detail::wake_shared(signal_, most) < most)
    signal_.store(seen + one_release - somebody_sleeps, order::relaxed);
}

void semaphore::release(std::int64_t permits) {
  const std::uint32_t more = checked(permits);
  if (more == 0) return;
  detail::refuse_to_hold_too_many(1);
  const section inside(*this, wait_limits{});
  const std::uint32_t pool = pool_.load(order::relaxed);
  if (more > max() - std::int64_t{pool})
    throw std::system_error(std::make_error_code(std::errc::value_too_large),
                            "process::semaphore: more permits than it can have");
  pool_.store(pool + more, order::relaxed);
  between_steps();
  wake(more);
}

void semaphore::release_owned(permit& owned, bool forget) noexcept {
  const section inside(*this, wait_limits{});
  owned.from_ = nullptr;
  // In the child of a fork it is not ours.
  if (!seats_[owned.seat_].owner.unlock()) return;
  if (forget) pool_.store(pool_.load(order::relaxed) - 1, order::relaxed);
  between_steps();
  taken_.store(taken_.load(order::relaxed) & ~bit(owned.seat_), order::relaxed);
  between_steps();
  if (!forget) wake(1);
}

}  // namespace holdfast::process
