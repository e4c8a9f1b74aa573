// SPDX-License-Identifier: BSL-1.0
// pthread_once and call_once.
#include <pthread.h>
#include <threads.h>

#include <cstdint>

#include "export.hpp"
#include "foreign_program.hpp"
#include "passage.hpp"
#include "posix_once.hpp"
#include "setup.hpp"

namespace preload {
namespace {

using holdfast::platform::order;
using once = posix_once<foreign_program>;

constinit holdfast::platform::atomic<std::uint32_t> forks;

// The object of the caller.
once& of(int* control) noexcept { return *reinterpret_cast<once*>(control); }
static_assert(sizeof(once) == sizeof(pthread_once_t));
static_assert(sizeof(once) == sizeof(once_flag));

// A function that is being called, in the frame of its thread.
struct run {
  once& of;
  run* outer;
};
constinit thread_local run* innermost_run = nullptr;

}  // namespace

// In the child of a fork.
void forget_runs_of_other_threads() noexcept {
  forks.store(forks.load(order::relaxed) + once::one_fork, order::relaxed);
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
    left->of.give_up();
  }
  return continue_unwind;
}

namespace preload {
namespace {

[[gnu::cold]] void call_slow(once& control, void (*function)()) {
  const auto about_to_wait = [] { pass(step::wait, kind::once); };
  if (!control.begin(forks.load(order::relaxed), about_to_wait)) return;
  run here{control, innermost_run};
  innermost_run = &here;
  holdfast_call_for_once(function);
  innermost_run = here.outer;
  std::uint8_t seen = 0;
  pass(step::acquire, kind::once, &seen);  // there is no room in the object: each is counted here
  control.finish();
}

void call(int* control, void (*function)()) {
  once& here = of(control);
  if (!here.is_done()) [[unlikely]]
    call_slow(here, function);
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
