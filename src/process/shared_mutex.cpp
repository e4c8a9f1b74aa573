// SPDX-License-Identifier: BSL-1.0
// The engine of a shared_mutex, and what its readers do.
#include "holdfast/process/shared_mutex.hpp"

#include <new>

#include "process/engine.hpp"
#include "process/readers.hpp"
#include "process/since.hpp"

namespace holdfast::process::detail {
namespace {

using platform::order;

lock_end end_of(bool locked) noexcept { return locked ? lock_end::locked : lock_end::gave_up; }

class readers_engine final : public lock_engine {
 public:
  explicit readers_engine(segment& of) noexcept
      : lock_engine(of, of.head(), of.payload(0)),
        lock_(*std::launder(
            reinterpret_cast<robust_rw_lock*>(lock_of_readers(of.payload(0), of.payload_size())))) {
  }

  lock_end try_lock() override { return end_of(lock_.try_lock()); }
  lock_end lock(const wait_limits& limits) override { return end_of(lock_.lock(limits)); }
  void unlock() noexcept override { lock_.unlock(); }

  // Beside a reader there is no writer: a mark that one finds is of a writer that died.
  glance look() override {
    glance now = lock_engine::look();
    unsigned seat = 0;
    if (now.poisoned != 0 || now.dirty == 0 || !lock_.try_lock_shared(seat)) return now;
    now = lock_engine::look();
    lock_.unlock_shared(seat);
    return {0, now.poisoned | now.dirty};
  }

  // Of an owner that writes the marks say so.
  bool is_read_by_caller() const noexcept override { return lock_.is_held_by_caller(); }

  robust_rw_lock& lock() noexcept { return lock_; }

 private:
  robust_rw_lock& lock_;
};

robust_rw_lock& lock_in(lock_engine& engine) noexcept {
  return static_cast<readers_engine&>(engine).lock();
}

}  // namespace

lock_engine* make_readers_engine(segment& of) { return new readers_engine(of); }

reading access::enter_shared(unsigned seat) const noexcept {
  const marks& mark = engine_.head().mark;
  return {true, (mark.dirty.load(order::relaxed) | mark.poisoned.load(order::relaxed)) != 0, seat};
}

reading access::lock_shared(const wait_limits& limits) {
  unsigned seat = 0;
  refuse_to_wait_for_itself();
  if (!lock_in(engine_).lock_shared(limits, seat)) return {};
  return enter_shared(seat);
}

reading access::try_lock_shared() {
  unsigned seat = 0;
  if (!lock_in(engine_).try_lock_shared(seat)) return {};
  return enter_shared(seat);
}

void access::unlock_shared(const reading& mine) noexcept {
  lock_in(engine_).unlock_shared(mine.seat);
}

// A reader changes nothing: the next writer takes down who it was that left the mark.
owner_record access::culprit_for_reader() const noexcept {
  const header& head = engine_.head();
  const marks& mark = head.mark;
  const std::uint64_t dirty = mark.dirty.load(order::relaxed);
  if (dirty == 0) return head.culprit;
  owner_record culprit = mark.writer.load(order::relaxed) != 0 ? head.owner : owner_record{};
  culprit.token = dirty;
  culprit.since = civil_time_of(mark.since.load(order::relaxed), head.origin);
  return culprit;
}

void access::report_poison_to_reader() const {
  throw poisoned(this, engine_.file().name().c_str(), culprit_for_reader(), false);
}

void access::refuse_shared(const reading& mine) {
  const poisoned report(this, engine_.file().name().c_str(), culprit_for_reader(), false);
  unlock_shared(mine);
  throw report;
}

}  // namespace holdfast::process::detail
