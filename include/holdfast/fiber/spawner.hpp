// SPDX-License-Identifier: BSL-1.0
// The members by which fibers are spawned, the same for everything that runs fibers.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "holdfast/fiber/handle.hpp"
#include "holdfast/fiber/options.hpp"

namespace holdfast::fiber::detail {

class crew;

// Makes a fiber of `to_run` and gives it to the crew, which owns a share of it from then on. May
// throw, and then has taken nothing.
HOLDFAST_EXPORT void start(crew& by, state& to_run, std::size_t stack_size);

// The crew that runs the calling fiber. Throws std::system_error (operation_not_permitted) if it is
// none.
HOLDFAST_EXPORT crew& this_crew();

template <class F>
auto spawn_by(crew& by, options how, F&& f) {
  using function = std::decay_t<F>;
  using shared_type = spawned<function>;
  struct releases {
    void operator()(state* unstarted) const noexcept { unstarted->release(); }
  };
  std::unique_ptr<shared_type, releases> shared(
      new shared_type(std::move(how.name), std::forward<F>(f)));
  start(by, *shared, how.stack_size);
  return handle<result_of<function>>(shared.release());
}

// Base class of what runs fibers; `Runs` has `crew& its_crew()`.
template <class Runs>
class spawner {
 public:
  // A new fiber that calls `f`, with its stop_token if `f` takes one. It begins when its turn has
  // come. From any thread. Throws what copying `f` and allocating throws, std::system_error if there
  // is no memory for its stack; then there is no fiber.
  template <class F>
    requires fiber_function<std::decay_t<F>>
  handle<result_of<std::decay_t<F>>> spawn(F&& f) {
    return spawn({}, std::forward<F>(f));
  }
  template <class F>
    requires fiber_function<std::decay_t<F>>
  handle<result_of<std::decay_t<F>>> spawn(options how, F&& f) {
    return spawn_by(static_cast<Runs&>(*this).its_crew(), std::move(how), std::forward<F>(f));
  }

  // The same for whoever does not want to hear of it: an executor, as coroutines need one.
  template <class F>
    requires fiber_function<std::decay_t<F>>
  void execute(F&& f) {
    spawn(std::forward<F>(f)).detach();
  }
};

}  // namespace holdfast::fiber::detail
