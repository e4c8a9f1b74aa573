// SPDX-License-Identifier: BSL-1.0
// The rules of the view machine.
#include "model/memory.hpp"

#include <algorithm>
#include <cstring>

namespace holdfast::model::detail {

void memory::reset() noexcept {
  for (unsigned i = 0; i < count_; ++i) {
    locations_[i].messages.clear();
    locations_[i].gone = false;
    locations_[i].born_at = 0;
    locations_[i].born_when = 0;
    locations_[i].touched.fill(0);
    locations_[i].order = 0;
  }
  count_ = 0;
  plain_count_ = 0;
  threads_.fill({});
  // Clocks start at 1, so that an access before the first step is ordered after nothing.
  for (unsigned i = 0; i < threads_at_most; ++i) threads_[i].current.clock[i] = 1;
  seq_cst_ = {};
  heavy_ = {};
  seq_cst_order_ = heavy_order_ = 0;
}

std::uint64_t memory::orders() const noexcept {
  std::uint64_t all = 0;
  for (unsigned i = 0; i < count_; ++i)
    if (locations_[i].order != 0)
      all += mixed(reinterpret_cast<std::uintptr_t>(locations_[i].address), locations_[i].order);
  return all;
}

std::uint64_t memory::state() const noexcept {
  std::uint64_t all = orders();
  for (unsigned t = 0; t < threads_at_most; ++t) all += mixed(t, threads_[t].history);
  return all;
}

int memory::location_of(const void* address, std::size_t size) {
  for (unsigned i = count_; i-- > 0;)
    if (locations_[i].address == address) {
      locations_[i].size = std::max(locations_[i].size, size);
      return static_cast<int>(i);
    }
  if (count_ == locations_at_most) return -1;
  location& fresh = locations_[count_];
  fresh.address = address;
  fresh.size = size;
  value initial = 0;
  std::memcpy(&initial, address, size);  // little-endian, as the CPUs it runs on
  fresh.messages.push_back({initial, {}, 0});
  return static_cast<int>(count_++);
}

void memory::born(unsigned thread, const void* address, value initial) {
  const int found = location_of(address, 0);
  if (found < 0) return;  // the first access tells
  location& made = locations_[static_cast<unsigned>(found)];
  made.gone = false;
  made.touched.fill(0);
  made.born_by = static_cast<std::uint8_t>(thread);
  made.born_when = threads_[thread].current.clock[thread];
  write(thread, static_cast<unsigned>(found), initial, order::relaxed, nullptr);
  made.born_at = newest(static_cast<unsigned>(found));
}

bool memory::gone(unsigned thread, const void* address) noexcept {
  bool ordered = true;
  note(thread, 1);
  for (unsigned l = 0; l < count_; ++l) {
    location& ending = locations_[l];
    if (ending.address != address) continue;
    ending.gone = true;
    for (unsigned t = 0; t < threads_at_most; ++t)
      ordered = ordered && (t == thread || ending.touched[t] <= threads_[thread].current.clock[t]);
  }
  return ordered;
}

bool memory::touch(unsigned thread, unsigned l) noexcept {
  location& reached = locations_[l];
  const view& seen = threads_[thread].current;
  reached.touched[thread] = seen.clock[thread];
  return reached.born_when <= seen.clock[reached.born_by];
}

value memory::read(unsigned thread, unsigned l, unsigned index, order o) {
  thread_views& mine = threads_[thread];
  const message& from = locations_[l].messages[index];
  note(thread, index + 2);
  row_read_ = from.row;
  was_old_ = index != newest(l);
  if (mine.current.at[l] < static_cast<std::int16_t>(index))
    mine.current.at[l] = static_cast<std::int16_t>(index);
  mine.acquired.join(from.seen);
  if (acquires(o)) mine.current.join(from.seen);
  return from.written;
}

view memory::view_of_write(unsigned thread, order o) const noexcept {
  const thread_views& mine = threads_[thread];
  return releases(o) ? mine.current : mine.released;
}

void memory::append(unsigned thread, unsigned l, value written, const view& seen) {
  location& to = locations_[l];
  note(thread, to.messages.size());
  to.order = mixed(to.order, threads_[thread].history);
  to.messages.push_back({written, seen, row_});
}

void memory::write(unsigned thread, unsigned l, value written, order o, const message* read_from) {
  const auto index = static_cast<std::int16_t>(locations_[l].messages.size());
  threads_[thread].current.at[l] = index;
  view seen = view_of_write(thread, o);
  if (read_from != nullptr) seen.join(read_from->seen);
  seen.at[l] = index;
  append(thread, l, written, seen);
  tick(thread);  // what follows is not part of what was released
}

void memory::write_both(unsigned thread, unsigned first, value to_first, unsigned second,
                        value to_second, order o) {
  const auto& a = locations_[first].messages;
  const auto& b = locations_[second].messages;
  view seen = view_of_write(thread, o);
  seen.join(a.back().seen);
  seen.join(b.back().seen);
  seen.at[first] = static_cast<std::int16_t>(a.size());
  seen.at[second] = static_cast<std::int16_t>(b.size());
  threads_[thread].current.at[first] = seen.at[first];
  threads_[thread].current.at[second] = seen.at[second];
  append(thread, first, to_first, seen);
  append(thread, second, to_second, seen);
  tick(thread);
}

void memory::fence(unsigned thread, fence_kind kind) {
  thread_views& mine = threads_[thread];
  switch (kind) {
    case fence_kind::acquire:
      mine.current.join(mine.acquired);
      break;
    case fence_kind::release:
      mine.released = mine.current;
      break;
    case fence_kind::seq_cst:
    case fence_kind::heavy:
    case fence_kind::restart:
      mine.current.join(mine.acquired);
      note(thread, seq_cst_order_);
      // The order of such fences is not happens-before: no clocks.
      mine.current.join_locations(seq_cst_);
      seq_cst_.join_locations(mine.current);
      if (kind != fence_kind::seq_cst) {
        for (const thread_views& each : threads_) {
          mine.current.join_locations(each.light);
          note(thread, each.light_history);
        }
        heavy_order_ = mixed(heavy_order_, mine.history);
        seq_cst_.join_locations(mine.current);
        heavy_.join_locations(mine.current);
      }
      seq_cst_order_ = mixed(seq_cst_order_, mine.history);
      mine.released = mine.current;
      mine.acquired.join(mine.current);
      break;
    case fence_kind::light:
      mine.current.join_locations(heavy_);
      mine.acquired.join_locations(heavy_);
      mine.light = mine.current;
      note(thread, heavy_order_);
      mine.light_history = mine.history;
      break;
  }
  tick(thread);
}

void memory::begin_sequence(unsigned thread) noexcept {
  threads_[thread].current.join_locations(heavy_);
  threads_[thread].acquired.join_locations(heavy_);
  note(thread, heavy_order_);
}

void memory::commit_sequence(unsigned thread) noexcept {
  threads_[thread].light = threads_[thread].current;
  threads_[thread].light_history = threads_[thread].history;
}

void memory::see_newest(unsigned thread) noexcept {
  note(thread, orders());
  for (unsigned i = 0; i < count_; ++i)
    threads_[thread].current.at[i] = static_cast<std::int16_t>(newest(i));
}

void memory::start(unsigned thread, unsigned parent) noexcept {
  tick(parent);
  const std::int16_t own = threads_[thread].current.clock[thread];
  threads_[thread].current = threads_[parent].current;
  threads_[thread].current.clock[thread] = own;
  threads_[thread].acquired = threads_[thread].current;
}

void memory::join(unsigned into, unsigned thread) noexcept {
  threads_[into].current.join(threads_[thread].current);
}

memory::plain* memory::plain_at(const void* at) noexcept {
  for (unsigned i = 0; i < plain_count_; ++i)
    if (plain_[i].address == at) return &plain_[i];
  if (plain_count_ == plain_at_most) return nullptr;
  plain& fresh = plain_[plain_count_++];
  fresh = {};
  fresh.address = at;
  return &fresh;
}

memory::plain_access memory::plain_read(unsigned thread, const void* at) noexcept {
  plain* const data = plain_at(at);
  if (data == nullptr) return plain_access::too_many;
  const view& seen = threads_[thread].current;
  data->read_at[thread] = seen.clock[thread];
  return data->written_at <= seen.clock[data->written_by] ? plain_access::ordered
                                                          : plain_access::races;
}

memory::plain_access memory::plain_write(unsigned thread, const void* at) noexcept {
  plain* const data = plain_at(at);
  if (data == nullptr) return plain_access::too_many;
  const view& seen = threads_[thread].current;
  bool ordered = data->written_at <= seen.clock[data->written_by];
  for (unsigned t = 0; t < threads_at_most; ++t)
    ordered = ordered && (t == thread || data->read_at[t] <= seen.clock[t]);
  data->written_by = static_cast<std::uint8_t>(thread);
  data->written_at = seen.clock[thread];
  return ordered ? plain_access::ordered : plain_access::races;
}

}  // namespace holdfast::model::detail
