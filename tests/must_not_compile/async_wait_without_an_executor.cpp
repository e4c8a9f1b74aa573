// SPDX-License-Identifier: BSL-1.0
// A coroutine that waits has to say where it goes on.
// expect: where does this coroutine go on after its wait
#include <coroutine>

#include "holdfast/async.hpp"

struct executor {
  template <class Function>
  void execute(const Function& f) {
    f();
  }
};

struct coroutine {
  struct promise_type {
    coroutine get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};

coroutine counts(holdfast::mutex<int>& m, [[maybe_unused]] executor& ex) {
#ifdef MUST_NOT_COMPILE
  auto owner = co_await m.lock_async();
#else
  auto owner = co_await m.lock_async(holdfast::resume_on(ex));
#endif
  ++*owner;
}
