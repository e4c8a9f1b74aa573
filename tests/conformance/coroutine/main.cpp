// SPDX-License-Identifier: BSL-1.0
// Runs the suites of the asynchronous forms: --setting=inline|loop|pool|mixed, one a run.
#include <cstdio>
#include <string_view>

#include "conformance/coroutine/suite.hpp"

int main(int count, char** arguments) {
  using holdfast::test::kind;
  ::testing::InitGoogleTest(&count, arguments);
  const std::string_view chosen = count == 2 ? arguments[1] : "";
  std::vector<kind> kinds;
  if (chosen == "--setting=loop") {
    kinds = {kind::coroutine_of_loop};
  } else if (chosen == "--setting=pool") {
    kinds = {kind::coroutine_of_pool};
  } else if (chosen == "--setting=mixed") {
    kinds = {kind::coroutine_of_pool,     kind::thread,
             kind::coroutine_of_releaser, kind::fiber,
             kind::fiber_of_pool,         kind::coroutine_of_loop};
  } else if (chosen != "--setting=inline") {
    std::fprintf(stderr, "usage: %s --setting=inline|loop|pool|mixed\n", arguments[0]);
    return 2;
  }
  holdfast::test::setting all(std::move(kinds));
  holdfast::test::setting::current = &all;
  return RUN_ALL_TESTS();
}
