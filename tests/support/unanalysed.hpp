// SPDX-License-Identifier: BSL-1.0
// For tests that lock in ways which clang's thread safety analysis rightly refuses elsewhere.
#pragma once

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wthread-safety-analysis"
#endif
