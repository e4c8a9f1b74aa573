// SPDX-License-Identifier: BSL-1.0
// pthread_once and call_once.
#include <pthread.h>
#include <threads.h>

#include <climits>

#include "holdfast/wait/spin_wait.hpp"

#include "export.hpp"
#include "foreign_program.hpp"
#include "passage.hpp"
#include "setup.hpp"

namespace preload {
namespace {

using holdfast::platform::order;

// The object of the caller as the C library has it; 0 from the static initialiser.
//
//  bits | meaning
//  0    | a thread is in the function
//  1    | the function has returned
//  2-31 | how often the process had forked when that thread began: others do not exist any more
using once_word = holdfast::platform::atomic<std::uint32_t>;
constexpr std::uint32_t running = 1;
constexpr std::uint32_t done = 2;
constexpr std::uint32_t a_fork = 4;

constinit holdfast::platform::atomic<std::uint32_t> forks;

once_word& of(int* control) noexcept { return *reinterpret_cast<once_word*>(control); }
static_assert(sizeof(once_word) == sizeof(pthread_once_t));
static_assert(sizeof(once_word) == sizeof(once_flag));

// A function that is being called, in the frame of its thread.
struct run {
  once_word& word;
  run* outer;
};
constinit thread_local run* innermost_run = nullptr;

void finish(once_word& word, std::uint32_t as) noexcept {
  auto* const place = &word;
  place->store(as, order::release);  // [X3]
  // After this line the word may be gone.
  holdfast::platform::futex_wake(place, INT_MAX);
}

// False if it is done.
bool begin(once_word& word) noexcept {
  const std::uint32_t mine = forks.load(order::relaxed) | running;
  holdfast::detail::spin_before_park<foreign_program> wait;
  bool has_waited = false;
  for (;;) {
    std::uint32_t seen = word.load(order::acquire);  // [X3] receives what the function did
    if ((seen & done) != 0) return false;
    if (seen != mine) {
      if (word.compare_exchange(seen, mine,
                                order::acquire,  // [X3] a cancelled one may have been here
                                order::relaxed))
        return true;
      continue;
    }
    if (!has_waited) pass(step::wait, kind::once);
    has_waited = true;
    if (!wait.spin()) holdfast::platform::futex_wait(word, mine, holdfast::deadline::never());
  }
}

}  // namespace

// In the child of a fork.
void forget_runs_of_other_threads() noexcept {
  forks.store(forks.load(order::relaxed) + a_fork, order::relaxed);
}

}  // namespace preload

// Calls `function`. An exception, a cancellation and pthread_exit unwind through its frame, and the
// personality below is told: without one of C++'s, which would need the library of the program's C++.
extern "C" [[gnu::visibility("hidden")]] void holdfast_call_for_once(void (*function)());
__asm__(
    ".pushsection .text\n"
    ".globl holdfast_call_for_once\n"
    ".hidden holdfast_call_for_once\n"
    ".type holdfast_call_for_once, @function\n"
    "holdfast_call_for_once:\n"
    ".cfi_startproc\n"
    ".cfi_personality 0x1b, holdfast_once_personality\n"
    "subq $8, %rsp\n"
    ".cfi_adjust_cfa_offset 8\n"
    "call *%rdi\n"
    "addq $8, %rsp\n"
    ".cfi_adjust_cfa_offset -8\n"
    "ret\n"
    ".cfi_endproc\n"
    ".size holdfast_call_for_once, . - holdfast_call_for_once\n"
    ".popsection");

// As the Itanium C++ ABI has it. In the second phase, which passes each frame once, the function has been
// left for good: the next who comes calls it again.
extern "C" [[gnu::visibility("hidden"), gnu::used]] int holdfast_once_personality(int, int actions,
                                                                                  std::uint64_t,
                                                                                  void*,
                                                                                  void*) noexcept {
  constexpr int cleanup_phase = 2;
  constexpr int continue_unwind = 8;
  if ((actions & cleanup_phase) != 0) {
    preload::run* const left = preload::innermost_run;
    preload::innermost_run = left->outer;
    preload::finish(left->word, 0);
  }
  return continue_unwind;
}

namespace preload {
namespace {

[[gnu::cold]] void call_slow(once_word& word, void (*function)()) {
  if (!begin(word)) return;
  run here{word, innermost_run};
  innermost_run = &here;
  holdfast_call_for_once(function);
  innermost_run = here.outer;
  std::uint8_t seen = 0;
  pass(step::acquire, kind::once, &seen);  // there is no room in the object: each is counted here
  finish(word, done);
}

void call(int* control, void (*function)()) {
  once_word& word = of(control);
  if ((word.load(order::acquire) & done) == 0) [[unlikely]]  // [X3]
    call_slow(word, function);
}

}  // namespace
}  // namespace preload

HOLDFAST_PTHREAD_CALL(int, pthread_once)(pthread_once_t* control, void (*function)()) {
  preload::call(control, function);
  return 0;
}
HOLDFAST_PTHREAD_CALL(void, call_once)(once_flag* flag, void (*function)()) {
  preload::call(reinterpret_cast<int*>(flag), function);
}

HOLDFAST_PTHREAD_EXPORT(pthread_once, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(call_once, "GLIBC_2.34");
HOLDFAST_PTHREAD_ALSO(pthread_once, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(call_once, 2_28, "GLIBC_2.28");
HOLDFAST_PTHREAD_ALIAS(pthread_once, "GLIBC_2.2.5");
