// SPDX-License-Identifier: BSL-1.0
// The register of reader slots: made from whole pages, shared by all copies of the library, never
// freed.
#include "holdfast/platform/reader_slots.hpp"

#include <cstddef>
#include <new>

#include "holdfast/platform/fork.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/platform/process_root.hpp"
#include "holdfast/platform/task.hpp"

#include "platform/row_of_thread.hpp"

namespace holdfast::platform {

constinit reader_slots no_reader_slots{reader_slots::never_free};

thread_local constinit reader_slots* this_threads_reader_slots = &no_reader_slots;

namespace {

constexpr std::size_t page_size = 4096;

// One page. All zero is a page of rows that nobody has had.
struct page_of_rows {
  static constexpr unsigned row_count = page_size / sizeof(reader_slots) - 1;

  atomic<unsigned> used;  // rows that were ever taken
  page_of_rows* next;     // fixed before the page is published
  reader_slots rows[row_count];
};
static_assert(sizeof(page_of_rows) == page_size);

// All zero is an empty register.
struct register_of_rows {
  atomic<page_of_rows*> first;
};
static_assert(process_root_of_readers + sizeof(register_of_rows) <= process_root_size);

register_of_rows& the_register() noexcept {
  void* const root = native::process_root();
  return *std::launder(
      reinterpret_cast<register_of_rows*>(static_cast<std::byte*>(root) + process_root_of_readers));
}

page_of_rows* map_page() noexcept {
  return static_cast<page_of_rows*>(native::map_pages(page_size));
}

bool is_empty(const reader_slots& row) noexcept {
  for (const reader_slots::slot& each : row.slots)
    if (each.load(order::relaxed) != 0) return false;
  return true;
}

// The row of a thread that has ended may still have something in it: a guard that lives on in
// another thread. It is left alone until that is gone.
bool take(reader_slots& row) noexcept {
  std::uint32_t expected = 0;
  if (!row.taken.compare_exchange(expected, 1, order::acquire, order::relaxed))  // [V5]
    return false;
  if (!is_empty(row)) {
    row.taken.store(0, order::release);  // [V5] what its thread left, passed on
    return false;
  }
  row.generation.fetch_add(1, order::relaxed);
  row.copies = 0;
  row.thread.store(this_owner(), order::relaxed);
  return true;
}

// Takes a row of `page` that nobody has had.
reader_slots* take_fresh(page_of_rows& page) noexcept {
  unsigned used = page.used.load(order::relaxed);
  while (used < page_of_rows::row_count) {
    if (page.used.compare_exchange(used, used + 1, order::relaxed, order::relaxed))
      // Somebody who looked through all rows just now may have been faster.
      return take(page.rows[used]) ? &page.rows[used] : take_fresh(page);
  }
  return nullptr;
}

reader_slots* take_one() noexcept {
  reader_slots* found = nullptr;
  // Another copy of the library may have got one for this thread.
  look_at_reader_slots([&found](reader_slots& row) {
    if (row.thread.load(order::relaxed) == this_owner()) found = &row;
    return found == nullptr;
  });
  if (found == nullptr)
    look_at_reader_slots([&found](reader_slots& row) {
      if (take(row)) found = &row;
      return found == nullptr;
    });
  if (found != nullptr) return found;

  auto& first = the_register().first;
  for (;;) {
    page_of_rows* newest = first.load(order::acquire);  // [V6] `next` of the page
    if (newest != nullptr)
      if (reader_slots* const fresh = take_fresh(*newest)) return fresh;
    page_of_rows* const mine = map_page();
    if (mine == nullptr) return nullptr;
    mine->next = newest;
    // Two threads may do this at once: then both pages are in the list.
    while (!first.compare_exchange(mine->next, mine, order::release, order::relaxed)) {  // [V6]
    }
  }
}

void give_back(reader_slots& mine) noexcept {
  if (--mine.copies != 0) return;
  mine.thread.store(0, order::relaxed);
  mine.taken.store(0, order::release);  // [V5] the next thread has the row as we left it
}

// The other threads of the parent do not exist here. What they read stays locked, as with any lock.
[[gnu::constructor]] void prepare_for_fork() noexcept {
  after_fork_in_child([] {
    look_at_reader_slots([](reader_slots& row) {
      if (row.thread.load(order::relaxed) != this_owner()) {
        row.thread.store(0, order::relaxed);
        row.wanted.store(0, order::relaxed);
        row.taken.store(0, order::relaxed);
      }
      return true;
    });
  });
}

}  // namespace

reader_slots& obtain_reader_slots() noexcept {
  const bool for_thread = this_task() == nullptr;
  if (for_thread) {
    if (row_of_thread::has_ended()) return no_reader_slots;
    if (reader_slots* const forgotten = row_of_thread::kept()) {
      this_threads_reader_slots = forgotten;
      return *forgotten;
    }
  }
  reader_slots* const mine = take_one();
  if (mine == nullptr) return no_reader_slots;
  ++mine->copies;
  if (for_thread && !row_of_thread::keep(*mine, &give_back)) {
    give_back(*mine);
    return no_reader_slots;
  }
  // Whoever runs tasks gives theirs back.
  this_threads_reader_slots = mine;
  return *mine;
}

void give_back_reader_slots_of_task() noexcept {
  reader_slots& mine = my_reader_slots();
  if (&mine == &no_reader_slots) return;
  this_threads_reader_slots = &no_reader_slots;
  give_back(mine);
}

reader_slots::slot* slot_left_behind(std::uintptr_t content) noexcept {
  const row_of_thread::left left = row_of_thread::left_behind();
  if (left.row == nullptr) return nullptr;
  for (reader_slots::slot& each : left.row->slots)
    if (each.load(order::acquire) == content &&  // [V2] a later thread's content comes with its
        left.row->generation.load(order::relaxed) == left.generation)  // generation
      return &each;
  return nullptr;
}

void look_at_reader_slots(detail::function_ref<bool(reader_slots&)> look) noexcept {
  page_of_rows* page = the_register().first.load(order::acquire);  // [V6]
  for (; page != nullptr; page = page->next) {
    const unsigned used = page->used.load(order::relaxed);
    for (unsigned i = 0; i < used; ++i)
      if (!look(page->rows[i])) return;
  }
}

}  // namespace holdfast::platform
