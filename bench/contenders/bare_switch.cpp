// SPDX-License-Identifier: BSL-1.0
// The loops of the two contexts.
#include "contenders/bare_switch.hpp"

#include <array>
#include <cstddef>

#include <boost/context/detail/fcontext.hpp>

namespace bench {
namespace {

namespace context = boost::context::detail;

// Counts its turns; never ends, and is left where it is.
void count_turns(context::transfer_t from) {
  auto& turns = *static_cast<std::uint64_t*>(from.data);
  while (true) {
    ++turns;
    from = context::jump_fcontext(from.fctx, nullptr);
  }
}

}  // namespace

std::uint64_t bare_switch::run(std::uint64_t switches) {
  alignas(64) static std::array<std::byte, 16UL * 1024> stack;
  std::uint64_t turns_there = 0;
  std::uint64_t turns_here = 0;
  context::fcontext_t other =
      context::make_fcontext(stack.data() + stack.size(), stack.size(), count_turns);
  for (; turns_here < switches / 2; ++turns_here)
    other = context::jump_fcontext(other, &turns_there).fctx;
  return turns_here + turns_there;
}

}  // namespace bench
