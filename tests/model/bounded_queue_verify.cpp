// SPDX-License-Identifier: BSL-1.0
// The bounded queue and its lock: no element is lost, doubled or half there, and nobody sleeps who
// could go on.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "holdfast/bounded_queue.hpp"

#include "condition_algorithm.hpp"
#include "lock/parking_lock_algorithm.hpp"
#include "model/programs.hpp"
#include "park/parking_lot_algorithm.hpp"

namespace holdfast::verify {
namespace {

// A pause that only delays is nothing here, and who naps until a favourite has left goes on when
// something has changed. Each thread has its row, behind the parking lot, from the beginning. Who
// builds counts as the first thread, so that this one may be the favourite when it starts.
struct unfavoured : model::steps {
  static void pause() noexcept {}
  static platform::futex_result futex_wait(const atomic<std::uint32_t>&, std::uint32_t,
                                           const deadline&) noexcept {
    model::detail::yield(where::current());
    return platform::futex_result::deadline_passed;
  }
  static reader_slots& my_reader_slots() noexcept {
    return model::detail::register_of_rows::instance()
        .rows[std::max(1U, model::detail::this_thread()) - 1];
  }
  static reader_slots& obtain_reader_slots() noexcept { return my_reader_slots(); }
};

// The same, and who locks a second time in a row is the favourite.
struct favoured : unfavoured {};

}  // namespace
}  // namespace holdfast::verify

namespace holdfast::detail {

template <>
inline constexpr std::uint32_t favour_after<verify::favoured> = 1;

}  // namespace holdfast::detail

namespace holdfast::verify {
namespace {

using model::expect;
using model::scenario;
using model::steps;
using model::var;

const deadline soon = model::any_time();

// Threads that take it as often as `rounds` says, each. The first one begins as its favourite.
auto owning(std::initializer_list<int> rounds) {
  return [rounds = std::vector<int>(rounds)](scenario& s) {
    auto& lock = s.make<detail::favouring_lock<favoured>>("lock");
    auto& count = s.make<var<int>>("count");
    const auto use = [&lock, &count] {
      const bool as_favourite = lock.lock();
      count.set(count.get() + 1);
      lock.unlock(as_favourite);
      return as_favourite;
    };
    use();
    use();
    expect(use(), "no favour was earned");
    int total = 3;
    for (const int times : rounds) {
      total += times;
      s.thread("owner", [use, times] {
        for (int r = 0; r < times; ++r) use();
      });
    }
    s.after([&count, total] { expect(count.get() == total, "two at once"); });
  };
}

const equivalent before_in_slot = {"favouring_lock.hpp", "store(inside(), order::release)",
                                   model::mutation::kind::no_release,
                                   "for a writer of a parking_rw_lock that waits for what the slot "
                                   "held before; there is none here"};

const bool favouring_lock = add({
    "favouring_lock",
    {"favouring_lock.hpp"},
    {{"1 and 1", complete(), owning({1, 1})},
     {"1 and 2", complete(), owning({1, 2})},
     {"2 and 1", complete(), owning({2, 1})},
     {"2 and 2", by_content(complete()), owning({2, 2})},
     {"1, 1 and 1", by_content(bounded(2)), owning({1, 1, 1})},
     {"1 and 6, the next favourite", by_content(bounded(2)), owning({1, 6})},
     {"2 and 7, the next favourite", by_content(bounded(2)), owning({2, 7}), false, true}},
    {before_in_slot},
});

// An element whose place and content the model knows.
class element {
 public:
  element(int number) { content_.set(number); }
  element(element&& from) noexcept {
    content_.set(from.content_.get());
    from.content_.set(0);
  }
  element& operator=(element&&) = delete;
  ~element() { content_.set(-1); }
  int number() const { return content_.get(); }

 private:
  var<int> content_;
};

// An element that throws when it is first moved, and what throws instead of becoming one.
struct explosive {};
class fragile {
 public:
  fragile(int number) { content_.set(number); }
  fragile(explosive) { throw 1; }
  fragile(fragile&& from) noexcept(false) {
    if (from.content_.get() < 100) {
      from.content_.set(from.content_.get() + 100);
      throw 1;
    }
    content_.set(from.content_.get());
    from.content_.set(0);
  }
  fragile& operator=(fragile&&) = delete;
  ~fragile() { content_.set(-1); }
  int number() const { return content_.get(); }

