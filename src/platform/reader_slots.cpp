// SPDX-License-Identifier: BSL-1.0
// The register of reader slots: made from whole pages, shared by all copies of the library, never
// freed.
#include "holdfast/platform/reader_slots.hpp"

#include <new>

#include "holdfast/platform/fork.hpp"
#include "holdfast/platform/process_root.hpp"

#if defined(__unix__)
#include <pthread.h>
#endif

namespace holdfast::platform {

constinit reader_slots no_reader_slots{
    .slots = {slot_filled(), slot_filled(), slot_filled(), slot_filled(), slot_filled(),
              slot_filled(), slot_filled(), slot_filled()}};

}  // namespace holdfast::platform
