// SPDX-License-Identifier: BSL-1.0
// What dead owners have left in a lock file, and how it is mended; and a look at all of it.
#include <algorithm>
#include <vector>

#include "holdfast/process/lock_file.hpp"

#include "process/byte_lock.hpp"
#include "process/lock_file_access.hpp"
#include "process/lock_file_layout.hpp"

namespace holdfast::process {
namespace {

using namespace detail;

// The entries up to the one that was ever used.
std::vector<lock_file_entry> read_slots(const lock_file& lock) {
  const auto used = static_cast<unsigned>(std::min<std::uint64_t>(
      read_part<std::uint64_t>(lock, table_place), lock_file::slots_at_most));
  std::vector<lock_file_entry> slots(used);
  for (unsigned i = 0; i < used; ++i) slots[i] = read_part<lock_file_entry>(lock, slot_place(i));
  return slots;
}

bool is_free(const lock_file& lock, std::uint64_t byte) noexcept {
  return use_by_others(lock.descriptor(), byte) == byte_use::none;
}

}  // namespace

// Once a lock is taken, a dirty mark of whoever had it is that of a dead owner. It becomes the
// culprit, so that the mark is free for the new owner and the poison stays until it is mended.
void lock_file::settle() {
  culprit_.reset();
  const marks_guard alone(*this, how_ != hold_kind::exclusive);
  auto mark = read_part<lock_file_marks>(*this, marks_place);
  if (mark.dirty != 0) {
    set_culprit(read_part<owner_record>(*this, owner_place), mark.dirty);
    write_part(*this, marks_place + offsetof(lock_file_marks, dirty), std::uint64_t{0});
  }
  settle_slots();
  mark = read_part<lock_file_marks>(*this, marks_place);
  if (mark.poisoned != 0) culprit_ = read_part<owner_record>(*this, culprit_place);
}

// Under the byte `marks`, or alone. An owner marks its slot under that byte too, so a slot that is
// dirty and not locked has lost its owner.
void lock_file::settle_slots() {
  const std::vector<lock_file_entry> slots = read_slots(*this);
  for (unsigned i = 0; i < slots.size(); ++i) {
    if (slots[i].dirty == 0) continue;
    if (slot_ != i && !is_free(*this, slot_byte(i))) continue;  // we are no owner yet
    set_culprit(slots[i].who, slots[i].dirty);
    write_part(*this, slot_place(i) + offsetof(lock_file_entry, dirty), std::uint64_t{0});
  }
}

void lock_file::set_culprit(const owner_record& who, std::uint64_t token) {
  write_part(*this, culprit_place, who);
  write_part(*this, marks_place + offsetof(lock_file_marks, poisoned), token);
}

void lock_file::clear_poison() {
  const marks_guard alone(*this, how_ != hold_kind::exclusive);
  write_part(*this, marks_place + offsetof(lock_file_marks, poisoned), std::uint64_t{0});
  culprit_.reset();
}

bool lock_file::clear_poison_for(std::uint64_t token) {
  const marks_guard alone(*this, true);
  const auto mark = read_part<lock_file_marks>(*this, marks_place);
  bool is_owner = mark.dirty == token && use_by_others(file_, main_byte) == byte_use::write;
  const std::vector<lock_file_entry> slots = read_slots(*this);
  for (unsigned i = 0; i < slots.size(); ++i)
    is_owner = is_owner || (slots[i].dirty == token && !is_free(*this, slot_byte(i)));
  if (token == 0 || !is_owner) return false;
  write_part(*this, marks_place + offsetof(lock_file_marks, poisoned), std::uint64_t{0});
  return true;
}

lock_file_view lock_file::look() const {
  lock_file_view view;
  view.path = path_;
  const auto mark = read_part<lock_file_marks>(*this, marks_place);
  view.token = mark.epoch;
  if (mark.poisoned != 0) view.culprit = read_part<owner_record>(*this, culprit_place);
  const byte_use main = use_by_others(file_, main_byte);
  view.is_held = main != byte_use::none;
  const auto owner = read_part<owner_record>(*this, owner_place);
  if (main == byte_use::write) {
    // Between taking the lock and begin() there is an owner whose name is not written yet.
    if (owner.token == mark.epoch)
      view.holders.push_back({owner, hold_kind::exclusive, 0, mark.dirty == 0});
  } else if (mark.dirty != 0) {
    view.culprit = owner;
  }
  const std::vector<lock_file_entry> slots = read_slots(*this);
  for (unsigned i = 0; i < slots.size(); ++i) {
    const bool has_owner = !is_free(*this, slot_byte(i));
    if (has_owner)
      view.holders.push_back({slots[i].who, hold_kind::slot, i, slots[i].dirty == 0});
    else if (slots[i].dirty != 0)
      view.culprit = slots[i].who;
  }
  for (unsigned i = 0; i < visitors_at_most; ++i) {
    if (is_free(*this, visitor_byte(i))) continue;
    const auto entry = read_part<lock_file_entry>(*this, visitor_place(i));
    (entry.waits != 0 ? view.waiters : view.holders)
        .push_back({entry.who, static_cast<hold_kind>(entry.how), 0, false});
  }
  if (!view.holders.empty()) view.how = view.holders.front().how;
  std::sort(
      view.waiters.begin(), view.waiters.end(),
      [](const lock_file_party& a, const lock_file_party& b) { return a.who.since < b.who.since; });
  return view;
}

}  // namespace holdfast::process