 private:
  var<int> content_;
};

// Elements are numbered 10, 11, 12... by the first producer, 20, 21... by the second.
struct received {
  int last[3] = {};
  int count = 0;
  void note(const element& e) {
    const int number = e.number();
    const int from = number / 10;
    expect(from == 1 || from == 2, "half an element");
    expect(number > last[from], "an element out of order, or twice");
    last[from] = number;
    ++count;
  }
};

template <class Platform>
struct queues {
  using queue = basic_bounded_queue<element, Platform>;

  static auto passing(std::size_t capacity, int producers, int each, int consumers) {
    return [=](scenario& s) {
      auto& q = s.make<queue>("queue", capacity);
      for (int p = 1; p <= producers; ++p)
        s.thread("producer", [&q, p, each] {
          for (int i = 0; i < each; ++i) q.push(p * 10 + i);
        });
      for (int c = 0; c < consumers; ++c)
        s.thread("consumer", [&q, mine = producers * each / consumers] {
          received all;
          for (int i = 0; i < mine; ++i) all.note(*q.pop());
        });
      s.after([&q] { expect(q.empty(), "an element too many"); });
    };
  }

  // Closed by the producer when it is done, or by somebody else.
  static auto closing(std::size_t capacity, int each, int consumers, bool by_another) {
    return [=](scenario& s) {
      auto& q = s.make<queue>("queue", capacity);
      auto& pushed = s.make<var<int>>("pushed");
      auto& popped = s.make<steps::atomic<int>>("popped");
      s.thread("producer", [&q, &pushed, each, by_another] {
        try {
          for (int i = 0; i < each; ++i) {
            q.push(10 + i);
            pushed.set(i + 1);
          }
        } catch (const queue_closed&) {
          expect(by_another, "closed by nobody");
        }
        if (!by_another) q.close();
      });
      if (by_another) s.thread("closes", [&q] { q.close(); });
      for (int c = 0; c < consumers; ++c)
        s.thread("consumer", [&q, &popped] {
          received all;
          while (const auto e = q.pop()) all.note(*e);
          popped.fetch_add(all.count, platform::order::relaxed);
        });
      s.after([&q, &pushed, &popped, consumers] {
        const int out = popped.load(platform::order::relaxed) + static_cast<int>(q.size());
        expect(out == pushed.get(), "an element was lost");
        expect(consumers == 0 || q.empty(), "left before the queue was drained");
      });
    };
  }

  // Two on one side, of which one may give up: the patient one gets what is there.
  static auto giving_up(bool push) {
    return [push](scenario& s) {
      auto& q = s.make<queue>("queue", std::size_t{push ? 1U : 2U});
      auto& moved = s.make<var<int>>("moved by the hasty one");
      if (push) {
        q.push(20);
        s.thread("patient", [&q] { q.push(21); });
        s.thread("hasty", [&q, &moved] { moved.set(q.try_push_until(10, soon) ? 1 : 0); });
        s.thread("consumer", [&q] {
          received all;
          all.note(*q.pop());
          all.note(*q.pop());
        });
        s.after([&] { expect(static_cast<int>(q.size()) == moved.get(), "an element was lost"); });
      } else {
        s.thread("patient", [&q] { received().note(*q.pop()); });
        s.thread("hasty", [&q, &moved] {
          const auto e = q.try_pop_until(soon);
          if (e) received().note(*e);
          moved.set(e ? 1 : 0);
        });
        s.thread("producer", [&q] {
          q.push(10);
          q.push(11);
        });
        s.after(
            [&] { expect(static_cast<int>(q.size()) + moved.get() == 1, "an element was lost"); });
      }
    };
  }

