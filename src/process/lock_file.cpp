// SPDX-License-Identifier: BSL-1.0
// Opening, locking and letting go of lock files.
#include "holdfast/process/lock_file.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "holdfast/process/error.hpp"

#include "process/byte_lock.hpp"
#include "process/file_calls.hpp"
#include "process/lock_file_access.hpp"
#include "process/publication.hpp"

namespace holdfast::process {
namespace {

using namespace detail;

// How often the next in line for a slot looks for one: the kernel can wait for one byte only.
constexpr std::int64_t look_for_slot_nanoseconds = 5'000'000;

// Tokens only grow, also when the file was removed or lost with a restart of the machine: they
// begin with the time in microseconds, and owners do not come faster than that.
void begin_epoch(void* /*context*/, header& head, std::byte* payload) {
  new (payload) lock_file_table;
  head.mark.epoch.store(static_cast<std::uint64_t>(civil_now() / 1000),
                        platform::order::relaxed);  // nobody sees the file yet
}

constexpr byte_use main_use(hold_kind how) noexcept {
  return how == hold_kind::exclusive ? byte_use::write : byte_use::read;
}

}  // namespace

lock_file::lock_file(std::string_view name, std::string_view directory)
    : name_(name), directory_(directory) {
  path_ = path_of(name_, file_kind::lock_file, directory_);
  open(true);
}

std::optional<lock_file> lock_file::find(std::string_view name, std::string_view directory) {
  lock_file found;
  found.name_ = name;
  found.directory_ = directory;
  found.path_ = path_of(name, file_kind::lock_file, directory);
  try {
    found.open(false);
  } catch (const error& problem) {
    if (problem.why() == cause::missing) return std::nullopt;
    throw;
  }
  return found;
}

lock_file::lock_file(lock_file&& other) noexcept
    : name_(std::move(other.name_)),
      directory_(std::move(other.directory_)),
      path_(std::move(other.path_)),
      file_(std::exchange(other.file_, -1)),
      how_(other.how_),
      label_(std::move(other.label_)),
      slot_(other.slot_),
      visitor_(other.visitor_),
      token_(other.token_),
      culprit_(other.culprit_) {}

lock_file::~lock_file() { file_handle closed(file_); }

// One that was made is opened again by its name: whoever looks at a process's descriptors would find
// a nameless file that is said to be deleted.
void lock_file::open(bool make) {
  segment_request wanted;
  wanted.name = name_;
  wanted.how = opening::open_only;
  wanted.wanted = lock_file_expectation();
  wanted.mapped = false;
  wanted.initialise = begin_epoch;
  file_facts found{};
  file_handle file;
  while (!file) {
    try {
      file = open_file(wanted, path_, found);
    } catch (const error& problem) {
      if (!make || problem.why() != cause::missing) throw;
      segment_request made = wanted;
      made.how = opening::open_or_create;
      open_file(made, path_, found);
    }
  }
  file_handle before(std::exchange(file_, not_a_standard_stream(std::move(file))));
}

// Whoever locks a file whose name leads to another one by now is alone with it.
bool lock_file::is_current() const { return leads_to(path_, file_); }

bool lock_file::take_slot(unsigned slots) {
  slots = std::clamp(slots, 1U, slots_at_most);
  for (unsigned i = 0; i < slots; ++i) {
    const int refused = try_byte(file_, slot_byte(i), byte_use::write);
    if (refused == 0) {
      slot_ = i;
      return true;
    }
    if (refused != EAGAIN) throw_os_error(refused, name_, path_, "cannot be locked");
  }
  return false;
}

bool lock_file::try_lock(const hold_wish& wish) {
  const int refused = try_byte(file_, main_byte, main_use(wish.how));
  if (refused != 0 && refused != EAGAIN) throw_os_error(refused, name_, path_, "cannot be locked");
  if (refused != 0) return false;
  if (wish.how != hold_kind::slot || take_slot(wish.slots)) return true;
  release_byte(file_, main_byte);
  return false;
}

// The next in line has the byte `queue`, so that those who share do not overtake one who waits to be
// alone.
bool lock_file::wait_in_queue(const hold_wish& wish, const deadline& until) {
  const auto must_end = [&](int refused) {
    if (refused != 0 && refused != ETIMEDOUT)
      throw_os_error(refused, name_, path_, "cannot be locked");
    return refused != 0;
  };
  if (must_end(wait_for_byte(file_, queue_byte, byte_use::write, until))) return false;
  if (must_end(wait_for_byte(file_, main_byte, main_use(wish.how), until))) return false;
  if (wish.how != hold_kind::slot) return true;
  while (!take_slot(wish.slots)) {
    if (until.has_passed()) return false;
    sleep_or_signal(look_for_slot_nanoseconds);
  }
  return true;
}

bool lock_file::wait_for_lock(const hold_wish& wish, const deadline& until) {
  if (try_byte(file_, queue_byte, byte_use::write) == 0) {  // else somebody waits, and is first
    const bool got = try_lock(wish);
    release_byte(file_, queue_byte);
    if (got) return true;
  }
  enter_visitor(wish, false);
  const bool got = wait_in_queue(wish, until);
  release_byte(file_, queue_byte);
  if (!got) release_byte(file_, main_byte);
  leave_visitor();
  return got;
}

bool lock_file::lock_this_file(const hold_wish& wish, const deadline& until) {
  return until.has_passed() ? try_lock(wish) : wait_for_lock(wish, until);
}

bool lock_file::lock(const hold_wish& wish, const deadline& until) {
  how_ = wish.how;
  label_ = wish.label;
  for (;;) {
    if (!lock_this_file(wish, until)) return false;
    if (is_current()) break;
    slot_.reset();
    open(true);
  }
  settle();
  if (how_ == hold_kind::shared) enter_visitor(wish, true);
  return true;
}

// An entry is taken by locking its byte. There may be none left: then nobody sees who it is.
void lock_file::enter_visitor(const hold_wish& wish, bool holds) {
  for (unsigned i = 0; i < visitors_at_most; ++i) {
    if (try_byte(file_, visitor_byte(i), byte_use::write) != 0) continue;
    visitor_ = i;
    lock_file_entry entry;
    entry.waits = holds ? 0 : 1;
    entry.how = static_cast<std::uint32_t>(wish.how);
    entry.who = make_record(0, wish.label);
    write_part(*this, visitor_place(i), entry);
    return;
  }
}

void lock_file::leave_visitor() {
  if (!visitor_) return;
  release_byte(file_, visitor_byte(*visitor_));
  visitor_.reset();
}

std::uint64_t lock_file::begin() {
  if (how_ == hold_kind::shared) {
    token_ = read_part<lock_file_marks>(*this, marks_place).epoch;
    return token_;
  }
  const marks_guard alone(*this, how_ != hold_kind::exclusive);
  auto mark = read_part<lock_file_marks>(*this, marks_place);
  token_ = ++mark.epoch;
  const owner_record me = make_record(token_, label_);
  if (how_ == hold_kind::exclusive) {
    mark.dirty = token_;
    write_part(*this, owner_place, me);
    write_part(*this, marks_place, mark);
    return token_;
  }
  write_part(*this, marks_place, mark);
  const std::uint64_t used = read_part<std::uint64_t>(*this, table_place);
  if (used <= *slot_) write_part(*this, table_place, std::uint64_t{*slot_} + 1);
  lock_file_entry entry;
  entry.dirty = token_;
  entry.how = static_cast<std::uint32_t>(how_);
  entry.who = me;
  write_part(*this, slot_place(*slot_), entry);
  return token_;
}

void lock_file::finish(work how) {
  if (how_ != hold_kind::shared) {
    const marks_guard alone(*this, how_ != hold_kind::exclusive);
    const bool is_alone = how_ == hold_kind::exclusive;
    if (how == work::cut_off)
      set_culprit(
          read_part<owner_record>(
              *this, is_alone ? owner_place : slot_place(*slot_) + offsetof(lock_file_entry, who)),
          token_);
    write_part(*this,
               is_alone ? marks_place + offsetof(lock_file_marks, dirty)
                        : slot_place(*slot_) + offsetof(lock_file_entry, dirty),
               std::uint64_t{0});
  }
  // Not by releasing bytes, which would take them from those who have inherited the descriptor.
  file_handle closed(std::exchange(file_, -1));
}

void lock_file::unlock() {
  leave_visitor();
  if (slot_) release_byte(file_, slot_byte(*slot_));
  slot_.reset();
  release_byte(file_, main_byte);
}

void lock_file::remove() {
  if (const int refused = remove_file(path_, file_))
    throw_os_error(refused, name_, path_, "cannot be removed");
}

}  // namespace holdfast::process
