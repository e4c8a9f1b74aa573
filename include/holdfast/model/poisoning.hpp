// SPDX-License-Identifier: BSL-1.0
// Poisoning on the model: mutex<T, basic_parking_lock<model::steps>, model::poison_on_exception>.
#pragma once

#include "holdfast/model/atomic.hpp"
#include "holdfast/poisoning.hpp"

#if HOLDFAST_HAS_EXCEPTIONS

namespace holdfast::model {

// The policy of the same name, whose flag is the model's. Each thread has exceptions of its own.
struct poison_on_exception {
  using flag = holdfast::detail::poison_flag<atomic>;
  using witness = holdfast::poison_on_exception::witness;
};

}  // namespace holdfast::model

#endif
