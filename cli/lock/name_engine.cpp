// SPDX-License-Identifier: BSL-1.0
// A name: the lock files of holdfast::process in the user's own directory, with tokens, poison and
// slots.
#include "name_engine.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "holdfast/process/lock_file.hpp"

#include "engine.hpp"
#include "file_users.hpp"
#include "lock_words.hpp"
#include "proc.hpp"
#include "wait_alarm.hpp"

namespace cli {
namespace {

namespace process = holdfast::process;

class held_name final : public held_lock {
 public:
  explicit held_name(process::lock_file file, bool mends) : file_(std::move(file)), mends_(mends) {}
  std::uint64_t token() const noexcept override { return token_; }
  int descriptor() const noexcept override { return file_.descriptor(); }
  void begin() override { token_ = file_.begin(); }
  void finish(work how) override {
    if (mends_ && how == work::finished) file_.clear_poison();
    file_.finish(how == work::unfinished ? process::lock_file::work::cut_off
                                         : process::lock_file::work::finished);
  }

 private:
  process::lock_file file_;
  bool mends_;  // its work is to mend what was found poisoned
  std::uint64_t token_ = 0;
};

process::hold_wish wish_of(const lock_request& request) {
  process::hold_wish wish;
  wish.how = request.how == sharing::shared ? process::hold_kind::shared
             : request.how == sharing::slot ? process::hold_kind::slot
                                            : process::hold_kind::exclusive;
  wish.slots = request.slots;
  wish.label = request.label;
  return wish;
}

class lock_file_engine final : public engine {
 public:
  std::string_view name() const noexcept override { return "local"; }
  bool has_header() const noexcept override { return true; }

  attempt acquire(const lock_request& request) const override {
    process::lock_file file(request.name);
    attempt got;
    {
      const wait_alarm alarm(request.until);
      if (!file.lock(wish_of(request), request.until)) return got;
    }
    got.was_poisoned = file.culprit().has_value();
    if (got.was_poisoned && request.poison == on_poison::fail) {
      got.what = attempt::result::poisoned;
      got.about = process::describe(*file.culprit());
      return got;
    }
    got.what = attempt::result::acquired;
    const bool mends = got.was_poisoned && request.poison == on_poison::clean;
    got.lock = std::make_unique<held_name>(std::move(file), mends);
    return got;
  }

  lock_state look(const std::string& lock) const override {
    auto file = process::lock_file::find(lock);
    if (file) return state_of(lock, file->look());
    lock_state state;
    state.name = lock;
    state.engine = name();
    return state;
  }
};

template <std::size_t N>
std::string text_of(const char (&field)[N]) {
  return {field, ::strnlen(field, N)};
}

// Kept by whoever has the descriptor and is not the owner itself: its command, and what that left.
void add_keepers(const process::lock_file_view& view, lock_state& state) {
  const file_users found = users_of_path(view.path);
  state.some_unseen = found.some_unseen;
  for (const file_user& user : found.users) {
    const auto has_it = [](const kernel_lock& lock) {
      return lock.first == process::lock_file::owners_byte;
    };
    const auto is_it = [&](const party& owner) {
      return !owner.has_ended && owner.pid == static_cast<std::uint32_t>(user.pid);
    };
    if (std::none_of(user.holds.begin(), user.holds.end(), has_it) ||
        std::any_of(state.holders.begin(), state.holders.end(), is_it))
      continue;
    state.keepers.push_back(party_of(user.pid));
  }
}

party user_of(const process::lock_file_party& from, bool waits) {
  party who = party_of(from.who);
  who.shared = from.how == process::hold_kind::shared;
  if (from.how == process::hold_kind::slot && !waits) who.slot = from.slot;
  who.has_finished = from.has_finished;
  return who;
}

}  // namespace

party party_of(const process::owner_record& record) {
  party who;
  who.pid = record.pid;
  who.host = text_of(record.host);
  who.label = text_of(record.label);
  who.token = record.token;
  who.since = record.since;
  if (record.pid_namespace != process::this_process().pid_namespace) return who;
  // The pid may be another process's by now, but then it started at another time.
  const auto status = status_of(static_cast<pid_t>(record.pid));
  who.has_ended = !status || status->start_time != record.start_time;
  if (!who.has_ended) who.command = command_of(static_cast<pid_t>(record.pid));
  return who;
}

lock_state state_of(const std::string& name, const process::lock_file_view& view) {
  lock_state state;
  state.name = name;
  state.engine = name_engine().name();
  state.path = view.path;
  state.token = view.token;
  state.poisoned = view.culprit.has_value();
  if (view.culprit) state.poisoner = party_of(*view.culprit);
  for (const auto& each : view.holders) state.holders.push_back(user_of(each, false));
  for (const auto& each : view.waiters) state.waiters.push_back(user_of(each, true));
  state.how = !view.is_held                               ? lock_state::use::free
              : view.how == process::hold_kind::exclusive ? lock_state::use::exclusive
              : view.how == process::hold_kind::shared    ? lock_state::use::shared
                                                          : lock_state::use::slots;
  if (view.is_held) add_keepers(view, state);
  return state;
}

const engine& name_engine() {
  static const lock_file_engine the_engine;
  return the_engine;
}

}  // namespace cli
