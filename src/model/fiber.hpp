// SPDX-License-Identifier: BSL-1.0
// The threads of a model: stacks that take turns on one OS thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holdfast::model::detail {

// Runs a function on a stack of its own, until it suspends itself. Each fiber has its own exception
// globals, so that exceptions, uncaught_exceptions() and poisoning are those of a thread. One that
// is given up keeps what its frames own: nothing is unwound.
class fiber {
 public:
  using body = void (*)(void*);

  fiber() = default;
  fiber(const fiber&) = delete;
  fiber& operator=(const fiber&) = delete;

  // `stack` is the lowest address of `size` bytes. Whatever the fiber did before is forgotten.
  void prepare(void* stack, std::size_t size, body run, void* argument) noexcept;

  // From outside: runs it until it suspends itself or ends. From inside: suspend().
  void resume() noexcept;
  void suspend() noexcept;

  // Where its frames begin while it is suspended; and its exceptions, as a number.
  const void* top() const noexcept { return inside_; }
  std::uint64_t exceptions() const noexcept {
    return reinterpret_cast<std::uintptr_t>(globals_.caught) + globals_.uncaught;
  }

  // Clears what functions that have returned left on this stack.
  static void clear_below() noexcept;

  // Zeroed memory, at `wish` if that is free; null if there is none.
  static void* memory(std::uintptr_t wish, std::size_t size) noexcept;
  static void give_back(void* at, std::size_t size) noexcept;

 private:
  [[noreturn]] static void enter() noexcept;

  // The Itanium C++ ABI's __cxa_eh_globals.
  struct exception_globals {
    void* caught;
    unsigned int uncaught;
  };
  void swap_exception_globals() noexcept;

  void* inside_ = nullptr;   // its stack pointer while it is suspended
  void* outside_ = nullptr;  // that of whoever resumed it
  body run_ = nullptr;
  void* argument_ = nullptr;
  exception_globals globals_{};
};

}  // namespace holdfast::model::detail
