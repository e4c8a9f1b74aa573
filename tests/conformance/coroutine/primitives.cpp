// SPDX-License-Identifier: BSL-1.0
// Everything that coroutines can wait for, one line each.
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "holdfast/async.hpp"

#include "conformance/coroutine/turnstile.hpp"
#include "support/party.hpp"
#include "support/poison.hpp"
#include "support/queue_waiters.hpp"
#include "support/task.hpp"
#include "support/waiting.hpp"

namespace holdfast::test {
namespace {

// Calls `Self::take_turn(who, ends...)`, a coroutine, with every form of ends.
template <class Self>
class turnstile_of : public turnstile {
 public:
  task<bool> take(party who, ends until) final {
    Self& self = static_cast<Self&>(*this);
    switch (until.as) {
      case ends::form::none:
        return self.take_turn(who);
      case ends::form::duration:
        return self.take_turn(who, until.after);
      case ends::form::deadline:
        return self.take_turn(who, deadline::in(until.after));
      case ends::form::civil_point:
        return self.take_turn(who, std::chrono::system_clock::now() + until.after);
      case ends::form::stop:
        return self.take_turn(who, until.stop);
      default:
        return self.take_turn(who, deadline::in(until.after), until.stop);
    }
  }
};

// The owner of the lock has the turn.
template <class Lock>
class mutex_turn final : public turnstile_of<mutex_turn<Lock>> {
 public:
  template <class... Ends>
  task<bool> take_turn(party who, Ends... until) {
    auto owner = co_await who.lock(mutex_, until...);
    if (!owner) co_return false;
    owner_ = std::move(owner);
    co_return true;
  }
  task<> give_back(party) override {
    auto owner = std::move(owner_);
    co_return;
  }
  bool try_take() override {
    auto owner = mutex_.try_lock();
    if (!owner) return false;
    owner_ = std::move(owner);
    return true;
  }
  std::size_t waiting() override { return queued_for(mutex_); }
  void leave() override {
    try {
      const auto owner = std::move(owner_);
      throw leaving{};
    } catch (const leaving&) {
    }
  }
  void clear_poison() override { mutex_.clear_poison(); }

 private:
  using mutex_type = mutex<int, Lock>;
  mutex_type mutex_{0};
  guard<mutex_type> owner_;  // by whoever has the turn
};

// A flag below a mutex, for those who wait until it is not set.
template <class Lock>
class flag_turn {
 protected:
  using mutex_type = mutex<bool, Lock>;

  bool try_take_flag() {
    const auto owner = taken_.try_lock();
    return owner && !std::exchange(*owner, true);
  }
  void leave_by_flag() {
    try {
      const auto owner = taken_.lock();
      *owner = false;
      throw leaving{};
    } catch (const leaving&) {
    }
  }

  mutex_type taken_{false};
};

// Whoever has set the flag has the turn; who waits asks for it by lock_when.
template <class Lock>
class lock_when_turn final : public turnstile_of<lock_when_turn<Lock>>, flag_turn<Lock> {
 public:
  template <class... Ends>
  task<bool> take_turn(party who, Ends... until) {
    const auto is_free = [](bool taken) { return !taken; };
    const auto owner = co_await who.lock_when(this->taken_, is_free, until...);
    if (!owner) co_return false;
    *owner = true;
    co_return true;
  }
  task<> give_back(party who) override {
    const auto owner = co_await who.lock(this->taken_);
    *owner = false;
  }
  bool try_take() override { return this->try_take_flag(); }
  std::size_t waiting() override { return queued_for(this->taken_); }
  void leave() override { this->leave_by_flag(); }
  void clear_poison() override { this->taken_.clear_poison(); }
};

// The same, and who waits is signalled.
template <class Platform>
class condition_turn final : public turnstile_of<condition_turn<Platform>>,
                             flag_turn<basic_parking_lock<Platform>> {
 public:
  template <class... Ends>
  task<bool> take_turn(party who, Ends... until) {
    auto owner = co_await who.lock(this->taken_);
    const auto is_free = [&owner] { return !*owner; };
    if constexpr (sizeof...(Ends) == 0) {
      co_await who.wait(freed_, owner, is_free);
    } else {
      const bool is = co_await who.wait(freed_, owner, is_free, until...);
      if (!is) co_return false;
    }
    *owner = true;
    co_return true;
  }
  task<> give_back(party who) override {
    const auto owner = co_await who.lock(this->taken_);
    *owner = false;
    freed_.notify_one();
  }
  bool try_take() override { return this->try_take_flag(); }
  std::size_t waiting() override { return waiting_at(freed_); }
  void leave() override {
    this->leave_by_flag();
    freed_.notify_all();
  }
  void clear_poison() override { this->taken_.clear_poison(); }

 private:
  basic_condition<Platform> freed_;
};

// Whoever has the only permit has the turn.
template <class Platform>
class semaphore_turn final : public turnstile_of<semaphore_turn<Platform>> {
 public:
  template <class... Ends>
  task<bool> take_turn(party who, Ends... until) {
    auto mine = co_await who.acquire(permits_, until...);
    if (!mine) co_return false;
    mine.forget();
    co_return true;
  }
  task<> give_back(party) override {
    permits_.release();
    co_return;
  }
  bool try_take() override { return permits_.try_acquire(); }
  std::size_t waiting() override {
    return detail::basic_parking_lot<typename Platform::unchecked>::instance().waiters_of(
        &permits_);
  }
  void leave() override {
    try {
      const permit<basic_semaphore<Platform, 1>> mine(permits_);
      throw leaving{};
    } catch (const leaving&) {
    }
  }

