// SPDX-License-Identifier: BSL-1.0
// The one rule of poison between processes: an owner leaves a mark, whoever finds it is told.
#include "holdfast/process/access.hpp"

#include <atomic>
#include <cstring>
#include <new>

#include "holdfast/base/poison.hpp"
#include "holdfast/platform/task.hpp"
#include "holdfast/platform/ticks.hpp"

#include "process/engine.hpp"
#include "process/readers.hpp"
#include "process/robust_calls.hpp"
#include "process/since.hpp"

namespace holdfast::process::detail {
namespace {

using platform::order;

// What stands before it is there when what stands behind it is, for whoever comes after a death: the
// kernel lets in nobody before the dead thread's stores, and a thread dies between two instructions.
inline void before_death() noexcept {
  std::atomic_signal_fence(std::memory_order_acq_rel);  // [PM1]
}

// Openings of this process, told apart by labels.
constinit platform::atomic<std::uint64_t> openings;

struct new_segment {
  const type_facts& type;
  engine_id engine;
  std::uint64_t size;  // of a copy of the payload

  static void initialise(void* self, header& head, std::byte* payload) {
    const auto& made = *static_cast<const new_segment*>(self);
    if (made.engine == engine_id::shared_memory) ::new (head.lock) robust_lock;
    if (made.engine == engine_id::readers)
      ::new (lock_of_readers(payload, made.size)) robust_rw_lock;
    made.type.make(made.type.context, payload);
  }
};

expectation expectation_of(const type_facts& type, const options& how) {
  expectation wanted;
  wanted.engine = type.for_readers ? engine_id::readers : static_cast<engine_id>(how.engine);
  wanted.payload_size = type.for_readers ? size_with_lock_of_readers(type.size) : type.size;
  wanted.payload_align = type.align;
  wanted.payload_copies = how.twice ? 2 : 1;
  wanted.type_name = type.name != nullptr ? type.name : type_in(type.compiler_name);
  wanted.type_hash = hash_of(wanted.type_name);
  wanted.of_this_boot = how.engine != engine::file;
  return wanted;
}

}  // namespace

enum class access::ending : unsigned char {
  clean,      // the data are finished
  unchanged,  // they have not been touched
  broken,     // by an exception
};

access* access::open(std::string_view name, const options& how, const type_facts& type) {
  if (!type.copied_by_bytes && (how.twice || how.engine == engine::file))
    throw_error(
        cause::unsupported, name, "",
        "has data that are not copied by their bytes, so they can neither be kept twice nor "
        "in the engine `file`",
        "Make the type trivially copyable, or choose another engine");
  if (type.for_readers && (how.twice || how.engine != engine::shared_memory))
    throw_error(
        cause::unsupported, name, "",
        "is for readers and writers, which takes the engine shared_memory and data kept once",
        "Open it without these options, or as a mutex");
  segment_request wanted = request_of(name, how);
  wanted.wanted = expectation_of(type, how);
  new_segment filled{type, wanted.wanted.engine, wanted.wanted.payload_size};
  wanted.mapped = how.engine != engine::file;
  wanted.initialise = new_segment::initialise;
  wanted.context = &filled;
  return open_as(wanted, how);
}

access* access::open_whatever(std::string_view name, const options& how) {
  segment_request wanted = request_of(name, how);
  wanted.how = opening::open_only;
  fixed_header found;
  wanted.wanted = segment::look(wanted, found);
  const expectation& data = wanted.wanted;
  if (data.engine == engine_id::own)
    throw_error(cause::unsupported, name, "", "is a semaphore or condition, which nothing poisons",
                "");
  const bool has_readers = data.engine == engine_id::readers;
  if (data.engine == engine_id::none || data.engine > engine_id::readers ||
      (has_readers && (data.payload_size < sizeof(robust_rw_lock) ||
                       data.payload_size % alignof(robust_rw_lock) != 0)))
    throw_error(cause::corrupted, name, "", "has a header that contradicts itself", "");
  wanted.mapped = data.engine != engine_id::file;
  options same = how;
  same.twice = data.payload_copies == 2;
  return open_as(wanted, same);
}

access* access::open_as(const segment_request& wanted, const options& how) {
  segment& used = segment::open(wanted);
  try {
    return new access(engine_of(used, wanted.wanted.engine), how);
  } catch (...) {
    used.end_use();
    throw;
  }
}

void access::close(access* opened) noexcept {
  if (opened == nullptr) return;
  segment& used = opened->engine_.file();
  delete opened;
  used.end_use();
}

access::access(lock_engine& engine, const options& how) noexcept
    : engine_(engine),
      robust_(engine.robust() != nullptr && !how.twice ? robust_in(engine.head().lock) : nullptr),
      marks_(&engine.head().mark),
      value_(engine.payload(0)),
      opening_id_(openings.fetch_add(1, order::relaxed)),
      twice_(how.twice) {
  copy_text(label_, sizeof label_, how.label_text);
}

// Who signs: another one for each opening, as labels differ, and for each process.
inline std::uint64_t access::id() const noexcept {
  return this_process_id.load(order::relaxed) + opening_id_;
}

// Of the guards that say so: those that the child of a fork inherits are another process's.
inline bool access::owns(std::uint64_t token) const noexcept {
  return marks_->epoch.load(order::relaxed) == token && marks_->writer.load(order::relaxed) == id();
}

// Whether the calling thread is the owner, by whatever opening: somebody is in, the last who came is of
// this process, and the last of this process was this thread.
bool access::is_held_by_caller() const noexcept {
  // Asked twice: before, as the marks of the engine `file` are their owner's alone; and after, as
  // another thread may have come in between.
  const auto was_last = [&] { return engine_.owner_thread.load(order::relaxed) == this_thread(); };
  return was_last() && marks_->dirty.load(order::acquire) != 0 &&  // [PM2] and who that is
         marks_->writer.load(order::relaxed) - this_process_id.load(order::relaxed) <
             openings.load(order::relaxed) &&
         was_last();
}

// Throws error if the caller cannot be an owner.
inline void check_caller() {
  static_cast<void>(this_thread());  // has a number from now on
  if (platform::this_task() != nullptr) [[unlikely]]
    refuse_in_fiber("the lock of a mutex between processes");
  if (robust_locks_held >= robust_locks_held_at_most) [[unlikely]]
    refuse_to_hold_too_many(1);
}

inline taken access::enter_short(std::uint64_t now) {
  marks& mark = *marks_;
  if ((mark.dirty.load(order::relaxed) | mark.poisoned.load(order::relaxed) |
       (mark.writer.load(order::relaxed) ^ id())) != 0) [[unlikely]]
    return enter_slow(now);
  const std::uint64_t token = mark.epoch.load(order::relaxed) + 1;
  mark.epoch.store(token, order::relaxed);
  mark.since.store(now, order::relaxed);
  engine_.owner_thread.store(number_of_thread, order::relaxed);
  before_death();
  mark.dirty.store(token, order::release);  // [PM2] says who
  before_death();
  return {token, 0};
}

taken access::enter(std::uint64_t now) {
  return robust_ == nullptr ? enter_slow(now) : enter_short(now);
}

taken access::lock() {
  if (robust_ == nullptr || platform::this_task() != nullptr || number_of_thread == 0 ||
      robust_locks_held >= robust_locks_held_at_most) [[unlikely]]
    return lock_slow();
  // Before the lock: what stands behind a locked instruction waits for it.
  const std::uint64_t now = platform::ticks();
  ++robust_locks_held;  // before it too, so that less has to be kept across the call
  const int result = try_robust(robust_);
  if (result != 0) [[unlikely]]
    return lock_after(result, now);
  return enter_short(now);
}

taken access::lock_after(int result, std::uint64_t now) {
  --robust_locks_held;
  if (end_of_robust(result, robust_) == lock_end::gave_up) return lock_slow();
  return enter(now);
}

taken access::lock_slow() { return lock(wait_limits{}); }

taken access::try_lock() {
  check_caller();
  if (engine_.try_lock() == lock_end::gave_up) return {};
  return enter(platform::ticks());
}

// A reader that came again would wait only if a writer came in between, and then for ever.
void access::refuse_to_wait_for_itself() const {
  if (is_held_by_caller()) [[unlikely]]
    throw_here(cause::would_deadlock, "is held by the thread that waits for it",
               "Release it first: these locks are not recursive");
  if (engine_.is_read_by_caller()) [[unlikely]]
    throw_here(cause::would_deadlock, "is read by the thread that locks it again",
               "End the shared_guard first: these locks are not recursive, and a reader cannot "
               "become the writer");
}

taken access::lock(const wait_limits& limits) {
  check_caller();
  refuse_to_wait_for_itself();
  this_process();  // to find that out takes longer than to be woken
  if (engine_.lock(limits) == lock_end::gave_up) {
    if (!limits.reached())
      throw_here(cause::corrupted, "has a lock that the system refuses", "Remove its file");
    return {};
  }
  return enter(platform::ticks());
}

taken access::enter_slow(std::uint64_t now) {
  try {
    engine_.fetch();
  } catch (...) {
    engine_.unlock();
    throw;
  }
  header& head = engine_.head();
  marks& mark = head.mark;
  if (mark.dirty.load(order::relaxed) != 0) note_poison();
  const bool is_mapped = engine_.file().head() != nullptr;
  if (static_cast<void>(this_process()); mark.writer.load(order::relaxed) != id() || !is_mapped) {
    mark.writer.store(0, order::relaxed);
    before_death();
    head.owner = make_record(0, label_);
    before_death();
    mark.writer.store(id(), order::relaxed);
  }
  if (twice_) {
    const unsigned front = mark.front.load(order::relaxed) & 1U;
    std::memcpy(engine_.payload(1 - front), engine_.payload(front), engine_.payload_size());
    value_ = engine_.payload(1 - front);
  } else {
    value_ = engine_.payload(0);
  }
  const std::uint64_t token = mark.epoch.load(order::relaxed) + 1;
  mark.epoch.store(token, order::relaxed);
  mark.since.store(is_mapped ? now : 0, order::relaxed);
  engine_.owner_thread.store(this_thread(), order::relaxed);
  before_death();
  mark.dirty.store(token, order::release);  // [PM2] says who
  before_death();
  engine_.keep_marks();
  return {token, mark.poisoned.load(order::relaxed)};
}

// Takes down who did not finish, while that is still known. Dying in here leaves the mark, and the
// next one does it again.
void access::note_poison() noexcept {
  header& head = engine_.head();
  marks& mark = head.mark;
  const std::uint64_t token = mark.dirty.load(order::relaxed);
  head.culprit = mark.writer.load(order::relaxed) != 0 ? head.owner : owner_record{};
  head.culprit.token = token;
  if (const std::uint64_t since = mark.since.load(order::relaxed); since != 0)
    head.culprit.since = civil_time_of(since, head.origin);
  before_death();
  mark.poisoned.store(token, order::relaxed);
  before_death();
  mark.dirty.store(0, order::relaxed);
}

void access::unlock(std::uint64_t token) noexcept {
  if (robust_ == nullptr ||
      ((marks_->epoch.load(order::relaxed) ^ token) | (marks_->writer.load(order::relaxed) ^ id()) |
       marks_->watchers.load(order::relaxed)) != 0) [[unlikely]] {
    leave(token, ending::clean);
    return;
  }
  before_death();
  marks_->dirty.store(0, order::relaxed);
  before_death();
  --robust_locks_held;
  unlock_robust(robust_);
}

void access::leave(std::uint64_t token, ending how) noexcept {
  if (!owns(token)) return;  // as a guard in the child of a fork
  marks& mark = *marks_;
  bool is_finished = true;
  if (how == ending::clean) {
    const unsigned copy = twice_ ? 1 - (mark.front.load(order::relaxed) & 1U) : 0;
    is_finished = engine_.keep_data(copy);
    before_death();
    if (is_finished && twice_) mark.front.store(copy, order::relaxed);
    before_death();
  } else if (how == ending::broken) {
    note_poison();
  }
  const bool somebody_watches = how != ending::unchanged && mark.watchers.load(order::relaxed) != 0;
  if (somebody_watches) {
    mark.watchers.store(0, order::relaxed);
    mark.changes.store(mark.changes.load(order::relaxed) + 1, order::relaxed);
  }
  if (is_finished) mark.dirty.store(0, order::relaxed);
  before_death();
  engine_.keep_marks();
  engine_.unlock();
  if (somebody_watches) engine_.announce_change();
}

void access::abandon(std::uint64_t token) noexcept { leave(token, ending::broken); }

void access::forgive() noexcept { engine_.head().mark.poisoned.store(0, order::relaxed); }

std::optional<owner_record> access::heal(const wait_limits& limits) {
  const taken got = lock(limits);
  if (!got) throw_here(cause::busy, "is held by somebody", "Wait for it");
  std::optional<owner_record> culprit;
  if (got.poisoned_by != 0) culprit = engine_.head().culprit;
  forgive();
  leave(got.token, ending::unchanged);
  return culprit;
}

void access::refuse(std::uint64_t token) {
  const poisoned report(this, engine_.file().name().c_str(), engine_.head().culprit, twice_);
  leave(token, ending::unchanged);
  throw report;
}

void access::report_poison() const {
  throw poisoned(this, engine_.file().name().c_str(), engine_.head().culprit, twice_);
}

void access::await_change(std::uint64_t token, const wait_limits& limits) noexcept {
  marks& mark = *marks_;
  const std::uint32_t seen = mark.changes.load(order::relaxed);
  mark.watchers.store(1, order::relaxed);
  leave(token, ending::unchanged);
  engine_.await_change(seen, limits);
}

bool access::is_poisoned() {
  const lock_engine::glance now = engine_.look();
  if (now.poisoned != 0) return true;
  // A mark with nobody behind it: only who has the lock knows.
  if (now.dirty == 0 || is_held_by_caller()) return false;
  const taken tried = try_lock();
  if (tried) leave(tried.token, ending::unchanged);
  return tried.poisoned_by != 0;
}

void access::clear_poison() {
  if (is_held_by_caller()) {
    forgive();
    return;
  }
  const taken got = lock();
  forgive();
  leave(got.token, ending::unchanged);
}

void access::require_committed() const {
  if (!twice_)
    throw_here(cause::unsupported, "keeps its data once, so there is no value that was finished",
               "Open it with double_buffered everywhere");
}

void access::throw_here(cause why, const char* what, const char* remedy) const {
  throw_error(why, engine_.file().name(), engine_.file().path(), what, remedy);
}

std::string_view type_in(const char* compiler_name) noexcept {
  int length = 0;
  const char* const name = holdfast::detail::type_in(compiler_name, length);
  return {name, static_cast<std::size_t>(length)};
}

}  // namespace holdfast::process::detail
