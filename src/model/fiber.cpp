// SPDX-License-Identifier: BSL-1.0
// Switching between stacks.
#include "model/fiber.hpp"

#include <cstring>
#include <utility>

#include "platform/stacks.hpp"

namespace holdfast::model::detail {

namespace {
fiber* running = nullptr;  // models run on one OS thread at a time
}

void fiber::prepare(void* stack, std::size_t size, body run, void* argument) noexcept {
  run_ = run;
  argument_ = argument;
  globals_ = {};
  inside_ = platform::first_frame(stack, size, &fiber::enter);
}

void fiber::resume() noexcept {
  fiber* const before = std::exchange(running, this);
  swap_exception_globals();
  holdfast_model_switch(&outside_, inside_);
  swap_exception_globals();
  running = before;
}

void fiber::suspend() noexcept { holdfast_model_switch(&inside_, outside_); }

void fiber::swap_exception_globals() noexcept {
  static void* const of_thread =
      platform::exception_globals_of_this_thread();  // one OS thread runs them all
  exception_globals mine{};
  std::memcpy(&mine, of_thread, sizeof mine);
  std::memcpy(of_thread, &globals_, sizeof globals_);
  globals_ = mine;
}

void fiber::clear_below() noexcept { platform::clear_below(); }

void* fiber::memory(std::uintptr_t wish, std::size_t size) noexcept {
  return platform::map_near(wish, size);
}

void fiber::give_back(void* at, std::size_t size) noexcept { platform::unmap(at, size); }

void fiber::enter() noexcept {
  fiber& self = *running;
  self.run_(self.argument_);
  for (;;) self.suspend();
}

}  // namespace holdfast::model::detail
