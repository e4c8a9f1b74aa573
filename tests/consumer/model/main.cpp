// SPDX-License-Identifier: BSL-1.0
// A newcomer's test: two threads hand over a value, right and with an order too weak.
#include <iostream>

#include <holdfast/model/atomic.hpp>
#include <holdfast/model/check.hpp>
#include <holdfast/model/platform.hpp>

namespace model = holdfast::model;
using model::order;

model::result hand_over(order publish) {
  return model::explore("hand over", {}, [publish](model::scenario& s) {
    auto& ready = s.make<model::bare::atomic<int>>("ready");
    auto& data = s.make<model::var<int>>("data");
    s.thread("writer", [&ready, &data, publish] {
      data.set(42);
      ready.store(1, publish);
    });
    s.thread("reader", [&ready, &data] {
      while (ready.load(order::acquire) == 0) model::bare::pause();
      model::expect(data.get() == 42, "half a message");
    });
  });
}

int main() {
  const model::result right = hand_over(order::release);
  const model::result wrong = hand_over(order::relaxed);
  const bool found = right && !wrong && !wrong.table.empty();
  std::cout << (found ? "found the weak order" : right.summary() + '\n' + wrong.summary()) << '\n';
  return found ? 0 : 1;
}
