// SPDX-License-Identifier: BSL-1.0
// Checks a piece of code of one's own in every way that two threads can run through it.
#include <cstdio>

#include <holdfast/model/atomic.hpp>
#include <holdfast/model/check.hpp>

using holdfast::model::atomic;
using holdfast::model::expect;
using holdfast::model::explore;
using holdfast::model::order;
using holdfast::model::scenario;
using holdfast::model::var;

// [check]
// A flag that publishes data: is it right?
holdfast::model::result publishing(order publish) {
  return explore("publishing", {}, [publish](scenario& s) {
    auto& ready = s.make<atomic<int>>("ready");
    auto& data = s.make<var<int>>("data");  // plain data: every access must be ordered
    s.thread("writer", [&ready, &data, publish] {
      data.set(42);
      ready.store(1, publish);
    });
    s.thread("reader", [&ready, &data] {
      if (ready.load(order::acquire) == 1) expect(data.get() == 42, "half a message");
    });
  });
}
// [/check]

int main() {
  const auto right = publishing(order::release);
  const auto wrong = publishing(order::relaxed);
  std::printf("%s\n%s\n%s\n%s", right.summary().c_str(), wrong.summary().c_str(),
              wrong.failure.c_str(), wrong.table.c_str());
  return right && !wrong ? 0 : 1;
}
