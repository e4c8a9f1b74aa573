// SPDX-License-Identifier: BSL-1.0
// What became of a thread that came to the lock `a` by the copy of the library in a DLL.
#pragma once

enum class come { in, busy, would_deadlock, poisoned, failed };

using come_by_copy_type = int(const char* place, int engine, bool may_wait);
