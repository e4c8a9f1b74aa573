// SPDX-License-Identifier: BSL-1.0
// From the header of a segment to what is shown of it.
#include "segment_state.hpp"

#include "name_engine.hpp"

namespace cli {

std::optional<lock_state> state_of_segment(const std::string& name) {
  const auto view = holdfast::process::look_at_segment(name);
  if (!view) return std::nullopt;
  lock_state state;
  state.name = name;
  state.engine = view->engine;
  state.path = view->path;
  state.how = lock_state::use::data;
  state.token = view->token;
  if (view->owner) state.holders.push_back(party_of(*view->owner));
  state.poisoned = view->culprit.has_value();
  if (view->culprit) state.poisoner = party_of(*view->culprit);
  return state;
}

}  // namespace cli
