// SPDX-License-Identifier: BSL-1.0
// What the suite tests every primitive as: something of which one party at a time has the turn.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <ostream>
#include <stop_token>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/party.hpp"
#include "support/task.hpp"

namespace holdfast::test {

// How a wait may end without the turn: the forms that the library's own waits have. (A point of a
// steady clock is one as that of a civil clock is.)
struct ends {
  enum class form { none, duration, deadline, civil_point, stop, deadline_and_stop };

  form as = form::none;
  std::chrono::nanoseconds after{};  // for those with a deadline, from take() on
  std::stop_token stop = {};
};

inline constexpr std::size_t forms_of_ends = 6;
inline constexpr ends::form forms_with_deadline[] = {ends::form::duration, ends::form::deadline,
                                                     ends::form::civil_point,
                                                     ends::form::deadline_and_stop};

class turnstile {
 public:
  turnstile() = default;
  turnstile(const turnstile&) = delete;
  turnstile& operator=(const turnstile&) = delete;
  virtual ~turnstile() = default;

  // Waits for the turn; false if an end came first. Throws poisoned, with the turn left to others.
  virtual task<bool> take(party who, ends until = {}) = 0;
  virtual task<> give_back(party who) = 0;
  // Never waits.
  virtual bool try_take() = 0;
  // Who stand in the queue for the turn.
  virtual std::size_t waiting() = 0;
  // By whoever has the turn: leaves by an exception, and gives it back so. If the data is poisoned
  // by that, takes the poison away again when asked to.
  virtual void leave() {}
  virtual void clear_poison() {}
};

struct promises {
  bool in_order = false;     // who came first is served first, unless somebody comes meanwhile
  bool hands_over = false;   // the turn itself goes to a waiter, when others have barged for long
  bool survives = false;     // whoever has the turn and leaves by an exception gives it back
  bool poisons = false;      // and those who wait or come are told
  bool looks_first = false;  // at what it waits for, before it looks whether it is stopped
};

struct primitive {
  const char* name;
  std::unique_ptr<turnstile> (*make)();
  promises is = {};

  friend void PrintTo(const primitive& p, std::ostream* out) { *out << p.name; }
};

// Everything that coroutines can wait for, and what of that keeps this promise.
std::vector<primitive> primitives();
std::vector<primitive> primitives_that(bool promises::* promise);

struct names_of_primitives {
  std::string operator()(const ::testing::TestParamInfo<primitive>& info) const {
    return info.param.name;
  }
};

}  // namespace holdfast::test