  static auto trying() {
    return [](scenario& s) {
      auto& q = s.make<queue>("queue", std::size_t{1});
      auto& pushed = s.make<var<int>>("pushed");
      auto& popped = s.make<var<int>>("popped");
      s.thread("tries to push", [&q, &pushed] {
        for (int i = 0; i < 2; ++i)
          if (q.try_push(10 + i)) pushed.set(pushed.get() + 1);
      });
      s.thread("tries to pop", [&q, &popped] {
        received all;
        for (int i = 0; i < 2; ++i)
          if (const auto e = q.try_pop()) all.note(*e);
        popped.set(all.count);
      });
      s.after([&] {
        expect(pushed.get() >= 1, "no room in an empty queue");
        expect(pushed.get() == popped.get() + static_cast<int>(q.size()), "an element was lost");
      });
    };
  }
};

// Two pop one element, and the first of them gets its exception instead.
auto throwing_out() {
  return [](scenario& s) {
    auto& q = s.make<basic_bounded_queue<fragile, unfavoured>>("queue", std::size_t{1});
    auto& got = s.make<steps::atomic<int>>("got");
    for (int i = 0; i < 2; ++i)
      s.thread("consumer", [&q, &got] {
        try {
          expect(q.pop()->number() == 110, "half an element");
          got.fetch_add(1, platform::order::relaxed);
        } catch (int) {
          got.fetch_add(10, platform::order::relaxed);
        }
      });
    s.thread("producer", [&q] { q.push(10); });
    s.after([&] {
      expect(got.load(platform::order::relaxed) == 11, "not one element and one exception");
      expect(q.empty(), "an element too many");
    });
  };
}

// Two push into one place, one of them in vain: room is not lost by it.
auto throwing_in() {
  return [](scenario& s) {
    auto& q = s.make<basic_bounded_queue<fragile, unfavoured>>("queue", std::size_t{1});
    q.push(110);
    s.thread("throws", [&q] {
      try {
        q.emplace(explosive{});
        expect(false, "an exception was lost");
      } catch (int) {
      }
    });
    s.thread("producer", [&q] { q.push(111); });
    s.thread("consumer", [&q] {
      expect(q.pop()->number() == 110, "out of order");
      expect(q.pop()->number() == 111, "out of order");
    });
    s.after([&q] { expect(q.empty(), "an element too many"); });
  };
}

std::vector<program> programs() {
  using plain = queues<unfavoured>;
  using biased = queues<favoured>;
  return {
      {"1 element", complete(), plain::passing(1, 1, 1, 1)},
      {"1 and 1, tried", complete(), plain::trying()},
      {"1 element, and closed", bounded(1), plain::closing(1, 1, 1, false)},
      {"2 elements, room for 1", bounded(2), plain::passing(1, 1, 2, 1)},
      {"2 elements, room for 1, favoured", bounded(2), biased::passing(1, 1, 2, 1)},
      {"a full queue, closed", bounded(1), plain::closing(1, 2, 0, true)},
      {"2 elements, closed by another", random(20'000), plain::closing(1, 2, 1, true)},
      {"2 producers, 1 consumer", random(20'000), plain::passing(1, 2, 1, 1)},
      {"1 producer, 2 consumers", random(20'000), plain::passing(1, 1, 2, 2)},
      {"2 pop, 1 has a deadline", random(20'000), plain::giving_up(false)},
      {"2 push, 1 has a deadline", random(20'000), plain::giving_up(true)},
      {"2 pop, 1 throws", random(20'000), throwing_out()},
      {"2 push, 1 throws", random(20'000), throwing_in()},
      {"2 and 2, favoured", random(20'000), biased::passing(2, 2, 2, 2)},
      {"1 element, and closed", bounded(2), plain::closing(1, 1, 1, false), false, true},
      {"2 pop, 1 has a deadline", random(3'000'000), plain::giving_up(false), false, true},
      {"2 push, 1 has a deadline", random(3'000'000), plain::giving_up(true), false, true},
      {"2 and 2, favoured", random(3'000'000, 2), biased::passing(2, 2, 2, 2), false, true},
  };
}

const bool bounded_queue = add({
    "bounded_queue",
    {"bounded_queue.hpp", "queue_parts.hpp"},
    programs(),
    {},
});

}  // namespace
}  // namespace holdfast::verify
