// SPDX-License-Identifier: BSL-1.0
// Coroutines that go on in Boost.Asio: in an io_context, and in its thread_pool.
#if __has_include(<boost/asio.hpp>)
#include <coroutine>
#include <cstdio>
#include <exception>
#include <optional>
#include <utility>  // which Asio 1.74 forgets for its own coroutines

#include <boost/asio.hpp>

#include <holdfast/async.hpp>

namespace asio = boost::asio;

struct job {
  struct promise_type {
    job get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

// [asio]
// Asio's executors have the execute() that a wait needs. What is posted there must not run within
// it: by itself an io_context would do that on its own thread.
template <class Context>
auto resume_on(Context& context) {
  return holdfast::resume_on(
      asio::require(context.get_executor(), asio::execution::blocking.never));
}

job produces(asio::io_context& context, holdfast::bounded_queue<int>& queue) {
  for (int i = 1; i <= 1'000; ++i) co_await queue.push_async(i, resume_on(context));
  queue.close();
}

job sums(asio::thread_pool& pool, holdfast::bounded_queue<int>& queue, holdfast::mutex<long>& sum) {
  for (;;) {
    const std::optional<int> next = co_await queue.pop_async(resume_on(pool));
    if (!next) co_return;
    auto total = co_await sum.lock_async(resume_on(pool));
    *total += *next;
  }
}
// [/asio]

int main() {
  holdfast::bounded_queue<int> queue(8);
  holdfast::mutex<long> sum(0L);
  asio::io_context context;
  asio::thread_pool pool(2);
  for (int i = 0; i < 4; ++i) sums(pool, queue, sum);
  produces(context, queue);
  auto keep = asio::make_work_guard(context);
  while (!queue.is_closed()) context.run_one();
  pool.join();
  std::printf("%ld\n", sum.copy());
  return sum.copy() == 500'500 ? 0 : 1;
}
#else
#include <cstdio>

int main() {
  std::puts("skipped: needs Boost.Asio (Debian: libboost-dev)");
  return 77;
}
#endif
