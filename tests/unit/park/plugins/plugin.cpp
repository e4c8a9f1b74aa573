// SPDX-License-Identifier: BSL-1.0
// A plugin that locks and unlocks what its host gives it, with a holdfast of its own.
#include "unit/park/plugins/plugin.hpp"

#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/park/parking_lot.hpp"

#include "support/unanalysed.hpp"

namespace {

using lock_type = holdfast::basic_parking_lock<holdfast::platform::native>;
using lot_type = holdfast::detail::basic_parking_lot<holdfast::platform::native>;

lock_type& lock_at(void* address) { return *static_cast<lock_type*>(address); }

}  // namespace

const holdfast_plugin holdfast_plugin_calls = {
    .lock = [](void* address) { lock_at(address).lock(); },
    .unlock = [](void* address) { lock_at(address).unlock(); },
    .waiters = [](void* address) { return lot_type::instance().waiters_of(address); },
    .lot = []() -> void* { return &lot_type::instance(); },
    .code = []() -> const void* { return reinterpret_cast<const void*>(&lot_type::instance); },
};
