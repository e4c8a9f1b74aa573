// SPDX-License-Identifier: BSL-1.0
// A guard that keeps its mutex alive: it may outlive every other owner of it.
#include <cstdio>
#include <memory>
#include <utility>

#include <holdfast/owned_guard.hpp>

using shared_counter = std::shared_ptr<holdfast::mutex<int>>;

// [owned]
// The mutex is local; the guard that is returned carries it along.
auto begin_session() {
  auto counter = std::make_shared<holdfast::mutex<int>>(41);
  return holdfast::lock_owned(std::move(counter));
}
// [/owned]

int main() {
  shared_counter kept;
  {
    auto session = begin_session();
    ++*session;
    kept = session.mutex();
    if (kept->try_lock()) return 1;  // the session holds it
  }
  const int value = kept->copy();
  std::printf("%d\n", value);
  return value == 42 && kept.use_count() == 1 ? 0 : 1;
}
