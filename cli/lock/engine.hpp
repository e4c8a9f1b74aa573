// SPDX-License-Identifier: BSL-1.0
// The seam between the commands and what keeps the locks: one engine for each form of name.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/base/deadline.hpp"

#include "exit_code.hpp"

namespace cli {

enum class sharing { exclusive, shared, slot };

enum class on_poison { fail, run, clean };

// What a command wants of an engine.
struct lock_request {
  std::string name;
  sharing how = sharing::exclusive;
  unsigned slots = 0;  // how many commands at once, when `how` is slot
  holdfast::deadline until = holdfast::deadline::never();
  std::string label;
  on_poison poison = on_poison::fail;
};

// A lock that the caller has. Destroyed between begin() and finish(), it is left as a killed owner
// leaves it.
class held_lock {
 public:
  held_lock() = default;
  held_lock(const held_lock&) = delete;
  held_lock& operator=(const held_lock&) = delete;
  virtual ~held_lock() = default;

  // 0: not begun, or this engine has none.
  virtual std::uint64_t token() const noexcept = 0;
  // What the command inherits to keep the lock as long as it lives.
  virtual int descriptor() const noexcept = 0;
  // The work under the lock begins: who dies from here on leaves it poisoned. Gives the token.
  virtual void begin() = 0;
  // Lets go; those who have inherited the descriptor still keep it. Whoever comes next is told
  // `poisoned` if the owner did not finish its work.
  enum class work { finished, unfinished, not_begun };
  virtual void finish(work how) = 0;
};

struct attempt {
  enum class result { acquired, busy, poisoned };
  result what = result::busy;
  std::unique_ptr<held_lock> lock;  // when acquired
  bool was_poisoned = false;        // acquired all the same, as asked for
  std::string about;                // poisoned: who left it; in words
};

// Somebody who holds a lock, waits for it, or has left it poisoned.
struct party {
  std::uint32_t pid = 0;  // 0: unknown
  std::string host;
  std::string label;
  std::string command;  // as /proc has it, if it is alive and can be seen
  std::uint64_t token = 0;
  std::int64_t since = 0;  // nanoseconds since 1970; 0: unknown
  bool shared = false;
  std::optional<unsigned> slot;
  bool has_finished = false;  // its command is done, and has left something running
  bool has_ended = false;     // there is no such process any more
};

struct lock_state {
  // `data`: not a lock alone but a segment, whose lock cannot be asked who has it.
  enum class use { missing, free, exclusive, shared, slots, data, unknown };
  std::string name;
  std::string engine;
  std::string path;
  use how = use::missing;
  bool poisoned = false;
  std::optional<party> poisoner;
  std::uint64_t token = 0;  // of the newest owner
  std::vector<party> holders;
  std::vector<party> waiters;
  std::vector<party> keepers;  // have the lock's descriptor, and are none of the holders
  bool some_unseen = false;    // for want of permission, or in another pid namespace
  std::string problem;         // why the rest is not known
};

class engine {
 public:
  engine() = default;
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  virtual ~engine() = default;

  // What HOLDFAST_ENGINE says, and what may stand before "://" to choose it.
  virtual std::string_view name() const noexcept = 0;
  // Waits until the request's deadline. Throws process::error, lock_error.
  virtual attempt acquire(const lock_request& request) const = 0;
  virtual lock_state look(const std::string& lock) const = 0;
  // Whether it tells poison and gives tokens and slots.
  virtual bool has_header() const noexcept = 0;
};

// A refusal with the exit code for it.
class lock_error : public std::runtime_error {
 public:
  lock_error(exit_code code, const std::string& what) : std::runtime_error(what), code_(code) {}
  exit_code code() const noexcept { return code_; }

 private:
  exit_code code_;
};

// A lock as the command line names it.
struct lock_name {
  const cli::engine& engine;
  std::string name;  // as its engine knows it
};

// NAME, PATH (with a slash), or ENGINE://NAME. Throws lock_error (lock_unreachable) for an engine
// that was not built in.
lock_name parse_lock_name(const std::string& text);

const engine& path_engine();
const engine& name_engine();

}  // namespace cli
