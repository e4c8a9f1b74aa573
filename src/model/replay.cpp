// SPDX-License-Identifier: BSL-1.0
// The text that replays an execution, and how a failing one is made smaller.
#include "model/explorer.hpp"
#include "model/text.hpp"

namespace holdfast::model::detail {

explorer::path explorer::path_taken() const {
  path taken;
  for (std::size_t i = 0; i < depth_ && i < path_.size(); ++i)
    taken.push_back(path_[i].about_thread ? path_[i].options[path_[i].index] : path_[i].index);
  return taken;
}

// Small numbers, which nearly all are, as one digit each: "11121102". Others between dots.
std::string explorer::text_of(const path& taken) {
  std::string all;
  for (const int each : taken) all += each < 10 ? std::to_string(each) : text(".", each, ".");
  return all;
}

explorer::path explorer::parsed(const std::string& text) {
  path taken;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '.') {
      taken.push_back(text[i] - '0');
      continue;
    }
    int number = 0;
    for (++i; i < text.size() && text[i] != '.'; ++i) number = number * 10 + (text[i] - '0');
    taken.push_back(number);
  }
  return taken;
}

void explorer::take_path(const path& taken) {
  path_.clear();
  replaying_ = true;
  replay_ = taken;
  how_.mode = search::random;  // every thread that can go on is offered
}

// The decision that the text of the replay names, or the first.
std::uint8_t explorer::replayed(const node& fresh) {
  if (expanding_ && fresh.about_thread && last_ != 0 && threads_[last_].next.quiet) return 0;
  if (replayed_ >= replay_.size()) return 0;
  const int wanted = replay_[replayed_++];
  for (std::uint8_t i = 0; i < fresh.count; ++i)
    if ((fresh.about_thread ? fresh.options[i] : i) == wanted) return i;
  return 0;
}

// The execution that has just ended, with a decision for every step, also for those at which no other
// thread was offered: so it can be replayed by somebody who does not know what is shared.
explorer::path explorer::expanded() {
  expanding_ = true;
  take_path(path_taken());
  execute();
  expanding_ = false;
  return path_taken();
}

bool explorer::still_fails(const path& taken) {
  take_path(taken);
  return execute() == execution_end::failed;
}

// Fewer switches between threads and fewer old values, as long as it fails: each decision in turn is
// replaced by the first choice, which is to go on with the same thread or to read the newest. Leaves
// the smallest to be replayed.
void explorer::shrink() {
  path smallest = expanded();
  unsigned tries = 400;
  for (std::size_t i = 0; i < smallest.size() && tries > 0; ++i, --tries) {
    path simpler = smallest;
    simpler[i] = first_choice;
    if (!still_fails(simpler)) continue;
    smallest = path_taken();
    result_.failure = failure_;
  }
  take_path(smallest);
  result_.replay = text_of(smallest);
}

}  // namespace holdfast::model::detail