 private:
  basic_semaphore<Platform, 1> permits_{1};
};

// Whoever has popped the only element has the turn.
template <class Platform>
class pop_turn final : public turnstile_of<pop_turn<Platform>> {
 public:
  pop_turn() { queue_.push(element_); }
  template <class... Ends>
  task<bool> take_turn(party who, Ends... until) {
    const std::optional<int> mine = co_await who.pop(queue_, until...);
    co_return mine.has_value();
  }
  task<> give_back(party who) override { co_await who.push(queue_, element_); }
  bool try_take() override { return queue_.try_pop().has_value(); }
  std::size_t waiting() override { return detail::queue_access::poppers(queue_); }

 private:
  basic_bounded_queue<int, Platform> queue_{1};
  int element_ = 1;
};

// Whoever has filled the only place has the turn.
template <class Platform>
class push_turn final : public turnstile_of<push_turn<Platform>> {
 public:
  template <class... Ends>
  task<bool> take_turn(party who, Ends... until) {
    if constexpr (sizeof...(Ends) == 0) {
      co_await who.push(queue_, element_);
      co_return true;
    } else {
      const bool is_in = co_await who.push(queue_, element_, until...);
      co_return is_in;
    }
  }
  task<> give_back(party who) override {
    const std::optional<int> given_back = co_await who.pop(queue_);
    EXPECT_TRUE(given_back);
  }
  bool try_take() override { return queue_.try_push(element_); }
  std::size_t waiting() override { return detail::queue_access::pushers(queue_); }

 private:
  basic_bounded_queue<int, Platform> queue_{1};
  int element_ = 1;
};

template <class Turnstile>
std::unique_ptr<turnstile> make() {
  return std::make_unique<Turnstile>();
}

using platform::checked;
using platform::native;
using platform::portable;

constexpr promises owned{.in_order = true, .hands_over = true, .survives = true, .poisons = true};
constexpr promises asked_for{.in_order = true, .survives = true, .poisons = true};
constexpr promises signalled{
    .in_order = true, .survives = true, .poisons = true, .looks_first = true};
constexpr promises permitted{.in_order = true, .hands_over = true, .survives = true};

// A new one is one line.
// clang-format off
const primitive every[] = {
    {"mutex", make<mutex_turn<basic_parking_lock<native>>>, owned},
    {"mutex_checked", make<mutex_turn<basic_parking_lock<checked<native>>>>, owned},
    {"mutex_cas", make<mutex_turn<basic_parking_lock<native, unlock_by::compare_and_swap>>>, owned},
    {"mutex_portable", make<mutex_turn<basic_parking_lock<portable>>>, owned},
    {"lock_when", make<lock_when_turn<basic_parking_lock<native>>>, asked_for},
    {"lock_when_checked", make<lock_when_turn<basic_parking_lock<checked<native>>>>, asked_for},
    {"lock_when_portable", make<lock_when_turn<basic_parking_lock<portable>>>, asked_for},
    {"condition", make<condition_turn<native>>, signalled},
    {"condition_checked", make<condition_turn<checked<native>>>, signalled},
    {"condition_portable", make<condition_turn<portable>>, signalled},
    {"semaphore", make<semaphore_turn<native>>, permitted},
    {"semaphore_portable", make<semaphore_turn<portable>>, permitted},
    // Whoever is about to sleep looks once more, and may wake the first one for what another is woken for.
    {"bounded_queue_pop", make<pop_turn<native>>},
    {"bounded_queue_pop_portable", make<pop_turn<portable>>},
    {"bounded_queue_push", make<push_turn<native>>},
    {"bounded_queue_push_portable", make<push_turn<portable>>},
};
// clang-format on

}  // namespace

std::vector<primitive> primitives() { return {std::begin(every), std::end(every)}; }

std::vector<primitive> primitives_that(bool promises::* promise) {
  std::vector<primitive> all;
  for (const primitive& each : every)
    if (each.is.*promise) all.push_back(each);
  return all;
}

}  // namespace holdfast::test
