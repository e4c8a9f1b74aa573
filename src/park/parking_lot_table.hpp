// SPDX-License-Identifier: BSL-1.0
// The table behind the parking lot: buckets, their queues, and growth.
#pragma once

#include <new>

#include "holdfast/park/parking_lot.hpp"
#include "holdfast/wait/futex_mutex.hpp"
#include "holdfast/wait/tuning.hpp"

#include "base/address_hash.hpp"

namespace holdfast::detail {

template <class Platform>
struct alignas(64) basic_parking_lot<Platform>::bucket {
  // All zero is an empty bucket, as fresh pages are.
  futex_mutex<Platform> mutex;
  std::uint32_t random;         // state of the generator of hand-off times
  std::int64_t hand_off_after;  // on the monotonic clock
  waiter* first;
  waiter* last;

  void append(waiter& w) noexcept {
    w.next = nullptr;
    w.previous = last;
    (last != nullptr ? last->next : first) = &w;
    last = &w;
    w.queued = true;
  }

  // Behind those who ask, before all others.
  void insert_asking(waiter& w) noexcept {
    waiter* before = nullptr;
    waiter* after = first;
    while (after != nullptr && after->asks) {
      before = after;
      after = after->next;
    }
    w.previous = before;
    w.next = after;
    (before != nullptr ? before->next : first) = &w;
    (after != nullptr ? after->previous : last) = &w;
    w.queued = true;
  }

  void remove(waiter& w) noexcept {
    (w.previous != nullptr ? w.previous->next : first) = w.next;
    (w.next != nullptr ? w.next->previous : last) = w.previous;
    w.queued = false;
  }

  // The oldest waiter of `key` from `start` on, or null.
  static waiter* find(waiter* start, const void* key) noexcept {
    while (start != nullptr && start->key.load(order::relaxed) != key) start = start->next;
    return start;
  }

  static waiter* find_back(waiter* start, const void* key) noexcept {
    while (start != nullptr && start->key.load(order::relaxed) != key) start = start->previous;
    return start;
  }

  // True once in a random while, at most tuning::barging_ns_at_most apart.
  bool time_to_hand_off() noexcept {
    const std::int64_t now = Platform::monotonic_now();
    if (now < hand_off_after) return false;
    random = random * 1664525U + 1013904223U;  // Numerical Recipes' generator: any will do
    hand_off_after = now + static_cast<std::int64_t>((random >> 8U) % tuning::barging_ns_at_most);
    return true;
  }

  // Whether a newcomer for `key` has to walk past too many waiters of other keys.
  bool is_crowded_for(const void* key) const noexcept {
    unsigned strangers = 0;
    for (const waiter* w = first; w != nullptr; w = w->next) {
      if (w->key.load(order::relaxed) == key) return false;
      if (++strangers > tuning::strangers_at_most) return true;
    }
    return false;
  }
};

// The buckets follow the header in memory. All zero is an empty table of the first size.
template <class Platform>
struct alignas(64) basic_parking_lot<Platform>::table {
  unsigned bits_grown;  // fixed after construction

  unsigned bits() const noexcept { return tuning::first_table_bits + bits_grown; }
  std::size_t size() const noexcept { return std::size_t{1} << bits(); }
  bucket* buckets() noexcept { return std::launder(reinterpret_cast<bucket*>(this + 1)); }

  static constexpr std::size_t bytes(unsigned bits) noexcept {
    return sizeof(table) + (std::size_t{1} << bits) * sizeof(bucket);
  }

  // An empty table, or null when there is no memory.
  static table* make(unsigned bits) noexcept {
    void* const zeroed = Platform::map_pages(bytes(bits));
    if (zeroed == nullptr) return nullptr;
    auto* const made = static_cast<table*>(zeroed);
    made->bits_grown = bits - tuning::first_table_bits;
    return made;
  }
};

template <class Platform>
typename basic_parking_lot<Platform>::bucket& basic_parking_lot<Platform>::bucket_in(
    table& in, const void* key) noexcept {
  return in.buckets()[place_of_address(key, in.bits())];
}

template <class Platform>
typename basic_parking_lot<Platform>::table* basic_parking_lot<Platform>::current() noexcept {
  table* const grown = table_.load(order::acquire);  // [P1] the table's contents
  if (grown != nullptr) return grown;
  // The first table lies behind the lot in the process root, so that there always is one and nobody
  // has to make it.
  static_assert(sizeof(basic_parking_lot) <= alignof(table));
  static_assert(alignof(table) + table::bytes(tuning::first_table_bits) <=
                platform::process_root_of_readers);
  return std::launder(
      reinterpret_cast<table*>(reinterpret_cast<unsigned char*>(this) + alignof(table)));
}

template <class Platform>
typename basic_parking_lot<Platform>::bucket& basic_parking_lot<Platform>::lock_bucket(
    const void* key) noexcept {
  for (;;) {
    table* const in = current();
    bucket& found = bucket_in(*in, key);
    found.mutex.lock();
    // The table may have been outgrown while we waited; its growing held this very mutex.
    if (current() == in) return found;
    found.mutex.unlock();
  }
}

template <class Platform>
void basic_parking_lot<Platform>::lock_both(const void* a, const void* b, bucket*& of_a,
                                            bucket*& of_b) noexcept {
  for (;;) {
    table* const in = current();
    of_a = &bucket_in(*in, a);
    of_b = &bucket_in(*in, b);
    bucket* const low = of_a < of_b ? of_a : of_b;  // always in the order of addresses
    bucket* const high = of_a < of_b ? of_b : of_a;
    low->mutex.lock();
    if (high != low) high->mutex.lock();
    if (current() == in) return;
    if (high != low) high->mutex.unlock();
    low->mutex.unlock();
  }
}

template <class Platform>
void basic_parking_lot<Platform>::grow(table* outgrown) noexcept {
  if (outgrown->bits() >= tuning::largest_table_bits) return;
  for (std::size_t i = 0; i < outgrown->size(); ++i) outgrown->buckets()[i].mutex.lock();
  // Made under the locks, so that two threads that grow at once make one table.
  table* const larger = current() == outgrown ? table::make(outgrown->bits() + 2) : nullptr;
  if (larger != nullptr) {  // without memory long queues are slow, not wrong
    for (std::size_t i = 0; i < outgrown->size(); ++i) {
      bucket& old = outgrown->buckets()[i];
      // In order, so that the waiters of one key stay in order.
      while (waiter* const w = old.first) {
        old.remove(*w);
        bucket_in(*larger, w->key.load(order::relaxed)).append(*w);
      }
    }
    table_.store(larger, order::release);  // [P1]
  }
  for (std::size_t i = 0; i < outgrown->size(); ++i) outgrown->buckets()[i].mutex.unlock();
}

template <class Platform>
void basic_parking_lot<Platform>::forget_all_waiters() noexcept {
  table* const in = current();
  for (std::size_t i = 0; i < in->size(); ++i)
    ::new (static_cast<void*>(in->buckets() + i)) bucket{};
}

}  // namespace holdfast::detail
