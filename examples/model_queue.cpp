// SPDX-License-Identifier: BSL-1.0
// A queue of one's own: the program runs it on real atomics, its test goes through all executions.
#include <cstdio>
#include <thread>

#include <holdfast/model/atomic.hpp>
#include <holdfast/model/check.hpp>
#include <holdfast/platform/atomic.hpp>

// [queue]
using holdfast::platform::order;

// A ring of two slots: one thread pushes, another one pops. [1] brings the value, [2] the room.
template <template <class> class Atomic, template <class> class Slot>
class ring {
 public:
  bool push(int value) {
    const unsigned end = pushed_.load(order::relaxed);
    if (end - popped_.load(order::acquire) == 2) return false;  // [2] full
    slots_[end % 2].set(value);
    pushed_.store(end + 1, order::release);  // [1]
    return true;
  }
  bool pop(int& value) {
    const unsigned begin = popped_.load(order::relaxed);
    if (pushed_.load(order::acquire) == begin) return false;  // [1] empty
    value = slots_[begin % 2].get();
    popped_.store(begin + 1, order::release);  // [2]
    return true;
  }

 private:
  Atomic<unsigned> pushed_;
  Atomic<unsigned> popped_;
  Slot<int> slots_[2];
};
// [/queue]

// [program]
template <class T>
class plain {
 public:
  T get() const { return value_; }
  void set(T value) { value_ = value; }

 private:
  T value_{};
};

using fast_ring = ring<holdfast::platform::atomic, plain>;  // what the program uses
// [/program]

// [check]
namespace model = holdfast::model;

model::result check_ring(const model::options& how) {
  return model::explore("ring", how, [](model::scenario& s) {
    auto& queue = s.make<ring<model::atomic, model::var>>("ring");
    auto& pushed = s.make<int>("pushed", 0);  // for the producer alone, then for the end
    auto& popped = s.make<int>("popped", 0);  // for the consumer alone, then for the end
    const auto pop = [&queue, &popped] {
      int value = 0;
      if (!queue.pop(value)) return false;
      model::expect(value == ++popped, "out of order");
      return true;
    };
    s.thread("producer", [&queue, &pushed] {
      for (int tries = 0; tries < 4; ++tries)
        if (queue.push(pushed + 1)) ++pushed;
    });
    s.thread("consumer", [pop] {
      for (int tries = 0; tries < 4; ++tries) pop();
    });
    s.after([pop, &pushed, &popped] {
      while (pop()) {
      }
      model::expect(popped == pushed, "a value is lost");
    });
  });
}
// [/check]

// [mutants]
// Is each order of the ring needed? Weakened one by one, each must be found.
bool every_order_is_needed(const model::result& right) {
  for (const model::mutation& weaker : right.mutations) {
    model::options how;
    how.changed = weaker;
    const model::result wrong = check_ring(how);
    std::printf("%s: %s\n%s\n", weaker.text().c_str(), wrong.failure.c_str(), wrong.table.c_str());
    if (wrong.failure.empty()) return false;
  }
  return !right.mutations.empty();
}
// [/mutants]

// As the program runs it: 20,000 values from one thread to another.
bool run_for_real() {
  constexpr int count = 20'000;
  fast_ring queue;
  std::jthread producer([&queue] {
    for (int i = 1; i <= count; ++i)
      while (!queue.push(i)) std::this_thread::yield();
  });
  for (int i = 1; i <= count; ++i) {
    int value = 0;
    while (!queue.pop(value)) std::this_thread::yield();
    if (value != i) return false;
  }
  return true;
}

int main() {
  const model::result right = check_ring({});
  std::printf("%s\n", right.summary().c_str());
  return right && every_order_is_needed(right) && run_for_real() ? 0 : 1;
}
