// SPDX-License-Identifier: BSL-1.0
// A thread's row, by thread-local variables.
#include "platform/row_of_thread.hpp"

#if !defined(_WIN32)

namespace holdfast::platform {
namespace {

thread_local constinit row_of_thread::left left_by_thread;
thread_local constinit bool ended = false;

struct at_end_of_thread {
  explicit at_end_of_thread(void (*end)(reader_slots&)) noexcept : give_back(end) {}
  at_end_of_thread(const at_end_of_thread&) = delete;
  at_end_of_thread& operator=(const at_end_of_thread&) = delete;
  ~at_end_of_thread() {
    reader_slots& mine = my_reader_slots();
    this_threads_reader_slots = &no_reader_slots;
    ended = true;
    if (&mine == &no_reader_slots) return;
    left_by_thread = {&mine, mine.generation.load(order::relaxed)};
    give_back(mine);
  }

  void (*give_back)(reader_slots&);
};

}  // namespace

bool row_of_thread::keep(reader_slots&, void (*give_back)(reader_slots&)) noexcept {
  static thread_local at_end_of_thread at_end(give_back);
  static_cast<void>(at_end);
  return true;
}

// Thread-local variables are not forgotten here.
reader_slots* row_of_thread::kept() noexcept { return nullptr; }
bool row_of_thread::has_ended() noexcept { return ended; }
row_of_thread::left row_of_thread::left_behind() noexcept { return left_by_thread; }

}  // namespace holdfast::platform

#endif
