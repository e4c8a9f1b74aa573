// SPDX-License-Identifier: BSL-1.0
// holdfast's algorithms, compiled for the platform of a foreign program.
#include "foreign_program.hpp"
#include "lock/parking_lock_algorithm.hpp"
#include "park/parking_lot_algorithm.hpp"
#include "setup.hpp"

template class holdfast::detail::basic_parking_lot<preload::foreign_program>;
template class holdfast::basic_parking_lock<preload::foreign_program>;

namespace preload {

void forget_waiters_of_other_threads() noexcept {
  holdfast::detail::basic_parking_lot<foreign_program>::instance().forget_all_waiters();
}

}  // namespace preload
